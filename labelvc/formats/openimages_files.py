"""Which files of an Open Images label set say what, told by their headers."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import attributes_json
from labelvc.formats.csv_header import cells, header, unique_names
from labelvc.formats.row_buffer import Rows
from labelvc.formats.rows import BOM, RowFile
from labelvc.formats.source import Blob, Source, beginning

BOX, CLASS, MASK, POINT, IMAGE = "box", "class", "mask", "keypoints", "image"
# What a file's header has to have, the most particular first.
_HEADERS = {
    MASK: {"MaskPath", "ImageID", "LabelName", "BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax"},
    BOX: {"ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"},
    POINT: {"ImageId", "X", "Y", "Label"},
    CLASS: {"ImageID", "LabelName", "Confidence"},
}
_IMAGES = {"Subset", "OriginalURL", "OriginalLandingURL"}
_SPLIT = re.compile(r"(?:^|[^a-z])(train|validation|test)(?:[^a-z]|$)")
MID = re.compile(r"/[a-z]/[0-9A-Za-z_]+")
CLASS_HEADER = ["LabelName", "DisplayName"]


@dataclass(frozen=True)
class Part:
    """A file of rows: `name` is its path, "" where it is the whole label set."""

    name: str
    path: str
    where: str
    kind: str
    columns: Sequence[str]
    split: str | None
    rows: Rows = field(repr=False)

    def error(self, row: int, expected: str, found: str) -> ParseError:
        """What is wrong with a row."""
        line = f"line {self.rows.line(row)}"
        return ParseError(self.where, line, expected=expected, found=found)


@dataclass(frozen=True)
class ClassList:
    """The file that gives class ids their display names; `mids` in the order of its rows."""

    path: str
    file: RowFile = field(repr=False)
    mids: Sequence[str]
    names: Sequence[str]


@dataclass(frozen=True)
class Classes:
    """What class ids are called.

    A category goes by its display name, or by its id (with the other as the attribute `display`)
    where two ids of the set share a display name.
    """

    lists: Sequence[ClassList] = ()
    parents: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def displays(self) -> dict[str, str]:
        """Display names by class id, in order."""
        found: dict[str, str] = {}
        for one in self.lists:
            for mid, name in zip(one.mids, one.names, strict=True):
                found.setdefault(mid, name)
        return found

    @cached_property
    def is_by_id(self) -> bool:
        """Whether categories go by their ids."""
        names = [*self.displays.values()]
        known = {*self.displays}
        return len({*names}) < len(names) or any(
            name in known and name != mid for mid, name in self.displays.items()
        )

    def name(self, mid: str) -> str:
        """The category of a class id."""
        return mid if self.is_by_id else self.displays.get(mid, mid)

    def attributes(self, mid: str) -> str | None:
        """The attributes of its category."""
        display = self.displays.get(mid)
        return attributes_json({"display": display}) if self.is_by_id and display else None


def kind_of(path: str, blob: Blob) -> str | None:
    """What the rows of a file speak of, by its header; None for a file of another sort."""
    return _kind(header(beginning(blob))) if path.lower().endswith(".csv") else None


def _kind(columns: Sequence[str]) -> str | None:
    for kind, wanted in _HEADERS.items():
        if wanted <= set(columns) and not {"LabelName1", "LabelName2"} & set(columns):
            return kind
    return IMAGE if "ImageID" in columns and _IMAGES & set(columns) else None


def is_class_list(path: str, blob: Blob) -> bool:
    """Whether a file gives class ids their names, with a header or without."""
    name = path.rpartition("/")[2].lower()
    if not name.endswith(".csv"):
        return False
    first = header(beginning(blob))
    return first[:2] == CLASS_HEADER or (
        "class-descriptions" in name and len(first) == 2 and bool(MID.fullmatch(first[0]))
    )


def part(source: Source, path: str, kind: str) -> Part:
    """A file of rows; raises ParseError where its header or its quotes are broken."""
    content = source.files[path].read()
    where = source.where(path)
    rows = Rows.cut_csv(where, content)
    columns = unique_names(header(rows.head))
    found = _SPLIT.search(path.rpartition("/")[2].lower())
    split = found[1] if found else None
    return Part(path if source.is_folder else "", path, where, kind, columns, split, rows)


def class_list(source: Source, path: str) -> ClassList:
    """The class descriptions of a file; raises ParseError."""
    content = source.files[path].read()
    where = source.where(path)
    file = replace(Rows.cut_csv(where, content).file(where), name=path)
    if header(file.head)[:2] != CLASS_HEADER:  # the first row is one like the others
        start = len(BOM) if content.startswith(BOM) else 0
        file = replace(file, head=content[:start], rows=[file.head[start:], *file.rows])
    mids, names = [], []
    for row in range(len(file.rows)):
        said = _described(file, row)
        mids.append(said[0])
        names.append(said[1] or said[0])
    return ClassList(path, file, mids, names)


def _described(file: RowFile, row: int) -> list[str]:
    try:
        said = cells(file.text(row))
    except csv.Error as error:
        raise file.error(row, "a row of CSV", str(error)) from None
    if len(said) < len(CLASS_HEADER) or not said[0]:
        raise file.error(row, "a class id and its display name", file.text(row))
    return said


def hierarchy(source: Source, path: str) -> tuple[str, dict[str, str]] | None:
    """The root, and the parent of each class id; of several the one nearest to the root.

    None where the file is JSON of another sort.
    """
    try:
        root = json.loads(source.files[path].read())
    except (ValueError, RecursionError):
        return None
    if not isinstance(root, dict) or not isinstance(root.get("LabelName"), str):
        return None
    parents: dict[str, str] = {}
    waiting = deque([root])
    while waiting:
        node = waiting.popleft()
        for child in [*_children(node, "Subcategory"), *_children(node, "Part")]:
            name = child["LabelName"]
            if name != root["LabelName"]:
                parents.setdefault(name, node["LabelName"])
            waiting.append(child)
    return root["LabelName"], parents


def _children(node: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    given = node.get(key)
    children = given if isinstance(given, list) else []
    return [one for one in children if isinstance(one, dict) and _is_named(one)]


def _is_named(node: Mapping[str, Any]) -> bool:
    return isinstance(node.get("LabelName"), str)
