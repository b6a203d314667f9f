"""What readers of COCO expect of every object: its area."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from labelvc.core.shapes import rle_counts
from labelvc.core.snapshot import Snapshot, canonical_json

_DECIMALS = 4


def with_areas(snapshot: Snapshot) -> Snapshot:
    """With an `area` in pixels for each object that has an outline, a mask or a box, and none yet.

    COCO's own evaluation does not read files without. As in COCO it is the mask's or the outline's,
    else the box's.
    """
    attributes = [_with_area(row) for row in snapshot.labels.iter_rows(named=True)]
    column = pl.Series("attributes", attributes, dtype=pl.String)
    return snapshot.with_labels(snapshot.labels.with_columns(column))


def _with_area(row: dict[str, Any]) -> str | None:
    text: str | None = row["attributes"]
    area = _area(json.loads(row["geometry"] or "{}"), row["width"], row["height"])
    attributes = json.loads(text or "{}")
    if area is None or "area" in attributes:
        return text
    return canonical_json({**attributes, "area": round(area, _DECIMALS)})


def _area(shape: dict[str, Any], width: float | None, height: float | None) -> float | None:
    if "mask" in shape:
        return float(rle_counts(shape["mask"]["counts"])[1::2].sum())
    if "polygon" in shape:
        return sum(_of_ring(ring) for ring in shape["polygon"])
    return None if width is None or height is None else width * height


def _of_ring(ring: Sequence[float]) -> float:
    xs, ys = ring[0::2], ring[1::2]
    ahead = zip(xs, ys, [*xs[1:], *xs[:1]], [*ys[1:], *ys[:1]], strict=True)
    return abs(sum(x * v - u * y for x, y, u, v in ahead)) / 2
