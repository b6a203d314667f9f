"""One row merged three ways, field by field.

A field is what one decision is about: the category, the shape (box, outline, bounds and what is
derived from them), each attribute of its own. Both sides may change different fields of a row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from labelvc.core.close import places_iou
from labelvc.core.snapshot import BOX, attributes_json

Row = dict[str, Any]

SHAPE = ("kind", *BOX, "geometry", "start", "end", "unit")
# By table, the columns of each field; attributes are merged by key.
FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "labels": {
        "sample": ("sample",),
        "category": ("category",),
        "verdict": ("verdict",),
        "shape": SHAPE,
        "text": ("text",),
        "annotator": ("annotator",),
        "confidence": ("confidence",),
    },
    "samples": {
        "path": ("path",),
        "split": ("split",),
        "size": ("width", "height", "duration"),
        "text": ("text",),
        "digest": ("digest",),
    },
    "categories": {"name": ("name",), "parent": ("parent",)},
}
ATTRIBUTE = "attributes."
# Attributes that tools work out from the shape: they are part of it.
DERIVED = ("area", "num_keypoints")

_ABSENT = object()


def merge_row(
    table: str,
    base: Row | None,
    ours: Row,
    theirs: Row,
    *,
    doubted: Collection[str] = (),
    apart: Collection[str] = (),
    close: float,
) -> tuple[Row, list[str]]:
    """The merged row and the fields that both sides changed differently, which keep base.

    Without a base (both added the row) the lesser of the two values stands for them, whichever
    side it is on. `doubted` fields are in conflict unless both sides agree, those in `apart` even
    then. Shapes that overlap by an IoU of at least `close` agree on ours.
    """
    rows: dict[str, Row] = {
        side: {**row, "attributes": attributes_of(row)}
        for side, row in (("base", base or {}), ("ours", ours), ("theirs", theirs))
    }
    merged = dict(ours)
    clashes: list[str] = []
    for name in fields_of(table, *rows.values()):
        told = {side: told_in(row, table, name) for side, row in rows.items()}
        side = None if name in apart else _side(**told, doubted=name in doubted)
        if side is None and name == "shape" and places_iou(ours, theirs) >= close:
            side = "ours"
        if side is None:
            clashes.append(name)
            lesser = min(("ours", "theirs"), key=lambda one: repr(told[one]))
            side = "base" if base else lesser
        if side != "ours":
            merged = with_field(merged, table, name, rows[side])
    if base is not None and "id" in merged and ours["id"] == base["id"]:
        merged["id"] = theirs["id"]  # a number, and no statement
    return merged, clashes


def fields_of(table: str, *rows: Mapping[str, Any]) -> list[str]:
    """The names of the fields that rows have, attributes by key."""
    keys = {key for row in rows for key in attributes_of(row)}
    if table == "labels":
        keys.difference_update(DERIVED)
    return [*FIELDS[table], *(f"{ATTRIBUTE}{key}" for key in sorted(keys))]


def told_in(row: Mapping[str, Any], table: str, name: str) -> Any:
    """What a row says in a field, to be compared."""
    if name.startswith(ATTRIBUTE):
        return attributes_of(row).get(name.removeprefix(ATTRIBUTE), _ABSENT)
    values = [row.get(column) for column in FIELDS[table][name]]
    if name == "shape":
        attributes = attributes_of(row)
        values += [attributes.get(key, _ABSENT) for key in DERIVED]
    return values


def with_field(row: Mapping[str, Any], table: str, name: str, source: Mapping[str, Any]) -> Row:
    """The row with the field as `source` has it."""
    if name.startswith(ATTRIBUTE):
        return _with_attributes(row, source, [name.removeprefix(ATTRIBUTE)])
    changed = {**row, **{column: source.get(column) for column in FIELDS[table][name]}}
    return _with_attributes(changed, source, DERIVED) if name == "shape" else changed


def changed_fields(table: str, one: Row, two: Row) -> list[str]:
    """The fields in which two rows differ."""
    return [
        name
        for name in fields_of(table, one, two)
        if not _same(told_in(one, table, name), told_in(two, table, name))
    ]


def attributes_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a row, which may be JSON text; not to be changed."""
    held = row.get("attributes")
    if not held:
        return {}
    found: dict[str, Any] = msgspec.json.decode(held) if isinstance(held, str) else held
    return found


def _side(base: Any, ours: Any, theirs: Any, *, doubted: bool) -> str | None:
    """Whose value counts; None where nobody can tell."""
    if _same(ours, theirs) or (_same(theirs, base) and not doubted):
        return "ours"
    return "theirs" if _same(ours, base) and not doubted else None


def _same(one: Any, two: Any) -> bool:
    """Whether two values are the same as JSON: 1, 1.0 and true are three."""
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(_same, one, two))
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_same(one[key], two[key]) for key in one)
    return type(one) is type(two) and bool(one == two)


def _with_attributes(
    row: Mapping[str, Any], source: Mapping[str, Any], keys: Collection[str]
) -> Row:
    own, other = dict(attributes_of(row)), attributes_of(source)
    for key in keys:
        own.pop(key, None)
        if key in other:
            own[key] = other[key]
    return {**row, "attributes": attributes_json(own)}
