"""Values of regions in Label Studio as places of labels, and back.

Boxes, outlines and points are in percent of the image, a box is turned about its top left corner.
Spans count code points, as Label Studio does since 2021; older exports counted UTF-16 units, which
shows where the text a span quotes stands elsewhere by that count.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from labelvc.core.errors import LossError
from labelvc.core.outer_box import outer_box
from labelvc.core.snapshot import BOX, canonical_json
from labelvc.formats.json_rows import finite
from labelvc.formats.labelstudio_brush import from_brush, to_brush

Row = dict[str, Any]
PLACED = ("kind", *BOX, "geometry", "start", "end", "unit")
# What a region of each kind is called that has a category; without one it goes without `labels`.
USUAL = {
    "box": "rectanglelabels",
    "polygon": "polygonlabels",
    "keypoints": "keypointlabels",
    "ellipse": "ellipselabels",
    "mask": "brushlabels",
    "span": "labels",
    "segment": "labels",
    "class": "choices",
    "text": "textarea",
}
_TURN = "rotation"
_ABOUT = "rotation_about"
_PLACE = "place"  # where a span of HTML or of a dialogue begins and ends, in its own terms
_ENDS = ("start", "end", "startOffset", "endOffset")


class Misread(ValueError):
    """A value that says no place: what was expected where, and what was found."""

    def __init__(self, at: str, expected: str, found: object) -> None:
        super().__init__(expected)
        self.at, self.expected, self.found = at, expected, found


def is_region(value: Mapping[str, Any]) -> bool:
    """Whether a value has a place of its own."""
    return bool(
        ("x" in value and "y" in value)
        or "rle" in value
        or isinstance(value.get("points"), list)
        or ("start" in value and "end" in value)
    )


def placed(value: Mapping[str, Any], item: Mapping[str, Any], text: str | None) -> tuple[Row, Row]:
    """The columns a value fills and the attributes it gives; raises Misread.

    `text` is what a span counts in, None for sound.
    """
    if "rle" in value:
        return _brush(value, item)
    if isinstance(value.get("points"), list):
        return _polygon(value)
    if "x" in value and "y" in value:
        return _at_point(value, item)
    return _between(value, item, text)


def _number(value: Mapping[str, Any], name: str) -> float:
    number = finite(value.get(name))
    if number is None:
        raise Misread(f"/{name}", "a number", value.get(name))
    return number


def _brush(value: Mapping[str, Any], item: Mapping[str, Any]) -> tuple[Row, Row]:
    sides = [finite(item.get(f"original_{side}")) or 0 for side in ("width", "height")]
    given = value["rle"]
    try:
        if not isinstance(given, list):
            raise ValueError("something else than a list")
        mask = from_brush(given, int(sides[0]), int(sides[1]))
    except ValueError as error:
        raise Misread("/rle", "the packed pixels of the image", str(error)) from None
    return {"kind": "mask", "geometry": canonical_json({"mask": mask}), "unit": "percent"}, {}


def _polygon(value: Mapping[str, Any]) -> tuple[Row, Row]:
    points = value["points"]
    flat = [
        number
        for point in points
        if isinstance(point, list) and len(point) == 2
        for one in point
        if (number := finite(one)) is not None
    ]
    if not points or len(flat) != 2 * len(points):
        raise Misread("/points", "a list of [x, y]", points)
    extra = {} if value.get("closed", True) is True else {"closed": value["closed"]}
    geometry = canonical_json({"polygon": [flat]})
    return {"kind": "polygon", "geometry": geometry, "unit": "percent"}, extra


def _at_point(value: Mapping[str, Any], item: Mapping[str, Any]) -> tuple[Row, Row]:
    x, y = _number(value, "x"), _number(value, "y")
    row: Row = {"unit": "percent"}
    turn = finite(value.get(_TURN)) or 0.0
    if "radiusX" in value:
        numbers = [x, y, _number(value, "radiusX"), _number(value, "radiusY"), turn]
        box = _box_of_ellipse(numbers, item)
        geometry = canonical_json({"ellipse": numbers})
        return {**row, "kind": "ellipse", "geometry": geometry, **box}, {}
    if "height" not in value:
        extra = {} if value.get("width") is None else {"width": value["width"]}
        geometry = canonical_json({"keypoints": [[x, y, 2]]})
        return {**row, "kind": "keypoints", "geometry": geometry}, extra
    sides = {"x": x, "y": y, "width": _number(value, "width"), "height": _number(value, "height")}
    return {**row, "kind": "box", **sides}, {_TURN: turn, _ABOUT: "corner"} if turn else {}


def _box_of_ellipse(numbers: list[float], item: Mapping[str, Any]) -> Row:
    """The outer box, worked out in pixels: percents of a side that is longer are longer."""
    x, y, rx, ry, turn = numbers
    wide, high = (finite(item.get(f"original_{side}")) or 100.0 for side in ("width", "height"))
    pixels = [x * wide, y * high, rx * wide, ry * high, turn]
    if not all(map(math.isfinite, pixels)):
        raise Misread("", "an ellipse of finite size", numbers)
    box = outer_box(canonical_json({"ellipse": pixels})) or (0.0,) * 4
    sides = (round(side / by, 9) for side, by in zip(box, (wide, high) * 2, strict=True))
    return dict(zip(BOX, sides, strict=True))


def _between(
    value: Mapping[str, Any], item: Mapping[str, Any], text: str | None
) -> tuple[Row, Row]:
    if isinstance(value["start"], str) or "startOffset" in value:
        return _in_markup(value)
    start, end = _number(value, "start"), _number(value, "end")
    if item["type"] == "timeserieslabels":
        instant = {"instant": True} if value.get("instant") is True else {}
        return {"kind": "segment", "start": start, "end": end}, instant
    if is_sound(value, item, text):
        channel = {} if value.get("channel") is None else {"channel": value["channel"]}
        return {"kind": "segment", "start": start, "end": end, "unit": "second"}, channel
    if text is not None and in_utf16(value, text):
        start, end = (float(_code_points(text, int(at))) for at in (start, end))
    extra = {}
    is_quoted = "text" in value and item["type"] != "textarea"
    if is_quoted and (text is None or value["text"] != text[int(start) : int(end)]):
        extra["text"] = value["text"]
    return {"kind": "span", "start": start, "end": end, "unit": "character"}, extra


def is_sound(value: Mapping[str, Any], item: Mapping[str, Any], text: str | None) -> bool:
    """Whether start and end are seconds."""
    return text is None or "channel" in value or "original_length" in item


def _in_markup(value: Mapping[str, Any]) -> tuple[Row, Row]:
    """Spans of HTML are placed by XPath; counted from the start of its text where the tool did."""
    row: Row = {"kind": "span"}
    counted = value.get("globalOffsets")
    if isinstance(counted, dict) and {finite(counted.get(one)) for one in _ENDS[:2]} - {None}:
        row |= {one: _number(counted, one) for one in _ENDS[:2]}
        row["unit"] = "character"
    extra: Row = {_PLACE: {name: value[name] for name in _ENDS if name in value}}
    return row, {**extra, **({"text": value["text"]} if "text" in value else {})}


def in_utf16(value: Mapping[str, Any], text: str) -> bool:
    """Whether a span's quoted text shows that it counts UTF-16 units."""
    quoted, start, end = value.get("text"), value.get("start"), value.get("end")
    if not isinstance(quoted, str) or not isinstance(start, int) or not isinstance(end, int):
        return False
    if text.isascii() or start < 0 or text[start:end] == quoted:
        return False
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * start : 2 * end] == quoted.encode("utf-16-le", "surrogatepass")


