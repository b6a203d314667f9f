"""Deciding conflicts: one version's rows, or its value of a field, in the place of what is there.

The snapshots here are as read from a file: categories keyed by name. A conflict's label rows have
the keys of the snapshot's rows; `locate` finds them again in a file that was read anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.conflict import CHOICES, Conflict, Row, Rows
from labelvc.core.errors import LabelvcError
from labelvc.core.match import Ids, match
from labelvc.core.merge_rows import with_field
from labelvc.core.merge_table import plain
from labelvc.core.patch import KEYS, SCHEMAS, Delta
from labelvc.core.snapshot import Snapshot, attributes_json, canonical_json


def choices(conflict: Conflict) -> tuple[str, ...]:
    """What one can decide for."""
    if conflict.table in ("set", "files"):
        return ("ours", "theirs", "base") if conflict.base else ("ours", "theirs")
    if conflict.table == "labels":
        return CHOICES if conflict.base else tuple(c for c in CHOICES if c != "base")
    if conflict.field is None:
        return CHOICES
    return tuple(side for side in ("base", "ours", "theirs") if conflict.side(side))


def resolve(
    snapshot: Snapshot, conflict: Conflict, choice: str, replacement: Sequence[Row] | None = None
) -> Snapshot:
    """The snapshot with the conflict decided; of `replacement` rows the labels are taken instead.

    Raises LabelvcError for a choice that the conflict does not allow.
    """
    if replacement is not None:
        kept = {**conflict.now, "labels": list(replacement)}
        return _with_rows(snapshot, conflict.now, kept)
    if choice not in choices(conflict):
        allowed = ", ".join(choices(conflict))
        raise LabelvcError(
            f"a conflict about {_subject(conflict)} cannot be settled with {choice!r}",
            hint=f"Choose one of: {allowed}.",
        )
    if choice == "delete":
        return _with_rows(snapshot, conflict.now, {})
    if conflict.field is None:
        return _with_rows(snapshot, conflict.now, _chosen(conflict, choice))
    if choice == "union":
        other = _rekeyed(conflict.theirs["labels"], snapshot)
        snapshot = _with_rows(snapshot, {}, {"labels": other})
        choice = "ours"
    return _with_value(snapshot, conflict, conflict.side(choice))


def locate(
    snapshot: Snapshot,
    conflicts: Sequence[Conflict],
    *,
    ids: Ids = "auto",
    independent: bool = False,
) -> Snapshot:
    """The snapshot with the row keys that the conflicts use for the labels they are about.

    Labels that were edited meanwhile are found like any others; of those that are gone, deciding
    has nothing to replace.
    """
    rows = {row["key"]: row for c in conflicts for row in c.now.get("labels", ())}
    if not rows:
        return snapshot
    wanted = frame("labels", list(rows.values()))
    here = pl.col("sample").is_in(wanted["sample"].implode())
    part = replace(
        snapshot, labels=snapshot.labels.filter(here), samples=snapshot.samples.filter(here)
    )
    known = replace(part, labels=wanted)
    found = match(known, part, ids=ids, independent=independent).after.labels["key"]
    first = int(wanted["key"].max() or 0) + 1  # type: ignore[arg-type]
    places = snapshot.labels.select(here).to_series().arg_true()
    meant = found.is_in(wanted["key"].implode())
    keys = pl.int_range(first, first + snapshot.labels.height, eager=True)
    keys = keys.scatter(places.filter(meant), found.filter(meant))
    return snapshot.with_labels(snapshot.labels.with_columns(keys.alias("key")))


def refreshed(conflicts: Sequence[Conflict], snapshot: Snapshot) -> list[Conflict]:
    """The conflicts with `now` as the snapshot has those rows."""
    keys = {row["key"] for c in conflicts for row in c.now.get("labels", ())}
    chosen = snapshot.labels.filter(pl.col("key").is_in(list(keys)))
    rows = {row["key"]: plain(row) for row in chosen.iter_rows(named=True)}
    return [
        replace(
            conflict,
            now={
                **conflict.now,
                "labels": [rows[r["key"]] for r in conflict.now["labels"] if r["key"] in rows],
            },
        )
        if conflict.now.get("labels")
        else conflict
        for conflict in conflicts
    ]


def frame(table: str, rows: Sequence[Row]) -> pl.DataFrame:
    """Rows of a conflict as a table; JSON columns may be values or text."""
    schema = SCHEMAS[table]
    told = [{name: _cell(name, row.get(name)) for name in schema} for row in rows]
    return pl.DataFrame(told, schema=schema, orient="row")


def _cell(name: str, value: Any) -> Any:
    if name == "attributes" and isinstance(value, Mapping):
        return attributes_json(value)
    return canonical_json(value) if name == "geometry" and isinstance(value, Mapping) else value


def _chosen(conflict: Conflict, choice: str) -> Rows:
    if choice != "union":
        return conflict.side(choice)
    both: dict[str, list[Row]] = {}
    for side in (conflict.ours, conflict.theirs):
        for table, rows in side.items():
            there = {row[KEYS[table]] for row in both.setdefault(table, [])}
            both[table] += [row for row in rows if row[KEYS[table]] not in there]
    return both


def _with_rows(snapshot: Snapshot, now: Rows, chosen: Rows) -> Snapshot:
    """The snapshot with the rows of `now` replaced by the chosen ones."""
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
    return _with_used_categories(snapshot, removed)


def _replaced(
    table: pl.DataFrame, name: str, now: Sequence[Row], chosen: Sequence[Row]
) -> pl.DataFrame:
    if not now and not chosen:
        return table
    key = KEYS[name]
    keys = {row[key] for row in (*now, *chosen)}
    before = table.filter(pl.col(key).is_in(list(keys)))
    after = frame(name, chosen)
    if "record" in after.columns:
        after = after.with_columns(pl.lit(None, dtype=pl.Int64).alias("record"))
    return Delta(key, before, after).apply(table)


def _with_used_categories(snapshot: Snapshot, removed: set[str]) -> Snapshot:
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


def _with_value(snapshot: Snapshot, conflict: Conflict, side: Rows) -> Snapshot:
    """The snapshot with one field of one row as a side has it."""
    name, key = conflict.table, KEYS[conflict.table]
    source, now = side[name][0], conflict.now[name][0]
    table: pl.DataFrame = getattr(snapshot, name)
    found = table.filter(pl.col(key) == now[key])
    if found.is_empty():
        raise LabelvcError(
            f"{_subject(conflict)} is no longer there to be changed",
            hint="Settle it with delete, or give the labels by a file.",
        )
    assert conflict.field is not None
    chosen = frame(name, [source]).row(0, named=True)
    row = with_field(found.row(0, named=True), name, conflict.field, chosen)
    changed = _with_tables(snapshot, {name: Delta(key, found, frame(name, [row])).apply(table)})
    if name == "categories" and conflict.field == "name":
        return _renamed_category(changed, now["key"], row["name"])
    if name == "samples" and conflict.field == "path" and now["sample"] == now.get("path"):
        return _renamed_sample(changed, now["sample"], row["path"])
    return _with_used_categories(changed, set())


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


def _rekeyed(rows: Sequence[Row], snapshot: Snapshot) -> list[Row]:
    """The rows as labels of their own, with new keys and without native ids."""
    free = int(snapshot.labels["key"].max() or 0) + 1  # type: ignore[arg-type]
    return [{**row, "key": free + at, "id": None} for at, row in enumerate(rows)]


def _subject(conflict: Conflict) -> str:
    what = conflict.field or "all of it"
    of = ", ".join(conflict.samples if conflict.table != "categories" else conflict.categories)
    return f"{conflict.table} ({what}{f', {of}' if of else ''})"
