"""Labels beside their samples: how large those are in the labels' own unit."""

from __future__ import annotations

import polars as pl

from labelvc.core.snapshot import Snapshot

_RELATIVE = {"fraction": 1.0, "percent": 100.0}


def with_samples(labels: pl.DataFrame, snapshot: Snapshot, *columns: str) -> pl.DataFrame:
    """The labels with columns of their samples, as `<column>_sample`."""
    samples = snapshot.samples.select("sample", *columns)
    renamed = samples.rename({name: f"{name}_sample" for name in columns})
    return labels.join(renamed, on="sample", how="left", maintain_order="left")


def full(side: str) -> pl.Expr:
    """The sample's width or height in the label's unit; null where it is not known."""
    size = pl.col(f"{side}_sample")
    for unit, whole in _RELATIVE.items():
        size = pl.when(pl.col("unit") == unit).then(whole).otherwise(size)
    return size


def slack(pixels: float) -> pl.Expr:
    """What still counts as inside: pixels, or as many thousandths of a relative unit."""
    relative = pl.col("unit").is_in(list(_RELATIVE))
    return pl.when(relative).then(full("width") * pixels / 1000).otherwise(pixels)


def beyond(low: str, high: str, side: str, pixels: float) -> pl.Expr:
    """Whether what goes from one column to the other along a side leaves the sample."""
    return (pl.col(low) < -slack(pixels)) | (pl.col(high) > full(side) + slack(pixels))


def of_size(width: float | None, height: float | None) -> str:
    """` of 640 x 480`, where it is known."""
    return f" of {width:g} x {height:g}" if width and height else ""
