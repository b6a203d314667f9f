"""Samples that one side removed and the other labelled: a conflict about the sample as a whole."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import polars as pl

from labelvc.core.conflict import Conflict
from labelvc.core.merge_table import MergedTable, plain
from labelvc.core.patch import table_delta
from labelvc.core.snapshot import CONTENT, LABELS, SAMPLES, Snapshot


@dataclass(frozen=True)
class Contested:
    """The samples, what stays of them until somebody decides, and the conflicts.

    What stays is base's sample with base's labels, and the labels that the other side added.
    """

    samples: Collection[str] = ()
    rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SAMPLES))
    labels: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LABELS))
    conflicts: list[Conflict] = field(default_factory=list)

    def without(self, labels: pl.DataFrame) -> pl.DataFrame:
        """The labels of all other samples."""
        return (
            labels.filter(~pl.col("sample").is_in(list(self.samples))) if self.samples else labels
        )


def contested(base: Snapshot, ours: Snapshot, theirs: Snapshot, merged: MergedTable) -> Contested:
    """The samples of base that one side removed while the other labelled or edited them."""
    edited = {c.samples[0] for c in merged.conflicts if c.kind in ("edit/delete", "delete/edit")}
    found: dict[str, bool] = {}
    for remover, other, by_ours in ((ours, theirs, True), (theirs, ours, False)):
        gone = _removed(base, remover)
        labelled = _labelled(base, other) if gone else set()
        found |= dict.fromkeys(sorted(gone & (labelled | edited)), by_ours)
    if not found:
        return Contested()
    rows: list[pl.DataFrame] = []
    labels: list[pl.DataFrame] = []
    conflicts: list[Conflict] = []
    for sample, by_ours in found.items():
        other = theirs if by_ours else ours
        kept = _of(base.labels, sample)
        added = _of(other.labels, sample).join(kept.select("key"), on="key", how="anti")
        nothing = pl.lit(None, dtype=pl.Int64).alias("record")
        now = pl.concat([kept, added]).with_columns(nothing)
        row = _of(base.samples, sample).with_columns(nothing)
        conflicts.append(
            Conflict(
                "removed/labelled",
                "samples",
                None,
                _told(base, sample),
                _told(ours, sample),
                _told(theirs, sample),
                {"samples": _plain(row), "labels": _plain(now)},
            )
        )
        rows.append(row)
        labels.append(now)
    return Contested(tuple(found), pl.concat(rows), pl.concat(labels), conflicts)


def _removed(base: Snapshot, side: Snapshot) -> set[str]:
    return set(base.samples["sample"]) - set(side.samples["sample"])


def _labelled(base: Snapshot, side: Snapshot) -> set[str]:
    """The samples in which a side added or changed labels; taking labels away does not count."""
    changed = table_delta(base.labels, side.labels, "labels").after
    content = ["key", *CONTENT]
    return set(changed.join(base.labels, on=content, how="anti", nulls_equal=True)["sample"])


def _of(table: pl.DataFrame, sample: str) -> pl.DataFrame:
    return table.filter(pl.col("sample") == sample)


def _told(side: Snapshot, sample: str) -> dict[str, list[dict[str, object]]]:
    """What a side has of a sample: nothing where it removed the sample."""
    rows = _plain(_of(side.samples, sample))
    return {"samples": rows, "labels": _plain(_of(side.labels, sample))} if rows else {}


def _plain(table: pl.DataFrame) -> list[dict[str, object]]:
    return [plain(row) for row in table.iter_rows(named=True)]
