"""The command line."""

import argparse
import sys
from pathlib import Path

from . import __version__
from .check import Checker
from .markdown import find_links
from .report import format_results


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="link-check", description="Find broken links in Markdown files.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="Markdown files or folders of them")
    parser.add_argument("--timeout", type=float, default=10.0, help="seconds to wait for an answer (default: 10)")
    parser.add_argument("--jobs", type=int, default=4, help="how many links to check at a time (default: 4)")
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def markdown_files(paths):
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.md"))
        else:
            yield path


def main(argv=None) -> int:
    options = build_parser().parse_args(argv)
    links = []
    for path in markdown_files(options.paths):
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            print(f"{path}: {error.strerror}", file=sys.stderr)
            return 2
        links.extend((path, link) for link in find_links(text))
    checker = Checker(timeout=options.timeout, jobs=options.jobs)
    results = checker.check_all(links)
    print(format_results(results))
    return 1 if any(result.broken for result in results) else 0
