"""Rows of conflicts put in the place of what is there, in the three tables of a snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.conflict import Conflict, Row, Rows
from labelvc.core.errors import LabelvcError
from labelvc.core.merge_rows import with_field
from labelvc.core.patch import KEYS, SCHEMAS, Delta
from labelvc.core.snapshot import Snapshot, attributes_json, canonical_json


def frame(table: str, rows: Sequence[Row]) -> pl.DataFrame:
    """Rows of a conflict as a table; JSON columns may be values or text."""
    schema = SCHEMAS[table]
    told = [{name: _cell(name, row.get(name)) for name in schema} for row in rows]
    return pl.DataFrame(told, schema=schema, orient="row")


def _cell(name: str, value: Any) -> Any:
    if name == "attributes" and isinstance(value, Mapping):
        return attributes_json(value)
    return canonical_json(value) if name == "geometry" and isinstance(value, Mapping) else value


def with_rows(snapshot: Snapshot, now: Rows, chosen: Rows) -> Snapshot:
    """The snapshot with the rows of `now` replaced by the chosen ones."""
    renamed = new_name(now, chosen)
    if renamed is None:
        return _with_rows(snapshot, now, chosen)
    old, new = renamed
    # the chosen labels know it by its old name
    category = {**chosen["categories"][0], "key": old}
    snapshot = _with_rows(snapshot, now, {**chosen, "categories": [category]})
    return _renamed_category(snapshot, old, new)


def _with_rows(snapshot: Snapshot, now: Rows, chosen: Rows) -> Snapshot:
    snapshot = _with_tables(
        snapshot,
        {
            name: _replaced(getattr(snapshot, name), name, now.get(name, ()), chosen.get(name, ()))
            for name in KEYS
        },
    )
    gone = {r["sample"] for r in now.get("samples", ())} - {
        r["sample"] for r in chosen.get("samples", ())
    }
    if gone:
        others = ~pl.col("sample").is_in(sorted(gone))
        snapshot = snapshot.with_labels(snapshot.labels.filter(others))
    removed = {r["key"] for r in now.get("categories", ())} - set(snapshot.categories["key"])
    return with_used_categories(snapshot, removed)


def new_name(now: Rows, chosen: Rows) -> tuple[str, str] | None:
    """What the category of a conflict is called now, and in the chosen rows; None if alike."""
    rows = [told.get("categories", ()) for told in (now, chosen)]
    if any(len(listed) != 1 for listed in rows):
        return None
    old, new = (listed[0]["name"] for listed in rows)
    return None if old == new else (old, new)


def _replaced(
    table: pl.DataFrame, name: str, now: Sequence[Row], chosen: Sequence[Row]
) -> pl.DataFrame:
    if not now and not chosen:
        return table
    key = KEYS[name]
    keys = {row[key] for row in (*now, *chosen)}
    before = table.filter(pl.col(key).is_in(list(keys)))
    return Delta(key, before, unplaced(frame(name, chosen))).apply(table)


def unplaced(table: pl.DataFrame) -> pl.DataFrame:
    """Without fragments: rows that were there keep their own."""
    if "record" not in table.columns:
        return table
    return table.with_columns(pl.lit(None, dtype=pl.Int64).alias("record"))


def with_used_categories(snapshot: Snapshot, removed: set[str]) -> Snapshot:
    """The snapshot with a category for each label. Raises LabelvcError where `removed` are used."""
    known = set(snapshot.categories["key"])
    lacking = sorted(set(snapshot.labels["category"].drop_nulls()) - known)
    still = [name for name in lacking if name in removed]
    if still:
        count = snapshot.labels.filter(pl.col("category") == still[0]).height
        raise LabelvcError(
            f"category {still[0]!r} cannot go: {count} labels still have it",
            hint="Settle the conflicts of those labels first, or keep the category.",
        )
    if not lacking:
        return snapshot
    rows = frame("categories", [{"key": name, "name": name} for name in lacking])
    return replace(snapshot, categories=pl.concat([snapshot.categories, rows]))


def with_values(
    snapshot: Snapshot, table: str, decisions: Sequence[tuple[Conflict, str]]
) -> Snapshot:
    """The snapshot with fields of samples or categories as a side of each conflict has them.

    Of those that are not there any more (a class that nothing has and no list declares) nothing
    is left to decide.
    """
    key = KEYS[table]
    wanted = [conflict.now[table][0][key] for conflict, _ in decisions]
    held: pl.DataFrame = getattr(snapshot, table)
    before = held.filter(pl.col(key).is_in(wanted))
    rows: dict[str, Row] = {row[key]: row for row in before.iter_rows(named=True)}
    for own, (conflict, choice) in zip(wanted, decisions, strict=True):
        if own in rows:
            side = conflict.side(choice)[table][0]
            source = {name: _cell(name, one) for name, one in side.items()}
            rows[own] = with_field(rows[own], table, str(conflict.field), source)
    after = frame(table, list(rows.values()))
    return _with_tables(snapshot, {table: Delta(key, before, after).apply(held)})


def with_name(snapshot: Snapshot, conflict: Conflict, choice: str) -> Snapshot:
    """The snapshot with a category's name or a sample's path as a side has it.

    Raises LabelvcError where another sample has that path.
    """
    now, chosen = (conflict.side(side)[conflict.table][0] for side in ("now", choice))
    taken = set(snapshot.samples["sample"]) - {now.get("sample")}
    if conflict.table == "samples" and chosen.get("path") in taken:
        raise LabelvcError(
            f"{now['sample']} cannot be called {chosen['path']}: that is another sample",
            hint="Keep base's path, or remove the other sample first.",
        )
    changed = with_values(snapshot, conflict.table, [(conflict, choice)])
    if conflict.table == "categories":
        return _renamed_category(changed, now["key"], chosen["name"])
    if now["sample"] == now.get("path"):
        return _renamed_sample(changed, now["sample"], chosen["path"])
    return changed


def _with_tables(snapshot: Snapshot, tables: Mapping[str, pl.DataFrame]) -> Snapshot:
    labels, samples, categories = (tables.get(name, getattr(snapshot, name)) for name in KEYS)
    return replace(snapshot, labels=labels, samples=samples, categories=categories)


def _renamed_category(snapshot: Snapshot, old: str, new: str) -> Snapshot:
    """With the category's name for its key; where another has that name, the two become one."""
    categories = snapshot.categories
    if old != new and new in set(categories["key"]):
        categories = categories.filter(pl.col("key") != old)
    else:
        categories = categories.with_columns(pl.col("key").replace({old: new}))
    labels = snapshot.labels.with_columns(pl.col("category").replace({old: new}))
    return replace(snapshot, labels=labels, categories=categories)


def _renamed_sample(snapshot: Snapshot, old: str, new: str) -> Snapshot:
    renamed = pl.col("sample").replace({old: new})
    return replace(
        snapshot,
        labels=snapshot.labels.with_columns(renamed),
        samples=snapshot.samples.with_columns(renamed),
    )
