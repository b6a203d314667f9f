"""Where the versions of one label lie, in numbers: places, overlaps, distances."""

from __future__ import annotations

import json
from math import hypot, prod
from typing import Any

from labelvc.core.close import places_iou
from labelvc.core.conflict import Row
from labelvc.core.snapshot import BOX, LABELS

_UNITS = {"pixel": " px", "percent": " %", "second": " s", "fraction": " of the image"}
_DECIMALS = 4
BETWEEN = "IoU with ours"  # what measures ours against theirs


def place(row: Row) -> str:
    """Where a label begins, e.g. `12, 30` or `4-9`; empty where it has no place."""
    if row.get("x") is not None:
        return ", ".join(_number(row[at]) for at in BOX[:2])
    return _bounds(row) if row.get("start") is not None else ""


def outline(row: Row, base: Row | None = None, *, exact: bool = False) -> str:
    """All of a label's place and form; `exact` with all digits, and with points unlike base's."""
    told = []
    if row.get("x") is not None:
        x, y, width, height = (_number(row[at], exact=exact) for at in BOX)
        told.append(f"at {x}, {y}, size {width} x {height}")
    if row.get("start") is not None:
        told.append(_bounds(row, exact=exact))
    shape = _geometry(row)
    for line in ("polygon", "polyline"):
        if line in shape:
            told.append(f"{sum(len(ring) for ring in shape[line]) // 2} points")
    if "keypoints" in shape:
        told.append(f"{len(shape['keypoints'])} keypoints{_unlike(shape, base) if exact else ''}")
    if "mask" in shape:
        told.append("mask")
    unit = row.get("unit")
    return f"{', '.join(told)}{_UNITS.get(unit or '', '') if unit != 'pixel' else ''}"


Measure = tuple[str, str, str, str]
Extent = tuple[float, float]


def measures(base: Row | None, ours: Row | None, theirs: Row | None) -> list[Measure]:
    """Overlap and distance: what is measured, and its value for base, ours and theirs."""
    found = [
        ("IoU with base", "", _iou(base, ours), _iou(base, theirs)),
        ("shift", "", _shift(base, ours), _shift(base, theirs)),
        (BETWEEN, "", "", _iou(ours, theirs)),
    ]
    return [measure for measure in found if any(measure[1:])]


def _iou(one: Row | None, two: Row | None) -> str:
    """Empty where overlap is no matter of degree."""
    if one is None or two is None or one.get("kind") == "keypoints":
        return ""
    if (one.get("kind"), one.get("unit")) != (two.get("kind"), two.get("unit")):
        return ""
    if one.get("unit") in ("character", "token") or not (place(one) or one.get("geometry")):
        return ""
    if one.get("geometry") and two.get("geometry"):
        whole = dict.fromkeys(LABELS)
        return f"{places_iou({**whole, **one}, {**whole, **two}):.2f}"
    return f"{_overlap(_extents(one), _extents(two)):.2f}"


def _extents(row: Row) -> list[Extent]:
    """Begin and length along each axis: two of a box, one of a segment."""
    if row.get("x") is not None:
        return [(row["x"], row.get("width") or 0.0), (row["y"], row.get("height") or 0.0)]
    start, end = row.get("start"), row.get("end")
    return [] if start is None or end is None else [(start, end - start)]


def _overlap(one: list[Extent], two: list[Extent]) -> float:
    """IoU as `labelvc.core.geometry` has it for whole tables, which is slow for a single pair."""
    if not one or len(one) != len(two):
        return 0.0
    shared = prod(
        max(min(a + size, b + other) - max(a, b), 0.0)
        for (a, size), (b, other) in zip(one, two, strict=True)
    )
    union = prod(size for _, size in one) + prod(size for _, size in two) - shared
    return 1.0 if one == two else shared / union if union > 0 else 0.0


def _shift(base: Row | None, side: Row | None) -> str:
    """How far the centre of the box went; empty where it stayed."""
    if base is None or side is None or base.get("x") is None or side.get("x") is None:
        return ""
    across, down = (
        side[at] + side.get(size, 0) / 2 - base[at] - base.get(size, 0) / 2
        for at, size in (("x", "width"), ("y", "height"))
    )
    far = hypot(across, down)
    return f"{_number(far)}{_UNITS.get(base.get('unit') or '', '')}" if far else ""


def _bounds(row: Row, *, exact: bool = False) -> str:
    return "-".join(
        "?" if row.get(at) is None else _number(row[at], exact=exact) for at in ("start", "end")
    )


def _number(value: float, *, exact: bool = False) -> str:
    text = repr(value) if exact else f"{value:.{_DECIMALS}f}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _geometry(row: Row) -> dict[str, Any]:
    held = row.get("geometry")
    shape: dict[str, Any] = json.loads(held) if isinstance(held, str) else dict(held or {})
    return shape


def _unlike(shape: dict[str, Any], base: Row | None) -> str:
    """How many keypoints are elsewhere than base has them."""
    points = _geometry(base or {}).get("keypoints", [])
    if len(points) != len(shape["keypoints"]):
        return ""
    unlike = sum(one != two for one, two in zip(points, shape["keypoints"], strict=True))
    return f", {unlike} unlike base" if unlike else ""
