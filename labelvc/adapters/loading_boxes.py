"""Boxes as targets."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelvc.adapters.loading_flat import Integers, Rows, Shared, classes_of, owned
from labelvc.core.errors import LabelvcError
from labelvc.core.geometry import bounds
from labelvc.core.snapshot import BOX

Size = tuple[float, float]  # width, height

_SCALES = {"pixel": 1.0, "fraction": 1.0, "percent": 0.01}


class Boxes(Shared):
    """Boxes with their categories."""

    name = "boxes"

    def __init__(self, labels: pl.DataFrame, rows: Rows, *, fractions: bool) -> None:
        left, top, width, height = (labels[name].to_numpy() for name in BOX)
        corners = np.stack([left, top, left + width, top + height], axis=1)
        self._corners = corners.astype(np.float32)
        self._codes = owned(labels["code"], np.int64)
        self._crowds = owned(_is_crowd(labels), np.int64)
        self._starts = rows.starts(labels)
        self.needs_size = fractions

    def target(self, at: int, size: Size | None) -> dict[str, NDArray[Any]]:
        """`boxes` (n, 4) as left, top, right, bottom in pixels, `labels` (n,), `iscrowd` (n,)."""
        mine = slice(self._starts[at], self._starts[at + 1])
        corners = self._corners[mine]
        scaled = corners.copy() if size is None else corners * np.array(size * 2, np.float32)
        return {
            # copies: whoever changes a target in place must not change the label set
            "boxes": scaled,
            "labels": self._codes[mine].copy(),
            "iscrowd": self._crowds[mine].copy(),
        }

    def classes(self) -> tuple[Integers, Integers]:
        """One a box that has any."""
        return classes_of(self._codes, self._starts)


def boxes_of(labels: pl.DataFrame, rows: Rows, where: str) -> Boxes:
    """The boxes of the chosen samples, and those around outlines that have none of their own.

    What is left without any is told by a warning. Raises LabelvcError where some are in pixels and
    others are not.
    """
    labels = rows.of(labels)
    units = sorted(labels["unit"].drop_nulls().unique())
    if "pixel" in units and len(units) > 1:
        raise LabelvcError(
            f"{where} has boxes in pixels and others as {units[0]}",
            hint="Bring the boxes to one unit.",
        )
    scale = pl.col("unit").replace_strict(_SCALES, default=1.0)
    boxes = _outlined(labels).filter(pl.col("x").is_not_null())
    if boxes.height < labels.height:
        warnings.warn(
            f"{where}: {labels.height - boxes.height} labels without a box are left out",
            stacklevel=5,
        )
    boxes = boxes.with_columns(pl.col(BOX) * scale)
    return Boxes(boxes, rows, fractions=bool(units) and "pixel" not in units)


def _outlined(labels: pl.DataFrame) -> pl.DataFrame:
    """The labels with the box around each outline that has none of its own."""
    if not labels["x"].has_nulls():
        return labels
    bare = (pl.col("x").is_null() & pl.col("geometry").is_not_null()).alias("bare")
    found = [
        (bounds(geometry) if is_bare else None) or (None,) * len(BOX)
        for geometry, is_bare in labels.select("geometry", bare).iter_rows()
    ]
    around = pl.DataFrame(found, schema=dict.fromkeys(BOX, pl.Float64), orient="row")
    return labels.with_columns(pl.coalesce(name, around[name]).alias(name) for name in BOX)


def _is_crowd(labels: pl.DataFrame) -> pl.Series:
    """COCO's `iscrowd`: a box around many objects, which is nothing to train on."""
    if not labels["attributes"].str.contains('"iscrowd":', literal=True).any():
        return pl.repeat(0, labels.height, dtype=pl.Int64, eager=True)
    told = labels["attributes"].str.json_path_match("$.iscrowd")
    crowds: pl.Series = told.is_in(["1", "true"]).fill_null(value=False).cast(pl.Int64)
    return crowds
