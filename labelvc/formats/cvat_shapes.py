"""The shapes inside an `<image>` of CVAT as rows of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from labelvc.core.outer_box import outer_box
from labelvc.core.snapshot import BOX, attributes_json, canonical_json
from labelvc.formats.cvat_mask import to_coco
from labelvc.formats.cvat_numbers import number, pairs, wrong
from labelvc.formats.xml_tree import Node

Row = dict[str, Any]
Size = tuple[float | None, float | None]  # width and height of the image

KINDS = {
    "box": "box",
    "polygon": "polygon",
    "polyline": "polyline",
    "points": "keypoints",
    "mask": "mask",
    "ellipse": "ellipse",
    "cuboid": "cuboid",
    "skeleton": "keypoints",
    "tag": "class",
}
CORNERS = ("xtl", "ytl", "xbr", "ybr")
ELLIPSE = ("cx", "cy", "rx", "ry")
CUBOID = tuple(
    f"{axis}{corner}{face}"
    for face in (1, 2)
    for corner in ("tl", "bl", "tr", "br")
    for axis in ("x", "y")
)
# What a shape says in its tag besides what it is and where.
OWN = ("occluded", "z_order", "group_id", "source")
# Names that attributes of the scheme cannot take, being taken.
RESERVED = frozenset({*OWN, "rotation", "keypoints", "points"})
PREFIX = "attribute:"
# Shapes whose outer box stands beside them.
BOXED = frozenset({"polyline", "ellipse", "cuboid"})
HIDDEN, SEEN = 1, 2  # COCO's flags of a keypoint; 0 is not labelled

_PLACE = {
    "box": {*CORNERS, "rotation"},
    "polygon": {"points"},
    "polyline": {"points"},
    "points": {"points"},
    "mask": {"rle", "left", "top", "width", "height"},
    "ellipse": {*ELLIPSE, "rotation"},
    "cuboid": set(CUBOID),
    "skeleton": set(),
    "tag": set(),
}


def label_row(node: Node, size: Size, keypoints: Mapping[str, Sequence[str]]) -> Row:
    """A shape as a row, without sample and record; `keypoints` are the points' names by skeleton.

    Raises ParseError with the line counted from where the text begins.
    """
    category = node.attributes.get("label") or None
    attributes = shape_attributes(node, {"label", *_PLACE[node.tag]})
    row: Row = {"kind": KINDS[node.tag], "category": category, "unit": "pixel"}
    if node.tag == "tag":
        row["unit"] = None
    elif node.tag == "box":
        left, top, right, bottom = (number(node, corner) for corner in CORNERS)
        row |= dict(zip(BOX, (left, top, right - left, bottom - top), strict=True))
        if "rotation" in node.attributes:
            attributes["rotation"] = number(node, "rotation")
    elif node.tag == "skeleton":
        row["geometry"] = canonical_json(
            {"keypoints": _skeleton(node, keypoints.get(category or "", ()), attributes)}
        )
    else:
        geometry = _geometry(node, size)
        row["geometry"] = canonical_json(geometry)
        if BOXED & geometry.keys():
            row |= dict(zip(BOX, outer_box(row["geometry"]) or (), strict=True))
    return {**row, "attributes": _attributes_text(attributes)}


def _attributes_text(attributes: Mapping[str, Any]) -> str | None:
    """The attributes cell; of those that are texts alone, most shapes of a file have the same."""
    if all(type(value) is str for value in attributes.values()):
        return _known_text(tuple(attributes.items()))
    return attributes_json(attributes)


@lru_cache(maxsize=4096)
def _known_text(items: tuple[tuple[str, str], ...]) -> str | None:
    return attributes_json(dict(items))


def shape_attributes(node: Node, taken: set[str]) -> dict[str, Any]:
    """What a shape says besides its label and place, texts as they are.

    Attributes of its tag that CVAT's own files do not have go by `@name`.
    """
    found: dict[str, Any] = {}
    for name, text in node.attributes.items():
        if name not in taken:
            found[name if name in OWN else f"@{name}"] = text
    for child in node.children:
        if child.tag != "attribute":
            if not (node.tag == "skeleton" and child.tag == "points"):
                found[f"<{child.tag}>"] = [*found.get(f"<{child.tag}>", []), child.value()]
            continue
        name = field_key(child.attributes.get("name", ""))
        if name in found:
            before = found[name]
            found[name] = [*(before if isinstance(before, list) else [before]), child.text]
        else:
            found[name] = child.text
    return found


def field_key(name: str) -> str:
    """The key of an attribute of the scheme, told apart from those of the format."""
    return PREFIX + name if name in RESERVED or name.startswith(("@", "<", PREFIX)) else name


def _geometry(node: Node, size: Size) -> dict[str, Any]:
    if node.tag == "mask":
        return {"mask": to_coco(node, size)}
    if node.tag == "ellipse":
        turned = number(node, "rotation") if "rotation" in node.attributes else 0.0
        return {"ellipse": [*(number(node, name) for name in ELLIPSE), turned]}
    if node.tag == "cuboid":
        return {"cuboid": [number(node, name) for name in CUBOID]}
    flat = pairs(node)
    if node.tag == "points":
        return {"keypoints": [[x, y, SEEN] for x, y in zip(flat[::2], flat[1::2], strict=True)]}
    return {node.tag: [flat]}


def _skeleton(node: Node, names: Sequence[str], attributes: dict[str, Any]) -> list[list[float]]:
    """The points of a skeleton in the scheme's order, or in the file's, named in `attributes`."""
    points = node.named("points")
    found = [point.attributes.get("label", "") for point in points]
    places = {name: at for at, name in enumerate(names)}
    if len(found) == len(names) and set(found) == places.keys():
        points.sort(key=lambda point: places[point.attributes.get("label", "")])
    else:
        attributes["keypoints"] = found
    said: dict[str, Any] = {}
    for point in points:
        more = shape_attributes(point, {"label", "points", "outside", "occluded"})
        if _is_set(point, "outside") and _is_set(point, "occluded"):
            more["occluded"] = point.attributes["occluded"]
        if more:
            said[point.attributes.get("label", "")] = more
    if said:
        attributes["points"] = said
    return [_point(point) for point in points]


def _point(node: Node) -> list[float]:
    flat = pairs(node)
    if len(flat) != 2:
        raise wrong(node, "points, one x,y", node.attributes["points"])
    return [*flat, flag_of(node)]


def flag_of(node: Node) -> int:
    """COCO's flag of a skeleton's point."""
    if _is_set(node, "outside"):
        return 0
    return HIDDEN if _is_set(node, "occluded") else SEEN


def _is_set(node: Node, name: str) -> bool:
    return node.attributes.get(name, "0").strip().lower() in ("1", "true")
