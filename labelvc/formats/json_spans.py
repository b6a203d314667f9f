"""Where things stand in JSON text, so that a value can be changed and the rest left as it is."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

import msgspec
import numpy as np

from labelvc.core.errors import ParseError
from labelvc.formats.json_decode import decode, position

_SPACE = re.compile(r"[ \t\n\r]*")
BETWEEN = re.compile(rb"[ \t\n\r,]*")
_TO_VALUE = re.compile(rb'[ \t\n\r,]*("(?:[^"\\]|\\.)*")[ \t\n\r]*:[ \t\n\r]*', re.DOTALL)
_NUMBER = re.compile(r"-?\d[\d.eE+-]*")
_DECODE = json.JSONDecoder(strict=False)
# Bytes that are no UTF-8 stand in names the format never asked for; they must come back unharmed.
_KEEP_BYTES = "surrogateescape"

Edit = tuple[int, int, bytes]


@dataclass(frozen=True)
class Member:
    """A member of a JSON object: where its key and its value begin and end."""

    key: str
    key_start: int
    key_end: int
    start: int
    end: int


def members(text: str) -> list[Member]:
    """The members of the JSON object `text`, in order; repeated keys are repeated."""
    found = []
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        key, key_end = scanstring(text, at + 1, False)
        start = _skip(text, _skip(text, key_end) + 1)
        _, end = _DECODE.raw_decode(text, start)
        found.append(Member(key, at, key_end, start, end))
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


@dataclass(frozen=True)
class Layout:
    """How an object is spaced: before its first key, around colons and commas, after its last."""

    start: str = "{"
    colon: str = ": "
    comma: str = ", "
    end: str = "}"

    @staticmethod
    def of(fragment: bytes) -> Layout:
        """The layout of an object that has at least two members, else the usual one."""
        text = fragment.decode(errors=_KEEP_BYTES)
        found = members(text)
        if len(found) < 2:
            return Layout()
        one, two, last = found[0], found[1], found[-1]
        return Layout(
            text[: one.key_start],
            text[one.key_end : one.start],
            text[one.end : two.key_start],
            text[last.end :],
        )

    def value(self, value: object) -> str:
        """A value in this layout; what it nests stays on one line."""
        gap = " " if self.comma.endswith((" ", "\n")) or self.colon.endswith(" ") else ""
        return json.dumps(value, separators=("," + gap, ":" + gap), ensure_ascii=False)

    def object(self, values: Mapping[str, object]) -> bytes:
        """A whole object."""
        inside = self.comma.join(
            json.dumps(key, ensure_ascii=False) + self.colon + self.value(value)
            for key, value in values.items()
        )
        return f"{self.start}{inside}{self.end}".encode(errors=_KEEP_BYTES)


def _respelled(old: str, value: Any, layout: Layout) -> str:
    """A value's text; in a flat list of numbers those that are still the same keep their text."""
    if isinstance(value, list) and value and not any(isinstance(one, list) for one in value):
        texts = _NUMBER.findall(old)
        if len(texts) == len(value) and _NUMBER.sub("", old).strip("[], \t\r\n") == "":
            fresh = iter(
                text if float(text) == new else layout.value(new)
                for text, new in zip(texts, value, strict=True)
            )
            return _NUMBER.sub(lambda _: next(fresh), old)
    return layout.value(value)


def rewrite(fragment: bytes, changes: Mapping[str, Any], removed: Iterable[str] = ()) -> bytes:
    """The object `fragment` with some values replaced or added and some members taken out.

    Everything else stays as it was.
    """
    if not changes and not removed:
        return fragment
    text = fragment.decode(errors=_KEEP_BYTES)
    layout = Layout.of(fragment)
    gone = set(removed)
    found = members(text)
    kept = [member for member in found if member.key not in gone]
    last_of = {member.key: member for member in kept}

    def spelled(member: Member) -> str:
        old = text[member.start : member.end]
        if member.key in changes and last_of[member.key] is member:
            return _respelled(old, changes[member.key], layout)
        return old

    parts = [text[member.key_start : member.start] + spelled(member) for member in kept]
    before = _separators(text, found, kept)
    parts += [
        json.dumps(key, ensure_ascii=False) + layout.colon + layout.value(value)
        for key, value in changes.items()
        if key not in last_of
    ]
    before += [layout.comma] * (len(parts) - len(before))
    head, tail = (text[: found[0].key_start], text[found[-1].end :]) if found else ("{", "}")
    gaps = ["", *before[1:]] if parts else []
    inside = "".join(gap + part for gap, part in zip(gaps, parts, strict=True))
    return f"{head}{inside}{tail}".encode(errors=_KEEP_BYTES)


def _separators(text: str, found: list[Member], kept: list[Member]) -> list[str]:
    """What stands before each kept member."""
    before = {
        member.key_start: text[last.end : member.key_start] for last, member in pairwise(found)
    }
    return [before.get(member.key_start, "") for member in kept]


def byte_order_mark(content: bytes) -> int:
    """The length of the UTF-8 mark that some editors put first."""
    return 3 if content.startswith(b"\xef\xbb\xbf") else 0


