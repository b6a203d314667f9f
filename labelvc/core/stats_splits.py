"""Samples and labels in each split, and of each category in each split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from labelvc.core.stats_bins import rounded


@dataclass(frozen=True)
class SplitCount:
    """One split; `name` is None for the samples that have none, `duration` (seconds) if unknown."""

    name: str | None
    samples: int
    labels: int
    duration: float | None


@dataclass(frozen=True)
class CategoryCount:
    """Labels of one category and the samples they stand in; `splits` has both by split."""

    name: str
    labels: int
    samples: int
    splits: Mapping[str | None, tuple[int, int]]


def split_counts(samples: pl.DataFrame, labels: pl.DataFrame) -> tuple[SplitCount, ...]:
    """The splits by name, the samples without one last; `labels` has the split of each label."""
    sums = pl.when(pl.col("duration").count() > 0).then(pl.col("duration").sum())
    of_samples = samples.group_by("split").agg(pl.len(), duration=sums)
    of_labels = labels.group_by("split").agg(labels=pl.len())
    both = of_samples.join(of_labels, on="split", how="left", nulls_equal=True)
    rows = both.sort("split", nulls_last=True).select("split", "len", "labels", "duration")
    return tuple(
        SplitCount(split, count, found or 0, None if duration is None else rounded(duration))
        for split, count, found, duration in rows.iter_rows()
    )


def category_counts(labels: pl.DataFrame, declared: pl.Series) -> tuple[CategoryCount, ...]:
    """The categories in use or declared, the most frequent first."""
    numbers = pl.len(), pl.col("place").n_unique().alias("samples")
    named = labels.filter(pl.col("category").is_not_null())
    whole = named.group_by("category").agg(*numbers)
    parts = named.group_by("category", "split").agg(*numbers).sort("split", nulls_last=True)
    splits: dict[str, dict[str | None, tuple[int, int]]] = {}
    for category, split, count, samples in parts.iter_rows():
        splits.setdefault(category, {})[split] = (count, samples)
    unused = [name for name in declared.unique() if name not in splits]
    found = [
        CategoryCount(category, count, samples, splits[category])
        for category, count, samples in whole.iter_rows()
    ]
    found += [CategoryCount(name, 0, 0, {}) for name in unused]
    return tuple(sorted(found, key=lambda one: (-one.labels, one.name)))
