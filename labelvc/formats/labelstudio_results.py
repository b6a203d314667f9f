"""Results of an annotation in Label Studio as labels and answers.

Results that share an id are about one region and make up one label: what it is called, where it
is, and what else was asked about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import attributes_json
from labelvc.formats.json_rows import finite
from labelvc.formats.labelstudio_data import is_address
from labelvc.formats.labelstudio_values import USUAL, Misread, Row, is_region, placed

# Makes the error of a task, from a pointer into it, what was expected and what was found.
Trouble = Callable[[str, str, object], ParseError]

ITEM = (
    *("id", "type", "value", "from_name", "to_name", "score", "original_width"),
    *("original_height", "original_length", "image_rotation", "origin"),
)
# Members of values that say where a region is, as `placed` reads them.
_PLACES = (
    *("x", "y", "width", "height", "radiusX", "radiusY", "rotation", "points", "closed", "rle"),
    *("format", "start", "end", "startOffset", "endOffset", "globalOffsets", "channel", "instant"),
    "text",
)
# What goes without saying of a result.
PLAIN = {"from_name": "label", "image_rotation": 0, "origin": "manual"}
TRANSCRIPTION = "transcription"
MEDIUM = {"span": "text", "segment": "audio", "class": "image", "text": "image"}


@dataclass(frozen=True)
class Slot:
    """A label, and where it stands: results of an annotation, and which of their values."""

    annotation: int
    items: Sequence[int]
    part: int | None
    label: Row


def answers(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Answers about the whole task that are no labels, and relations, by their question."""
    found: dict[str, Any] = {}
    for at, name in answer_names(items).items():
        item = items[at]
        value = item["value"] if isinstance(item.get("value"), dict) else {}
        found[name] = value[item["type"]] if item.get("type") in value else item.get("value")
    relations = [
        {name: one for name, one in item.items() if name != "type"}
        for item in items
        if item.get("type") == "relation"
    ]
    return {**found, **({"relations": relations} if relations else {})}


def answer_names(items: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """By place, the name under which the answer of a result goes."""
    names: dict[int, str] = {}
    for at, item in enumerate(items):
        kind, value = item.get("type"), item.get("value")
        if kind == "relation" or not isinstance(value, dict):
            continue
        if not is_region(value) and kind not in ("choices", "taxonomy", "textarea"):
            name = str(item.get("from_name") or kind)
            name = f"{name}/{item.get('id')}" if name in names.values() else name
            names[at] = f"{name}#{at}" if name in names.values() else name
    return names


def groups(items: Sequence[Mapping[str, Any]]) -> Iterator[list[int]]:
    """The places of results that make up a label each; relations and answers are in none."""
    regions: dict[Any, list[int]] = {}
    no_labels = answer_names(items)
    for at, item in enumerate(items):
        if at in no_labels or item.get("type") == "relation":
            continue
        shared = item.get("id") if is_region(item["value"]) else None
        regions.setdefault(at if shared is None else f"id {shared}", []).append(at)
    yield from regions.values()


def parts(item: Mapping[str, Any]) -> list[str] | None:
    """The classes or texts that an answer about the whole task holds."""
    kind, value = item["type"], item["value"]
    given = value.get(kind if kind != "textarea" else "text")
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, list):
        return None
    if kind == "taxonomy":
        given = [joined(path) if isinstance(path, list) else path for path in given]
    return given if all(isinstance(one, str) for one in given) else None


def joined(path: Sequence[Any]) -> str:
    """A path of a taxonomy as one name."""
    return "/".join(str(step).replace("/", "\\/") for step in path)


def split(name: str) -> list[str]:
    """The path of a taxonomy that a name stands for."""
    return [step.replace("\\/", "/") for step in re.split(r"(?<!\\)/", name)]


