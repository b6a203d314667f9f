"""Boxes that are outside, over the edge, empty or inverted."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelvc.core.check_places import full, of_size, slack, with_samples
from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import BOX, Snapshot

_WORDS = {
    "inverted": "has a negative size in a sample",
    "outside": "lies outside its sample",
    "overhang": "reaches over the edge of its sample",
    "empty": "has no area, in a sample",
}


def box_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`inverted`, else `outside`, else `overhang`, else `empty`."""
    boxes = snapshot.labels.filter(pl.col("x").is_not_null())
    sized = with_samples(boxes, snapshot, "width", "height").with_columns(verdict(rules))
    for code, *box, width, height, sample, native, key in (
        sized.filter(pl.col("code").is_not_null())
        .select("code", *BOX, "width_sample", "height_sample", "sample", "id", "key")
        .iter_rows()
    ):
        told = ", ".join(f"{value:g}" for value in box)
        message = f"box ({told}) {_WORDS[code]}{of_size(width, height)}"
        yield Finding(code, message, sample, native, key)


def verdict(rules: Rules) -> pl.Expr:
    """The column `code` of labels with their samples: what is wrong with the box, or null."""
    right, bottom = pl.col("x") + pl.col("width"), pl.col("y") + pl.col("height")
    # a pixel of slack: tools disagree on whether the last pixel counts
    out, over = (slack(rules.value(code, "slack")) for code in ("outside", "overhang"))
    is_apart = (
        (right < -out) | (bottom < -out)
        | (pl.col("x") > full("width") + out) | (pl.col("y") > full("height") + out)
    )  # fmt: skip
    is_over = (
        (pl.col("x") < -over) | (pl.col("y") < -over)
        | (right > full("width") + over) | (bottom > full("height") + over)
    )  # fmt: skip
    code = (
        pl.when((pl.col("width") < 0) | (pl.col("height") < 0)).then(pl.lit("inverted"))
        .when(is_apart).then(pl.lit("outside"))
        .when(is_over).then(pl.lit("overhang"))
        .when((pl.col("width") == 0) | (pl.col("height") == 0)).then(pl.lit("empty"))
    )  # fmt: skip
    return code.alias("code")
