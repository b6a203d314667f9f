"""One change of a mailed patch against the row that is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from labelvc.core.merge_rows import changed_fields, told_in, with_field
from labelvc.core.patch import Delta

Row = dict[str, Any]
ALREADY = "already applied"


@dataclass(frozen=True)
class Unfit:
    """Why a change does not apply: its table, the label, sample or category, and the reason."""

    table: str
    place: str
    reason: str


def changes(delta: Delta) -> Iterator[tuple[Any, Row | None, Row | None]]:
    """Key, row before and row after of each change, in the order of keys."""
    before, after = (
        {row[delta.key]: row for row in side.iter_rows(named=True)}
        for side in (delta.before, delta.after)
    )
    for key in sorted({**before, **after}):
        yield key, before.get(key), after.get(key)


def changed(
    table: str, before: Row, after: Row, own: Row, raw: Row | None = None
) -> tuple[Row, str]:
    """The row here with what the patch changes, and why that cannot be: "" where it can.

    Fields that the patch leaves alone stay as they are here. `own` is what is compared, `raw` (by
    default the same) what is changed.
    """
    touched = changed_fields(table, before, after)
    new = dict(raw or own)
    for name in touched:
        new = with_field(new, table, name, after)
    stale = [name for name in touched if told_in(own, table, name) != told_in(before, table, name)]
    if not stale:
        return new, ""
    is_there = all(told_in(own, table, name) == told_in(after, table, name) for name in touched)
    return new, ALREADY if is_there else since(stale)


def since(fields: list[str]) -> str:
    """The reason that names the fields in which the row here is another by now."""
    return f"changed since: {', '.join(fields)}"


def differing(table: str, one: Row, two: Row) -> list[str]:
    """The fields in which two rows differ; a digest that only one side knows says nothing."""
    found = changed_fields(table, one, two)
    if table == "samples" and None in (one["digest"], two["digest"]):
        found = [name for name in found if name != "digest"]
    return found


def with_free_ids(here: pl.DataFrame, delta: Delta) -> Delta:
    """The delta with other native ids in place of those that rows here have.

    A changed row keeps its id then, an added one gets the next free number; ids that are no whole
    numbers get an ending. Where several rows share an id on purpose, ids are left alone.
    """
    old = dict(delta.before.select(delta.key, "id").iter_rows())
    rows = list(delta.after.select(delta.key, "id").iter_rows())
    given = {key for key, native in rows if native is not None and old.get(key) != native}
    native = here["id"].drop_nulls()
    if not given or 2 * native.n_unique() < len(native):
        return delta
    taken = set(here.join(delta.before, on=delta.key, how="anti")["id"].drop_nulls())
    taken |= {native for key, native in rows if key not in given and native is not None}
    ids = {}
    largest = max((int(one) for one in {*native, *taken} if _is_number(one)), default=0)
    for key, wanted in rows:
        if key not in given:
            continue
        if wanted in taken:
            own = old.get(key)
            wanted = own if own is not None and own not in taken else _free(wanted, taken, largest)
        ids[key] = wanted
        taken.add(wanted)
        largest = max(largest, int(wanted)) if _is_number(wanted) else largest
    keys = delta.after[delta.key]
    new = pl.Series("id", [ids.get(k, o) for k, (_, o) in zip(keys, rows, strict=True)], pl.String)
    return Delta(delta.key, delta.before, delta.after.with_columns(new))


def _free(wanted: str, taken: set[str], largest: int) -> str:
    if _is_number(wanted):
        return str(largest + 1)
    number = 2
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"


def _is_number(native: str) -> bool:
    return native.isdecimal() and len(native) < 20
