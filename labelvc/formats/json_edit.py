"""JSON text changed to say something else, with everything that stays spelled as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from labelvc.core.errors import LossError
from labelvc.formats.json_style import Style

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODE = json.JSONDecoder(strict=False)
# Beyond so many comparisons arrays are paired by place only.
_MOST_PAIRS = 4_000_000


def edited(old: bytes, value: Any) -> bytes:
    """The JSON text `old` with just the changes that make it say `value`.

    Numbers of the same value keep their spelling, elements of arrays their place beside equal
    neighbours, and new members stand at the end, spaced like those before them. Raises LossError
    for what is nested too deep to be edited.
    """
    try:
        return _edited(old, value)
    except RecursionError:
        raise LossError("JSON that is nested so deep cannot be edited") from None


def _edited(old: bytes, value: Any) -> bytes:
    text = old.decode(errors="surrogateescape")
    start = _skip(text, 1 if text.startswith("\ufeff") else 0)
    now, end = _DECODE.raw_decode(text, start)
    if same(now, value):
        return old
    fresh = _Editor(text, Style.of(text)).value(_Span(start, end, now), value)
    return (text[:start] + fresh + text[end:]).encode(errors="surrogateescape")


def same(one: Any, two: Any) -> bool:
    """Whether two JSON values say the same: 1 and 1.0 do, 1 and true do not."""
    left = [(one, two)]  # a list, as values may be nested deeper than calls can
    while left:
        one, two = left.pop()
        if isinstance(one, bool) or isinstance(two, bool):
            if one is not two:
                return False
        elif isinstance(one, dict) and isinstance(two, dict):
            if one.keys() != two.keys():
                return False
            left += [(one[key], two[key]) for key in one]
        elif isinstance(one, list) and isinstance(two, list):
            if len(one) != len(two):
                return False
            left += zip(one, two, strict=True)
        elif one != two:
            return False
    return True


@dataclass(frozen=True)
class _Span:
    """A value and where it stands; of a member of an object also its key."""

    start: int
    end: int
    value: Any
    key: str = ""
    key_start: int = -1

    @property
    def first(self) -> int:
        """Where the element or member begins."""
        return self.start if self.key_start < 0 else self.key_start


@dataclass(frozen=True)
class _Editor:
    text: str
    style: Style

    def value(self, old: _Span, new: Any) -> str:
        """The text of a value that was `old` and is `new`."""
        if same(old.value, new):
            return self.text[old.start : old.end]
        if isinstance(old.value, dict) and isinstance(new, Mapping):
            return self._object(old, new)
        if isinstance(old.value, list) and isinstance(new, list | tuple):
            return self._array(old, new)
        return self.style.spelled(new, self._line_of(old.start))

    def _object(self, old: _Span, new: Mapping[str, Any]) -> str:
        found = list(self._members(old.start))
        last_of = {member.key: member for member in found}
        parts: list[tuple[_Span | None, str]] = []
        for member in found:
            if member.key in new:
                is_last = last_of[member.key] is member
                text = self.value(member, new[member.key]) if is_last else self._own(member)
                parts.append((member, self.text[member.key_start : member.start] + text))
        line = self._line_inside(old, found)
        for key, value in new.items():
            if key not in last_of:
                text = self.style.spelled(value, line if self._spreads(found) else None)
                parts.append((None, f"{self.style.string(key)}{self._colon(found)}{text}"))
        return self._joined(old, found, parts)

    def _array(self, old: _Span, new: Sequence[Any]) -> str:
        found = list(self._elements(old.start))
        line = self._line_inside(old, found)
        spread = self._spreads(found)
        parts: list[tuple[_Span | None, str]] = []
        for element, value in paired(found, new):
            if element is None:
                parts.append((None, self.style.spelled(value, line if spread else None)))
            else:
                parts.append((element, self.value(element, value)))
        return self._joined(old, found, parts)

    def _joined(
        self, old: _Span, found: Sequence[_Span], parts: Sequence[tuple[_Span | None, str]]
    ) -> str:
        """The parts between the brackets of `old`, with the gaps they had."""
        text = self.text
        if not found or not parts:
            opened, closed = text[old.start], text[old.end - 1]
            line = self._line_of(old.start) if parts else None
            return self.style.enclosed(opened, [part for _, part in parts], closed, line)
        before = {id(two): text[one.end : two.first] for one, two in pairwise(found)}
        comma = self._comma(old, found)
        joined = [text[old.start : found[0].first], parts[0][1]]
        for element, part in parts[1:]:
            joined += [before.get(id(element), comma), part]
        return "".join([*joined, text[found[-1].end : old.end]])

    def _comma(self, old: _Span, found: Sequence[_Span]) -> str:
        if len(found) > 1:
            return self.text[found[0].end : found[1].first]
        gap = self.text[old.start + 1 : found[0].first]
        return "," + gap if "\n" in gap else self.style.comma

    def _colon(self, found: Sequence[_Span]) -> str:
        if not found:
            return self.style.colon
        _, key_end = scanstring(self.text, found[0].key_start + 1, False)
        return self.text[key_end : found[0].start]

    def _line_inside(self, old: _Span, found: Sequence[_Span]) -> str | None:
        """The line break and indentation of what stands inside a container."""
        if found:
            return _line(self.text[old.start + 1 : found[0].first])
        line = self._line_of(old.start)
        return None if line is None else line + self.style.indent

    def _line_of(self, at: int) -> str | None:
        """The line break and indentation of the line where something begins, None on one line."""
        if "\n" not in self.text.strip():
            return None
        start = self.text.rfind("\n", 0, at)
        end = _SPACE.match(self.text, start + 1)
        return "\n" + self.text[start + 1 : end.end() if end else start + 1]

    def _spreads(self, found: Sequence[_Span]) -> bool:
        """Whether siblings that hold something take several lines."""
        nested = [one for one in found if isinstance(one.value, dict | list) and one.value]
        return all("\n" in self._own(one) for one in nested[:1])

    def _own(self, span: _Span) -> str:
        return self.text[span.start : span.end]

    def _members(self, start: int) -> Iterator[_Span]:
        text, at = self.text, _skip(self.text, start + 1)
        while text[at] != "}":
            key, end = scanstring(text, at + 1, False)
            inside = _skip(text, _skip(text, end) + 1)
            value, end = _DECODE.raw_decode(text, inside)
            yield _Span(inside, end, value, key, at)
            at = _after_comma(text, end)

    def _elements(self, start: int) -> Iterator[_Span]:
        text, at = self.text, _skip(self.text, start + 1)
        while text[at] != "]":
            value, end = _DECODE.raw_decode(text, at)
            yield _Span(at, end, value)
            at = _after_comma(text, end)


def paired(old: Sequence[_Span], new: Sequence[Any]) -> list[tuple[_Span | None, Any]]:
    """Each new element with the old one it stands in for: equal ones first, then by place."""
    head = 0
    while head < min(len(old), len(new)) and same(old[head].value, new[head]):
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and same(old[-1 - tail].value, new[-1 - tail]):
        tail += 1
    pairs: list[tuple[_Span | None, Any]] = list(zip(old[:head], new[:head], strict=True))
    pairs += _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    if tail:
        pairs += zip(old[-tail:], new[-tail:], strict=True)
    return pairs


def _middle(old: Sequence[_Span], new: Sequence[Any]) -> Iterator[tuple[_Span | None, Any]]:
    plain = not any(isinstance(value, dict | list | str) for value in new)
    if plain or len(old) * len(new) > _MOST_PAIRS:
        blocks = [(0, len(old), 0, len(new))]
    else:
        one, two = [_sorted(span.value) for span in old], [_sorted(value) for value in new]
        matcher = SequenceMatcher(None, one, two, autojunk=False)
        blocks = [code[1:] for code in matcher.get_opcodes()]
    for start, end, new_start, new_end in blocks:
        for at in range(new_start, new_end):
            place = start + at - new_start
            yield (old[place] if place < end else None), new[at]


def _sorted(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _line(gap: str) -> str | None:
    """The last line break in a gap with what follows it; None without any."""
    at = gap.rfind("\n")
    return None if at < 0 else gap[at:]


def _after_comma(text: str, at: int) -> int:
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
