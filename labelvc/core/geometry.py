"""How much boxes and intervals overlap, for whole tables at once.

Everything here is between 0 (apart) and 1 (the same). Boxes are x, y, width, height; the unit does
not matter as long as both sides have the same.
"""

from __future__ import annotations

import msgspec
import polars as pl


def box_iou(before: str = "", after: str = "_after") -> pl.Expr:
    """IoU of the boxes in columns with the given suffixes; null where either has none."""
    left = [pl.col(f"{name}{before}") for name in ("x", "y", "width", "height")]
    right = [pl.col(f"{name}{after}") for name in ("x", "y", "width", "height")]
    width = _shared(left[0], left[2], right[0], right[2])
    height = _shared(left[1], left[3], right[1], right[3])
    shared = width * height
    union = left[2] * left[3] + right[2] * right[3] - shared
    same = pl.all_horizontal(one == two for one, two in zip(left, right, strict=True))
    return pl.when(same).then(1.0).when(union > 0).then(shared / union).otherwise(union * 0.0)


def interval_iou(before: str = "", after: str = "_after") -> pl.Expr:
    """IoU of start/end intervals, end exclusive; two equal empty ones overlap fully."""
    start, end = (pl.col(f"{name}{before}") for name in ("start", "end"))
    start_after, end_after = (pl.col(f"{name}{after}") for name in ("start", "end"))
    shared = _shared(start, end - start, start_after, end_after - start_after)
    union = (end - start) + (end_after - start_after) - shared
    same = (start == start_after) & (end == end_after)
    return pl.when(same).then(1.0).when(union > 0).then(shared / union).otherwise(0.0)


def _shared(start: pl.Expr, size: pl.Expr, start_after: pl.Expr, size_after: pl.Expr) -> pl.Expr:
    low = pl.max_horizontal(start, start_after)
    return (pl.min_horizontal(start + size, start_after + size_after) - low).clip(lower_bound=0.0)


def bounds(geometry: str) -> tuple[float, float, float, float] | None:
    """The outer box of a geometry's polygon or visible keypoints; None for a mask."""
    shape = msgspec.json.decode(geometry)
    if "polygon" in shape:
        xs = [x for ring in shape["polygon"] for x in ring[0::2]]
        ys = [y for ring in shape["polygon"] for y in ring[1::2]]
    elif "keypoints" in shape:
        xs = [point[0] for point in shape["keypoints"] if point[2:] != [0]]
        ys = [point[1] for point in shape["keypoints"] if point[2:] != [0]]
    else:
        return None
    if not xs:
        return None
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
