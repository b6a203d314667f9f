"""One table merged three ways by row key: what one side alone touched is that side's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import polars as pl

from labelvc.core.conflict import Conflict, Row
from labelvc.core.merge_policy import CLOSE
from labelvc.core.merge_rows import merge_row
from labelvc.core.patch import KEYS, SCHEMAS, Delta, table_delta

Key = Any
# By row key the fields that are in conflict unless both sides agree; None stands for the whole row.
Doubts = Mapping[Key, Collection[str | None]]


@dataclass(frozen=True)
class Tables:
    """The three versions of one table; `name` is labels, samples or categories."""

    name: str
    base: pl.DataFrame
    ours: pl.DataFrame
    theirs: pl.DataFrame


@dataclass
class MergedTable:
    """The merged rows, the conflicts, and the keys of base's rows that either side deleted.

    `record` is ours' own in rows that ours has, and null in those theirs added.
    """

    table: pl.DataFrame
    conflicts: list[Conflict] = field(default_factory=list)
    deleted: dict[Key, str] = field(default_factory=dict)  # by key: ours, theirs or both


def merge_table(
    tables: Tables, *, doubts: Doubts, apart: Doubts | None = None, close: float = CLOSE
) -> MergedTable:
    """The three versions of a table, merged by field. Rows are the same where their keys are.

    `apart` are fields that are in conflict whatever both sides say.
    """
    key, apart = KEYS[tables.name], apart or {}
    one = _unplaced(table_delta(tables.base, tables.ours, tables.name))
    two = _unplaced(table_delta(tables.base, tables.theirs, tables.name))
    both = (_touched(one) & _touched(two)) | doubts.keys() | apart.keys()
    if not both:
        merged = MergedTable(two.apply(tables.ours))
        merged.deleted = _deleted(one, two, merged.table)
        return merged
    merged = MergedTable(_without(two, both).apply(tables.ours))
    changes = Delta(key, _rows(tables.ours, key, both), _frame([], tables.name))
    rows: list[Row] = []
    sides = [_by_key(side, key, both) for side in (tables.base, tables.ours, tables.theirs)]
    for at in sorted({at for side in sides for at in side}):
        versions = [side.get(at) for side in sides]
        unsure = _Unsure(doubts.get(at, ()), apart.get(at, ()), close)
        row, conflicts = _merged(tables.name, versions, unsure)
        merged.conflicts += conflicts
        if row is not None:
            rows.append(row)
    after = _frame(rows, tables.name)
    merged.table = _unplaced(replace(changes, after=after)).apply(merged.table)
    merged.deleted = _deleted(one, two, merged.table)
    return merged


class _Unsure(NamedTuple):
    """What is to be known of one row besides its versions."""

    doubted: Collection[str | None]
    apart: Collection[str | None]
    close: float


def _merged(
    table: str, versions: list[Row | None], unsure: _Unsure
) -> tuple[Row | None, list[Conflict]]:
    """One row of which both sides have their own idea."""
    base, ours, theirs = versions
    if ours is None or theirs is None:
        if ours is theirs:
            return None, []
        return _one_gone(table, base, ours, theirs, whole_in_doubt=None in unsure.doubted)
    row, clashes = merge_row(
        table,
        dict(base) if base else None,
        dict(ours),
        dict(theirs),
        doubted=[name for name in unsure.doubted if name],
        apart=[name for name in unsure.apart if name],
        close=unsure.close,
    )
    told = tuple(_each(table, base, ours, theirs, row)) if clashes else ()
    kind = "edit/edit" if base else "add/add"
    return row, [
        Conflict("split/split" if name == "split" else kind, table, name, *told) for name in clashes
    ]


def _one_gone(
    table: str, base: Row | None, ours: Row | None, theirs: Row | None, *, whole_in_doubt: bool
) -> tuple[Row | None, list[Conflict]]:
    """A row that one side has and the other has not."""
    left = ours or theirs
    if base is None:  # a row of one side alone, listed because it is in doubt
        return left, []
    if _told(left) == _told(base) and not whole_in_doubt:
        return None, []
    kind = "edit/delete" if theirs is None else "delete/edit"
    return base, [Conflict(kind, table, None, *_each(table, base, ours, theirs, base))]


def _each(table: str, *rows: Row | None) -> Iterator[dict[str, list[Row]]]:
    for row in rows:
        yield {} if row is None else {table: [plain(row)]}


def plain(row: Row) -> dict[str, Any]:
    """A row of a conflict: without null columns and without the number of its fragment."""
    return {name: value for name, value in row.items() if value is not None and name != "record"}


def _told(row: Row | None) -> dict[str, Any]:
    return {name: value for name, value in (row or {}).items() if name not in ("id", "record")}


def _touched(delta: Delta) -> set[Key]:
    return {*delta.before[delta.key], *delta.after[delta.key]}


def _deleted(one: Delta, two: Delta, merged: pl.DataFrame) -> dict[Key, str]:
    ours, theirs = (
        set(delta.before[delta.key]) - set(delta.after[delta.key]) for delta in (one, two)
    )
    gone = (ours | theirs) - set(merged.filter(pl.col(one.key).is_in(list(ours | theirs)))[one.key])
    return {
        key: "both" if key in ours and key in theirs else "ours" if key in ours else "theirs"
        for key in sorted(gone)
    }


def _without(delta: Delta, keys: Collection[Key]) -> Delta:
    chosen = ~pl.col(delta.key).is_in(list(keys))
    return replace(delta, before=delta.before.filter(chosen), after=delta.after.filter(chosen))


def _rows(table: pl.DataFrame, key: str, keys: Collection[Key]) -> pl.DataFrame:
    return table.filter(pl.col(key).is_in(list(keys)))


def _by_key(table: pl.DataFrame, key: str, keys: Collection[Key]) -> dict[Key, Row]:
    return {row[key]: row for row in _rows(table, key, keys).iter_rows(named=True)}


def _frame(rows: list[Row], name: str) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMAS[name], orient="row")


def _unplaced(delta: Delta) -> Delta:
    """Without the fragments of the rows after: theirs are numbered in another file."""
    if "record" not in delta.after.columns or delta.after.is_empty():
        return delta
    nothing = pl.lit(None, dtype=pl.Int64).alias("record")
    return replace(delta, after=delta.after.with_columns(nothing))
