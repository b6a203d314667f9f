"""Native ids that both sides gave to rows of their own."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from labelvc.core.merge_table import MergedTable, Tables
from labelvc.core.patch import KEYS


def renumber(merged: MergedTable, tables: Tables, first_free: int = 0) -> Mapping[str, str]:
    """Give new ids to rows whose id ours has for another row.

    Changes `merged.table`; returns theirs' ids, old to new. The new ones are numbers from
    `first_free` on; ids that are no whole numbers get an ending. Where a side gives an id to
    several rows, ids mean nothing and are left as they are.
    """
    if any(side["id"].drop_nulls().is_duplicated().any() for side in (tables.ours, tables.theirs)):
        return {}
    key = KEYS[tables.name]
    shared = merged.table.filter(pl.col("id").is_not_null() & pl.col("id").is_duplicated())
    clashing = shared.join(tables.ours, on=[key, "id"], how="anti").sort(key)
    if clashing.is_empty():
        return {}
    taken = set(merged.table["id"].drop_nulls())
    free = max([first_free - 1, *(int(one) for one in taken if one.isdecimal())]) + 1
    new: dict[object, str] = {}
    told: dict[str, str] = {}
    for row, old in clashing.select(key, "id").iter_rows():
        if old.isdecimal():
            told[old] = new[row] = str(free)
            free += 1
        else:
            told[old] = new[row] = _ending(old, taken)
        taken.add(new[row])
    merged.table = merged.table.with_columns(
        pl.col(key).replace_strict(new, default=pl.col("id"), return_dtype=pl.String).alias("id")
    )
    return told


def _ending(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"
