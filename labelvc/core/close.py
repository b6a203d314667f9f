"""Whether two people who moved the same label meant the same place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labelvc.core.shapes import shape_overlap
from labelvc.core.snapshot import BOX


def places_iou(one: Mapping[str, Any], two: Mapping[str, Any]) -> float:
    """IoU of two rows of labels: of their outlines, boxes or time segments.

    0 for whatever is not a matter of degree: keypoints, spans of text, different kinds or units.
    """
    if (one["kind"], one["unit"]) != (two["kind"], two["unit"]):
        return 0.0
    if one["kind"] == "keypoints" or one["unit"] in ("character", "token"):
        return 0.0
    if one["geometry"] is not None or two["geometry"] is not None:
        if one["geometry"] is None or two["geometry"] is None:
            return 0.0
        return shape_overlap(one["geometry"], two["geometry"], 0.0) or 0.0
    if all(row[name] is not None for row in (one, two) for name in BOX):
        boxes = [[row[name] for name in BOX] for row in (one, two)]
        return 1.0 if boxes[0] == boxes[1] else _box_iou(*boxes)
    if all(row[name] is not None for row in (one, two) for name in ("start", "end")):
        if (one["start"], one["end"]) == (two["start"], two["end"]):
            return 1.0  # also where both are empty
        shared = min(one["end"], two["end"]) - max(one["start"], two["start"])
        whole = (one["end"] - one["start"]) + (two["end"] - two["start"])
        return _ratio(max(shared, 0.0), whole)
    return 0.0


def _box_iou(one: list[float], two: list[float]) -> float:
    shared = 1.0
    for axis in (0, 1):
        low = max(one[axis], two[axis])
        shared *= max(min(one[axis] + one[axis + 2], two[axis] + two[axis + 2]) - low, 0.0)
    return _ratio(shared, one[2] * one[3] + two[2] * two[3])


def _ratio(shared: float, both: float) -> float:
    """Shared size by the size of the union; `both` is the sum of the two sizes."""
    union = both - shared
    return shared / union if union > 0 else 0.0