@dataclass(frozen=True)
class Reader:
    """Reads the results of one annotation; `place` is where they stand in the task."""

    annotator: str | None
    data: Mapping[str, Any]
    sample: Row
    place: str
    trouble: Trouble

    def slots(self, at: int, items: Sequence[Row]) -> Iterator[Slot]:
        """The labels of an annotation."""
        for place, item in enumerate(items):
            is_bad = not isinstance(item.get("type"), str)
            if is_bad or (item["type"] != "relation" and not isinstance(item.get("value"), dict)):
                raise self.trouble(f"{self.place}/{place}", "a result with type and value", item)
        for group in groups(items):
            if is_region(items[group[0]]["value"]):
                yield Slot(at, group, None, self._region(items, group))
                continue
            item = items[group[0]]
            found = parts(item)
            if found is None:
                raise self.trouble(
                    f"{self.place}/{group[0]}/value",
                    f"{item['type']}, a list of texts",
                    item["value"],
                )
            for part, one in enumerate(found):
                yield Slot(at, group, part, self._answer(item, one, first=part == 0))

    def _answer(self, item: Row, one: str, *, first: bool) -> Row:
        is_text = item["type"] == "textarea"
        row: Row = {"kind": "text" if is_text else "class", "text" if is_text else "category": one}
        row["id"] = self._id(item) if first else None
        extra = {
            name: value
            for name, value in item["value"].items()
            if name not in ("text" if is_text else item["type"],)
        }
        return self._labelled(row, item, extra)

    def _region(self, items: Sequence[Row], group: Sequence[int]) -> Row:
        """One label of all results about a region."""
        own = [items[at] for at in group]
        named = named_item(own)
        item = named or own[0]
        text = text_for(self.data, item, self.sample)
        try:
            row, attributes = placed(own[0]["value"], own[0], text)
        except Misread as error:
            at = f"{self.place}/{group[0]}/value{error.at}"
            raise self.trouble(at, error.expected, error.found) from None
        names = named["value"][named["type"]] if named else []
        row |= {"id": self._id(item), "category": str(names[0]) if names else None}
        if len(names) > 1:
            attributes["labels"] = names[1:]
        extra = {
            name: value
            for name, value in own[0]["value"].items()
            if name not in _PLACES and name != own[0]["type"]
        }
        for one in own:
            if one["type"] == "textarea" or (one is not named and one["type"] in one["value"]):
                told = one["value"].get("text" if one["type"] == "textarea" else one["type"])
                self._told_of(row, attributes, one, told)
        return self._labelled(row, item, {**extra, **attributes})

    def _told_of(self, row: Row, attributes: Row, item: Row, told: Any) -> None:
        """What else was asked about a region."""
        single = [told] if isinstance(told, str) else told
        is_one = isinstance(single, list) and len(single) == 1 and isinstance(single[0], str)
        if item["type"] == "textarea" and is_one and "text" not in row:
            row["text"] = single[0]
            if item.get("from_name") != TRANSCRIPTION:
                attributes["text_name"] = item.get("from_name")
        else:
            attributes[str(item.get("from_name"))] = told

    def _labelled(self, row: Row, item: Row, extra: Row) -> Row:
        attributes = {name: value for name, value in item.items() if name not in ITEM}
        attributes |= extra
        usual = {**PLAIN, "to_name": MEDIUM.get(row["kind"], "image")}
        attributes |= {
            name: item[name] for name, plain in usual.items() if item.get(name, plain) != plain
        }
        if item["type"] != usual_type(row):
            attributes["type"] = item["type"]
        row["confidence"] = finite(item.get("score"))
        row["annotator"] = self.annotator
        return {**row, "verdict": "present", "attributes": attributes_json(attributes)}

    def _id(self, item: Row) -> str | None:
        given = item.get("id")
        return str(given) if isinstance(given, str | int) else None


def named_item(items: Sequence[Row]) -> Row | None:
    """The result that says what a region is called."""
    for item in items:
        names = item["value"].get(item["type"])
        if item["type"].endswith("labels") and isinstance(names, list) and names:
            return item
    return None


def usual_type(row: Mapping[str, Any]) -> str:
    """The type of result that goes without saying for a label."""
    usual = USUAL[row["kind"]]
    is_bare = row["kind"] not in ("class", "text", "span", "segment") and row["category"] is None
    return usual.removesuffix("labels") if is_bare else usual


def text_for(data: Mapping[str, Any], item: Mapping[str, Any], sample: Row) -> str | None:
    """The text a result is about; None where it is about sound."""
    about = data.get(str(item.get("to_name")))
    if isinstance(about, str):
        return None if is_address(about) else about
    text: str | None = sample["text"]
    return text
