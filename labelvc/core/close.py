"""Whether two people who moved the same label meant the same place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from labelvc.core.geometry import box_iou, interval_iou
from labelvc.core.shapes import shape_overlap

_MEASURES = {"x": box_iou, "start": interval_iou}
_COLUMNS = ("x", "y", "width", "height", "start", "end")


def places_iou(one: Mapping[str, Any], two: Mapping[str, Any]) -> float:
    """IoU of two rows of labels: of their outlines, boxes or time segments.

    0 for whatever is not a matter of degree: keypoints, spans of text, different kinds or units.
    """
    if (one["kind"], one["unit"]) != (two["kind"], two["unit"]):
        return 0.0
    if one["kind"] == "keypoints" or one["unit"] in ("character", "token"):
        return 0.0
    if one["geometry"] is not None and two["geometry"] is not None:
        return shape_overlap(one["geometry"], two["geometry"], 0.0) or 0.0
    for column, measure in _MEASURES.items():
        if one[column] is not None and two[column] is not None:
            pair = {name: [one[name]] for name in _COLUMNS}
            pair |= {f"{name}_after": [two[name]] for name in _COLUMNS}
            frame = pl.DataFrame(pair, schema=dict.fromkeys(pair, pl.Float64()))
            return float(frame.select(measure()).item() or 0.0)
    return 0.0
