"""Texts in one Unicode form with single spaces, and where each character of them came from.

Bounds are Unicode code points, end exclusive.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

UnicodeForm = Literal["NFC", "NFD", "NFKC", "NFKD"]
Form = UnicodeForm | Literal["none"]
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Normalised:
    """A normalised text; its character `i` stands for `froms[i]` to `tos[i]` of the text before."""

    text: str
    froms: Sequence[int]
    tos: Sequence[int]

    def there(self, start: int, end: int) -> tuple[int, int]:
        """Bounds in the text before as bounds in this one.

        A bound inside of what became one unit (a letter and its accent, a run of spaces) takes in
        the whole unit; what was dropped becomes an empty span.
        """
        first = bisect_right(self.tos, start)
        last = bisect_left(self.froms, end) if start < end else first
        return first, max(first, last)

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Bounds in this text, of at least one character, as bounds in the text before."""
        return self.froms[start], self.tos[end - 1]


def normalise(text: str, form: Form, tokens: Sequence[str] | None = None) -> Normalised:
    """A text in a Unicode form (`none` leaves it) with single spaces and none at its ends.

    With `tokens`, which parted by spaces are the text, each is normalised by itself and loses the
    white space inside, so that there are as many tokens in the result, parted by single spaces.
    """
    if tokens is None:
        return _then(_in_form(text, form), _collapsed)
    return _joined([_then(_in_form(token, form), _tight) for token in tokens], tokens)


def _identity(text: str) -> Normalised:
    return Normalised(text, range(len(text)), range(1, len(text) + 1))


def _then(first: Normalised, more: Callable[[str], Normalised]) -> Normalised:
    """The first and then another step; the origins lead back to the text before both."""
    second = more(first.text)
    if second.text == first.text:
        return first
    return Normalised(
        second.text,
        [first.froms[place] for place in second.froms],
        [first.tos[place - 1] for place in second.tos],
    )


def _in_form(text: str, form: Form) -> Normalised:
    if form == "none" or unicodedata.is_normalized(form, text):
        return _identity(text)
    out: list[str] = []
    froms: list[int] = []
    tos: list[int] = []
    at = 0
    for segment in _segments(text, form):
        new = unicodedata.normalize(form, segment)
        end = at + len(segment)
        out.append(new)
        same = new == segment
        froms += range(at, end) if same else [at] * len(new)
        tos += range(at + 1, end + 1) if same else [end] * len(new)
        at = end
    return Normalised("".join(out), froms, tos)


def _segments(text: str, form: UnicodeForm) -> Iterator[str]:
    """The shortest pieces that normalise without regard to their neighbours."""
    current = done = ""
    for cluster in _clusters(text, form):
        alone = unicodedata.normalize(form, cluster)
        both = unicodedata.normalize(form, current + cluster)
        if both == done + alone:
            yield current
            current, done = cluster, alone
        else:  # such as the jamo of a Hangul syllable
            current, done = current + cluster, both
    yield current


def _clusters(text: str, form: UnicodeForm) -> Iterator[str]:
    """Characters with the combining marks after them."""
    start = 0
    for place, char in enumerate(text):
        if place and not unicodedata.combining(unicodedata.normalize(form, char)[0]):
            yield text[start:place]
            start = place
    yield text[start:]


def _collapsed(text: str) -> Normalised:
    """Runs of white space as one space, none at the ends."""
    return _replaced(text, " ")


def _tight(text: str) -> Normalised:
    """No white space at all."""
    return _replaced(text, "")


def _replaced(text: str, space: str) -> Normalised:
    if space.join(text.split()) == text:
        return _identity(text)
    out: list[str] = []
    froms: list[int] = []
    tos: list[int] = []
    at = 0
    for run in (*_SPACES.finditer(text), None):
        start, end = run.span() if run else (len(text), len(text))
        out.append(text[at:start])
        froms += range(at, start)
        tos += range(at + 1, start + 1)
        if space and start > 0 and end < len(text):
            out.append(space)
            froms.append(start)
            tos.append(end)
        at = end
    return Normalised("".join(out), froms, tos)


def _joined(parts: Sequence[Normalised], tokens: Sequence[str]) -> Normalised:
    froms: list[int] = []
    tos: list[int] = []
    at = 0
    for number, (part, token) in enumerate(zip(parts, tokens, strict=True)):
        if number:
            froms.append(at - 1)
            tos.append(at)
        froms += [at + place for place in part.froms]
        tos += [at + place for place in part.tos]
        at += len(token) + 1
    return Normalised(" ".join(part.text for part in parts), froms, tos)
