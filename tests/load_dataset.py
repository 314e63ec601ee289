#!/usr/bin/env python3
"""Whether an exported dataset loads as its card says (needs `datasets` from PyPI):

    cerebro export --format dataset --out FOLDER
    cerebro export --format parquet --out COLUMNS
    python3 tests/load_dataset.py FOLDER [COLUMNS]

Every part is loaded with the features that the card declares and compared with its lines; a part of which all lists are empty is
loaded too, which readers that guess types get wrong. No cluster stands in two parts. The Parquet files of the same log hold the same
rows, read by `datasets` and by `pyarrow`.
"""
import json
import os
import re
import shutil
import sys
import tempfile

import datasets
import pyarrow.parquet


def lines(folder, split):
    with open(os.path.join(folder, "data", f"{split}.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def emptied(record):
    """The record with nothing in its lists."""
    if isinstance(record, dict):
        return {key: emptied(value) for key, value in record.items()}
    return [] if isinstance(record, list) else record


def plain(value):
    """Times without the letters that the library drops: its reader takes them for times before it makes texts of them again."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return re.sub(r"^(\d{4}-\d\d-\d\d)T(\S+)Z$", r"\1 \2", value) if isinstance(value, str) else value


def load(folder):
    """Each load has a cache of its own: a folder of the same name is not taken for another."""
    return datasets.load_dataset(folder, cache_dir=tempfile.mkdtemp())


def columns(other, folder, loaded):
    """The dataset in columns is the same as that in lines."""
    packed = load(other)
    assert set(packed) == set(loaded), (set(packed), set(loaded))
    for split, rows in packed.items():
        assert rows.features == loaded[split].features, split
        table = pyarrow.parquet.read_table(os.path.join(other, "data", f"{split}.parquet")).to_pylist()
        names = rows.features["label"].names
        for row, raw, record in zip(rows, table, lines(folder, split), strict=True):
            assert names[row["label"]] == record["label"], record["record_id"]
            for read in (row, raw):
                same = {key: value for key, value in read.items() if key != "label"}
                assert same == {key: value for key, value in record.items() if key != "label"}, record["record_id"]


def main():
    folder = sys.argv[1]
    loaded = load(folder)
    clusters = {}
    for split, rows in loaded.items():
        written = lines(folder, split)
        assert len(rows) == len(written), (split, len(rows), len(written))
        names = rows.features["label"].names
        for row, record in zip(rows, written):
            assert names[row["label"]] == record["label"] and row["label"] == record["label_id"], row["record_id"]
            for key in ("text", "name", "spans", "iocs", "pieces", "group", "annotations", "files"):
                assert row[key] == plain(record[key]), (row["record_id"], key)
            assert clusters.setdefault(row["group"]["cluster"], split) == split, row["group"]
    with tempfile.TemporaryDirectory() as other:
        shutil.copytree(folder, other, dirs_exist_ok=True)
        for split in loaded:
            with open(os.path.join(other, "data", f"{split}.jsonl"), "w", encoding="utf-8") as file:
                file.writelines(json.dumps(emptied(record)) + "\n" for record in lines(folder, split))
        for split, rows in load(other).items():
            assert rows.features == loaded[split].features, split
    if len(sys.argv) > 2:
        columns(sys.argv[2], folder, loaded)
    counts = {split: len(rows) for split, rows in loaded.items()}
    print(f"{counts} loaded as declared, {len(clusters)} clusters on one side each, empty lists typed")


main()
