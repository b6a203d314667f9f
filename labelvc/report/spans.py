"""Styled text: what the terminal and the Markdown report are both made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

Style = Literal[
    "", "heading", "dim", "added", "removed", "changed", "warning",
    "note", "remark", "name", "value", "old", "new",
]  # fmt: skip
FOREIGN = frozenset({"name", "value", "old", "new"})  # words from the label files

_LONGEST = 200  # characters of a name


class Span(NamedTuple):
    """A piece of text with one meaning; `old` and `new` are the two sides of an edited text."""

    text: str
    style: Style = ""


Line = Sequence[Span]


def say(*parts: str | Span | Line) -> list[Span]:
    """A line from our own words (plain strings), spans and other lines."""
    line: list[Span] = []
    for part in parts:
        if isinstance(part, Span):
            line.append(part)
        elif isinstance(part, str):
            line.append(Span(part))
        else:
            line.extend(part)
    return line


def name(text: str) -> Span:
    """A category, sample or file; quoted where its spaces would not be seen."""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return Span(text if text and text == text.strip() else f"'{text}'", "name")


def joined(lines: Iterable[Line], separator: str = ", ") -> list[Span]:
    """The lines in one, a separator between them."""
    whole: list[Span] = []
    for line in lines:
        whole += [Span(separator), *line] if whole else line
    return whole


def some(told: Sequence[Line], number: int, *, most: int) -> list[Span]:
    """The first few of `number` things in a line, and how many more there are."""
    left = number - min(len(told), most)
    return say(joined(told[:most]), [Span(f", ... and {left:,} more", "dim")] if left > 0 else [])
