"""A line of spans with other labels, everything that did not change left as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.core.errors import LossError
from labelvc.formats.json_rows import decode_rows, like, new_row, respelled, rewritten, spell
from labelvc.formats.json_spans import members
from labelvc.formats.row_edits import EditedSample, Row, attributes_of
from labelvc.formats.rows import RowFile
from labelvc.formats.spans_styles import known_keys, spans_key, text_key

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


def edited_line(file: RowFile, style: str, edited: EditedSample, *, by_id: bool) -> bytes:
    """The line of a sample, changed."""
    index = edited.rows[0]
    row, value = file.rows[index], decode_rows(file, [index])[0]
    if style != "spacy-tuple":
        return _edited_object(row, value, style, edited, by_id=by_id)
    (text_start, text_end), (start, end) = _items(row.decode())
    text = row.decode()
    said = _edited_object(text[start:end].encode(), value[1], style, edited, by_id=False).decode()
    spelled = text[text_start:text_end]
    if value[0] != edited.sample["text"]:
        spelled = spell(said.encode(), edited.sample["text"]).decode()
    parts = (text[:text_start], spelled, text[text_end:start], said, text[end:])
    return "".join(parts).encode()


def _edited_object(
    row: bytes, value: Mapping[str, Any], style: str, edited: EditedSample, *, by_id: bool
) -> bytes:
    """The object that has the spans, changed; `value` is what it says now."""
    rest = attributes_of(edited.sample)
    known = known_keys(value, style)
    said = dict(rest)
    if style != "spacy-tuple":
        said[text_key(value)] = edited.sample["text"]
    if by_id:
        said["id"] = like(value.get("id"), edited.sample["sample"])
    changes = {name: one for name, one in said.items() if value.get(name) != one}
    gone = [name for name in value if name not in {*known, *rest} and value[name] is not None]
    row = rewritten(row, changes, gone)
    spans = [label for label in edited.labels if label["kind"] != "class"]
    cats = {label["category"]: _cat(label) for label in edited.labels if label["kind"] == "class"}
    raw = {}
    key = spans_key(value, style)
    if new := _spans(row, key, spans, style):
        raw[key] = new
    if style.startswith("spacy") and (new := _cats(row, value.get("cats"), cats)):
        raw["cats"] = new
    return respelled(row, raw)


def _spans(row: bytes, key: str, spans: Sequence[Row], style: str) -> bytes | None:
    """The list of spans in JSON, or None where it can stay."""
    text = row.decode()
    found = {member.key: member for member in members(text)}.get(key)
    old = text[found.start : found.end] if found else "[]"
    items = _items(old) if old != "null" else []
    raws = [old[start:end] for start, end in items]
    kept = _kept(raws, spans)
    new = [
        _span(row, label, None if kept[number] is None else raws[kept[number] or 0], style)
        for number, label in enumerate(spans)
    ]
    if new == raws:
        return None
    if len(new) == len(raws):
        for (start, end), one in reversed(list(zip(items, new, strict=True))):
            old = old[:start] + one + old[end:]
        return old.encode()
    if not new or not items:
        return ("[" + ", ".join(new) + "]").encode()
    gap = old[items[0][1] : items[1][0]] if len(items) > 1 else _comma(row)
    return (old[: items[0][0]] + gap.join(new) + old[items[-1][1] :]).encode()


def _kept(raws: Sequence[str], spans: Sequence[Row]) -> list[int | None]:
    """Which old span each new one is written over: the n-th, or an equal one."""
    if len(raws) == len(spans):
        return list(range(len(raws)))
    free: dict[tuple[Any, ...], list[int]] = {}
    for number, raw in enumerate(raws):
        free.setdefault(_content(json.loads(raw)), []).append(number)
    kept: list[int | None] = []
    for label in spans:
        content = (int(label["start"]), int(label["end"]), label["category"])
        kept.append(free[content].pop(0) if free.get(content) else None)
    return kept


def _content(span: Any) -> tuple[Any, ...]:
    if isinstance(span, dict):
        return (span["start_offset"], span["end_offset"], span["label"])
    return tuple(span)


def _span(row: bytes, label: Row, old: str | None, style: str) -> str:
    """One span in JSON, written over an old one or anew."""
    bounds = (label["start"], label["end"])
    if label["kind"] != "span" or None in bounds or any(bound % 1 for bound in bounds):
        raise LossError(f"sample {label['sample']!r}: only spans of whole characters can be held")
    start, end = int(label["start"]), int(label["end"])
    said: Any = json.loads(old) if old else None
    if style != "doccano-relations":
        category = like(said[2], label["category"]) if said else label["category"]
        new = [start, end, category]
        return old if old and said == new else spell(row, new).decode()
    values = {"start_offset": start, "end_offset": end, "label": label["category"]}
    values |= attributes_of(label)
    if old is None:
        return spell(row, {"id": _number(label["id"]), **values}).decode()
    changes = {name: one for name, one in values.items() if said.get(name) != one}
    gone = [n for n in said if n not in values and n != "id" and said[n] is not None]
    return rewritten(old.encode(), changes, gone).decode()


def _number(native: str | None) -> Any:
    return int(native) if native and native.isdecimal() else native


def _cat(label: Row) -> float:
    if label["verdict"] == "absent":
        return 0.0
    return 1.0 if label["confidence"] is None else float(label["confidence"])


def _cats(row: bytes, old: Mapping[str, Any] | None, new: Mapping[str, float]) -> bytes | None:
    """`cats` in JSON, or None where it can stay."""
    if dict(old or {}) == dict(new):
        return None
    if not old:
        return spell(row, new)
    text = row.decode()
    found = {member.key: member for member in members(text)}["cats"]
    changes = {name: one for name, one in new.items() if old.get(name) != one}
    return rewritten(
        text[found.start : found.end].encode(), changes, [n for n in old if n not in new]
    )


def _items(text: str) -> list[tuple[int, int]]:
    """Where the elements of a JSON array stand."""
    found = []
    at = _past(text, text.index("[") + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        found.append((at, end))
        at = _past(text, end)
        at = _past(text, at + 1) if text[at] == "," else at
    return found


def _past(text: str, at: int) -> int:
    """The next place that is no white space."""
    while text[at] in _SPACE:
        at += 1
    return at


def _comma(row: bytes) -> str:
    return ", " if b", " in row or b": " in row else ","


def new_line(file: RowFile, style: str, edited: EditedSample, *, by_id: bool) -> bytes:
    """The line of a new sample."""
    sample = edited.sample
    model = file.rows[-1] if file.rows else b""
    value = decode_rows(file, [len(file.rows) - 1])[0] if file.rows else {}
    said = value[1] if isinstance(value, list) else value
    spans = [label for label in edited.labels if label["kind"] != "class"]
    cats = {label["category"]: _cat(label) for label in edited.labels if label["kind"] == "class"}
    values: dict[str, Any] = {}
    if by_id:
        values["id"] = like(said.get("id"), sample["sample"])
    if style != "spacy-tuple":
        values[text_key(said)] = sample["text"]
    values[spans_key(said, style)] = [
        json.loads(_span(b"{}", label, None, style)) for label in spans
    ]
    if style.startswith("spacy") and cats:
        values["cats"] = cats
    values |= attributes_of(sample)
    if style != "spacy-tuple":
        return new_row(model, values, file.newline)
    inner = new_row(b"", values, b"")
    return b"[" + spell(b"{}", sample["text"]) + b", " + inner + b"]" + file.newline
