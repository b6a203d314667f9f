"""Deciding conflicts: one version's rows, or its value of a field, in the place of what is there.

The snapshots here are as read from a file: categories keyed by name. A conflict's label rows have
the keys of the snapshot's rows; `locate` finds them again in a file that was read anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

import polars as pl

from labelvc.core.conflict import CHOICES, SIDES, Conflict, Row, Rows
from labelvc.core.decided_labels import decide, keys_of
from labelvc.core.decided_rows import frame as frame
from labelvc.core.decided_rows import (
    new_name,
    unplaced,
    with_name,
    with_rows,
    with_used_categories,
    with_values,
)
from labelvc.core.errors import LabelvcError
from labelvc.core.match import Ids, match
from labelvc.core.merge_table import plain
from labelvc.core.patch import KEYS, Delta
from labelvc.core.snapshot import Snapshot

# A conflict, and a choice or the labels to be taken instead.
Decision = tuple[Conflict, str | Sequence[Row]]


def choices(conflict: Conflict) -> tuple[str, ...]:
    """What one can decide for."""
    if conflict.table in ("set", "files"):
        return ("ours", "theirs", "base") if conflict.base else ("ours", "theirs")
    if conflict.table == "labels":
        return CHOICES if conflict.base else tuple(c for c in CHOICES if c != "base")
    if conflict.field is None:
        is_sequence = conflict.kind == "edit/edit"  # the tokens of a sample are one side's
        return tuple(c for c in CHOICES if not is_sequence or c != "union")
    return tuple(side for side in ("base", "ours", "theirs") if conflict.side(side))


def resolve(
    snapshot: Snapshot, conflict: Conflict, choice: str, replacement: Sequence[Row] | None = None
) -> Snapshot:
    """The snapshot with the conflict decided; of `replacement` rows the labels are taken instead.

    Raises LabelvcError for a choice that the conflict does not allow, or not yet.
    """
    decided: Decision = (conflict, choice if replacement is None else replacement)
    snapshot, refused = resolve_all(snapshot, [decided])
    if refused:
        raise refused[0]
    return snapshot


def resolve_all(
    snapshot: Snapshot, decisions: Sequence[Decision]
) -> tuple[Snapshot, Mapping[int, LabelvcError]]:
    """The snapshot with all of it decided, in an order in which one makes room for the other.

    Also, by place among the decisions, those that cannot be made, and why.
    """
    refused: dict[int, LabelvcError] = {}
    waiting: list[int] = []
    for at, (conflict, choice) in enumerate(decisions):
        if isinstance(choice, str) and choice not in choices(conflict):
            refused[at] = _not_allowed(conflict, choice)
        else:
            waiting.append(at)
    for table in ("labels", "samples", "categories"):
        mass = [at for at in waiting if _is_one_of_many(decisions[at], table)]
        put = _with_labels_decided if table == "labels" else _with_fields_decided
        snapshot, impossible = put(snapshot, [decisions[at] for at in mass])
        refused |= {mass[at]: error for at, error in impossible.items()}
        waiting = sorted(set(waiting) - set(mass))
    # names last: until then the conflicts know their categories and samples by the old ones
    waiting.sort(key=lambda at: _renames(*decisions[at]))
    while waiting:
        errors: dict[int, LabelvcError] = {}
        for at in waiting:
            try:
                snapshot = _resolved(snapshot, *decisions[at])
            except LabelvcError as error:  # a category that other undecided labels still have
                errors[at] = error
        if len(errors) == len(waiting):
            return snapshot, refused | errors
        waiting = list(errors)
    return snapshot, refused


def _not_allowed(conflict: Conflict, choice: str) -> LabelvcError:
    return LabelvcError(
        f"a conflict about {_subject(conflict)} cannot be settled with {choice!r}",
        hint=f"Choose one of: {', '.join(choices(conflict))}.",
    )


def _is_name(conflict: Conflict) -> bool:
    return (conflict.table, conflict.field) in (("categories", "name"), ("samples", "path"))


def _renames(conflict: Conflict, choice: str | Sequence[Row]) -> bool:
    """Whether a category or a sample may be called otherwise by a decision."""
    return _is_name(conflict) or _category_renamed(conflict, choice) is not None


def _category_renamed(conflict: Conflict, choice: str | Sequence[Row]) -> tuple[str, str] | None:
    """What a category is called now and by a decision about all of it; None if alike."""
    is_whole = conflict.table == "categories" and conflict.field is None
    if not is_whole or not isinstance(choice, str) or choice == "delete":
        return None
    return new_name(conflict.now, _chosen(conflict, choice))


def _is_one_of_many(decision: Decision, table: str) -> bool:
    """Whether it can be made together with all others like it."""
    conflict, choice = decision
    is_field = conflict.field is not None and isinstance(choice, str) and choice != "delete"
    return conflict.table == table and (table == "labels" or (is_field and not _is_name(conflict)))


def _with_fields_decided(
    snapshot: Snapshot, decisions: Sequence[Decision]
) -> tuple[Snapshot, dict[int, LabelvcError]]:
    if not decisions:
        return snapshot, {}
    told = [(conflict, str(choice)) for conflict, choice in decisions]
    return with_values(snapshot, told[0][0].table, told), {}


def _with_labels_decided(
    snapshot: Snapshot, decisions: Sequence[Decision]
) -> tuple[Snapshot, dict[int, LabelvcError]]:
    refused: dict[int, LabelvcError] = {}
    if not decisions:
        return snapshot, refused
    wanted = {key for conflict, _ in decisions for key in keys_of(conflict)}
    before = snapshot.labels.filter(pl.col("key").is_in(list(wanted)))
    rows: dict[int, Row] = {row["key"]: row for row in before.iter_rows(named=True)}
    highest = int(snapshot.labels["key"].max() or 0)  # type: ignore[arg-type]
    free = count(1 + max(highest, *wanted, 0))
    for at, (conflict, choice) in enumerate(decisions):
        try:
            decide(rows, conflict, choice, free)
        except LabelvcError as error:
            refused[at] = error
    after = unplaced(frame("labels", list(rows.values())))
    labels = Delta("key", before, after).apply(snapshot.labels)
    return with_used_categories(snapshot.with_labels(labels), set()), refused


def _resolved(snapshot: Snapshot, conflict: Conflict, choice: str | Sequence[Row]) -> Snapshot:
    """The snapshot with a conflict about a sample or a category decided."""
    if not isinstance(choice, str):
        free = 1 + int(snapshot.labels["key"].max() or 0)  # type: ignore[arg-type]
        rows = [{**row, "key": free + at} for at, row in enumerate(choice)]
        return with_rows(snapshot, conflict.now, {**conflict.now, "labels": rows})
    if choice == "delete":
        return with_rows(snapshot, conflict.now, {})
    if conflict.field is None:
        return with_rows(snapshot, conflict.now, _chosen(conflict, choice))
    return with_name(snapshot, conflict, choice)


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
    # no other row may have a key that any side has for a label it would bring
    first = 1 + max((key for c in conflicts for key in keys_of(c)), default=0)
    keys = pl.int_range(first, first + snapshot.labels.height, eager=True)
    if rows:
        wanted = frame("labels", list(rows.values()))
        here = pl.col("sample").is_in(wanted["sample"].implode())
        part = replace(
            snapshot, labels=snapshot.labels.filter(here), samples=snapshot.samples.filter(here)
        )
        known = replace(part, labels=wanted)
        found = match(known, part, ids=ids, independent=independent).after.labels["key"]
        places = snapshot.labels.select(here).to_series().arg_true()
        meant = found.is_in(wanted["key"].implode())
        keys = keys.scatter(places.filter(meant), found.filter(meant))
    return snapshot.with_labels(snapshot.labels.with_columns(keys.alias("key")))


def refreshed(
    conflicts: Sequence[Conflict], snapshot: Snapshot, decided: Sequence[Decision] = ()
) -> list[Conflict]:
    """The conflicts with `now` as the snapshot has those rows.

    Where a category or a sample got another name by what was `decided`, it has it in them too.
    """
    categories = _new_names(decided, "categories", "name")
    samples = _new_names(decided, "samples", "path")
    conflicts = [_renamed(one, categories, samples) for one in conflicts]
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


def _new_names(decided: Sequence[Decision], table: str, field: str) -> dict[str, str]:
    """What categories or samples were called, and are now."""
    found = {}
    for conflict, choice in decided:
        if (conflict.table, conflict.field) == (table, field) and isinstance(choice, str):
            now, chosen = (conflict.side(side)[table][0] for side in ("now", choice))
            if now[KEYS[table]] == now.get(field) and now[field] != chosen.get(field):
                found[now[field]] = chosen[field]
        elif table == "categories" and (renamed := _category_renamed(conflict, choice)):
            found[renamed[0]] = renamed[1]
    return found


def _renamed(
    conflict: Conflict, categories: Mapping[str, str], samples: Mapping[str, str]
) -> Conflict:
    if not categories and not samples:
        return conflict
    columns = {
        "labels": (("category", categories), ("sample", samples)),
        "samples": (("sample", samples), ("path", samples)),
        "categories": (("key", categories), ("name", categories)),
    }

    def rows(told: Rows) -> Rows:
        return {
            table: [
                {**row, **{c: new[row[c]] for c, new in columns[table] if row.get(c) in new}}
                for row in listed
            ]
            if table in columns
            else listed
            for table, listed in told.items()
        }

    base, ours, theirs, now = (rows(conflict.side(side)) for side in (*SIDES, "now"))
    return replace(conflict, base=base, ours=ours, theirs=theirs, now=now)


def _chosen(conflict: Conflict, choice: str) -> Rows:
    if choice != "union":
        return conflict.side(choice)
    both: dict[str, list[Row]] = {}
    for side in (conflict.ours, conflict.theirs):
        for table, rows in side.items():
            there = {row[KEYS[table]] for row in both.setdefault(table, [])}
            both[table] += [row for row in rows if row[KEYS[table]] not in there]
    return both


def _subject(conflict: Conflict) -> str:
    what = conflict.field or "all of it"
    of = ", ".join(conflict.samples if conflict.table != "categories" else conflict.categories)
    return f"{conflict.table} ({what}{f', {of}' if of else ''})"
