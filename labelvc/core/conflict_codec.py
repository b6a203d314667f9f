"""`labelvc.conflicts/v1`: what a merge left undecided, as JSON.

    {"labelvc.conflicts/v1": {"sets": {"train": {
        "path": "labels/train.json", "format": "coco", "sample_key": "file_name",
        "base": HASH, "ours": HASH, "theirs": HASH, "merged": HASH, "settled": {"ours": 2},
        "conflicts": [{"id": "1f0c9a77", "kind": "edit/edit", "table": "labels",
                       "field": "category", "choices": ["base", "ours", ...],
                       "base": {"labels": [{row}]}, "ours": {...}, "theirs": {...}, "now": {...}}]
    }}}}

A row holds the columns that are not null; `geometry` and `attributes` are JSON values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import polars as pl

from labelvc.core.conflict import KINDS, SIDES, Conflict, Row, Undecided
from labelvc.core.errors import ParseError, shorten
from labelvc.core.patch import PROVENANCE, SCHEMAS
from labelvc.core.resolve import choices
from labelvc.core.snapshot import canonical_json

VERSION = "labelvc.conflicts/v1"
_HEAD = ("path", "format", "sample_key", "base", "ours", "theirs", "merged")
_JSON_COLUMNS = ("geometry", "attributes")
_NO_TABLES = ("set", "files")
_KINDS: dict[pl.DataType, type] = {pl.String(): str, pl.Float64(): float, pl.Int64(): int}
_SAID = {str: "a text", float: "a number", int: "a whole number"}
_SCHEMAS = {
    table: {name: _KINDS[dtype] for name, dtype in schema.items() if name not in PROVENANCE}
    for table, schema in SCHEMAS.items()
}


def conflicts_document(undecided: Sequence[Undecided]) -> dict[str, Any]:
    """The document as plain values."""
    return {VERSION: {"sets": {one.name: _told(one) for one in undecided}}}


def print_conflicts(undecided: Sequence[Undecided]) -> str:
    """The document as JSON text."""
    document = msgspec.json.encode(conflicts_document(undecided))
    return msgspec.json.format(document, indent=1).decode() + "\n"


def parse_conflicts(text: str | bytes, where: str = "conflicts") -> list[Undecided]:
    """What a JSON text holds. Raises ParseError with a JSON pointer."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ParseError(where, "", expected="JSON", found=str(error)) from None
    body = document.get(VERSION) if isinstance(document, dict) else None
    if not isinstance(body, dict) or not isinstance(body.get("sets"), dict):
        raise ParseError(where, "", expected=VERSION, found=shorten(document))
    return [_parsed(name, one, where) for name, one in body["sets"].items()]


def _told(one: Undecided) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _HEAD},
        "settled": dict(one.settled),
        "conflicts": [_conflict(id, conflict) for id, conflict in one.conflicts.items()],
    }


def _conflict(id: str, conflict: Conflict) -> dict[str, Any]:
    return {
        "id": id,
        "kind": conflict.kind,
        "table": conflict.table,
        "field": conflict.field,
        "choices": list(choices(conflict)),
        **{
            side: {
                table: [_row(row) for row in rows] for table, rows in conflict.side(side).items()
            }
            for side in (*SIDES, "now")
        },
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        name: msgspec.json.decode(value)
        if name in _JSON_COLUMNS and isinstance(value, str)
        else value
        for name, value in row.items()
    }


def _parsed(name: str, body: Any, where: str) -> Undecided:
    place = f"/{VERSION.replace('/', '~1')}/sets/{name}"
    if not isinstance(body, dict) or not isinstance(body.get("conflicts"), list):
        raise ParseError(where, place, expected="a label set's conflicts", found=shorten(body))
    conflicts = {}
    for at, one in enumerate(body["conflicts"]):
        inside = f"{place}/conflicts/{at}"
        if not isinstance(one, dict) or one.get("kind") not in KINDS:
            raise ParseError(where, inside, expected="a conflict", found=shorten(one))
        sides = [_rows(one.get(side), where, f"{inside}/{side}") for side in (*SIDES, "now")]
        conflicts[str(one.get("id"))] = Conflict(
            one["kind"], str(one.get("table")), one.get("field"), *sides
        )
    head: dict[str, Any] = {name: body.get(name) for name in _HEAD}
    return Undecided(name=name, conflicts=conflicts, settled=body.get("settled") or {}, **head)


def _rows(value: Any, where: str, place: str) -> dict[str, list[dict[str, Any]]]:
    if not isinstance(value, dict):
        raise ParseError(where, place, expected="rows by table", found=shorten(value))
    found = {}
    for table, rows in value.items():
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ParseError(where, f"{place}/{table}", expected="rows", found=shorten(rows))
        if table not in _NO_TABLES:
            rows = [
                _parsed_row(row, table, where, f"{place}/{table}/{at}")
                for at, row in enumerate(rows)
            ]
        found[table] = rows
    return found


def _parsed_row(row: dict[str, Any], table: str, where: str, place: str) -> dict[str, Any]:
    schema = _SCHEMAS.get(table, {})
    if not row.keys() <= schema.keys():
        expected = f"a row of {', '.join(_SCHEMAS)}"
        raise ParseError(where, place, expected=expected, found=shorten(row))
    return {
        name: _cell(name, row[name], schema[name], where, f"{place}/{name}")
        for name in schema
        if row.get(name) is not None
    }


def _cell(name: str, value: Any, kind: type, where: str, place: str) -> Any:
    if name in _JSON_COLUMNS and isinstance(value, dict):
        return canonical_json(value)
    if kind is float and type(value) is int:
        return float(value)
    if name in _JSON_COLUMNS or type(value) is not kind:
        expected = "an object" if name in _JSON_COLUMNS else _SAID[kind]
        raise ParseError(where, place, expected=expected, found=shorten(value))
    return value