def _code_points(text: str, units: int) -> int:
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return len(before.decode("utf-16-le", "surrogatepass"))


def _units(text: str, points: int) -> int:
    return len(text[:points].encode("utf-16-le", "surrogatepass")) // 2


def value_of(
    row: Mapping[str, Any], attributes: Row, old: Mapping[str, Any] | None, text: str | None
) -> Row:
    """The members of a value that tell a label's place; takes what it uses from `attributes`.

    Raises LossError.
    """
    kind, geometry = row["kind"], json.loads(row["geometry"] or "{}")
    if kind == "box":
        if any(row[side] is None for side in BOX):
            raise loss(row, "a box without x, y, width and height")
        about, turn = attributes.pop(_ABOUT, None), attributes.pop(_TURN, 0)
        if turn and about != "corner":
            raise loss(row, "a box that is turned about its centre")
        return {**{side: row[side] for side in BOX}, _TURN: turn}
    if kind in ("polygon", "keypoints", "ellipse", "mask") and kind not in geometry:
        raise loss(row, f"{kind} without a shape")
    if kind == "polygon":
        (ring,) = geometry["polygon"] if len(geometry["polygon"]) == 1 else _refuse(row)
        points = [ring[at : at + 2] for at in range(0, len(ring), 2)]
        return {"points": points, "closed": attributes.pop("closed", True)}
    if kind == "keypoints":
        (point,) = geometry["keypoints"] if len(geometry["keypoints"]) == 1 else _refuse(row)
        if point[2] != 2:
            raise loss(row, "a point that is hidden or not labelled")
        return {"x": point[0], "y": point[1], **_taken(attributes, "width")}
    if kind == "ellipse":
        names = ("x", "y", "radiusX", "radiusY", _TURN)
        return dict(zip(names, geometry["ellipse"], strict=True))
    if kind == "mask":
        return {"format": "rle", "rle": to_brush(geometry["mask"], row["sample"])}
    return _ends_of(row, attributes, old, text)


