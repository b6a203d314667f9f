"""What shapes of LabelMe say: their points as boxes, outlines, lines, circles, keypoints."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from labelvc.core.errors import ParseError, shorten
from labelvc.core.outer_box import outer_box
from labelvc.core.snapshot import BOX, attributes_json, canonical_json
from labelvc.formats.json_rows import finite
from labelvc.formats.labelme_mask import LARGEST, blank, from_png, to_runs

Row = dict[str, Any]
Points = list[list[float]]
Size = tuple[float | None, float | None]

_OWN = ("label", "points", "shape_type", "group_id", "flags", "description", "mask")
_DIGITS = 6  # decimals of what is worked out of points: angles, radii, sides of turned boxes
_USUAL = {"polygon": "polygon", "polyline": "linestrip", "ellipse": "circle", "mask": "mask"}


def label_of(shape: Mapping[str, Any], where: str, place: str, size: Size) -> Row:
    """What a shape says; `size` is height and width of its image. Raises ParseError."""
    points = _points(shape, where, place)
    given = shape.get("shape_type") or "polygon"
    row: Row = {"category": shape["label"], "unit": "pixel"}
    attributes = {name: value for name, value in shape.items() if name not in _OWN}
    for name in ("group_id", "flags", "description"):
        if shape.get(name) not in (None, {}, ""):
            attributes[name] = shape[name]
    if given == "mask" and shape.get("mask") is not None:
        row |= _mask(shape, points, where, place, size)
    else:
        row |= _shaped(given, points, attributes)
    if given != usual_type(row, attributes):
        attributes["shape_type"] = given
    return {**row, "attributes": attributes_json(attributes)}


def _points(shape: Mapping[str, Any], where: str, place: str) -> Points:
    given = shape.get("points")
    pairs = given if isinstance(given, list) else []
    points = [
        [number for value in pair if (number := finite(value)) is not None]
        for pair in pairs
        if isinstance(pair, list)
    ]
    if not points or len(points) != len(pairs) or any(len(pair) != 2 for pair in points):
        expected = "points, a list of [x, y]"
        raise ParseError(where, f"{place}/points", expected=expected, found=shorten(given))
    return points


def _shaped(given: str, points: Points, attributes: Row) -> Row:
    """Kind and place of a shape, as far as its type and its points agree; else by its points."""
    flat = [number for point in points for number in point]
    if given == "rectangle" and is_upright(points):
        return _box(points)
    if given in ("oriented_rectangle", "rotation") and "rotation" not in attributes:
        turned = _turned(points)
        if turned:
            attributes["rotation"] = turned.pop("rotation")
            return turned
    if given == "circle" and len(points) == 2:
        (x, y), edge = points
        radius = round(math.dist((x, y), edge), _DIGITS)
        return _outlined("ellipse", [x, y, radius, radius, 0.0])
    if given in ("line", "linestrip") and len(points) > 1:
        return _outlined("polyline", [flat])
    if given in ("point", "points") or len(points) == 1:
        geometry = canonical_json({"keypoints": [[*point, 2] for point in points]})
        return {"kind": "keypoints", "geometry": geometry}
    if len(points) == 2:
        return _outlined("polyline", [flat])
    return {"kind": "polygon", "geometry": canonical_json({"polygon": [flat]})}


def _outlined(kind: str, value: Any) -> Row:
    """A shape with its outer box beside it."""
    geometry = canonical_json({kind: value})
    box = outer_box(geometry) or (None,) * 4
    return {"kind": kind, "geometry": geometry, **dict(zip(BOX, box, strict=True))}


def is_upright(points: Points) -> bool:
    """Whether points are two corners, or the four of a box that is not turned, in any order."""
    corners = {(x, y) for x, y in points}
    sides = [{point[at] for point in points} for at in (0, 1)]
    return len(points) == 2 or (len(points) == len(corners) == 4 == 2 * max(map(len, sides)))


def _box(points: Points) -> Row:
    (x, right), (y, bottom) = (ends(points, at) for at in (0, 1))
    return {"kind": "box", "x": x, "y": y, "width": right - x, "height": bottom - y}


def ends(points: Points, at: int) -> tuple[float, float]:
    """The lowest and the highest x (or y, at 1)."""
    return min(point[at] for point in points), max(point[at] for point in points)


def _turned(points: Points) -> Row | None:
    """A box turned about its centre, its first side from the first point to the second."""
    if len(points) != 4:
        return None
    one, two, three, four = points
    near = max(math.dist(one, three), 1.0) * 1e-3
    if (
        math.dist((one[0] + three[0], one[1] + three[1]), (two[0] + four[0], two[1] + four[1]))
        > near
    ):
        return None
    if abs(math.dist(one, three) - math.dist(two, four)) > near:
        return None
    width, height = math.dist(one, two), math.dist(two, three)
    x, y = (one[0] + three[0] - width) / 2, (one[1] + three[1] - height) / 2
    sides = dict(zip(BOX, (round(side, _DIGITS) for side in (x, y, width, height)), strict=True))
    rotation = round(math.degrees(math.atan2(two[1] - one[1], two[0] - one[0])), _DIGITS)
    is_clockwise = (two[0] - one[0]) * (three[1] - two[1]) > (two[1] - one[1]) * (three[0] - two[0])
    return {"kind": "box", **sides, "rotation": rotation} if is_clockwise else None


def _mask(shape: Mapping[str, Any], points: Points, where: str, place: str, size: Size) -> Row:
    height, width = (int(side or 0) for side in size)
    if height <= 0 or width <= 0 or height * width > LARGEST:
        expected = f"imageHeight and imageWidth around a mask, of at most {LARGEST} pixels"
        raise ParseError(where, place, expected=expected, found=f"{height} and {width}")
    try:
        window = from_png(str(shape["mask"]))
    except ValueError as error:
        raise ParseError(
            where, f"{place}/mask", expected="a PNG in base64", found=str(error)
        ) from None
    left, top = (max(0, int(side)) for side in points[0])
    pixels = blank(height, width)
    into = pixels[top : top + window.shape[0], left : left + window.shape[1]]
    into[:] = window[: into.shape[0], : into.shape[1]]
    box = (float(left), float(top), float(window.shape[1]), float(window.shape[0]))
    geometry = canonical_json({"mask": {"size": [height, width], "counts": to_runs(pixels)}})
    return {"kind": "mask", "geometry": geometry, **dict(zip(BOX, box, strict=True))}


def usual_type(row: Row, attributes: Row) -> str:
    """The type that goes without saying for a label."""
    if row["kind"] == "box":
        return "oriented_rectangle" if "rotation" in attributes else "rectangle"
    if row["kind"] == "keypoints":
        points = json.loads(row["geometry"] or "{}").get("keypoints", ())
        return "point" if len(points) == 1 else "points"
    return _USUAL[row["kind"]]
