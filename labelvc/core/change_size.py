"""How much a change is: one number, so that a reviewer sees the largest first.

The parts of a change add up: another category or verdict, a label that came or went counts 1; a
moved or reshaped one what it lost in overlap (1 - IoU); bounds that moved likewise; a text its word
error rate, at most 1, and a twentieth where only case, punctuation or white space differ; what
stands beside the label (attributes, annotator) a tenth; a confidence its difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labelvc.core.words import is_cosmetic, wer

Row = Mapping[str, Any]
_BESIDE = 0.1
_COSMETIC = 0.05
# Overlaps of shapes that were drawn anew entirely are not always known: half of it is assumed.
_UNKNOWN_OVERLAP = 0.5


def change_size(row: Row) -> float:
    """The size of a changed label, a row of `Comparison.changes`: from 0 to about 4."""
    kinds = set(row["kinds"])
    if {"moved", "reshaped"} <= kinds:  # one redrawing
        kinds.remove("moved")
    return round(sum(_PARTS[kind](row) for kind in sorted(kinds)), 6)


def sample_size(kinds: list[str]) -> float:
    """The size of a changed sample: one that came, went, or moved to another split counts most."""
    return 1.0 if {"added", "removed", "resplit", "media"} & set(kinds) else _BESIDE


def _whole(row: Row) -> float:
    return 1.0


def _beside(row: Row) -> float:
    return _BESIDE


def _redrawn(row: Row) -> float:
    overlap = row["iou"]
    return 1.0 - (_UNKNOWN_OVERLAP if overlap is None else overlap)


def _retimed(row: Row) -> float:
    start, end, later_start, later_end = (
        row[f"{side}_{at}"] for side in ("before", "after") for at in ("start", "end")
    )
    if None in (start, end, later_start, later_end):
        return 1.0
    union = max(end, later_end) - min(start, later_start)
    shared = max(min(end, later_end) - max(start, later_start), 0.0)
    return 1.0 - shared / union if union > 0 else 0.0


def _edited(row: Row) -> float:
    before, after = row["before_text"] or "", row["after_text"] or ""
    return _COSMETIC if is_cosmetic(before, after) else min(wer(before, after), 1.0)


def _confidence(row: Row) -> float:
    before, after = row["before_confidence"], row["after_confidence"]
    return _BESIDE if before is None or after is None else min(abs(after - before), 1.0)


_PARTS: dict[str, Callable[[Row], float]] = {
    "added": _whole,
    "removed": _whole,
    "relabelled": _whole,
    "moved": _redrawn,
    "reshaped": _redrawn,
    "retimed": _retimed,
    "edited": _edited,
    "verdict": _whole,
    "attributes": _beside,
    "annotator": _beside,
    "confidence": _confidence,
}
