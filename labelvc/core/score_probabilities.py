"""What a model says beyond the category: probabilities, checked and read off once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.score_scope import Integers, Scope

if TYPE_CHECKING:
    from labelvc.core.scored import Floats

# Top-k accuracies told; where a model knows fewer categories they are 1 and left out.
TOP = (3, 5)
# How far from 1 a row of probabilities may sum: single precision and rounded files.
_TOLERANCE = 1e-3
# Rows looked at in one go; bounds the memory, not the result.
_CHUNK = 2**16
# Where the probability of the truth is cut off for the log-loss, as scikit-learn does.
_EPSILON = float(np.finfo(np.float64).eps)
_HINT = "Have the model give probabilities (softmax), not scores."


@dataclass(frozen=True)
class Told:
    """What probabilities tell of each labelled sample.

    `losses` is minus the logarithm of the truth's probability, 0 unless `has`. `ranks` is how many
    categories are likelier than the truth, up to `max(TOP)`. `confidences` are those of the answer,
    NaN where there is none.
    """

    has: Integers
    losses: Floats
    ranks: Integers
    confidences: Floats
    tops: Sequence[int]  # the k that make sense for the model's number of categories


@dataclass(frozen=True)
class Answers:
    """Truth and answers of the labelled samples as numbers of `names`; no answer is the last.

    `rows` are the samples' rows in the predictions, -1 for none.
    """

    names: Sequence[str]
    truth: Integers
    said: Integers
    rows: Integers
    confidences: Floats


def told(scope: Scope, answers: Answers) -> tuple[Integers, Told]:
    """The answers, completed by the likeliest category where there is no label; what else is told.

    Raises LabelvcError for probabilities that are none.
    """
    size = len(answers.truth)
    said, confidences = answers.said.copy(), answers.confidences.copy()
    has, losses = np.zeros(size, dtype=np.int64), np.zeros(size)
    ranks = np.full(size, max(TOP))
    categories = scope.predictions.categories
    # by name, so that ties do not hang on the order in which a model lists its categories
    order = sorted(range(len(categories)), key=lambda at: categories[at])
    numbers = {name: number for number, name in enumerate(answers.names)}
    name_of = np.array([numbers[categories[at]] for at in order], dtype=np.int64)
    column_of = np.full(len(answers.names) + 1, -1)
    column_of[name_of] = np.arange(len(order))
    for part, block in _blocks(scope, answers.rows, order):
        has[part] = 1
        silent = said[part] == len(answers.names)
        said[part] = np.where(silent, name_of[block.argmax(axis=1)], said[part])
        confidences[part] = _at(block, column_of[said[part]])
        likely = _at(block, column_of[answers.truth[part]])
        losses[part] = -np.log(np.clip(likely, _EPSILON, 1 - _EPSILON))
        ranks[part] = _ranks(block, column_of[answers.truth[part]], likely)
    tops = [top for top in TOP if has.any() and top < len(categories)]
    return said, Told(has, losses, ranks, confidences, tops)


def _blocks(
    scope: Scope, rows: Integers, order: Sequence[int]
) -> Iterator[tuple[Integers, Floats]]:
    """Samples with probabilities, and these with columns in the given order."""
    probabilities = scope.predictions.probabilities
    if probabilities is None:
        return
    everyone = np.flatnonzero(rows >= 0)
    for start in range(0, len(everyone), _CHUNK):
        part = everyone[start : start + _CHUNK]
        block = probabilities[rows[part]][:, order].astype(np.float64, copy=False)
        samples = scope.predictions.samples.gather(rows[part])
        check_range(block, samples)
        _check_sums(block, samples)
        yield part, block


def check_range(block: Floats, samples: pl.Series) -> None:
    """Raises LabelvcError for probabilities, a row a sample, that are not from 0 to 1."""
    wrong = ~((block >= 0) & (block <= 1))  # NaN too
    if wrong.any():
        row, column = np.argwhere(wrong)[0].tolist()
        raise LabelvcError(
            f"the prediction for {shorten(samples[row])} has a probability of "
            f"{block[row, column]:g}, expected a number from 0 to 1",
            hint=_HINT,
        )


def _check_sums(block: Floats, samples: pl.Series) -> None:
    off = np.abs(block.sum(axis=1) - 1) > _TOLERANCE
    if off.any():
        row = int(off.argmax())
        raise LabelvcError(
            f"the prediction for {shorten(samples[row])} has probabilities that sum to "
            f"{block[row].sum():.6g}, expected 1",
            hint=_HINT,
        )


def _at(block: Floats, columns: Integers) -> Floats:
    """One number a row; 0 for a column of -1, a category that the model does not know."""
    found: Floats = np.where(columns < 0, 0.0, block[np.arange(len(block)), columns])
    return found


def _ranks(block: Floats, columns: Integers, likely: Floats) -> Integers:
    """How many categories come before the truth; of equals the last in order comes first.

    So does scikit-learn's `top_k_accuracy_score`.
    """
    after = np.arange(block.shape[1]) > columns[:, None]
    before = (block > likely[:, None]) | (after & (block == likely[:, None]))
    ranks: Integers = np.minimum(np.where(columns < 0, max(TOP), before.sum(axis=1)), max(TOP))
    return ranks
