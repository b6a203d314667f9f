"""The first line of a CSV file, and its rows by themselves."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from labelvc.formats.rows import BOM


def cells(text: str) -> list[str]:
    """The cells of a row; raises csv.Error."""
    return next(csv.reader([text], strict=True), [])


def header(start: bytes) -> list[str]:
    """The names in the first line; none where it is no text."""
    line = start.removeprefix(BOM).lstrip(b"\r\n").split(b"\n", 1)[0]
    try:
        return [name.strip() for name in cells(line.decode().rstrip("\r"))]
    except (UnicodeDecodeError, csv.Error):
        return []


def unique_names(columns: Sequence[str]) -> list[str]:
    """The columns' names; those that have none, or one already used, get their number."""
    names: list[str] = []
    for number, name in enumerate(columns, 1):
        names.append(name if name and name not in names else f"{name}#{number}")
    return names
