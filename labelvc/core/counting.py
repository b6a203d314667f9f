"""The numbers that are told of changes: counts, flips, totals per category."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from labelvc.core.comparison import (
    CATEGORY_COUNTS,
    LABEL_COUNTS,
    SAMPLE_COUNTS,
    CategoryChange,
    CategoryTotal,
    Flip,
)
from labelvc.core.tally import Tally


def count(
    changes: pl.DataFrame, samples: pl.DataFrame, categories: Sequence[CategoryChange]
) -> dict[str, int]:
    """Every count of `labelvc diff --json`, in order."""
    of_labels = _count_kinds(changes["kinds"])
    of_samples = _count_kinds(samples["kinds"])
    counts = {name: of_labels.get(name, 0) for name in LABEL_COUNTS}
    counts["changed"] = changes.height
    counts |= {name: of_samples.get(name.partition("_")[2], 0) for name in SAMPLE_COUNTS}
    counts |= dict.fromkeys(CATEGORY_COUNTS, 0)
    for change in categories:
        counts[f"categories_{change.kind}"] += 1
    return counts


def _count_kinds(kinds: pl.Series) -> dict[str, int]:
    if kinds.is_empty():
        return {}
    return dict(kinds.explode().value_counts().iter_rows())


def flips(changes: pl.DataFrame) -> list[Flip]:
    """From which category to which labels went, the most frequent first."""
    relabelled = changes.filter(pl.col("kinds").list.contains("relabelled"))
    counted = relabelled.group_by("before_category", "after_category").len()
    ordered = counted.sort(
        ["len", "before_category", "after_category"], descending=[True, False, False]
    )
    return [Flip(old or "", new or "", number) for old, new, number in ordered.iter_rows()]


def category_totals(
    before: Tally, after: Tally, changes: Sequence[CategoryChange]
) -> list[CategoryTotal]:
    """Labels per category on both sides, by the name after; the most frequent first."""
    former = {c.after or "": c.before or "" for c in changes if c.kind == "renamed"}
    rows = [
        CategoryTotal(name, before.categories.get(former.get(name, name)), number)
        for name, number in after.categories.items()
    ]
    told = {former.get(row.name, row.name) for row in rows}
    rows += [
        CategoryTotal(name, number, None)
        for name, number in before.categories.items()
        if name not in told
    ]
    return sorted(rows, key=lambda row: (-max(row.before or 0, row.after or 0), row.name))


def almost_all(part: int, whole: int) -> bool:
    """Whether a change concerns so much of a set that it was hardly made by hand."""
    return whole >= 10 and part >= math.ceil(0.9 * whole)
