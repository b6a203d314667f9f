"""The ways in which a JSON line says character spans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from labelvc.core.errors import ParseError, shorten
from labelvc.core.snapshot import attributes_json
from labelvc.formats.json_rows import decode_as, decode_rows, is_scalar, text_of
from labelvc.formats.rows import RowFile

STYLES = ("spacy", "spacy-tuple", "doccano", "doccano-relations")
_FAR = 1 << 53  # beyond it, not every whole number is a float64
_OFFSETS = ("start_offset", "end_offset")


@dataclass(frozen=True)
class Mark:
    """One label of a line."""

    kind: str
    category: str
    verdict: str = "present"
    start: int | None = None
    end: int | None = None
    id: str | None = None
    attributes: str | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class Line:
    """What a line says."""

    id: str | None
    text: str
    labels: Sequence[Mark]
    attributes: str | None


class Head(msgspec.Struct):
    """What identifies a line."""

    id: str | int | None = None
    text: str | None = None
    data: str | None = None


def decode_heads(file: RowFile, rows: Sequence[int], style: str) -> list[tuple[str | None, str]]:
    """Id and text of lines, without a look at their labels."""
    if style == "spacy-tuple":
        pairs = decode_as(file, rows, tuple[str, msgspec.Raw])
        return [(None, text) for text, _ in pairs]
    heads = decode_as(file, rows, Head)
    return [
        (text_of(head.id), head.data or "" if head.text is None else head.text) for head in heads
    ]


def style_of(value: Any) -> str | None:
    """The style of a line, "?" for a line without spans, None for what is no such line."""
    if isinstance(value, list):
        pair = len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)
        return "spacy-tuple" if pair and ({"entities", "cats"} & value[1].keys()) else None
    if not isinstance(value, dict) or not isinstance(value.get(text_key(value)), str):
        return None
    if "entities" in value:
        return _style_of_entities(value)
    spans = value.get(spans_key(value, "doccano"))
    if spans is None:
        return "spacy" if isinstance(value.get("cats"), dict) else "?"
    if not isinstance(spans, list) or "spans" in value:
        return None
    return ("doccano" if _is_triple(spans[0]) else None) if spans else "?"


def _style_of_entities(value: Mapping[str, Any]) -> str | None:
    entities = value["entities"]
    if not isinstance(entities, list):
        return None
    if entities:
        objects = isinstance(entities[0], dict) and _OFFSETS[0] in entities[0]
        return "doccano-relations" if objects else "spacy" if _is_triple(entities[0]) else None
    if "cats" in value:
        return "spacy"
    return "doccano-relations" if "relations" in value else "?"


def _is_triple(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and not isinstance(value[0], str)


def text_key(value: Mapping[str, Any]) -> str:
    """Under which key a line has its text."""
    return "data" if "data" in value and "text" not in value else "text"


def spans_key(value: Mapping[str, Any], style: str) -> str:
    """Under which key a line has its spans."""
    if style != "doccano":
        return "entities"
    return "labels" if "labels" in value and "label" not in value else "label"


def known_keys(value: Mapping[str, Any], style: str) -> set[str]:
    """The keys that are no attributes."""
    own = {text_key(value), spans_key(value, style)}
    if style.startswith("spacy"):
        own.add("cats")
    return own if style == "spacy-tuple" else own | {"id"}


def decode_lines(file: RowFile, rows: Sequence[int], style: str) -> list[Line]:
    """Lines of a style; raises ParseError with line and JSON pointer."""
    values = decode_rows(file, rows)
    return [_Reader(file, row, style).line(value) for row, value in zip(rows, values, strict=True)]


@dataclass(frozen=True)
class _Reader:
    file: RowFile
    row: int
    style: str

    def line(self, value: Any) -> Line:
        text, said, at = self._parts(value)
        key = spans_key(said, self.style)
        spans = said.get(key)
        if not isinstance(spans, (list, type(None))):
            raise self._error("a list of spans", spans, f"{at}/{key}")
        read = self._object if self.style == "doccano-relations" else self._triple
        marks = [read(span, f"{at}/{key}/{n}") for n, span in enumerate(spans or ())]
        if self.style.startswith("spacy"):
            marks += self._cats(said.get("cats"), f"{at}/cats")
        known = known_keys(said, self.style)
        rest = {name: one for name, one in said.items() if name not in known and one is not None}
        name = said.get("id") if "id" in known else None
        if not (name is None or is_scalar(name)):
            raise self._error("an id", name, "/id")
        return Line(text_of(name), text, marks, attributes_json(rest))

    def _parts(self, value: Any) -> tuple[str, Mapping[str, Any], str]:
        """Text, the object that has the spans, and where that is."""
        if self.style == "spacy-tuple":
            if not isinstance(value, list) or len(value) != 2 or not isinstance(value[1], dict):
                raise self._error('["text", {"entities": [...]}]', value, "")
            text, said, at, place = value[0], value[1], "/1", "/0"
        else:
            if not isinstance(value, dict):
                raise self._error("a JSON object", value, "")
            place = f"/{text_key(value)}"
            text, said, at = value.get(text_key(value)), value, ""
        if not isinstance(text, str):
            raise self._error("a text", text, place)
        return text, said, at

    def _triple(self, span: Any, at: str) -> Mark:
        if not isinstance(span, list) or len(span) != 3:
            raise self._error("[start, end, label]", span, at)
        start, end = self._bounds(span[0], span[1], f"{at}/0", f"{at}/1")
        return Mark("span", self._category(span[2], f"{at}/2"), start=start, end=end)

    def _object(self, span: Any, at: str) -> Mark:
        if not isinstance(span, dict):
            raise self._error("an object with start_offset, end_offset and label", span, at)
        first, last = _OFFSETS
        start, end = self._bounds(span.get(first), span.get(last), f"{at}/{first}", f"{at}/{last}")
        rest = {
            name: one
            for name, one in span.items()
            if name not in (*_OFFSETS, "id", "label") and one is not None
        }
        category = self._category(span.get("label"), f"{at}/label")
        native = span.get("id")
        if not (native is None or is_scalar(native)):
            raise self._error("an id", native, f"{at}/id")
        return Mark(
            "span", category, start=start, end=end, id=text_of(native),
            attributes=attributes_json(rest),
        )  # fmt: skip

    def _bounds(self, start: Any, end: Any, start_at: str, end_at: str) -> tuple[int, int]:
        for offset, at in ((start, start_at), (end, end_at)):
            if not isinstance(offset, int) or isinstance(offset, bool) or not 0 <= offset < _FAR:
                raise self._error("a count of characters, 0 or more", offset, at)
        if start > end:
            raise self._error(f"an end at or after the start {start}", end, end_at)
        return start, end

    def _category(self, label: Any, at: str) -> str:
        if not is_scalar(label):
            raise self._error("a label name", label, at)
        return str(text_of(label))

    def _cats(self, cats: Any, at: str) -> Iterator[Mark]:
        if not isinstance(cats, (dict, type(None))):
            raise self._error("an object of category: number", cats, at)
        for name, value in (cats or {}).items():
            if not isinstance(value, (int, float)) or not 0 <= value <= 1:
                raise self._error("a number from 0 to 1", value, f"{at}/{name}")
            yield Mark(
                "class",
                name,
                verdict="present" if value else "absent",
                confidence=float(value) if 0 < value < 1 else None,
            )

    def _error(self, expected: str, found: object, at: str) -> ParseError:
        return self.file.error(self.row, expected, shorten(found), at=at)
