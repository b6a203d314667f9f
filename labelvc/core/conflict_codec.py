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

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import polars as pl

from labelvc.core.conflict import KINDS, SIDES, Conflict, Row, Undecided
from labelvc.core.errors import ParseError, shorten
from labelvc.core.merge_table import plain
from labelvc.core.patch import SCHEMAS
from labelvc.core.resolve import choices, frame

VERSION = "labelvc.conflicts/v1"
_HEAD = ("path", "format", "sample_key", "base", "ours", "theirs", "merged")
_JSON_COLUMNS = ("geometry", "attributes")


def conflicts_document(undecided: Sequence[Undecided]) -> dict[str, Any]:
    """The document as plain values."""
    return {VERSION: {"sets": {one.name: _told(one) for one in undecided}}}


def print_conflicts(undecided: Sequence[Undecided]) -> str:
    """The document as JSON text."""
    document = conflicts_document(undecided)
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


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
        if table in ("set", "files"):
            found[table] = [dict(row) for row in rows]
            continue
        columns = SCHEMAS.get(table, {})
        if not all(isinstance(row, dict) and row.keys() <= columns.keys() for row in rows):
            expected = f"rows of {', '.join(SCHEMAS)}"
            raise ParseError(where, place, expected=expected, found=shorten(rows))
        try:
            parsed = frame(table, rows)
        except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
            raise ParseError(where, place, expected="rows of labels", found=str(error)) from None
        found[table] = [plain(row) for row in parsed.iter_rows(named=True)]
    return found
