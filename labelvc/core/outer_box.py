"""The outer box of any shape, in its own unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from labelvc.core.shapes import rle_counts

Box = tuple[float, ...]


# A box beside an outline says nothing of its own where it is the outline's, but for rounding.
_NEAR = {"pixel": 1.0, "percent": 0.5, "fraction": 0.005}


def is_implied(geometry: str, box: Sequence[float | None], unit: str | None) -> bool:
    """Whether a box is, but for rounding, that of the geometry beside it."""
    outer = outer_box(geometry)
    if outer is None or None in box:
        return False
    near = _NEAR.get(unit or "pixel", 0.0)
    return all(abs((side or 0.0) - its) <= near for side, its in zip(box, outer, strict=True))


def outer_box(geometry: str) -> Box | None:
    """x, y, width, height of a geometry; None for one that is empty.

    Of keypoints those that are labelled count; an ellipse may be turned; a mask's box holds whole
    pixels.
    """
    shape: dict[str, Any] = msgspec.json.decode(geometry)
    for name in ("polygon", "polyline", "cuboid", "keypoints"):
        if name in shape:
            return _around(list(_points(name, shape[name])))
    if "ellipse" in shape:
        return _of_ellipse(shape["ellipse"])
    return _of_mask(shape["mask"]) if "mask" in shape else None


def _points(name: str, value: Any) -> Iterator[Sequence[float]]:
    if name == "keypoints":
        yield from (point[:2] for point in value if point[2:] != [0])
    elif name == "cuboid":
        yield from zip(value[0::2], value[1::2], strict=True)
    else:
        for part in value:
            yield from zip(part[0::2], part[1::2], strict=True)


def _around(points: Sequence[Sequence[float]]) -> Box | None:
    if not points:
        return None
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _of_ellipse(numbers: Sequence[float]) -> Box:
    cx, cy, rx, ry, degrees = numbers
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    half_width = float(np.hypot(rx * cosine, ry * sine))
    half_height = float(np.hypot(rx * sine, ry * cosine))
    return cx - half_width, cy - half_height, 2 * half_width, 2 * half_height


def _of_mask(mask: dict[str, Any]) -> Box | None:
    height = int(mask["size"][0])
    try:
        ends = np.cumsum(rle_counts(mask["counts"]))
    except OverflowError:
        return None
    starts, stops = ends[0::2][: len(ends[1::2])], ends[1::2]
    starts, stops = starts[stops > starts], stops[stops > starts]
    if not len(starts) or height <= 0:
        return None
    first, last = starts // height, (stops - 1) // height
    whole = bool((first != last).any())  # a run over the end of a column touches both edges
    tops, bottoms = starts % height, (stops - 1) % height
    top, bottom = (0, height - 1) if whole else (int(tops.min()), int(bottoms.max()))
    x, y = int(first.min()), top
    return float(x), float(y), float(last.max() - x + 1), float(bottom - y + 1)
