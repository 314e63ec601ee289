import csv
import gzip
import json
import urllib.request

from .table import Table


def read(source, encoding="utf-8"):
    if source.startswith(("http://", "https://")):
        with urllib.request.urlopen(source, timeout=30) as answer:
            data = answer.read()
    else:
        with open(source, "rb") as file:
            data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    text = data.decode(encoding)
    if text.lstrip().startswith("["):
        rows = json.loads(text)
        return Table(list(rows[0]), [list(row.values()) for row in rows])
    rows = list(csv.reader(text.splitlines()))
    return Table(rows[0], rows[1:])
