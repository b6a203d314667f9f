"""Pascal VOC files as rows: the objects of an annotation and what the file says of its image."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.core.snapshot import BOX, SAMPLES, attributes_json, labels_frame, samples_frame
from labelvc.formats.xml_tree import Node, Value, lead, parse, to_utf8

HOME = "Annotations"
CORNERS = ("xmin", "ymin", "xmax", "ymax")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Page:
    """What a file holds around its objects, as UTF-8: before the first, after the last, between.

    `records` are the numbers of its objects' fragments, each with the white space before it.
    """

    head: bytes
    tail: bytes
    records: range
    encoding: str | None = None
    between: dict[int, bytes] = field(default_factory=dict)


class Annotations:
    """Rows, fragments and pages, from one file after another."""

    def __init__(self, shift: int) -> None:
        self.shift = shift
        self.records: list[bytes] = []
        self.pages: dict[str, Page] = {}
        self._labels: dict[str, list[Any]] = {
            name: [] for name in ("sample", "kind", "category", *BOX, "attributes", "record")
        }
        self._samples: list[dict[str, Any]] = []

    def add(self, content: bytes, sample: str, split: str | None, where: str) -> None:
        """Take in a file. Raises ParseError."""
        text, encoding = to_utf8(content, where)
        root = parse(text, where)
        if root.tag != "annotation":
            found = f"<{shorten(root.tag)[1:-1]}>"
            raise ParseError(where, f"line {root.line}", expected="<annotation>", found=found)
        objects = root.named("object")
        for node in objects:
            row = label_row(node, where, self.shift)
            row |= {"sample": sample, "record": len(self.records)}
            for name, values in self._labels.items():
                values.append(row[name])
            self.records.append(text[node.start - len(lead(text, node)) : node.end])
        self.pages[sample] = _page(text, root, encoding, len(self.records))
        self._samples.append({**image_row(root, where), "sample": sample, "split": split})

    def labels_frame(self) -> pl.DataFrame:
        """The labels table."""
        kinds = pl.Series(self._labels["kind"], dtype=pl.String)
        unit = pl.select(pl.when(kinds == "box").then(pl.lit("pixel"))).to_series()
        return labels_frame(**self._labels, unit=unit)

    def samples_frame(self) -> pl.DataFrame:
        """The samples table."""
        columns = {name: [row.get(name) for row in self._samples] for name in SAMPLES}
        return samples_frame(**columns)


def label_row(node: Node, where: str, shift: int) -> dict[str, Any]:
    """An object as a row of labels, without sample and record."""
    boxes = _at_most_one(node, "bndbox", where)
    row: dict[str, Any] = {"kind": "class", **dict.fromkeys(BOX)}
    if boxes:
        left, top, right, bottom = (_number(boxes[0], corner, where) for corner in CORNERS)
        box = (left - shift, top - shift, right - left + shift, bottom - top + shift)
        row = {"kind": "box", **dict(zip(BOX, box, strict=True))}
    attributes = object_attributes(node.value())
    return {**row, "category": name_of(node, where), "attributes": attributes_json(attributes)}


def object_attributes(value: Value) -> dict[str, Value]:
    """What an object holds besides its name and its box's corners."""
    attributes = {name: each for name, each in value.items() if name not in ("name", "bndbox")}
    box = value.get("bndbox", {})
    more = {name: each for name, each in box.items() if name not in CORNERS}
    return {**attributes, "bndbox": more} if more else attributes


def name_of(node: Node, where: str) -> str:
    """The class of an object. Raises ParseError where it has none."""
    names = node.named("name")
    if len(names) != 1 or not names[0].text.strip() or names[0].children:
        found = f"{len(names)} of them" if len(names) != 1 else "an empty one"
        expected = "an <object> with one <name>"
        raise ParseError(where, f"line {node.line}", expected=expected, found=found)
    return names[0].text.strip()


def image_row(root: Node, where: str) -> dict[str, Any]:
    """What a file says of its image: path, width, height, attributes."""
    value = {name: each for name, each in image_value(root).items() if name != "filename"}
    names = _at_most_one(root, "filename", where)
    row: dict[str, Any] = {"path": names[0].text.strip() or None if names else None}
    sizes = _at_most_one(root, "size", where)
    for side in ("width", "height"):
        if sizes and sizes[0].named(side):
            row[side] = _number(sizes[0], side, where)
            value["size"] = {name: each for name, each in value["size"].items() if name != side}
    if not value.get("size", True):
        del value["size"]
    return {**row, "attributes": attributes_json(value)}


def image_value(root: Node) -> dict[str, Value]:
    """The whole annotation but its objects, as plain data."""
    value = root.value()
    return {name: each for name, each in value.items() if name != "object"} if value else {}


def _at_most_one(parent: Node, tag: str, where: str) -> list[Node]:
    found = parent.named(tag)
    if len(found) > 1:
        raise ParseError(
            where, f"line {found[1].line}", expected=f"one <{tag}>", found=f"{len(found)} of them"
        )
    return found


def _number(parent: Node, tag: str, where: str) -> float:
    nodes = parent.named(tag)
    text = nodes[0].text.strip() if len(nodes) == 1 else ""
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        line = nodes[-1].line if nodes else parent.line
        found = shorten(text) if len(nodes) == 1 else f"{len(nodes)} of them"
        expected = f"<{parent.tag}> with one <{tag}>, a number"
        raise ParseError(where, f"line {line}", expected=expected, found=found)
    return float(text)


def _page(text: bytes, root: Node, encoding: str | None, records: int) -> Page:
    objects = root.named("object")
    numbers = range(records - len(objects), records)
    starts = [node.start - len(lead(text, node)) for node in objects]
    if not objects:
        cut = len(text[: root.close].rstrip()) if root.close < root.end else root.close
        return Page(text[:cut], text[cut:], numbers, encoding)
    ends = [node.end for node in objects]
    gaps = zip(numbers[1:], ends[:-1], starts[1:], strict=True)
    between = {number: text[end:start] for number, end, start in gaps if start > end}
    return Page(text[: starts[0]], text[ends[-1] :], numbers, encoding, between)
