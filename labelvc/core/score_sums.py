"""Sums over drawn samples, and the ratios that the field's metrics are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from labelvc.core.score_scope import Integers
    from labelvc.core.scored import Floats


@dataclass(frozen=True)
class Sums:
    """What each unit adds to each of some columns: a sparse matrix of columns by units."""

    matrix: csr_array[np.float64, tuple[int, int]]

    @classmethod
    def of(
        cls, entries: Sequence[tuple[Integers, Integers, Floats]], units: int, width: int
    ) -> Sums:
        """From blocks of entries (units, columns, values), in any order; equal places add up."""
        from scipy.sparse import csr_array

        unit, column, values = (np.concatenate(part) for part in zip(*entries, strict=True))
        return cls(csr_array((values, (column, unit)), shape=(width, units)))

    @classmethod
    def counting(cls, units: Integers, columns: Integers, *, of: int, width: int) -> Sums:
        """How often each column occurs, `of` being the number of units."""
        return cls.of([(units, columns, np.ones(len(units)))], of, width)

    def under(self, weights: Floats) -> Floats:
        """The columns' sums, shape (draws, width), where each unit counts `weights` times.

        Quickest where the draws lie side by side in memory (Fortran's order).
        """
        sums: Floats = (self.matrix @ weights.T).T
        return sums


def taken(values: Floats, columns: Integers) -> Floats:
    """`values[:, columns]`, which NumPy takes several times as long for."""
    some: Floats = np.take(values, columns, axis=1)
    return some


def ratio(part: Floats, whole: Floats) -> Floats:
    """`part / whole`, 0 where `whole` is 0 (scikit-learn's `zero_division=0`)."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole != 0)


def averages(support: Floats, predicted: Floats, correct: Floats) -> dict[str, Floats]:
    """Micro, macro and weighted precision, recall and F1 from counts of shape (draws, categories).

    As scikit-learn's `precision_recall_fscore_support` over the categories that occur in a draw, as
    truth or prediction.
    """
    occurs = (support + predicted) > 0
    number, weight = occurs.sum(axis=1), support.sum(axis=1)
    found: dict[str, Floats] = {}
    for name, part, whole in (
        ("precision", correct, predicted),
        ("recall", correct, support),
        ("f1", 2 * correct, support + predicted),
    ):
        each = ratio(part, whole)
        found[f"{name}_micro"] = ratio(part.sum(axis=1), whole.sum(axis=1))
        found[f"{name}_macro"] = ratio(each.sum(axis=1), number)
        found[f"{name}_weighted"] = ratio((each * support).sum(axis=1), weight)
    return found


def once(metrics: Mapping[str, Floats]) -> dict[str, float]:
    """The metrics of a single draw as numbers."""
    return {name: float(values[0]) for name, values in metrics.items()}


def category_rows(
    names: Sequence[str], support: Floats, predicted: Floats, correct: Floats
) -> list[dict[str, Any]]:
    """A row for each category that occurs, in the order of names, from counts a category."""
    shown = np.flatnonzero(support + predicted > 0)
    columns = {
        "precision": ratio(correct, predicted),
        "recall": ratio(correct, support),
        "f1": ratio(2 * correct, support + predicted),
    }
    return [
        {
            "category": names[at],
            "support": int(support[at]),
            "predicted": int(predicted[at]),
            **{name: float(values[at]) for name, values in columns.items()},
        }
        for at in shown.tolist()
    ]
