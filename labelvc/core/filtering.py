"""Narrowing a comparison to the changes somebody asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from labelvc.core.comparison import Comparison
from labelvc.core.counting import count, flips

_SIDES = ("before", "after")


@dataclass(frozen=True)
class Filter:
    """Which changes to keep; an empty tuple keeps all."""

    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    annotators: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # native ids

    def __bool__(self) -> bool:
        of_samples = self.samples or self.splits
        return any((of_samples, self.kinds, self.categories, self.annotators, self.labels))


def filtered(comparison: Comparison, wanted: Filter) -> Comparison:
    """The comparison narrowed to some changes; totals stay those of the whole set.

    A category, annotator or native id is that of either side. Changes of samples are narrowed by
    kind, sample and split, and left out where one of those three is asked for.
    """
    if not wanted:
        return comparison
    changes = comparison.changes.filter(*_conditions(wanted))
    samples = comparison.sample_changes.filter(*_sample_conditions(wanted))
    taxonomy = (
        []
        if wanted.samples or wanted.splits or wanted.annotators or wanted.labels
        else [
            change
            for change in comparison.category_changes
            if (not wanted.kinds or change.kind in wanted.kinds)
            and (not wanted.categories or {change.before, change.after} & set(wanted.categories))
        ]
    )
    return replace(
        comparison,
        changes=changes,
        sample_changes=samples,
        category_changes=taxonomy,
        counts=count(changes, samples, taxonomy),
        flips=flips(changes),
    )


def _conditions(wanted: Filter) -> list[pl.Expr]:
    either = {
        "category": wanted.categories,
        "annotator": wanted.annotators,
        "id": wanted.labels,
    }
    conditions = [
        pl.any_horizontal(pl.col(f"{side}_{name}").is_in(values) for side in _SIDES)
        for name, values in either.items()
        if values
    ]
    if wanted.kinds:
        conditions.append(_any_kind(wanted.kinds))
    if wanted.samples:
        conditions.append(pl.col("sample").is_in(wanted.samples))
    if wanted.splits:
        conditions.append(pl.col("split").is_in(wanted.splits))
    return conditions


def _any_kind(kinds: Sequence[str]) -> pl.Expr:
    return pl.col("kinds").list.set_intersection(list(kinds)).list.len() > 0


def _sample_conditions(wanted: Filter) -> list[pl.Expr]:
    if wanted.categories or wanted.annotators or wanted.labels:
        return [pl.lit(False)]
    conditions = []
    if wanted.kinds:
        conditions.append(_any_kind(wanted.kinds))
    if wanted.samples:
        conditions.append(pl.col("sample").is_in(wanted.samples))
    if wanted.splits:
        conditions.append(
            pl.any_horizontal(pl.col(f"{side}_split").is_in(wanted.splits) for side in _SIDES)
        )
    return conditions
