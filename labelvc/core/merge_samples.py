"""Samples that are undecided as a whole, such as one that a side removed and the other labelled."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import polars as pl

from labelvc.core.conflict import Conflict
from labelvc.core.merge_table import MergedTable, Tables, plain
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


def contested(
    sides: tuple[Snapshot, Snapshot, Snapshot],
    own: tuple[Snapshot, Snapshot, Snapshot],
    merged: MergedTable,
    sequences: Collection[str] = (),
) -> Contested:
    """The samples of base that one side removed while the other labelled or edited them.

    And those of `sequences`, whose labels both sides put into another order. `sides` are base, ours
    and theirs with spans where they lie in the merged texts, `own` the same each in its own text.
    """
    base, ours, theirs = sides
    edited = {c.samples[0] for c in merged.conflicts if c.kind in ("edit/delete", "delete/edit")}
    found: dict[str, bool] = {}
    for remover, other, by_ours in ((ours, theirs, True), (theirs, ours, False)):
        gone = _removed(base, remover)
        labelled = _labelled(base, other) if gone else set()
        found |= dict.fromkeys(sorted(gone & (labelled | edited)), by_ours)
    kinds = dict.fromkeys(found, "removed/labelled") | dict.fromkeys(sorted(sequences), "edit/edit")
    if not kinds:
        return Contested()
    rows: list[pl.DataFrame] = []
    labels: list[pl.DataFrame] = []
    conflicts: list[Conflict] = []
    nothing = pl.lit(None, dtype=pl.Int64).alias("record")
    parts = [_Parts(side, kinds) for side in sides]
    own_parts = [_Parts(side, kinds) for side in own]
    for sample, kind in kinds.items():
        now = parts[0].labels(sample)
        if sample in found:
            others = parts[2 if found[sample] else 1].labels(sample)
            now = pl.concat([now, others.join(now.select("key"), on="key", how="anti")])
        now = now.with_columns(nothing)
        row = parts[0].samples(sample).with_columns(nothing)
        told = [part.told(sample) for part in own_parts]
        told.append({"samples": _plain(row), "labels": _plain(now)})
        conflicts.append(Conflict(kind, "samples", None, *told))
        rows.append(row)
        labels.append(now)
    return Contested(tuple(kinds), pl.concat(rows), pl.concat(labels), conflicts)


def part_paths(samples: MergedTable, tables: Tables) -> None:
    """Where a sample was given the path of one that the other side has, it keeps the old path.

    Changes `samples`: the new path is in conflict.
    """
    if any(
        side["path"].drop_nulls().is_duplicated().any() for side in (tables.ours, tables.theirs)
    ):
        return
    shared = samples.table.filter(pl.col("path").is_not_null() & pl.col("path").is_duplicated())
    before = tables.base.select("sample", "path")
    moved = shared.join(before, on=["sample", "path"], how="anti").join(
        before, on="sample", suffix="_before"
    )
    if moved.is_empty():
        return
    old = pl.col("sample").replace_strict(
        moved["sample"], moved["path_before"], default=pl.col("path"), return_dtype=pl.String
    )
    samples.table = samples.table.with_columns(old.alias("path"))
    sides = [
        _Parts(side, moved["sample"].to_list())
        for side in (tables.base, tables.ours, tables.theirs, samples.table)
    ]
    for sample in moved["sample"]:
        told = [{"samples": _plain(side.samples(sample))} for side in sides]
        samples.conflicts.append(Conflict("edit/edit", "samples", "path", *told))


def _removed(base: Snapshot, side: Snapshot) -> set[str]:
    return set(base.samples["sample"]) - set(side.samples["sample"])


def _labelled(base: Snapshot, side: Snapshot) -> set[str]:
    """The samples in which a side added or changed labels; taking labels away does not count."""
    changed = table_delta(base.labels, side.labels, "labels").after
    content = ["key", *CONTENT]
    return set(changed.join(base.labels, on=content, how="anti", nulls_equal=True)["sample"])


class _Parts:
    """The rows of a version, by sample."""

    def __init__(self, side: Snapshot | pl.DataFrame, samples: Collection[str]) -> None:
        if isinstance(side, pl.DataFrame):
            side = Snapshot(samples=side)
        here = pl.col("sample").is_in(list(samples))
        self._samples, self._labels = (
            {
                str(part["sample"][0]): part
                for part in table.filter(here).partition_by("sample", maintain_order=True)
                if part.height
            }
            for table in (side.samples, side.labels)
        )
        self._none = (side.samples.clear(), side.labels.clear())

    def samples(self, sample: str) -> pl.DataFrame:
        return self._samples.get(sample, self._none[0])

    def labels(self, sample: str) -> pl.DataFrame:
        return self._labels.get(sample, self._none[1])

    def told(self, sample: str) -> dict[str, list[dict[str, object]]]:
        """What the version has of a sample: nothing where it removed the sample."""
        if sample not in self._samples:
            return {}
        return {"samples": _plain(self.samples(sample)), "labels": _plain(self.labels(sample))}


def _plain(table: pl.DataFrame) -> list[dict[str, object]]:
    return [plain(row) for row in table.iter_rows(named=True)]
