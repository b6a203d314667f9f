"""Changes that many labels share, in a line each instead of a line a label."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from labelvc.report.attributes import Step, steps, told_step
from labelvc.report.numbers import count
from labelvc.report.spans import Line, Span, name, say

if TYPE_CHECKING:
    import polars as pl

_LINES = 8  # told of each kind


class Folded(NamedTuple):
    """What is told of many labels at once, and the changes that remain to be told one by one."""

    lines: list[Line]
    rest: pl.DataFrame


def fold(changes: pl.DataFrame, most: int) -> Folded:
    """Folds each kind of change that is all that happened to more than `most` labels."""
    import polars as pl

    lines: list[Line] = []
    rest = changes
    for kind in ("verdict", "attributes", "annotator", "confidence"):
        alone = pl.col("kinds").list.len().eq(1) & pl.col("kinds").list.first().eq(kind)
        if changes.select(alone.sum()).item() <= most:
            continue
        told = _told(changes.filter(pl.col("kinds").list.contains(kind)), kind)
        lines += told[:_LINES]
        if len(told) > _LINES:
            lines.append([Span(f"{kind}: and {count(len(told) - _LINES)} more of the kind", "dim")])
        rest = rest.filter(~alone)
    return Folded(lines, rest)


def _told(rows: pl.DataFrame, kind: str) -> list[Line]:
    if kind == "confidence":
        return [say("confidence: changed on ", count(rows.height, "label"))]
    if kind == "attributes":
        return [say("attributes: ", line) for line in attribute_lines(rows, "label")]
    pairs = rows.group_by(f"before_{kind}", f"after_{kind}").len()
    pairs = pairs.sort("len", f"before_{kind}", f"after_{kind}", descending=[True, False, False])
    return [
        say(f"{kind}: ", _side(before), " -> ", _side(after), " on ", count(number, "label"))
        for before, after, number in pairs.iter_rows()
    ]


def _side(value: str | None) -> Span:
    return Span("none", "dim") if value is None else name(value)


def attribute_lines(rows: pl.DataFrame, noun: str) -> list[Line]:
    """A line a key that was added, removed or changed; with the values where they are the same."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    same: dict[tuple[str, str], Step | None] = {}
    pairs = rows.group_by("before_attributes", "after_attributes").len()
    for before, after, number in pairs.iter_rows():
        for step in steps(before, after):
            what = (step.key, step.change)
            totals[what] += number
            if same.setdefault(what, step) != step:
                same[what] = None
    ordered = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return [
        say(told_step(same[what], *what), " on ", count(number, noun)) for what, number in ordered
    ]
