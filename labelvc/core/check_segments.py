"""Segments of sound that overlap others of their category."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot

_CHANNEL = pl.col("attributes").str.json_path_match("$.channel")
# One speaker cannot speak twice at a time, but two annotators may both have noted it.
_ALIKE = ("sample", "category", "channel", "annotator")


def segment_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`segment-overlap` for each segment that begins before an earlier one of its kind ends."""
    present = (pl.col("kind") == "segment") & (pl.col("verdict") == "present")
    segments = snapshot.labels.filter(
        present & pl.col("category").is_not_null() & (pl.col("end") > pl.col("start"))
    )
    if segments.is_empty():
        return
    until = pl.col("end").shift().cum_max().over(_ALIKE)
    shared = pl.min_horizontal("until", "end") - pl.col("start")
    slack = rules.value("segment-overlap", "slack")
    found = (
        segments.with_columns(_CHANNEL.alias("channel"))
        .sort("sample", "start", "end", "key")
        .with_columns(until.alias("until"))
        .filter(pl.col("until").is_not_null() & (shared > slack + 1e-9))
        .with_columns(shared.alias("shared"))
    )
    for start, end, category, shared_, sample, native, key in found.select(
        "start", "end", "category", "shared", "sample", "id", "key"
    ).iter_rows():
        message = (
            f"segment {category!r} {start:g}-{end:g} overlaps another of it by {shared_:.3g} s"
        )
        yield Finding("segment-overlap", message, sample, native, key)
