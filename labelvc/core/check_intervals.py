"""Spans and segments that are outside, empty or inverted."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelvc.core.check_places import with_samples
from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot


def interval_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`inverted`, else `outside`, else `empty`. Tokens are what single spaces part."""
    placed = snapshot.labels.filter(pl.col("start").is_not_null() & pl.col("end").is_not_null())
    if placed.is_empty():
        return
    sized = with_samples(placed, snapshot, "text", "duration").with_columns(_limit())
    code = (
        pl.when(pl.col("end") < pl.col("start")).then(pl.lit("inverted"))
        .when((pl.col("start") < 0) | (pl.col("end") > pl.col("limit"))).then(pl.lit("outside"))
        .when(pl.col("end") == pl.col("start")).then(pl.lit("empty"))
    )  # fmt: skip
    for name, start, end, limit, unit, sample, native, key in (
        sized.with_columns(code.alias("code"))
        .filter(pl.col("code").is_not_null())
        .select("code", "start", "end", "limit", "unit", "sample", "id", "key")
        .iter_rows()
    ):
        message = f"{start:g}-{end:g} {_why(name, start, limit, unit)}"
        yield Finding(name, message, sample, native, key)


def _limit() -> pl.Expr:
    """Where a sample ends, in the unit of the label."""
    tokens = pl.col("text_sample").str.count_matches(" ", literal=True) + 1
    limit = (
        pl.when(pl.col("unit") == "character").then(pl.col("text_sample").str.len_chars())
        .when(pl.col("unit") == "token").then(tokens)
        .when(pl.col("unit") == "second").then(pl.col("duration_sample"))
    )  # fmt: skip
    return limit.cast(pl.Float64).alias("limit")


def _why(code: str, start: float, limit: float | None, unit: str) -> str:
    if code == "inverted":
        return "ends before it starts"
    if code == "empty":
        return "has no length"
    return "starts before its sample" if start < 0 else f"ends after {limit:g} {unit}s"
