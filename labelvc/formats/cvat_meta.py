"""The labels that `<meta>` of CVAT declares, as categories, read and changed in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import polars as pl

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot, attributes_json, categories_frame
from labelvc.formats.cvat_file import CvatFile
from labelvc.formats.row_edits import attributes_of
from labelvc.formats.xml_tree import Node, Value, edited, element, lead

Row = dict[str, Any]

_MEANING = ("name", "attributes", "parent")
# what a skeleton's label and those of its points say without being told
_IMPLIED = frozenset({"type", "points"})


@dataclass(frozen=True)
class Scheme:
    """What `<meta>` declares: names and attributes of categories, and the subset of all images."""

    names: Sequence[str]
    attributes: Sequence[str | None]
    parents: Sequence[str | None]
    keypoints: Mapping[str, Sequence[str]]
    subset: str | None = None

    def table(self, used: Sequence[str]) -> pl.DataFrame:
        """The categories: the declared ones, then those that are used without being declared."""
        more = [name for name in used if name not in set(self.names)]
        names = [*self.names, *more]
        rest = [None] * len(more)
        return categories_frame(
            names,
            # what is declared goes by its name; what is only used has no id
            id=[*self.names, *rest],
            attributes=[*self.attributes, *rest],
            parent=[*self.parents, *rest],
        )


def scheme(file: CvatFile) -> Scheme:
    """What a file declares. Raises ParseError where a label has no name, or one that repeats."""
    root = file.frame()
    nodes = [node for home in _homes(root) for node in home.named("label")]
    parts: dict[str, dict[str, Any]] = {}
    names: dict[str, dict[str, Any]] = {}
    for node in nodes:
        value = node.value()
        said = dict(value) if isinstance(value, dict) else {}
        name, parent = said.pop("name", ""), said.pop("parent", "")
        if not isinstance(name, str) or not isinstance(parent, str) or not name:
            raise _wrong(file, node, "a <label> with one <name>")
        place = parts.setdefault(parent, {}) if parent else names
        if name in place:
            raise _wrong(file, node, f"each <label> once, found {name!r} again")
        place[name] = _listed(said)
    for parent, points in parts.items():
        if parent in names:
            more = {point: said for point, said in points.items() if said}
            names[parent] |= {"keypoints": list(points), **({"points": more} if more else {})}
    parents = [said.pop("supercategory", None) for said in names.values()]
    return Scheme(
        list(names),
        [attributes_json(said) for said in names.values()],
        [parent if isinstance(parent, str) else None for parent in parents],
        {name: list(points) for name, points in parts.items()},
        _subset(root),
    )


def _wrong(file: CvatFile, node: Node, expected: str) -> ParseError:
    found = shortened(node)
    return ParseError(file.where, f"line {node.line}", expected=expected, found=found)


def shortened(node: Node) -> str:
    """An element's children, for a message."""
    return ", ".join(f"<{child.tag}>" for child in node.children[:5]) or "an empty one"


def _homes(root: Node) -> Iterator[Node]:
    """The elements `<labels>` of the task, project or job in `<meta>`."""
    for meta in root.named("meta"):
        for owner in meta.children:
            yield from owner.named("labels")


def _subset(root: Node) -> str | None:
    """The subset of a task, which its images do not name."""
    found = [
        node.text.strip()
        for meta in root.named("meta")
        for owner in (*meta.named("task"), *meta.named("job"))
        for node in owner.named("subset")
    ]
    return found[0] or None if len(found) == 1 else None


def _listed(said: Mapping[str, Value]) -> dict[str, Any]:
    """A label's values with the specifications of its attributes as a list."""
    found = dict(said)
    inside = found.get("attributes")
    if inside == "":
        found["attributes"] = []
    elif isinstance(inside, dict) and inside.keys() == {"attribute"}:
        one = inside["attribute"]
        found["attributes"] = one if isinstance(one, list) else [one]
    return found


def _unlisted(said: Mapping[str, Any]) -> dict[str, Value]:
    values = dict(said)
    inside = values.get("attributes")
    if isinstance(inside, list):
        values["attributes"] = {"attribute": inside} if inside else ""
    return values


