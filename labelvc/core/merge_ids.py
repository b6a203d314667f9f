"""Native ids that both sides gave to labels of their own."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from labelvc.core.merge_table import MergedTable, Tables


def renumber(labels: MergedTable, tables: Tables, first_free: int) -> Mapping[str, str]:
    """Give new ids to labels theirs added under an id that ours has for another label.

    Changes `labels.table`; returns old to new. Ids that are no whole numbers get an ending.
    """
    added = labels.table.join(tables.base.select("key"), on="key", how="anti").join(
        tables.ours.select("key"), on="key", how="anti"
    )
    others = labels.table.join(added.select("key"), on="key", how="anti")["id"].drop_nulls()
    clashing = added.filter(pl.col("id").is_in(others.implode())).sort("key")
    if clashing.is_empty():
        return {}
    taken = set(labels.table["id"].drop_nulls())
    numbers = [int(one) for one in taken if one.isdecimal()]
    free = max([first_free - 1, *numbers]) + 1
    new: dict[int, str] = {}
    told: dict[str, str] = {}
    for key, old in clashing.select("key", "id").iter_rows():
        if old.isdecimal():
            told[old] = new[key] = str(free)
            free += 1
        else:
            told[old] = new[key] = _ending(old, taken)
        taken.add(new[key])
    labels.table = labels.table.with_columns(
        pl.col("key").replace_strict(new, default=pl.col("id"), return_dtype=pl.String).alias("id")
    )
    return told


def _ending(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"