def _refuse(row: Mapping[str, Any]) -> Any:
    raise loss(row, f"{row['kind']} of several parts")


def loss(row: Mapping[str, Any], what: str) -> LossError:
    """What Label Studio cannot hold."""
    return LossError(f"sample {row['sample']!r}: Label Studio cannot hold {what}")


def _taken(attributes: Row, *names: str) -> Row:
    return {name: attributes.pop(name) for name in names if name in attributes}


def _ends_of(
    row: Mapping[str, Any], attributes: Row, old: Mapping[str, Any] | None, text: str | None
) -> Row:
    start, end = row["start"], row["end"]
    if row["kind"] == "segment":
        return {"start": start, "end": end, **_taken(attributes, "channel", "instant")}
    if _PLACE in attributes:
        place = attributes.pop(_PLACE)
        counted = {} if start is None else {"globalOffsets": {"start": start, "end": end}}
        known = (old or {}).get("globalOffsets")
        is_moved = isinstance(known, dict) and [known.get(one) for one in _ENDS[:2]] != [start, end]
        if is_moved and all(place.get(name) == (old or {}).get(name) for name in _ENDS):
            raise LossError(
                f"sample {row['sample']!r}: a span of HTML is placed by XPath, which cannot be told"
                " from its offsets",
                hint="Mark it anew in Label Studio.",
            )
        return {**place, **counted, **_taken(attributes, "text")}
    if start is None or end is None or not (start.is_integer() and end.is_integer()):
        raise loss(row, f"a span from {start} to {end}")
    ends = (int(start), int(end))
    quoted = attributes.pop("text", None)
    if text is not None and quoted is None and (old is None or "text" in old):
        quoted = text[ends[0] : ends[1]]
    if old and text is not None and in_utf16(old, text):
        ends = (_units(text, ends[0]), _units(text, ends[1]))
    told = {} if quoted is None else {"text": quoted}
    return {"start": ends[0], "end": ends[1], **told}