def label_values(row: Mapping[str, Any]) -> list[Row]:
    """The `<label>`s of a category: its own, then those of its skeleton's points."""
    said = attributes_of(row)
    names, points = said.pop("keypoints", []), said.pop("points", {})
    own = {"name": row["name"], **_unlisted(said)}
    if row["parent"] is not None:
        own["supercategory"] = row["parent"]
    if not isinstance(names, list) or not isinstance(points, dict):
        raise LossError(f"category {row['name']!r}: CVAT has its own meaning for its keypoints")
    if names and "type" not in own:
        own["type"] = "skeleton"
    parts = (
        {"name": name, **_unlisted(points.get(name, {"type": "points"})), "parent": row["name"]}
        for name in names
    )
    return [own, *parts]


def with_categories(file: CvatFile, now: Snapshot, old: pl.DataFrame) -> CvatFile:
    """The file declaring the categories of a snapshot; `old` are those it was read with.

    Raises LossError for what a `<label>` cannot hold.
    """
    if now.categories.equals(old):
        return file
    rows = {row["key"]: row for row in now.categories.iter_rows(named=True)}
    read = {row["name"]: row for row in old.iter_rows(named=True)}
    text = file.head + file.tail
    home = next(_homes(file.frame()), None)
    if home is None:
        values = [value for row in rows.values() for value in label_values(row)]
        meta = element("meta", {"task": {"labels": {"label": values}}}, "\n  ", "  ")
        return _checked(replace(file, head=file.head + b"\n  " + meta), rows.values())
    size = len(file.head) if home.end <= len(file.head) else None
    text = _relabelled(text, home, rows, read)
    at = len(file.head) if size is None else len(text) - len(file.tail)
    return _checked(replace(file, head=text[:at], tail=text[at:]), rows.values())


def _relabelled(text: bytes, home: Node, rows: Mapping[str, Row], read: Mapping[str, Row]) -> bytes:
    """The labels changed, taken out and added."""
    nodes = home.named("label")
    owned: dict[str, list[Node]] = {}
    for node in nodes:
        owned.setdefault(_owner(node), []).append(node)
    changes: list[tuple[Node, Value | None]] = []
    added: list[Value] = []
    for owner in owned.keys() & read.keys():
        row = rows.get(owner)
        values = label_values(row) if row else []
        if row is None or any(row[name] != read[owner][name] for name in _MEANING):
            count = len(owned[owner])
            changes += zip_longest(owned[owner], values[:count])
            added += values[count:]
    for key, row in rows.items():
        if key not in owned and (key not in read or any(row[name] for name in _MEANING[1:])):
            added += label_values(row)
    text = _with_added(text, home, added)
    for node, value in sorted(changes, key=lambda change: -change[0].start):
        if value is None:
            text = text[: node.start - len(lead(text, node))] + text[node.end :]
        else:
            text = edited(text, node, value)
    return text


def _with_added(text: bytes, home: Node, added: Sequence[Value]) -> bytes:
    if not added:
        return text
    nodes = home.named("label")
    indent = lead(text, nodes[-1]) if nodes else lead(text, home) + b"  "
    new = b"".join(indent + element("label", one, indent.decode(), "  ") for one in added)
    if home.inner == home.end:  # <labels/>
        whole = b"<labels>" + new + lead(text, home) + b"</labels>"
        return text[: home.start] + whole + text[home.end :]
    at = nodes[-1].end if nodes else home.inner
    return text[:at] + new + text[at:]


def _owner(node: Node) -> str:
    """The category that a `<label>` is part of."""
    value = node.value()
    return str(value.get("parent") or value.get("name"))


def _checked(file: CvatFile, wanted: Iterable[Row]) -> CvatFile:
    """The file, once it is seen to say what was meant."""
    table = scheme(file).table([])
    said = {row["name"]: row for row in table.iter_rows(named=True)}
    for row in wanted:
        attributes = attributes_of(row)
        if row["name"] not in said:
            continue  # used, and as before not declared
        found = attributes_of(said[row["name"]])
        if "keypoints" in attributes:
            implied = _IMPLIED - attributes.keys()
            found = {name: one for name, one in found.items() if name not in implied}
        if found != attributes or said[row["name"]]["parent"] != row["parent"]:
            raise LossError(
                f"category {row['name']!r}: CVAT cannot hold its attributes as they are"
            )
    return file
