"""The taxonomy merged, with categories that one side renamed or removed and the other used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from labelvc.core.conflict import Conflict, Row
from labelvc.core.merge_table import Doubts, MergedTable, Tables, merge_table, plain
from labelvc.core.snapshot import CATEGORIES, Snapshot


@dataclass(frozen=True)
class Taxonomy:
    """The merged categories and the conflicts about them; `tables` are the versions."""

    table: pl.DataFrame
    conflicts: list[Conflict]
    tables: Tables


def merge_taxonomy(tables: Tables, *, doubts: Doubts) -> Taxonomy:
    """The three taxonomies merged by category.

    Where two categories end up under one name, those that were renamed to it are undecided.
    """
    merged = merge_table(tables, doubts=doubts)
    table = _with_ids(merged, tables)
    before = dict(tables.base.select("key", "name").iter_rows())
    shared = table.filter(pl.col("name").is_duplicated())
    renamed = [
        key for key, name in shared.select("key", "name").iter_rows() if name != before.get(key)
    ]
    undecided = [key for key in renamed if key in before]
    conflicts = merged.conflicts + [_about_name(key, tables, "renamed/used") for key in undecided]
    return Taxonomy(_named_as_before(table, tables.base, undecided), conflicts, tables)


def settle_uses(
    taxonomy: Taxonomy,
    labels: pl.DataFrame,
    sides: tuple[Snapshot, Snapshot, Snapshot],
    conflicts: Sequence[Conflict],
    *,
    declared: bool,
) -> Taxonomy:
    """The taxonomy with every category that merged labels use, and the conflicts of it.

    `conflicts` are those of labels, whose own category is undecided.
    """
    base, ours, theirs = sides
    renamed = [
        key
        for user, renamer in ((theirs, taxonomy.tables.ours), (ours, taxonomy.tables.theirs))
        for key in _renamed(taxonomy.tables.base, renamer)
        if key in _newly_used(base, user)
    ]
    table = _named_as_before(taxonomy.table, taxonomy.tables.base, renamed)
    told = [_about_name(key, taxonomy.tables, "renamed/used") for key in sorted(set(renamed))]
    used = set(labels["category"].drop_nulls())
    lacking = sorted(used - set(table["key"]))
    back = [_row(side, key) for key in lacking for side in _versions(taxonomy.tables, key)[:1]]
    table = pl.concat([table, pl.DataFrame(back, schema=CATEGORIES, orient="row")])
    if declared:
        undecided = {
            row["key"]
            for conflict in conflicts
            for row in conflict.now.get("labels", ())
            if conflict.table == "labels" and conflict.field in (None, "category")
        }
        told += [_about_uses(key, labels, sides, undecided) for key in lacking]
    return Taxonomy(table, taxonomy.conflicts + told, taxonomy.tables)


def _with_ids(merged: MergedTable, tables: Tables) -> pl.DataFrame:
    """The table in which no category that theirs added bears an id that another has."""
    ids = merged.table.filter(pl.col("id").is_not_null())
    shared = ids.filter(pl.col("id").is_duplicated())
    new = shared.join(tables.base, on="key", how="anti").join(tables.ours, on="key", how="anti")
    if new.is_empty():
        return merged.table
    numbers = [int(one) for one in ids["id"] if one.isdecimal()]
    free = max(numbers, default=0) + 1
    given = {key: str(free + at) for at, key in enumerate(new["key"].sort())}
    return merged.table.with_columns(
        pl.col("key")
        .replace_strict(given, default=pl.col("id"), return_dtype=pl.String)
        .alias("id")
    )


def _renamed(base: pl.DataFrame, side: pl.DataFrame) -> list[str]:
    both = base.select("key", "name").join(side.select("key", "name"), on="key", suffix="_after")
    return both.filter(pl.col("name") != pl.col("name_after"))["key"].to_list()


def _newly_used(base: Snapshot, side: Snapshot) -> set[str]:
    """The categories that a side gave to labels which did not have them before."""
    uses = ["key", "category"]
    new = side.labels.select(uses).join(base.labels.select(uses), on=uses, how="anti")
    return set(new["category"].drop_nulls())


def _named_as_before(table: pl.DataFrame, base: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    names = {key: name for key, name in base.select("key", "name").iter_rows() if key in keys}
    if not names:
        return table
    name = pl.col("key").replace_strict(names, default=pl.col("name"), return_dtype=pl.String)
    return table.with_columns(name.alias("name"))


def _about_name(key: str, tables: Tables, kind: str) -> Conflict:
    """A category whose new name is undecided: it keeps the old one."""
    base, ours, theirs = (_of(side, key) for side in (tables.base, tables.ours, tables.theirs))
    return Conflict(kind, "categories", "name", base, ours, theirs, base)


def _about_uses(
    key: str,
    labels: pl.DataFrame,
    sides: tuple[Snapshot, Snapshot, Snapshot],
    undecided: set[int],
) -> Conflict:
    """A category that one side removed and that labels of the other still have."""
    users = labels.filter((pl.col("category") == key) & ~pl.col("key").is_in(list(undecided)))
    keys = users["key"].to_list()
    base, ours, theirs = (
        {
            **_of(side.categories, key),
            "labels": _plain(side.labels.filter(pl.col("key").is_in(keys))),
        }
        for side in sides
    )
    row = next(_of(side.categories, key) for side in sides if key in set(side.categories["key"]))
    now = {**row, "labels": _plain(users)}
    return Conflict("removed/used", "categories", None, base, ours, theirs, now)


def _versions(tables: Tables, key: str) -> list[pl.DataFrame]:
    sides = (tables.base, tables.ours, tables.theirs)
    return [side for side in sides if key in set(side["key"])]


def _row(table: pl.DataFrame, key: str) -> Row:
    return table.row(by_predicate=pl.col("key") == key, named=True)


def _of(table: pl.DataFrame, key: str) -> dict[str, list[Row]]:
    return {"categories": rows} if (rows := _plain(table.filter(pl.col("key") == key))) else {}


def _plain(table: pl.DataFrame) -> list[Row]:
    return [plain(row) for row in table.iter_rows(named=True)]
