"""Labels as shapes of LabelMe: the points of their boxes, outlines, lines, circles, keypoints."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.errors import LossError
from labelvc.core.outer_box import outer_box
from labelvc.core.snapshot import BOX
from labelvc.formats.labelme_mask import blank, to_pixels, to_png
from labelvc.formats.labelme_shapes import (
    Points,
    Row,
    Size,
    ends,
    is_upright,
    label_of,
    usual_type,
)

_DECIMALS = 9
_PLACED = ("kind", *BOX, "geometry")
_TURNED = ("oriented_rectangle", "rotation")


def shape_of(row: Mapping[str, Any], old: Mapping[str, Any] | None, size: Size) -> Row:
    """The shape of a label: `old` with what changed, or a new one with the keys LabelMe writes.

    Raises LossError for what no shape can say.
    """
    attributes = json.loads(row["attributes"] or "{}")
    given = attributes.pop("shape_type", None)
    if given is None:
        given = usual_type(dict(row), attributes)
    before = label_of(old, "", "", size) if old else None
    is_placed = before is not None and all(
        before.get(name) == row[name] for name in _PLACED
    ) and _rotation(before) == attributes.get("rotation")  # fmt: skip
    is_turned = given in _TURNED and row["kind"] == "box"
    rotation = attributes.pop("rotation", 0) if is_turned else None
    shape: Row = {
        "label": row["category"],
        "points": None,
        "group_id": attributes.pop("group_id", None),
        "description": attributes.pop("description", ""),
        "shape_type": given,
        "flags": attributes.pop("flags", {}),
        "mask": None,
    }
    if old and is_placed:
        shape |= {name: old[name] for name in ("points", "mask") if name in old}
    else:
        shape |= _placed(row, rotation, old)
    if old:
        shape = _as_before(shape, old)
    return {**shape, **attributes}


def _rotation(row: Mapping[str, Any]) -> Any:
    return json.loads(row["attributes"] or "{}").get("rotation")


def _as_before(shape: Row, old: Mapping[str, Any]) -> Row:
    """A shape without the empty members that the old one does not spell."""
    kept = {}
    for name, value in shape.items():
        if value in (None, {}, "") and old.get(name) in (None, {}, ""):
            if name in old:
                kept[name] = old[name]
        elif name != "shape_type" or value != "polygon" or old.get(name) or name in old:
            kept[name] = value
    return kept


def _placed(row: Mapping[str, Any], rotation: Any, old: Mapping[str, Any] | None) -> Row:
    """The points, and for a mask its PNG."""
    kind, geometry = row["kind"], json.loads(row["geometry"] or "{}")
    if kind == "box":
        x, y, width, height = (row[side] for side in BOX)
        if None in (x, y, width, height):
            raise _loss(row, "a box without x, y, width and height")
        if rotation is not None:
            return {"points": _corners(x, y, width, height, rotation)}
        return {"points": _rectangle((x, y, _sum(x, width), _sum(y, height)), old)}
    if kind not in geometry:
        raise _loss(row, f"{kind} without a shape")
    if kind == "mask":
        return _cut_mask(row, geometry["mask"])
    if kind == "ellipse":
        cx, cy, rx, ry, turn = geometry["ellipse"]
        if rx != ry or turn:
            raise _loss(row, "an ellipse that is no circle")
        return {"points": [[cx, cy], [_sum(cx, rx), cy]]}
    if kind == "keypoints":
        if any(point[2] != 2 for point in geometry["keypoints"]):
            raise _loss(row, "keypoints that are hidden or not labelled")
        return {"points": [point[:2] for point in geometry["keypoints"]]}
    rings = geometry[kind]
    if len(rings) != 1:
        raise _loss(row, f"a {kind} of {len(rings)} parts")
    return {"points": [rings[0][at : at + 2] for at in range(0, len(rings[0]), 2)]}


def _loss(row: Mapping[str, Any], what: str) -> LossError:
    return LossError(f"sample {row['sample']!r}: LabelMe cannot hold {what}")


def _sum(start: float, length: float) -> float:
    """The end that gives back the length, with few decimals if there is such a one."""
    end = start + length
    short = round(end, _DECIMALS)
    return short if short - start == length else end


def _rectangle(box: Sequence[float], old: Mapping[str, Any] | None) -> Points:
    """Two corners, or as many as there were, in the order they had."""
    x, y, right, bottom = box
    points = old.get("points") if old and old.get("shape_type") == "rectangle" else None
    if not points or not is_upright(points):
        return [[x, y], [right, bottom]]
    (old_x, old_right), (old_y, old_bottom) = (ends(points, at) for at in (0, 1))
    if old_x == old_right or old_y == old_bottom:
        return [[x, y], [right, bottom]]
    return [
        [x if point[0] == old_x else right, y if point[1] == old_y else bottom] for point in points
    ]


def _corners(x: float, y: float, width: float, height: float, degrees: float) -> Points:
    """The corners of a turned box, clockwise from what was its top left."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    cx, cy = x + width / 2, y + height / 2
    steps = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    halves = [(across * width / 2, down * height / 2) for across, down in steps]
    return [[cx + dx * cosine - dy * sine, cy + dx * sine + dy * cosine] for dx, dy in halves]


def _cut_mask(row: Mapping[str, Any], mask: Mapping[str, Any]) -> Row:
    """A mask's PNG over its box, if that holds all of it, else over the smallest box that does."""
    pixels = to_pixels(mask, row["sample"])
    outer = outer_box(row["geometry"]) or (0.0, 0.0, 1.0, 1.0)
    own = [row[side] for side in BOX]
    fits = None not in own and all(
        float(side).is_integer() and side >= 0 for side in own
    ) and own[0] <= outer[0] and own[1] <= outer[1] and all(
        own[at] + own[at + 2] >= outer[at] + outer[at + 2] for at in (0, 1)
    )  # fmt: skip
    left, top, width, height = (int(side) for side in (own if fits else outer))
    window = blank(max(1, height), max(1, width))
    inside = pixels[top : top + height, left : left + width]
    window[: inside.shape[0], : inside.shape[1]] = inside
    last = [float(left + window.shape[1] - 1), float(top + window.shape[0] - 1)]
    return {"points": [[float(left), float(top)], last], "mask": to_png(window)}
