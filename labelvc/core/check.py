"""Problems in the labels of one snapshot: findings, never exceptions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import polars as pl

from labelvc.core.snapshot import Snapshot

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Issue:
    """One finding. Errors keep a commit from being made, warnings are told."""

    severity: Severity
    code: str
    message: str
    sample: str | None = None
    label: str | None = None  # native id


def check(snapshot: Snapshot) -> list[Issue]:
    """Every finding, by sample.

    Errors: `duplicate-id` (a native id of two labels), `outside` (a box that lies wholly outside
    its sample, a span or segment that ends after it), `inverted` (an end before its start, a
    negative width or height). Warnings: `empty` (a shape without area), `overhang` (a box partly
    outside its sample), `duplicate` (two labels with the same content).
    """
    found = [issue for rule in _RULES for issue in rule(snapshot)]
    return sorted(found, key=lambda issue: (issue.severity, issue.sample or "", issue.code))


def _duplicate_ids(snapshot: Snapshot) -> Iterator[Issue]:
    repeated = snapshot.labels.filter(
        pl.col("id").is_not_null() & pl.col("id").is_duplicated()
    ).unique("id", keep="first", maintain_order=True)
    for native, sample in repeated.select("id", "sample").iter_rows():
        yield Issue("error", "duplicate-id", f"id {native} is used twice", sample, native)


def _boxes(snapshot: Snapshot) -> Iterator[Issue]:
    sized = _with_samples(snapshot, "width", "height").filter(pl.col("x").is_not_null())
    fraction, percent = pl.col("unit") == "fraction", pl.col("unit") == "percent"
    full = {
        side: pl.when(fraction)
        .then(1.0)
        .when(percent)
        .then(100.0)
        .otherwise(pl.col(f"{side}_sample"))
        for side in ("width", "height")
    }
    right, bottom = pl.col("x") + pl.col("width"), pl.col("y") + pl.col("height")
    negative = (pl.col("width") < 0) | (pl.col("height") < 0)
    # a pixel of slack: tools disagree on whether the last pixel counts
    slack = pl.when(fraction | percent).then(full["width"] / 1000).otherwise(1.0)
    apart = (
        (right < -slack) | (bottom < -slack)
        | (pl.col("x") > full["width"] + slack) | (pl.col("y") > full["height"] + slack)
    )  # fmt: skip
    over = (
        (pl.col("x") < -slack) | (pl.col("y") < -slack)
        | (right > full["width"] + slack) | (bottom > full["height"] + slack)
    )  # fmt: skip
    empty = (pl.col("width") == 0) | (pl.col("height") == 0)
    verdict = (
        pl.when(negative).then(pl.lit("inverted")).when(apart).then(pl.lit("outside"))
        .when(over).then(pl.lit("overhang")).when(empty).then(pl.lit("empty"))
    )  # fmt: skip
    for code, *box, width, height, sample, native in (
        sized.with_columns(verdict.alias("code"))
        .filter(pl.col("code").is_not_null())
        .select(
            "code", "x", "y", "width", "height", "width_sample", "height_sample", "sample", "id"
        )
        .iter_rows()
    ):
        told = ", ".join(f"{value:g}" for value in box)
        size = f" of {width:g} x {height:g}" if width and height else ""
        severity: Severity = "error" if code in ("inverted", "outside") else "warning"
        yield Issue(severity, code, f"box ({told}) {_BOX_WORDS[code]}{size}", sample, native)


_BOX_WORDS = {
    "inverted": "has a negative size in a sample",
    "outside": "lies outside its sample",
    "overhang": "reaches over the edge of its sample",
    "empty": "has no area, in a sample",
}


def _intervals(snapshot: Snapshot) -> Iterator[Issue]:
    spans = _with_samples(snapshot, "text", "duration").filter(pl.col("start").is_not_null())
    tokens = pl.col("text_sample").str.split(" ").list.len()
    limit = (
        pl.when(pl.col("unit") == "character").then(pl.col("text_sample").str.len_chars())
        .when(pl.col("unit") == "token").then(tokens)
        .when(pl.col("unit") == "second").then(pl.col("duration_sample"))
    )  # fmt: skip
    code = (
        pl.when(pl.col("end") < pl.col("start")).then(pl.lit("inverted"))
        .when(pl.col("end") > limit).then(pl.lit("outside"))
    )  # fmt: skip
    for name, start, end, limit_, unit, sample, native in (
        spans.with_columns(code.alias("code"), limit.alias("limit"))
        .filter(pl.col("code").is_not_null())
        .select("code", "start", "end", "limit", "unit", "sample", "id")
        .iter_rows()
    ):
        why = "ends before it starts" if name == "inverted" else f"ends after {limit_:g} {unit}s"
        yield Issue("error", name, f"{start:g}-{end:g} {why}", sample, native)


def _with_samples(snapshot: Snapshot, *columns: str) -> pl.DataFrame:
    samples = snapshot.samples.select("sample", *columns)
    renamed = samples.rename({name: f"{name}_sample" for name in columns})
    return snapshot.labels.join(renamed, on="sample", how="left", maintain_order="left")


def _duplicates(snapshot: Snapshot) -> Iterator[Issue]:
    content = [name for name in snapshot.labels.columns if name not in ("key", "id", "record")]
    repeated = snapshot.labels.group_by(content, maintain_order=True).agg(
        pl.len(), pl.col("id").first()
    )
    for sample, kind, category, number, native in (
        repeated.filter(pl.col("len") > 1)
        .select("sample", "kind", "category", "len", "id")
        .iter_rows()
    ):
        what = f"{kind} {category!r}" if category else kind
        yield Issue("warning", "duplicate", f"the same {what} {number} times", sample, native)


_RULES: tuple[Callable[[Snapshot], Iterator[Issue]], ...] = (
    _duplicate_ids,
    _boxes,
    _intervals,
    _duplicates,
)
