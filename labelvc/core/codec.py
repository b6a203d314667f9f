"""`labelvc.patch/v1`: patches as JSON, for files and mail.

    {"labelvc.patch/v1": {
        "labels":     [{"before": {row} | null, "after": {row} | null}, ...],
        "samples":    [...],
        "categories": [...]}}

A row holds the columns that are not null. `geometry` and `attributes` are JSON objects, not text.
What else stands beside the tables is for `labelvc.core.mailed`.
Source fragments stay behind: who applies a patch has fragments of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.core.patch import KEYS, SCHEMAS, Delta, Patch
from labelvc.core.snapshot import Snapshot, canonical_json

VERSION = "labelvc.patch/v1"
_JSON_COLUMNS = ("geometry", "attributes")
_PYTHON_TYPES: dict[pl.DataType, tuple[type, ...]] = {
    pl.Float64(): (int, float),
    pl.Int64(): (int,),
    pl.String(): (str,),
}
# What a row key and a float64 hold alike, with room to number rows on.
_LARGEST = 2**53


def print_patch(patch: Patch, about: Mapping[str, Any] | None = None) -> str:
    """The patch as JSON text, a row a line, in the order of keys; `about` stands before its tables.

    Raises SchemaError for what JSON cannot hold.
    """
    tables = [f"{json.dumps(name)}: {canonical_json(told)}" for name, told in (about or {}).items()]
    for table in KEYS:
        rows = ",\n".join(_row_lines(getattr(patch, table)))
        tables.append(f"{json.dumps(table)}: [{rows and chr(10)}{rows}]")
    return f'{{"{VERSION}": {{\n' + ",\n".join(tables) + "\n}}\n"


def _row_lines(delta: Delta) -> Iterator[str]:
    before, after = (
        {row[delta.key]: _told(row) for row in side.iter_rows(named=True)}
        for side in (delta.before, delta.after)
    )
    for key in sorted({**before, **after}):
        change = {"before": before.get(key), "after": after.get(key)}
        yield json.dumps(change, ensure_ascii=False, allow_nan=False)


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if value is not None and name != "record"}
    for name in _JSON_COLUMNS:
        if name in told:
            told[name] = msgspec.json.decode(told[name])
    return told


def parse_patch(text: str | bytes, where: str = "patch") -> Patch:
    """The patch a JSON text holds.

    Raises ParseError with a JSON pointer where it is not a `labelvc.patch/v1`, and SchemaError
    where its rows break the snapshot schema.
    """
    return patch_of(decode(text, where), where)


def decode(text: str | bytes, where: str) -> Any:
    """The value of a JSON text from a stranger. Raises ParseError."""
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise ParseError(where, "", expected="JSON", found="brackets without end") from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ParseError(where, "", expected="JSON", found=str(error)) from None


def patch_of(whole: object, where: str) -> Patch:
    """The patch that a decoded JSON document is. Raises as `parse_patch` does."""
    body = member(whole, VERSION, where, "")
    labels, samples, categories = (
        _delta(member(body, table, where, f"/{VERSION}"), table, where) for table in KEYS
    )
    patch = Patch(labels, samples, categories)
    for side in ("before", "after"):
        Snapshot(*(getattr(getattr(patch, table), side) for table in KEYS)).check()
    return patch


def member(value: object, name: str, where: str, place: str) -> Any:
    """A member of an object. Raises ParseError where it is none, or has none of that name."""
    if not isinstance(value, dict) or name not in value:
        found: object = sorted(value)[:5] if isinstance(value, dict) else value
        raise ParseError(where, place, expected=f"an object with {name!r}", found=shorten(found))
    return value[name]


def _delta(rows: object, table: str, where: str) -> Delta:
    place = f"/{VERSION}/{table}".replace("patch/v1", "patch~1v1")
    if not isinstance(rows, list):
        raise ParseError(where, place, expected="a list of rows", found=shorten(rows))
    sides = []
    for side in ("before", "after"):
        cells = [
            _row(member(row, side, where, f"{place}/{i}"), table, where, f"{place}/{i}/{side}")
            for i, row in enumerate(rows)
        ]
        sides.append(_table([cell for cell in cells if cell is not None], table))
    return Delta(KEYS[table], *sides)


def _table(rows: list[dict[str, Any]], table: str) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMAS[table], orient="row")


def _row(row: object, table: str, where: str, place: str) -> dict[str, Any] | None:
    """The cells of one row, checked against the schema; None where the row is absent."""
    if row is None:
        return None
    if not isinstance(row, dict):
        raise ParseError(where, place, expected="an object or null", found=shorten(row))
    cells: dict[str, Any] = dict.fromkeys(SCHEMAS[table])
    for name, value in row.items():
        cells[name] = _cell(name, value, table, where, f"{place}/{name}")
    if cells[KEYS[table]] is None:
        raise ParseError(where, place, expected=f"a {KEYS[table]!r}", found="none")
    return cells


def _cell(name: str, value: Any, table: str, where: str, place: str) -> Any:
    schema = SCHEMAS[table]
    if name not in schema or name == "record":
        known = ", ".join(column for column in schema if column != "record")
        raise ParseError(where, place, expected=f"one of the columns {known}", found=name)
    if name in _JSON_COLUMNS:
        if not isinstance(value, dict):
            raise ParseError(where, place, expected="an object", found=shorten(value))
        return canonical_json(value)
    if not isinstance(value, _PYTHON_TYPES[schema[name]]) or isinstance(value, bool):
        raise ParseError(where, place, expected=str(schema[name]), found=shorten(value))
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise ParseError(where, place, expected="a smaller number", found=shorten(value))
    return float(value) if isinstance(value, int) and schema[name] == pl.Float64() else value
