"""The taxonomy merged, with categories that one side renamed or removed and the other used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from labelvc.core.conflict import Conflict, Row
from labelvc.core.merge_ids import renumber
from labelvc.core.merge_table import Doubts, MergedTable, Tables, merge_table, plain
from labelvc.core.snapshot import CATEGORIES, Snapshot


@dataclass(frozen=True)
class Taxonomy:
    """The merged categories and the conflicts about them; `tables` are the versions."""

    table: pl.DataFrame
    conflicts: list[Conflict]
    tables: Tables


def merge_taxonomy(tables: Tables, *, doubts: Doubts, declared: bool) -> Taxonomy:
    """The three taxonomies merged by category.

    Where two categories end up under one name, those that were renamed to it are undecided.
    """
    merged = merge_table(tables, doubts=doubts)
    renumber(merged, tables)
    if not declared:
        _keep_edited(merged)
    table = merged.table
    before = dict(tables.base.select("key", "name").iter_rows())
    shared = table.filter(pl.col("name").is_duplicated())
    renamed = [
        key for key, name in shared.select("key", "name").iter_rows() if name != before.get(key)
    ]
    undecided = [key for key in renamed if key in before]
    conflicts = merged.conflicts + [_about_name(key, tables, "renamed/used") for key in undecided]
    return Taxonomy(_named_as_before(table, tables.base, undecided), conflicts, tables)


def _keep_edited(merged: MergedTable) -> None:
    """Take what a side made of categories of which the other has no labels left.

    That removes none where categories exist by their labels alone. Changes `merged`.
    """
    gone = [one for one in merged.conflicts if one.field is None]
    rows = [row for one in gone for row in (one.ours or one.theirs)["categories"]]
    merged.conflicts = [one for one in merged.conflicts if one.field is not None]
    others = merged.table.filter(~pl.col("key").is_in([row["key"] for row in rows]))
    whole = [{**dict.fromkeys(CATEGORIES), **row} for row in rows]
    kept = pl.DataFrame(whole, schema=CATEGORIES, orient="row")
    merged.table = pl.concat([others, kept])


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
    tables = taxonomy.tables
    one, two = (_renamed(tables.base, side) for side in (tables.ours, tables.theirs))
    # what both renamed is decided, or in conflict already
    told_before = {c.base["categories"][0]["key"] for c in taxonomy.conflicts if c.field == "name"}
    renamed = [key for key in one - two if key in _newly_used(base, theirs)]
    renamed += [key for key in two - one if key in _newly_used(base, ours)]
    renamed = sorted(set(renamed) - told_before)
    table = _named_as_before(taxonomy.table, tables.base, renamed)
    told = [_about_name(key, tables, "renamed/used") for key in renamed]
    used = set(labels["category"].drop_nulls())
    lacking = sorted(used - set(table["key"]))
    back = [_row(side, key) for key in lacking for side in _versions(tables, key)[:1]]
    table = pl.concat([table, pl.DataFrame(back, schema=CATEGORIES, orient="row")])
    undecided = {
        row["key"]
        for conflict in conflicts
        for row in conflict.now.get("labels", ())
        if conflict.table == "labels" and conflict.field in (None, "category")
    }
    # one that a side removed and the other edited, and that labels have: it goes with those only
    in_use = {c.id: key for c in taxonomy.conflicts for key in _removed(c) if key in used}
    others = [one for one in taxonomy.conflicts if one.id not in in_use]
    keys = [*in_use.values(), *(lacking if declared else ())]
    told += [_about_uses(key, labels, sides, undecided) for key in sorted(keys)]
    return Taxonomy(table, others + told, tables)


def _removed(conflict: Conflict) -> list[str]:
    """The category that a conflict is about as a whole."""
    rows = conflict.now["categories"] if conflict.field is None else ()
    return [row["key"] for row in rows]


def _renamed(base: pl.DataFrame, side: pl.DataFrame) -> set[str]:
    both = base.select("key", "name").join(side.select("key", "name"), on="key", suffix="_after")
    return set(both.filter(pl.col("name") != pl.col("name_after"))["key"])


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
