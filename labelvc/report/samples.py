"""Changed samples, a line a kind of change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labelvc.core.comparison import Comparison
from labelvc.report.attributes import attribute_changes
from labelvc.report.folding import attribute_lines
from labelvc.report.numbers import amount, count, step
from labelvc.report.section import Row, more
from labelvc.report.spans import Line, Span, joined, name, say, some
from labelvc.report.words import edited

if TYPE_CHECKING:
    import polars as pl

_NAMES = 5  # samples named in a line
_MEASURES = ("width", "height", "duration")
_STEPS = {"renamed": "path", "resplit": "split"}
_WORDS = {
    "added": "added", "removed": "removed", "renamed": "renamed", "resplit": "split moved",
    "attributes": "attributes changed", "media": "media changed",
}  # fmt: skip


def sample_rows(comparison: Comparison) -> list[Row]:
    """For each kind how many samples, and which or how."""
    found = []
    for kind, word in _WORDS.items():
        if number := comparison.counts[f"samples_{kind}"]:
            first, *others = _told(comparison.sample_changes, kind, number)
            found.append(Row((say(f"{count(number)} {word}"), first)))
            found += [Row(((), line)) for line in others]
    return found


def _told(changes: pl.DataFrame, kind: str, number: int) -> list[Line]:
    """At least one line."""
    import polars as pl

    rows = changes.filter(pl.col("kinds").list.contains(kind))
    if kind == "resplit":
        return [_splits(rows)]
    if kind == "attributes" and rows.height > _NAMES:
        return _bulk(rows) or [()]
    told = [_one(row, kind) for row in rows.head(_NAMES).iter_rows(named=True)]
    if kind not in ("attributes", "media"):
        return [some(told, number, most=_NAMES)]
    return told + ([left] if (left := more(number - len(told))) else []) or [()]


def _one(row: Mapping[str, Any], kind: str) -> Line:
    sample = name(row["sample"])
    if kind == "renamed":
        return say(_or_none(row["before_path"]), " -> ", _or_none(row["after_path"]))
    if kind == "attributes":
        return say(sample, ": ", joined(_details(row)))
    if kind == "media" and row["before_text"] != row["after_text"]:
        return say(sample, ": ", edited(row["before_text"], row["after_text"]))
    return [sample]


def sample_words(row: Mapping[str, Any]) -> list[Line]:
    """What changed of one sample, without naming it: a phrase a kind of change."""
    return [_phrase(row, kind) for kind in row["kinds"]]


def _phrase(row: Mapping[str, Any], kind: str) -> Line:
    if kind in _STEPS:
        before, after = (row[f"{side}_{_STEPS[kind]}"] for side in ("before", "after"))
        return say(f"{_WORDS[kind]} ", _or_none(before), " -> ", _or_none(after))
    if kind == "attributes":
        return say(joined(_details(row)))
    if kind == "media" and row["before_text"] != row["after_text"]:
        return say("text ", edited(row["before_text"], row["after_text"]))
    return say(_WORDS[kind])


def _or_none(path: str | None) -> Span:
    return Span("none", "dim") if path is None else name(path)


def _details(row: Mapping[str, Any]) -> list[Line]:
    """Size and duration that changed, then the attributes."""
    told: list[Line] = []
    for column in _MEASURES:
        old, new = row.get(f"before_{column}"), row.get(f"after_{column}")
        if old != new:
            shown = ["none" if side is None else amount(side, "second") for side in (old, new)]
            told.append(say(f"{column} {step(shown[0], shown[1], (old, new))}"))
    attributes = attribute_changes(row["before_attributes"], row["after_attributes"])
    return [*told, attributes] if attributes else told


def _splits(rows: pl.DataFrame) -> Line:
    """From which split to which, the most frequent first."""
    moves = rows.group_by("before_split", "after_split").len()
    moves = moves.sort("len", "before_split", "after_split", descending=[True, False, False])
    told = [
        say(f"{count(number)} ", _or_none(before), " -> ", _or_none(after))
        for before, after, number in moves.iter_rows()
    ]
    return some(told, len(told), most=_NAMES)


def _bulk(rows: pl.DataFrame) -> list[Line]:
    """What many samples share: a line a measure and an attribute."""
    import polars as pl

    told = []
    for column in _MEASURES:
        sides = (f"before_{column}", f"after_{column}")
        if {*sides} <= {*rows.columns}:
            number = rows.select(pl.col(sides[0]).ne_missing(pl.col(sides[1])).sum()).item()
            told += [say(f"{column} changed on ", count(number, "sample"))] if number else []
    return told + attribute_lines(rows, "sample")
