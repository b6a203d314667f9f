"""Scores of classification: one category a sample, or several.

The numbers are scikit-learn's (`zero_division=0`, over the categories that occur as truth or
prediction), computed from how often each pair of truth and prediction occurs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelvc.core.score_multilabel import score_multilabel
from labelvc.core.score_probabilities import Answers, Told, told
from labelvc.core.score_scope import Integers, Scope, votes
from labelvc.core.score_sums import Sums, averages, category_rows, once, ratio
from labelvc.core.scored import Confusion, Scored

if TYPE_CHECKING:
    from labelvc.core.scored import Floats

# Equal-width bins of confidence, as in Guo et al. 2017 (arXiv 1706.04599).
BINS = 15
# A confusion matrix of more categories is nothing to look at, and grows with their square.
LARGEST_CONFUSION = 1000
# How fine losses are told apart among more samples than this, see `_alike`.
_STEPS_A_DEVIATION = 2
_APART = 20_000


def score_classes(scope: Scope) -> Scored:
    """Scores of class labels; several for one sample make it multi-label classification.

    Raises LabelvcError where no sample has a class, and for impossible probabilities.
    """
    labels, answers = votes(scope.truth, "category"), votes(scope.predicted, "category")
    scope.count("annotators_disagree", labels.disagreeing())
    if labels.several or answers.several:
        return score_multilabel(scope, labels.shared(), answers.shared())
    truth, said = labels.winners(), answers.winners()
    if truth.is_empty():
        raise scope.nothing("class label")
    at = truth["at"].to_numpy()
    given = _answers(scope, truth, said)
    final, likely = told(scope, given)
    _warn(scope, given, final, at)
    return _scored(scope, scope.samples["sample"].gather(at), _Cells(given, final, likely))


def _answers(scope: Scope, truth: pl.DataFrame, said: pl.DataFrame) -> Answers:
    at = truth["at"].to_numpy()
    names = scope.names(said["category"])
    every = np.full(scope.samples.height, len(names))
    every[said["at"].to_numpy()] = _codes(said["category"], names)
    confidences = np.full(scope.samples.height, np.nan)
    confident = scope.predicted.drop_nulls(["category", "confidence"])
    np.fmax.at(confidences, confident["at"].to_numpy(), confident["confidence"].to_numpy())
    labels = _codes(truth["category"], names)
    return Answers(names, labels, every[at], scope.rows[at], confidences[at])


def _codes(values: pl.Series, names: Sequence[str]) -> Integers:
    """The place of each value among the names, which are unique and have them all."""
    numbers: Integers = values.cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()
    return numbers


def _warn(scope: Scope, answers: Answers, final: Integers, at: Integers) -> None:
    silent = final == len(answers.names)
    scope.count("missing_predictions", int(silent.sum()))
    scope.count("unknown_categories", len(np.unique(final[~silent & (final >= len(scope.known))])))
    scope.count("unlabelled_samples", int((np.delete(scope.rows, at) >= 0).sum()))
    scope.count("one_class", int((answers.truth == answers.truth[0]).all()))


def _alike(answers: Answers, final: Integers, likely: Told) -> Integers:
    """A number for each sample, the same for samples that are one unit.

    These are alike in truth, answer, top-k in which the truth stands and bin of the confidence, and
    in the loss to half its standard deviation. What losses differ inside a unit, 1/12 of 1/4 of
    their variance, is missing from the draws: an interval of the log-loss is too narrow by 1 %.
    Few samples with confidences are a unit each, and so the interval is exact.
    """
    bins, size = _bins(likely.confidences), len(answers.names) + 1
    if bins.any() and len(bins) <= _APART:
        return np.arange(len(bins))
    key = answers.truth * size + final
    tops = np.searchsorted(likely.tops, likely.ranks, side="right")
    step = max(float(likely.losses.std()) / _STEPS_A_DEVIATION, 1e-9)
    for code in (tops, bins, (likely.losses / step).astype(np.int64)):
        key = key * (code.max() + 1) + code
    return key


class _Cells:
    """Samples that contribute alike, and what each such unit adds to the sums."""

    def __init__(self, answers: Answers, final: Integers, likely: Told) -> None:
        self.names, self.tops = answers.names, likely.tops
        key = _alike(answers, final, likely)
        _, first, self.units = np.unique(key, return_index=True, return_inverse=True)
        self.counts = np.bincount(self.units).astype(np.float64)
        self.truth, self.final = answers.truth[first], final[first]
        entries = list(self._entries(likely, first))
        self.extra = [name for name, _ in entries]
        self.sums = self._sums([values for _, values in entries])

    def _mean(self, values: Floats) -> Floats:
        """Per unit; its sum is what counts, whatever the spread inside."""
        means: Floats = np.bincount(self.units, weights=values) / self.counts
        return means

    def _entries(self, likely: Told, first: Integers) -> Iterator[tuple[str, Floats]]:
        """The sums that are no counts of categories, by name."""
        for top in self.tops:
            yield f"top_{top}_accuracy", (likely.ranks[first] < top).astype(float)
        if likely.has.any():
            yield "log_loss", self._mean(likely.losses)
            yield "likely", self._mean(likely.has.astype(float))
        bins = _bins(likely.confidences)[first]
        if bins.any():
            gap = (self.truth == self.final) - self._mean(np.nan_to_num(likely.confidences))
            for number in range(1, BINS + 1):
                yield f"bin {number}", gap * (bins == number)
            yield "confident", (bins > 0).astype(float)

    def _sums(self, extra: Sequence[Floats]) -> Sums:
        unit, size = np.arange(len(self.counts)), len(self.names)
        answered, correct = self.final < size, self.final == self.truth
        entries = [
            (unit, self.truth, np.ones(len(unit))),
            (unit[answered], size + self.final[answered], np.ones(answered.sum())),
            (unit[correct], 2 * size + self.final[correct], np.ones(correct.sum())),
        ]
        for number, column in enumerate(extra):
            some = np.flatnonzero(column)
            entries.append((some, np.full(len(some), 3 * size + number), column[some]))
        return Sums.of(entries, len(unit), 3 * size + len(extra))

    def metrics(self, weights: Floats) -> dict[str, Floats]:
        """Every metric under weights of the units, shape (draws, units)."""
        sums, size = self.sums.under(weights), len(self.names)
        support, predicted, correct = (sums[:, size * i : size * (i + 1)] for i in range(3))
        extra = dict(zip(self.extra, sums[:, 3 * size :].T, strict=True))
        number = weights.sum(axis=1)
        found = {"accuracy": ratio(correct.sum(axis=1), number)}
        for top in self.tops:
            found[f"top_{top}_accuracy"] = ratio(extra[f"top_{top}_accuracy"], number)
        found |= averages(support, predicted, correct)
        if "log_loss" in extra:
            found["log_loss"] = ratio(extra["log_loss"], extra["likely"])
        if "confident" in extra:
            gaps = sum(np.abs(extra[f"bin {number}"]) for number in range(1, BINS + 1))
            found["calibration_error"] = ratio(gaps, extra["confident"])
        return found

    def rows(self) -> list[dict[str, Any]]:
        sums, size = self.sums.under(self.counts[None])[0], len(self.names)
        return category_rows(self.names, *(sums[size * i : size * (i + 1)] for i in range(3)))

    def confusion(self) -> Confusion | None:
        """Of the samples with an answer, over the categories that occur."""
        size = len(self.names)
        answered = self.final < size
        seen = np.union1d(self.truth, self.final[answered])
        if len(seen) > LARGEST_CONFUSION:
            return None
        counts = np.zeros((len(seen), len(seen)), dtype=np.int64)
        row, column = (np.searchsorted(seen, part[answered]) for part in (self.truth, self.final))
        np.add.at(counts, (row, column), self.counts[answered].astype(np.int64))
        return Confusion([self.names[at] for at in seen], counts.tolist())


def _bins(confidences: Floats) -> Integers:
    """The bin of each confidence, open on the left, from 1 on; 0 where there is none."""
    bins = np.clip(np.ceil(np.nan_to_num(confidences) * BINS), 1, BINS).astype(np.int64)
    return np.where(np.isnan(confidences), 0, bins)


def _scored(scope: Scope, samples: pl.Series, cells: _Cells) -> Scored:
    return Scored(
        headline="accuracy",
        metrics=once(cells.metrics(cells.counts[None])),
        samples=samples,
        units=cells.units,
        unit_count=len(cells.counts),
        under=cells.metrics,
        categories=cells.rows(),
        confusion=cells.confusion(),
        warnings=scope.warnings,
    )