def top_level(content: bytes, body: bytes | memoryview, file: str) -> dict[str, tuple[int, int]]:
    """Where the values of the file's one object begin and end; `body` is its part without mark.

    Raises ParseError where a key stands twice, since only one of the two can be meant.
    """
    raws = decode(file, "", body, dict[str, msgspec.Raw])
    at = content.index(b"{") + 1
    spans: dict[str, tuple[int, int]] = {}
    for _ in raws:
        key = _TO_VALUE.match(content, at)
        name = msgspec.json.decode(key[1], type=str) if key else ""
        if key is None or name not in raws or name in spans:
            raise ParseError(
                file, position(content, at), expected="each key once", found="a repeated key"
            )
        raw = raws[name]
        spans[name] = (key.end(), key.end() + len(memoryview(raw)))
        at = spans[name][1]
    return spans


def append_member(
    content: bytes, spans: Mapping[str, tuple[int, int]], key: str, value: bytes
) -> Edit:
    """The edit that adds a member at the end of the file's one object, which is not empty."""
    opened = content.index(b"{") + 1
    gap = BETWEEN.match(content, opened)
    space = gap.group() if gap else b""
    last = max(end for _, end in spans.values())
    return last, last, b"," + (space or b" ") + json.dumps(key).encode() + b": " + value


@dataclass(frozen=True)
class Elements:
    """Where the elements of an array stand: `start` and `end` of the array, and of each element."""

    start: int
    end: int
    starts: Sequence[int]
    ends: Sequence[int]

    @staticmethod
    def of(content: bytes, span: tuple[int, int], raws: Sequence[msgspec.Raw]) -> Elements:
        """The elements of the array at `span`, `raws` being their texts in order."""
        if len(raws) > _MANY and (found := _evenly_spaced(content, span, raws)):
            return found
        starts, ends = array("q"), array("q")
        at = span[0] + 1
        between = BETWEEN.match
        for raw in raws:
            gap = between(content, at)
            at = gap.end() if gap else at
            starts.append(at)
            at += len(memoryview(raw))
            ends.append(at)
        return Elements(*span, starts, ends)

    def edits(
        self,
        content: bytes,
        changed: Mapping[int, bytes],
        removed: set[int],
        added: Sequence[bytes],
    ) -> Iterator[Edit]:
        """The edits that replace, take out and append elements; each takes one separator along."""
        count = len(self.starts)
        if len(removed) == count:
            if count or added:
                yield self.start, self.end, self._fresh(content, added)
            return
        first = next(index for index in range(count) if index not in removed)
        for index in sorted({*changed, *removed}):
            if index not in removed:
                yield self.starts[index], self.ends[index], changed[index]
            elif index < first:
                yield self.starts[index], self.starts[index + 1], b""
            else:
                yield self.ends[index - 1], self.ends[index], b""
        if added:
            comma = self._comma(content)
            yield self.ends[-1], self.ends[-1], b"".join(comma + element for element in added)

    def _comma(self, content: bytes) -> bytes:
        if len(self.starts) > 1:
            return content[self.ends[0] : self.starts[1]]
        gap = content[self.start + 1 : self.starts[0]]
        return b"," + (gap or b" ")

    def _fresh(self, content: bytes, added: Sequence[bytes]) -> bytes:
        """The array with all its elements gone and `added` in their place."""
        if not added:
            return b"[]"
        if not self.starts:
            return b"[" + b", ".join(added) + b"]"
        head = content[self.start : self.starts[0]]
        return head + self._comma(content).join(added) + content[self.ends[-1] : self.end]


def apply_edits(content: bytes, edits: Iterable[Edit]) -> bytes:
    """`content` with spans replaced; edits do not overlap, those at one place stay in order."""
    parts = []
    at = 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        parts += [content[at:start], new]
        at = end
    return b"".join([*parts, content[at:]])


# Of so many elements it pays to try whether all are set apart alike.
_MANY = 10_000


def _evenly_spaced(
    content: bytes, span: tuple[int, int], raws: Sequence[msgspec.Raw]
) -> Elements | None:
    """The elements of an array of objects, if one and the same gap stands between all of them."""
    lengths = np.fromiter((len(memoryview(raw)) for raw in raws), np.int64, len(raws))
    first = _gap_end(content, span[0] + 1)
    end = first + int(lengths[0])
    gap = content[end : _gap_end(content, end)]
    starts = np.full(len(raws), first, np.int64)
    starts[1:] += np.cumsum(lengths[:-1] + len(gap))
    ends = starts + lengths
    if _gap_end(content, int(ends[-1])) != span[1] - 1:
        return None
    text = np.frombuffer(content, np.uint8)
    is_gap = all((text[ends[:-1] + at] == byte).all() for at, byte in enumerate(gap))
    if not is_gap or not (text[starts] == ord("{")).all() or not (text[ends - 1] == ord("}")).all():
        return None
    return Elements(*span, starts.tolist(), ends.tolist())


def _gap_end(content: bytes, at: int) -> int:
    gap = BETWEEN.match(content, at)
    return gap.end() if gap else at
