"""What was changed in a database, as every other diff tells it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from labelvc.adapters.database import Changes, Database
from labelvc.core.comparison import Diff, End
from labelvc.core.errors import LabelvcError
from labelvc.core.filtering import Filter, filtered
from labelvc.core.match import Matched, match
from labelvc.core.snapshot import Snapshot
from labelvc.formats.comparing import told
from labelvc.formats.pair import Pair, Side, Wanted
from labelvc.repo.compare import reading
from labelvc.repo.config import LabelSet

EVERYTHING = Filter()


def diff_database(
    database: Database, changes: Changes, label_set: LabelSet, wanted: Filter = EVERYTHING
) -> Diff:
    """What turns the labels that were laid down in the database into those it has now."""
    laid = changes.laid
    ends = End(laid.rev, laid.commit), End(database.shown)
    if not changes:
        return Diff(*ends, [], (label_set.name,))
    one, two = changes.tallies
    pair = Pair(
        Side(changes.before, one),
        Side(changes.after, two),
        laid.sample_key,
        laid.sample_key,
        same_bytes=one.labels - changes.before.labels.height,
        ids="own",
    )
    comparison = told(
        pair,
        laid.format or label_set.format or "table",
        name=label_set.name,
        path=label_set.path,
        wanted=replace(reading(label_set), key=laid.sample_key),
        matched=matched_rows(changes, reading(label_set)),
    )
    if comparison.is_empty:  # rows that are only spelled otherwise
        return Diff(*ends, [], (label_set.name,))
    return Diff(*ends, [filtered(comparison, wanted)])


def matched_rows(changes: Changes, wanted: Wanted) -> Matched:
    """The rows as they are under the keys of those laid down.

    A row is the same as long as its key stays; what was deleted and put in anew is matched as in
    any other diff.
    """
    before, after = (_named_by_key(one) for one in (changes.before, changes.after))
    matched = match(before, after, ids="trusted", independent=wanted.independent)
    labels = matched.after.labels.with_columns(changes.after.labels["id"])
    return replace(matched, after=matched.after.with_labels(labels))


def _named_by_key(snapshot: Snapshot) -> Snapshot:
    return snapshot.with_labels(snapshot.labels.with_columns(id=pl.col("key").cast(pl.String)))


def check_name(database: Database, changes: Changes, label_set: LabelSet) -> None:
    """Raise LabelvcError where the database holds another label set."""
    if changes.laid.name != label_set.name:
        raise other_set(database, changes.laid.name, label_set.name)


def other_set(database: Database, held: str, wanted: str) -> LabelvcError:
    """The error for a database that holds another label set."""
    return LabelvcError(
        f"{database.shown}: these tables hold label set {held}, not {wanted}",
        hint="Several label sets of a database need tables of their own: --prefix P or --schema S.",
    )
