"""Native ids that stand twice, and labels of samples that are not there."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot


def id_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`duplicate-id` for each id, at its first label; `dangling-sample` for each label."""
    yield from _duplicate_ids(snapshot)
    yield from _dangling(snapshot)


def _duplicate_ids(snapshot: Snapshot) -> Iterator[Finding]:
    ids = snapshot.labels["id"]
    if ids.n_unique() - int(ids.has_nulls()) == len(ids) - ids.null_count():
        return
    repeated = (
        snapshot.labels.filter(pl.col("id").is_not_null() & pl.col("id").is_duplicated())
        .group_by("id", maintain_order=True)
        .agg(pl.len(), pl.col("sample", "key").first())
    )
    for native, number, sample, key in repeated.iter_rows():
        times = "twice" if number == 2 else f"{number} times"
        yield Finding("duplicate-id", f"id {native} is used {times}", sample, native, key, "id")


def _dangling(snapshot: Snapshot) -> Iterator[Finding]:
    alone = snapshot.labels.join(snapshot.samples, on="sample", how="anti", maintain_order="left")
    for sample, native, key in alone.select("sample", "id", "key").iter_rows():
        yield Finding("dangling-sample", "the sample is not listed", sample, native, key)
