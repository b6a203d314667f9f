"""Scores of classification with any number of categories a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from labelvc.core.score_probabilities import check_range
from labelvc.core.score_scope import Integers, Scope
from labelvc.core.score_sums import Sums, averages, category_rows, once, ratio
from labelvc.core.scored import Scored

if TYPE_CHECKING:
    from labelvc.core.scored import Floats

# From this probability on a category counts as predicted where a model gives nothing else.
_THRESHOLD = 0.5


def score_multilabel(scope: Scope, truth: pl.DataFrame, said: pl.DataFrame) -> Scored:
    """Subset accuracy and the averages of precision, recall and F1, as scikit-learn has them.

    `truth` and `said` are pairs (`at`, `category`), each once. Labelled samples are those with a
    label of any verdict: one whose only labels are absent has no category.
    """
    labelled = np.union1d(truth["at"].to_numpy(), scope.denied)
    if not labelled.size:
        raise scope.nothing("class label")
    said = pl.concat([said.select("at", "category"), _likely(scope, said)])
    names = scope.names(said["category"])
    silent = (scope.rows[labelled] < 0) & ~np.isin(labelled, said["at"].to_numpy())
    scope.count("missing_predictions", int(silent.sum()))
    scope.count("unknown_categories", len(set(said["category"]) - set(scope.known)))
    sets = _Sets.of(labelled, names, truth, said)

    counts = np.bincount(sets.units, minlength=sets.unit_count).astype(np.float64)[None]
    sums = sets.sums.under(counts)[0]
    return Scored(
        headline="f1_micro",
        metrics=once(sets.metrics(counts)),
        samples=scope.samples["sample"].gather(labelled),
        units=sets.units,
        unit_count=sets.unit_count,
        under=sets.metrics,
        categories=category_rows(names, *sums[: 3 * len(names)].reshape(3, -1)),
        warnings=scope.warnings,
    )


def _likely(scope: Scope, said: pl.DataFrame) -> pl.DataFrame:
    """The categories of at least even probability, for samples without predicted labels."""
    empty = pl.DataFrame(schema={"at": pl.Int64(), "category": pl.String()})
    probabilities = scope.predictions.probabilities
    if probabilities is None:
        return empty
    check_range(probabilities, scope.predictions.samples)
    silent = np.setdiff1d(np.flatnonzero(scope.rows >= 0), said["at"].to_numpy())
    row, column = np.nonzero(probabilities[scope.rows[silent]] >= _THRESHOLD)
    categories = pl.Series(list(scope.predictions.categories), dtype=pl.String)
    return pl.DataFrame({"at": silent[row], "category": categories.gather(column)})


@dataclass(frozen=True)
class _Sets:
    """Samples with the same categories as truth and as prediction are one unit."""

    units: Integers
    unit_count: int
    size: int
    sums: Sums  # support, predicted and correct a category, exact sets, the samples' F1

    @classmethod
    def of(
        cls, labelled: Integers, names: Sequence[str], truth: pl.DataFrame, said: pl.DataFrame
    ) -> _Sets:
        numbers = pl.DataFrame(
            {"category": names, "code": range(len(names))},
            schema={"category": pl.String(), "code": pl.Int64()},
        )
        rows = pl.DataFrame({"at": labelled}).with_row_index("row")
        sides = [side.join(numbers, on="category").join(rows, on="at") for side in (truth, said)]
        units, first = _alike(rows, sides)
        # from here on only a sample of each unit
        unit_of = pl.DataFrame({"row": first, "unit": range(len(first))}).cast(
            {"row": pl.UInt32, "unit": pl.Int64}
        )
        true, predicted = (side.join(unit_of, on="row").select("unit", "code") for side in sides)
        correct = true.join(predicted, on=["unit", "code"])
        counts = [
            np.bincount(side["unit"].to_numpy(), minlength=len(first)).astype(np.float64)
            for side in (true, predicted, correct)
        ]
        exact = (counts[0] == counts[2]) & (counts[1] == counts[2])
        f1 = ratio(2 * counts[2], counts[0] + counts[1])
        size, every = len(names), np.arange(len(first))
        entries = [
            (side["unit"].to_numpy(), at * size + side["code"].to_numpy(), np.ones(side.height))
            for at, side in enumerate((true, predicted, correct))
        ]
        entries += [
            (every, np.full(len(first), 3 * size + at), values)
            for at, values in enumerate((exact.astype(np.float64), f1))
        ]
        return cls(units, len(first), size, Sums.of(entries, len(first), 3 * size + 2))

    def metrics(self, weights: Floats) -> dict[str, Floats]:
        """Every metric under weights of the units, shape (draws, units)."""
        sums, number = self.sums.under(weights), weights.sum(axis=1)
        counts = (sums[:, self.size * i : self.size * (i + 1)] for i in range(3))
        return {
            "subset_accuracy": ratio(sums[:, -2], number),
            **averages(*counts),
            "f1_samples": ratio(sums[:, -1], number),
        }


def _alike(rows: pl.DataFrame, sides: Sequence[pl.DataFrame]) -> tuple[Integers, Integers]:
    """The unit of each row, and a row of each unit."""
    for number, side in enumerate(sides):
        sets = side.group_by("row").agg(
            pl.col("code").sort().cast(pl.String).str.join(",").alias(f"set {number}")
        )
        rows = rows.join(sets, on="row", how="left", maintain_order="left")
    key = pl.concat_str(
        [pl.col("set 0").fill_null(""), pl.col("set 1").fill_null("")], separator="|"
    )
    units = rows.select(key.rank("dense").alias("unit"))["unit"].cast(pl.Int64).to_numpy() - 1
    _, first = np.unique(units, return_index=True)
    return units, first
