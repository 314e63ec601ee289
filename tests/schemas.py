#!/usr/bin/env python3
"""Checks reports against the published schemas of their formats. Not part of what every change must pass: it needs the
schema files and packages from PyPI (jsonschema; stix2-validator and pymisp for those two formats).

    CEREBRO_REPORTS=FOLDER cargo test --lib every_receiver      writes the reports of a hundred generated packages
    python3 tests/schemas.py FOLDER osv=SCHEMA sarif=SCHEMA     checks them; osv's schema asks for an id, which records lack
"""

import json
import pathlib
import sys

import jsonschema


def of_schema(path, lacking=()):
    schema = json.loads(pathlib.Path(path).read_text())
    schema["required"] = [key for key in schema.get("required", []) if key not in lacking]
    kind = jsonschema.validators.validator_for(schema)
    check = kind(schema, format_checker=kind.FORMAT_CHECKER)
    return lambda report, _: [f"{error.json_path}: {error.message[:200]}" for error in check.iter_errors(report)]


def of_stix():
    from stix2validator import ValidationOptions, validate_string

    # Custom properties and the like are told by warnings; what breaks the standard is an error.
    options = ValidationOptions(version="2.1", disabled="all")
    return lambda _, text: [str(error) for error in validate_string(text, options).errors]


def of_misp():
    from pymisp import MISPEvent

    def check(report, _):
        event = MISPEvent()
        event.load(report)
        again = json.loads(event.to_json())
        objects = [o["name"] for o in again.get("Object", [])]
        return [] if objects == ["malicious-package-report"] else [f"read back as {objects}"]

    return check


def main():
    folder, *named = sys.argv[1:]
    schemas = dict(word.split("=", 1) for word in named)
    checks = {
        "osv": of_schema(schemas["osv"], lacking=["id"]) if "osv" in schemas else None,
        "sarif": of_schema(schemas["sarif"]) if "sarif" in schemas else None,
    }
    for name, make in (("stix", of_stix), ("misp", of_misp)):
        try:
            checks[name] = make()
        except ImportError as error:
            print(f"{name} is not checked: {error}")
    wrong = 0
    for name, check in checks.items():
        paths = sorted(pathlib.Path(folder).glob(f"*.{name}"))
        if check is None:
            print(f"{name} is not checked: no schema is named")
            continue
        if not paths:
            sys.exit(f"there are no {name} reports in {folder}")
        for path in paths:
            text = path.read_text()
            for error in check(json.loads(text), text):
                wrong += 1
                print(f"{path.name}: {error}")
        print(f"{name}: {len(paths)} reports were checked")
    sys.exit(1 if wrong else 0)


main()
