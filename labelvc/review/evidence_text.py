"""Texts as evidence: an excerpt with the labelled spans marked, and the words that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from labelvc.core.words import pieces
from labelvc.review.evidence_subject import Subject, Version
from labelvc.review.evidence_values import Evidence

_WHOLE = 1_500  # characters of a text that is shown in full
_CONTEXT = 200  # characters kept on either side of a place
_CUT = "..."
_SAME = 120  # characters of equal words between two differences
_MOST_WORDS = 6_000  # characters of a word difference

Word = list[str]  # same, old or new; and the text


def text_evidence(subject: Subject, text: str) -> Evidence:
    """The text around the spans of the versions, with those marked in code points."""
    bounds = [(version, _bounds(version, text)) for version in subject.versions]
    found = [(version, span) for version, span in bounds if span is not None]
    shown = _excerpt(text, [place for _, span in found for place in span])
    marks = [
        {
            "side": version.side,
            "start": shown.at(start),
            "end": shown.at(end),
            "category": version.category,
        }
        for version, (start, end) in found
    ]
    return Evidence({"type": "text", "text": shown.text, "marks": marks})


def words(before: str, after: str) -> list[Word]:
    """The word difference; long equal stretches are shortened, very long differences cut."""
    found: list[Word] = []
    for old, new in pieces(before, after):
        if old == new:
            found.append(["same", _shortened(old, _SAME)])
        else:
            found += [[kind, text] for kind, text in (("old", old), ("new", new)) if text]
    return _bounded(found)


def is_span(version: Version) -> bool:
    """Whether a label is a part of a text."""
    return version.row.get("unit") in ("character", "token")


@dataclass(frozen=True)
class _Excerpt:
    """Parts of a text put together; `parts` are (begin in the text, its end, begin in `text`)."""

    text: str
    parts: Sequence[tuple[int, int, int]]

    def at(self, place: int) -> int:
        """Where a place of the whole text is in the excerpt; the nearest that is left of it."""
        for begin, end, here in self.parts:
            if place <= end:
                return here + max(place - begin, 0)
        return len(self.text)


def _excerpt(text: str, places: Sequence[int]) -> _Excerpt:
    """What is around the places of a long text; its beginning where there are none."""
    if len(text) <= _WHOLE:
        return _Excerpt(text, [(0, len(text), 0)])
    kept = [
        (max(place - _CONTEXT, 0), min(place + _CONTEXT, len(text))) for place in sorted(places)
    ]
    told, parts = "", []
    for begin, end in _merged(kept or [(0, _WHOLE)]):
        if begin:
            told += f" {_CUT} " if told else f"{_CUT} "
        parts.append((begin, end, len(told)))
        told += text[begin:end]
    return _Excerpt(told if parts[-1][1] == len(text) else f"{told} {_CUT}", parts)


def _merged(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, end in ranges:
        if found and begin <= found[-1][1]:
            begin, end = found[-1][0], max(found.pop()[1], end)
        found.append((begin, end))
    return found


def _bounds(version: Version, text: str) -> tuple[int, int] | None:
    """Start and end of a span in code points; tokens are parted by single spaces."""
    start, end = version.row.get("start"), version.row.get("end")
    if not is_span(version) or start is None or end is None:
        return None
    if version.row["unit"] == "token":
        tokens = text.split(" ")
        begins = list(accumulate((len(token) + 1 for token in tokens), initial=0))
        first = min(max(int(start), 0), len(tokens))
        last = min(max(int(end), first), len(tokens))
        return begins[first], max(begins[last] - 1, begins[first])
    first = min(max(int(start), 0), len(text))
    return first, min(max(int(end), first), len(text))


def _shortened(text: str, longest: int) -> str:
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]} {_CUT} {text[-half:]}"


def _bounded(found: Sequence[Word]) -> list[Word]:
    kept: list[Any] = []
    left = _MOST_WORDS
    for kind, text in found:
        if left <= 0:
            return [*kept, ["same", _CUT]]
        kept.append([kind, _shortened(text, left)])
        left -= len(text)
    return kept
