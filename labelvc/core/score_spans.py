"""Scores of spans: entities found, by strict and by lenient rules.

Strict is seqeval's entity level (same bounds, same category); lenient, partial and exact are
nervaluate's `ent_type`, `partial` and `exact`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelvc.core.errors import LabelvcError
from labelvc.core.progress import counted
from labelvc.core.score_overlaps import Span, exact, lenient, partial
from labelvc.core.score_scope import Scope
from labelvc.core.score_sums import Sums, averages, category_rows, once, ratio
from labelvc.core.scored import Scored

if TYPE_CHECKING:
    from labelvc.core.scored import Floats

_ANY_CATEGORY = ("lenient", "partial", "exact")


def score_spans(scope: Scope) -> Scored:
    """Precision, recall and F1 of spans, each one counted once however many annotators gave it.

    Raises LabelvcError where no sample has a span, and where labels and predictions count in
    different units.
    """
    if scope.truth.is_empty():
        raise scope.nothing("span")
    _check_units(scope)
    names = scope.names(scope.predicted["category"].drop_nulls())
    true, said = (_spans(scope, side, names) for side in (scope.truth, scope.predicted))
    unknown = said.filter(pl.col("code") >= len(scope.known))["code"].n_unique()
    scope.count("unknown_categories", unknown)
    scope.count("missing_predictions", int((scope.rows < 0).sum()))
    found = _Found(names, _sums(scope.samples.height, len(names), true, said))

    every = np.ones((1, scope.samples.height))
    return Scored(
        headline="f1_strict",
        metrics=once(found.metrics(every)),
        samples=scope.samples["sample"],
        units=np.arange(scope.samples.height),
        unit_count=scope.samples.height,
        under=found.metrics,
        categories=found.rows(every),
        warnings=scope.warnings,
    )


def _check_units(scope: Scope) -> None:
    units = [set(side["unit"].drop_nulls()) for side in (scope.truth, scope.predicted)]
    if len(units[0] | units[1]) > 1:
        told = [" and ".join(sorted(side)) or "nothing" for side in units]
        raise LabelvcError(
            f"spans are counted in {told[0]} by the labels and in {told[1]} by the predictions",
            hint="Give the predictions in the labels' own unit.",
        )


def _spans(scope: Scope, labels: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """`at`, `start`, `end`, `code`, each once and in order; those that lack one are counted."""
    columns = ["at", "start", "end", "code"]
    code = pl.col("category").cast(pl.Enum(names)).to_physical().cast(pl.Int64).alias("code")
    spans = labels.with_columns(code).select(columns).drop_nulls()
    scope.count("without_shape", labels.height - spans.height)
    return spans.unique().sort(columns)


def _sums(height: int, size: int, true: pl.DataFrame, said: pl.DataFrame) -> Sums:
    """Per sample: support, predicted, strictly and leniently right a category; then right by the
    rules that look across categories."""
    both = true.join(said, on=true.columns)
    entries = [
        (side["at"].to_numpy(), at * size + side["code"].to_numpy(), np.ones(side.height))
        for at, side in enumerate((true, said, both))
    ]
    rows: list[tuple[int, int, float]] = []
    sides = [_by_sample(side, height) for side in (true, said)]
    for at, (one, two) in enumerate(counted(list(zip(*sides, strict=True)), "comparing spans")):
        if one and two:
            rows += [(at, column, value) for column, value in _right(one, two, size)]
    units, columns, values = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    entries.append((units.astype(np.int64), columns.astype(np.int64), values))
    return Sums.of(entries, height, 4 * size + len(_ANY_CATEGORY))


def _by_sample(spans: pl.DataFrame, height: int) -> list[list[Span]]:
    grouped: list[list[Span]] = [[] for _ in range(height)]
    for at, *span in spans.iter_rows():
        grouped[at].append((span[0], span[1], span[2]))
    return grouped


def _right(true: list[Span], said: list[Span], size: int) -> list[tuple[int, float]]:
    """(column, how many are right) for one sample, by the lenient rules."""
    if true == said:
        counts: dict[int, float] = {}
        for _, _, code in true:
            counts[3 * size + code] = counts.get(3 * size + code, 0.0) + 1
        return [*counts.items(), *((4 * size + rule, float(len(true))) for rule in range(3))]
    found = [
        (3 * size + code, lenient(*([s for s in side if s[2] == code] for side in (true, said))))
        for code in {span[2] for span in true} & {span[2] for span in said}
    ]
    rules = (lenient, partial, exact)
    return found + [(4 * size + at, rule(true, said)) for at, rule in enumerate(rules)]


@dataclass(frozen=True)
class _Found:
    names: Sequence[str]
    sums: Sums

    def _counts(self, weights: Floats) -> tuple[list[Floats], Floats]:
        sums, size = self.sums.under(weights), len(self.names)
        return [sums[:, size * i : size * (i + 1)] for i in range(4)], sums[:, 4 * size :]

    def metrics(self, weights: Floats) -> dict[str, Floats]:
        """Every metric under weights of the samples, shape (draws, samples)."""
        (support, predicted, strict, each), right = self._counts(weights)
        found: dict[str, Floats] = {}
        for rule, correct in (("strict", strict), ("lenient", each)):
            for name, value in averages(support, predicted, correct).items():
                measure, average = name.split("_")
                if average == "macro" or (rule, average) == ("strict", "weighted"):
                    found[f"{measure}_{rule}_{average}"] = value
        totals = [side.sum(axis=1) for side in (support, predicted)]
        for rule, correct in (
            ("strict", strict.sum(axis=1)),
            *zip(_ANY_CATEGORY, right.T, strict=True),
        ):
            found[f"precision_{rule}"] = ratio(correct, totals[1])
            found[f"recall_{rule}"] = ratio(correct, totals[0])
            found[f"f1_{rule}"] = ratio(2 * correct, totals[0] + totals[1])
        return found

    def rows(self, every: Floats) -> list[dict[str, Any]]:
        """The strict numbers of each category that occurs, and its lenient F1."""
        (support, predicted, strict, each), _ = self._counts(every)
        f1 = ratio(2 * each[0], support[0] + predicted[0])
        number = {name: at for at, name in enumerate(self.names)}
        return [
            {**row, "f1_lenient": float(f1[number[row["category"]]])}
            for row in category_rows(self.names, support[0], predicted[0], strict[0])
        ]
