"""The parts of a report, between what is said and how it is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labelvc.report.numbers import count
from labelvc.report.spans import Line, Span


@dataclass(frozen=True)
class Row:
    """Cells of a table; rows in sequence with an equal `group` stand under it."""

    cells: Sequence[Line]
    group: str | None = None


@dataclass(frozen=True)
class Section:
    """A titled table: `head` names its columns, or is empty; the last column may wrap.

    `align` has `l` or `r` a column, left where it says nothing; `foot` tells what was left out.
    """

    title: str
    rows: Sequence[Row]
    head: Sequence[Line] = ()
    align: str = ""
    foot: Line = ()


def more(number: int, noun: str = "", hint: str = "") -> Line:
    """The line that says how many things were left out; none where nothing was."""
    if number <= 0:
        return ()
    told = count(number, f"more {noun}") if noun else f"{count(number)} more"
    return [Span(f"... and {told}{hint}", "dim")]
