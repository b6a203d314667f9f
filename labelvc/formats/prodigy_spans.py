"""Spans of Prodigy's tasks as labels, and back: of texts, of images, of sound."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.errors import LossError
from labelvc.core.snapshot import BOX, attributes_json, canonical_json
from labelvc.formats.json_edit import same
from labelvc.formats.json_rows import finite, like, text_of

Row = dict[str, Any]

_TEXT = ("start", "end", "label", "token_start", "token_end", "input_hash", "task_hash", "text")
_SHAPE = ("points", "label", "id", "center", "type", *BOX)
_SOUND = ("start", "end", "label", "id")


class Misread(ValueError):
    """A span that says no place: what was expected where, and what was found."""

    def __init__(self, at: str, expected: str, found: object) -> None:
        super().__init__(expected)
        self.at, self.expected, self.found = at, expected, found


def label_of(span: Mapping[str, Any], text: str | None) -> Row:
    """What a span of a text or of an image says; raises Misread."""
    row: Row = {"category": _category(span)}
    if "start" in span and "points" not in span:
        return row | _of_text(span, text)
    return row | _of_image(span)


def sound_of(span: Mapping[str, Any]) -> Row:
    """What a span of sound says, in seconds; raises Misread."""
    attributes = {name: value for name, value in span.items() if name not in _SOUND}
    return {
        "category": _category(span),
        "id": text_of(span.get("id")) if isinstance(span.get("id"), str | int) else None,
        "kind": "segment",
        "unit": "second",
        "start": _number(span, "start"),
        "end": _number(span, "end"),
        "attributes": attributes_json(attributes),
    }


def _category(span: Mapping[str, Any]) -> str | None:
    label = span.get("label")
    if not isinstance(label, str | int | float | None):
        raise Misread("/label", "a name", label)
    return text_of(label)


def _number(span: Mapping[str, Any], name: str) -> float:
    number = finite(span.get(name))
    if number is None:
        raise Misread(f"/{name}", "a number", span.get(name))
    return number


def _of_text(span: Mapping[str, Any], text: str | None) -> Row:
    start, end = _number(span, "start"), _number(span, "end")
    attributes = {name: value for name, value in span.items() if name not in _TEXT}
    if attributes.get("type") == "span":
        del attributes["type"]
    if "text" in span and (text is None or span["text"] != text[int(start) : int(end)]):
        attributes["text"] = span["text"]
    confidence = finite(span.get("score"))
    if confidence is not None:
        del attributes["score"]
    return {
        "kind": "span",
        "unit": "character",
        "start": start,
        "end": end,
        "confidence": confidence,
        "attributes": attributes_json(attributes),
    }


def _of_image(span: Mapping[str, Any]) -> Row:
    attributes = {name: value for name, value in span.items() if name not in _SHAPE}
    row: Row = {"id": span["id"] if isinstance(span.get("id"), str) else None, "unit": "pixel"}
    sides: Row = {side: finite(span.get(side)) for side in BOX}
    flat = _points(span)
    kind = span.get("type") or ("polygon" if flat and None in sides.values() else "rect")
    if kind == "rect":
        if None in sides.values():
            sides = _box_around(flat) if flat else {side: _number(span, side) for side in BOX}
        row |= {"kind": "box", **sides}
    elif not flat:
        raise Misread("/points", "a list of [x, y]", span.get("points"))
    else:
        row |= {"kind": "polygon", "geometry": canonical_json({"polygon": [flat]})}
        row |= sides if None not in sides.values() else {}
        if kind != "polygon":
            attributes["type"] = kind
    return {**row, "attributes": attributes_json(attributes)}


def _points(span: Mapping[str, Any]) -> list[float]:
    points = span.get("points") or []
    pairs = points if isinstance(points, list) else [points]
    flat = [
        number
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2
        for one in pair
        if (number := finite(one)) is not None
    ]
    if len(flat) != 2 * len(pairs):
        raise Misread("/points", "a list of [x, y]", points)
    return flat


def _box_around(flat: Sequence[float]) -> Row:
    xs, ys = flat[0::2], flat[1::2]
    x, y = min(xs), min(ys)
    return {"x": x, "y": y, "width": max(xs) - x, "height": max(ys) - y}


def span_of(row: Mapping[str, Any], old: Mapping[str, Any] | None, task: Mapping[str, Any]) -> Row:
    """The span of a label: `old` with what changed, or a new one; raises LossError."""
    attributes = json.loads(row["attributes"] or "{}")
    before = dict(old or {})
    if row["kind"] == "span":
        new = _text_span(row, before, attributes, task)
        own: Sequence[str] = _TEXT
    elif row["kind"] == "segment":
        new = {"start": row["start"], "end": row["end"]}
        own = _SOUND
    else:
        new = _image_span(row, before, attributes)
        own = _SHAPE
    new["label"] = like(before.get("label", ""), row["category"])
    if row["kind"] != "span" and row["id"] is not None and "id" not in before:
        new["id"] = row["id"]
    if new["label"] is None and "label" not in before:
        del new["label"]
    kept = {name: value for name, value in before.items() if name in own and name not in new}
    hidden = {"type": "span"} if before.get("type") == "span" and row["kind"] == "span" else {}
    if before:
        new = {
            name: before[name] if _is_as(before, name, one) else one for name, one in new.items()
        }
    return {**hidden, **kept, **new, **attributes}


def _is_as(before: Mapping[str, Any], name: str, value: Any) -> bool:
    return name in before and same(before[name], value)


def _text_span(
    row: Mapping[str, Any], before: Row, attributes: Row, task: Mapping[str, Any]
) -> Row:
    start, end = row["start"], row["end"]
    if start is None or end is None or not (start.is_integer() and end.is_integer()):
        raise LossError(f"sample {row['sample']!r}: a span from {start} to {end}")
    new: Row = {"start": int(start), "end": int(end)}
    text = task.get("text")
    if "text" in before and "text" not in attributes and isinstance(text, str):
        new["text"] = text[new["start"] : new["end"]]
    if row["confidence"] is not None:
        attributes["score"] = row["confidence"]
    if not before or not all(same(before.get(name), new[name]) for name in ("start", "end")):
        for name in ("token_start", "token_end"):
            before.pop(name, None)
        new |= _tokens(new["start"], new["end"], task.get("tokens"))
    return new


def _tokens(start: int, end: int, tokens: Any) -> Row:
    """The first and the last token of a span, where it ends with tokens; both included."""
    firsts, lasts = {}, {}
    for at, token in enumerate(tokens if isinstance(tokens, list) else []):
        if isinstance(token, dict):
            number = token.get("id", at)
            firsts[finite(token.get("start"))] = number
            lasts[finite(token.get("end"))] = number
    if start not in firsts or end not in lasts:
        return {}
    return {"token_start": firsts[start], "token_end": lasts[end]}


def _image_span(row: Mapping[str, Any], before: Row, attributes: Row) -> Row:
    if row["kind"] == "box":
        return _rect(row, before)
    rings = json.loads(row["geometry"] or "{}").get("polygon", [])
    if len(rings) != 1:
        raise LossError(f"sample {row['sample']!r}: Prodigy's outlines have one part")
    points = [list(rings[0][at : at + 2]) for at in range(0, len(rings[0]), 2)]
    new: Row = {"points": points, "type": attributes.pop("type", "polygon")}
    if before.get("type") is None and new["type"] == "polygon" and before:
        del new["type"]
    if before and not same(before.get("points"), points):
        before.pop("center", None)
    stated = {side: row[side] for side in BOX if row[side] is not None}
    return new | stated


def _rect(row: Mapping[str, Any], before: Row) -> Row:
    x, y, width, height = (row[side] for side in BOX)
    if None in (x, y, width, height):
        raise LossError(f"sample {row['sample']!r}: a box without x, y, width and height")
    was = label_of(before, None) if before else {}
    if all(was.get(side) == row[side] for side in BOX):
        return {}
    right, bottom = x + width, y + height
    new: Row = {"points": [[x, y], [x, bottom], [right, bottom], [right, y]]}
    if not before or "x" in before:
        new |= {side: row[side] for side in BOX}
    if not before or "center" in before:
        new["center"] = [x + width / 2, y + height / 2]
    return new if before else {**new, "type": "rect"}
