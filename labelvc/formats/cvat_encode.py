"""Rows of labels as shapes of CVAT: new ones, and old ones with only their changes in them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any

from labelvc.core.errors import LossError
from labelvc.core.snapshot import BOX
from labelvc.formats.cvat_check import textual
from labelvc.formats.cvat_elements import field, fresh, others, rebuilt
from labelvc.formats.cvat_mask import from_coco
from labelvc.formats.cvat_numbers import end_of, spelled, spelled_pairs
from labelvc.formats.cvat_shapes import (
    CORNERS,
    CUBOID,
    ELLIPSE,
    HIDDEN,
    KINDS,
    OWN,
    PREFIX,
    Row,
    flag_of,
)
from labelvc.formats.row_edits import attributes_of
from labelvc.formats.xml_tree import Node, lead

Names = Mapping[str, Sequence[str]]
_FLAGS = {True: "1", False: "0"}


@dataclass
class Shape:
    """What a shape is to say: its tag, its fields and, of a skeleton, its points."""

    tag: str
    attributes: dict[str, str]
    fields: list[tuple[str, str]] = made_by(default_factory=list)
    points: list[Shape] = made_by(default_factory=list)
    others: dict[str, Any] = made_by(default_factory=dict)  # elements by `<tag>`

    def element(self, indent: bytes) -> bytes:
        """A new element."""
        points = [point.element(indent + b"  ") for point in self.points]
        fields = [field(*one) for one in self.fields]
        more = others(self.others, None, ())[1]
        return fresh(self.tag, self.attributes, [*points, *fields, *more], indent)

    def put_into(self, text: bytes, node: Node) -> bytes:
        """The element `node` with its changes in it."""
        if node.tag != self.tag or _labels(node) != [
            one.attributes["label"] for one in self.points
        ]:
            return self.element(lead(text, node) or b"\n")
        known = {"attribute", "points"} if self.points else {"attribute"}
        children, more = others(self.others, node, known)
        points = iter(self.points)
        wanted: dict[str, list[str]] = defaultdict(list)
        for name, said in self.fields:
            wanted[name].append(said)
        for place, child in enumerate(node.children):
            if child.tag == "points" and self.points:
                children[place] = next(points).put_into(text, child)
            elif child.tag == "attribute":
                name = child.attributes.get("name", "")
                one = wanted[name].pop(0) if wanted[name] else None
                if one != child.text:
                    children[place] = None if one is None else field(name, one)
        added = [field(name, one) for name, rest in wanted.items() for one in rest]
        return rebuilt(text, node, self.attributes, children, [*added, *more])


def _labels(node: Node) -> list[str]:
    if node.tag != "skeleton":
        return []
    return [one.attributes.get("label", "") for one in node.named("points")]


def shape_of(row: Row, names: Names, old: Node | None = None) -> Shape:
    """A row as a shape, its texts those of `old` where they say the same.

    Raises LossError for what a shape cannot hold.
    """
    said = textual(attributes_of(row), row["sample"])
    listed = said.pop("keypoints", None)
    points = said.pop("points", {})
    tag = _tag(row, listed, names, old)
    before = old.attributes if old is not None and old.tag == tag else {}
    attributes: dict[str, str] = {}
    if row["category"] is not None or "label" in before or not before:
        attributes["label"] = row["category"] or ""
    rotation = said.pop("rotation", None)
    place = _place(row, tag, before)
    if tag == "box" and rotation is not None:
        place["rotation"] = _number(rotation, before.get("rotation"), row)
    elif rotation is not None:
        said["rotation"] = rotation
    shape = Shape(tag, {**attributes, **_own(said), **place})
    shape.fields, shape.others = _fields(said), said
    if tag == "skeleton":
        order = listed if listed is not None else names.get(row["category"] or "", ())
        shape.points = _points(row, order, points, old if before else None)
    return shape


def _tag(row: Row, listed: Any, names: Names, old: Node | None) -> str:
    if old is not None and KINDS[old.tag] == row["kind"]:
        return old.tag
    if row["kind"] == "keypoints":
        named = listed is not None or names.get(row["category"] or "")
        return "skeleton" if named else "points"
    return next(tag for tag, kind in KINDS.items() if kind == row["kind"])


def _own(said: dict[str, Any]) -> dict[str, str]:
    """The attributes of the tag, taken out of `said`."""
    names = [name for name in said if name in OWN or name.startswith("@")]
    return {name.removeprefix("@"): said.pop(name) for name in names}


def _fields(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    fields = []
    for name, value in said.items():
        if name.startswith("<"):
            continue  # an element that is kept where it stands
        for one in value if isinstance(value, list) else [value]:
            fields.append((name.removeprefix(PREFIX), one))
    return fields


def _number(value: Any, old: str | None, row: Row) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise LossError(f"sample {row['sample']!r}: the rotation {value!r} is no number")
    return spelled(float(value), old)


def _place(row: Row, tag: str, old: Mapping[str, str]) -> dict[str, str]:
    """Where a shape is, as attributes of its tag."""
    if tag in ("tag", "skeleton"):
        return {}
    if tag == "box":
        return _corners(row, old)
    geometry = json.loads(row["geometry"] or "{}")
    shape = geometry.get({"points": "keypoints"}.get(tag, tag))
    if shape is None or len(geometry) != 1:
        raise LossError(f"sample {row['sample']!r}: a {tag} without its geometry, or with another")
    if tag == "mask":
        return from_coco(shape, row["sample"])
    if tag == "ellipse":
        turned = {"rotation": shape[4]} if shape[4] or "rotation" in old else {}
        return _spelled({**dict(zip(ELLIPSE, shape[:4], strict=True)), **turned}, old)
    if tag == "cuboid":
        return _spelled(dict(zip(CUBOID, shape, strict=True)), old)
    if tag != "points" and len(shape) != 1:
        parts = f"outlines of one part, not {len(shape)}"
        raise LossError(f"sample {row['sample']!r}: CVAT holds {parts}")
    flat = shape[0] if tag != "points" else [one for point in shape for one in point[:2]]
    return {"points": spelled_pairs(flat, old.get("points"))}


def _spelled(values: Mapping[str, float], old: Mapping[str, str]) -> dict[str, str]:
    return {name: spelled(value, old.get(name)) for name, value in values.items()}


def _corners(row: Row, old: Mapping[str, str]) -> dict[str, str]:
    x, y, width, height = (row[side] for side in BOX)
    if None in (x, y, width, height):
        raise LossError(f"sample {row['sample']!r}: a box without x, y, width and height")
    texts = (
        spelled(x, old.get("xtl")),
        spelled(y, old.get("ytl")),
        end_of(x, width, old.get("xbr")),
        end_of(y, height, old.get("ybr")),
    )
    return dict(zip(CORNERS, texts, strict=True))


def _points(
    row: Row, names: Sequence[str], more: Mapping[str, Any], old: Node | None
) -> list[Shape]:
    """The points of a skeleton, in the order of the old one if it has them all."""
    places = json.loads(row["geometry"] or "{}").get("keypoints", [])
    if len(places) != len(names):
        raise LossError(
            f"sample {row['sample']!r}: {len(places)} keypoints, but the skeleton"
            f" {row['category']!r} has {len(names)}"
        )
    before = old.named("points") if old is not None else []
    order = [node.attributes.get("label", "") for node in before]
    nodes: dict[str, list[Node]] = defaultdict(list)
    for name, node in zip(order, before, strict=True):
        nodes[name].append(node)
    made: dict[str, list[Shape]] = defaultdict(list)
    for name, place in zip(names, places, strict=True):
        known = nodes[name].pop(0) if nodes[name] else None
        made[name].append(_point(row, name, place, dict(more.get(name, {})), known))
    sequence = order if Counter(order) == Counter(names) else names
    return [made[name].pop(0) for name in sequence]


def _point(
    row: Row, name: str, place: Sequence[float], said: dict[str, Any], old: Node | None
) -> Shape:
    texts = old.attributes if old is not None else {}
    flag = place[2]
    flags = {"outside": _FLAGS[flag == 0], "occluded": _FLAGS[flag == HIDDEN]}
    if old is not None and flag_of(old) == flag:
        flags = {name: texts[name] for name in flags if name in texts}
    own = _own(said)
    points = spelled_pairs(place[:2], texts.get("points"))
    attributes = {"label": name, **flags, **own, "points": points}
    return Shape("points", attributes, _fields(said), others=said)
