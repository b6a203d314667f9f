"""What a merge of two edit scripts has to be, worked out from the scripts alone.

Rows are plain mappings by key; a script is a list of operations on them. Nothing here looks at how
labelvc matches or merges.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]
Rows = Mapping[int, Row]
BOX = ("x", "y", "width", "height")


@dataclass(frozen=True)
class Op:
    """`what` is set (a field of a row to a value), delete, or add (`value` is the row)."""

    what: str
    key: int | None = None
    field: str = ""
    value: Any = None


@dataclass(frozen=True)
class Expected:
    """Rows as JSON texts, sorted; conflicts as (kind, table, field, base's row)."""

    rows: list[str] = field(default_factory=list)
    conflicts: list[tuple[str, str, str, str]] = field(default_factory=list)


def applied(rows: Rows, script: Sequence[Op]) -> list[Row]:
    """The rows after a script."""
    now = dict(rows)
    added = [op.value for op in script if op.what == "add"]
    for op in script:
        if op.what == "delete":
            del now[op.key or 0]
        if op.what == "set":
            now[op.key or 0] = _with(now[op.key or 0], op.field, op.value)
    return [*now.values(), *added]


def expected(
    rows: Rows, ours: Sequence[Op], theirs: Sequence[Op], *, whole_samples: bool
) -> Expected:
    """The merge of both scripts; with `whole_samples` a row is deleted with its sample."""
    result = Expected()
    deleted = [{op.key for op in script if op.what == "delete"} for script in (ours, theirs)]
    effects = [_effects(rows, script) for script in (ours, theirs)]
    for key, row in rows.items():
        mine, yours = effects[0].get(key, {}), effects[1].get(key, {})
        gone = [key in one for one in deleted]
        if any(gone):
            changes = yours if gone[0] else mine
            if all(gone) or not changes:
                continue
            kind = "delete/edit" if gone[0] else "edit/delete"
            told = ("removed/labelled", "samples") if whole_samples else (kind, "labels")
            result.conflicts.append((*told, "", said(row)))
            result.rows.append(said(row))
            continue
        merged = row
        for name in sorted(mine.keys() | yours.keys()):
            side = _decided(name, row, mine, yours)
            if side is None:
                result.conflicts.append(("edit/edit", "labels", name, said(row)))
            else:
                merged = _with(merged, name, side[name])
        result.rows.append(said(merged))
    _add(result, ours, theirs)
    result.rows.sort()
    result.conflicts.sort()
    return result


def said(row: Row) -> str:
    """A row without its key, id and fragment, as text."""
    return json.dumps(
        {
            name: row[name]
            for name in sorted(row)
            if row[name] is not None and name not in ("key", "id", "record")
        }
    )


def overlap(one: Row, two: Row) -> float:
    """IoU of two boxes."""
    sides = []
    for start, size in (("x", "width"), ("y", "height")):
        end = min(one[start] + one[size], two[start] + two[size])
        sides.append(max(0.0, end - max(one[start], two[start])))
    shared = sides[0] * sides[1]
    union = one["width"] * one["height"] + two["width"] * two["height"] - shared
    return float(shared / union) if union else 0.0


def _decided(
    name: str, row: Row, mine: Mapping[str, Any], yours: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Whose value of a field counts."""
    if name not in yours or mine.get(name) == yours[name]:
        return mine
    if name not in mine:
        return yours
    if name == "shape":
        places = [_with(row, name, side[name]) for side in (mine, yours)]
        if overlap(*places) >= 0.95:
            return mine
    return None


def _effects(rows: Rows, script: Sequence[Op]) -> dict[int, dict[str, Any]]:
    """By row and field the last value a script sets, where it is another than before."""
    found: dict[int, dict[str, Any]] = {}
    for op in script:
        if op.what == "set" and op.key is not None:
            found.setdefault(op.key, {})[op.field] = op.value
    return {
        key: {name: value for name, value in told.items() if value != _value(rows[key], name)}
        for key, told in found.items()
    }


def _add(result: Expected, ours: Sequence[Op], theirs: Sequence[Op]) -> None:
    mine, yours = ([op.value for op in script if op.what == "add"] for script in (ours, theirs))
    taken: set[int] = set()
    result.rows.extend(said(row) for row in mine)
    for row in yours:
        same = [at for at, one in enumerate(mine) if said(one) == said(row) and at not in taken]
        if same:
            taken.add(same[0])
            continue
        result.rows.append(said(row))
        near = [one for at, one in enumerate(mine) if at not in taken and _near(one, row)]
        result.conflicts.extend(("add/add", "labels", "", said(one)) for one in near)


def _near(one: Row, two: Row) -> bool:
    return one["sample"] == two["sample"] and one.get("x") is not None and overlap(one, two) >= 0.5


def _value(row: Row, name: str) -> Any:
    if name == "shape":
        return [row[column] for column in BOX]
    if name.startswith("attributes."):
        return json.loads(row["attributes"] or "{}").get(name.removeprefix("attributes."))
    return row[name]


def _with(row: Row, name: str, value: Any) -> Row:
    if name == "shape":
        return {**row, **dict(zip(BOX, value, strict=True))}
    if name.startswith("attributes."):
        held = json.loads(row["attributes"] or "{}") | {name.removeprefix("attributes."): value}
        text = json.dumps(held, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return {**row, "attributes": text}
    return {**row, name: value}
