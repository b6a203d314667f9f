"""Categories and probabilities that a model gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.predictions import Predictions
from labelvc.core.snapshot import labels_frame
from labelvc.stages.collect_answers import ROUNDING, category, is_number, plain, refusal

# How far a row of probabilities may be from 1: what a printed table, or 16-bit numbers, leave.
_SUM = 1e-3

Floats = NDArray[np.float64]


def classes(answers: Any, keys: Sequence[str], categories: Sequence[str]) -> Predictions:
    """One category a sample, with probabilities where the model gave those. Raises LabelvcError."""
    samples = pl.Series("sample", keys, dtype=pl.String)
    names, rows = _told(answers, keys, categories)
    if names is None:
        labels = labels_frame(
            sample=samples,
            kind=_kinds(len(samples)),
            category=[category(key, one) for key, one in zip(keys, rows, strict=True)],
        )
        return Predictions(samples, labels, list(categories))
    probabilities = _checked(rows, keys, names)
    best = probabilities.argmax(axis=1) if names else np.zeros(len(keys), dtype=np.int64)
    labels = labels_frame(
        sample=samples,
        kind=_kinds(len(samples)),
        category=pl.Series(names, dtype=pl.String).gather(best),
        confidence=probabilities[np.arange(len(best)), best],
    )
    return Predictions(samples, labels, names, probabilities)


def _kinds(count: int) -> pl.Series:
    return pl.Series(["class"] * count, dtype=pl.String)


def _told(
    answers: Any, keys: Sequence[str], categories: Sequence[str]
) -> tuple[list[str] | None, Any]:
    """The categories in the order of the probabilities, and those; or None, and names."""
    if hasattr(answers, "columns"):
        columns = list(answers.columns)
        if len(columns) == 1:
            answers = answers[columns[0]].tolist()
        elif all(isinstance(column, str) for column in columns):
            return _joined(answers.to_numpy(), columns, categories)
        else:
            answers = answers.to_numpy()
    if isinstance(answers, np.ndarray):
        if answers.dtype.kind in "biuf":
            return list(categories), answers
        answers = answers[:, 0].tolist() if answers.shape[1] == 1 else list(answers)
    mappings = [isinstance(one, Mapping) for one in answers]
    if any(mappings):
        return _of_mappings(answers, mappings, keys, categories)
    if any(isinstance(one, str) for one in answers) or not answers:
        return None, answers
    return list(categories), answers


def _joined(
    rows: NDArray[Any], columns: Sequence[str], categories: Sequence[str]
) -> tuple[list[str], NDArray[Any]]:
    """A table of one column a category, its columns in the order of the categories."""
    names = list(dict.fromkeys([*categories, *columns]))
    found = np.zeros((len(rows), len(names)), dtype=rows.dtype)
    found[:, [names.index(column) for column in columns]] = rows
    return names, found


def _of_mappings(
    answers: Sequence[Any],
    mappings: Sequence[bool],
    keys: Sequence[str],
    categories: Sequence[str],
) -> tuple[list[str], list[list[Any]]]:
    """Mappings from names to probabilities as rows; a name that is left out has none."""
    if not all(mappings):
        at = mappings.index(False)
        raise refusal(keys[at], answers[at], "a mapping from names to probabilities, as elsewhere")
    names = dict.fromkeys(categories)
    for key, answer in zip(keys, answers, strict=True):
        names.update(dict.fromkeys(category(key, name) for name in answer))
    return list(names), [[plain(answer.get(name, 0.0)) for name in names] for answer in answers]


def _checked(rows: Any, keys: Sequence[str], names: Sequence[str]) -> Floats:
    """Rows of probabilities, shape (samples, names), each divided by its sum."""
    found = _matrix(rows, keys, len(names))
    _refuse(~np.isfinite(found), keys, found, "finite probabilities")
    outside = (found < -ROUNDING) | (found > 1 + ROUNDING)
    _refuse(outside, keys, found, "probabilities from 0 to 1")
    sums = found.sum(axis=1)
    odd = np.abs(sums - 1) > _SUM
    if odd.any():
        at = int(odd.argmax())
        raise LabelvcError(
            f"sample {shorten(keys[at])}: its probabilities sum to {sums[at]:.6g}, expected 1",
            hint="Scores of a network need a softmax first.",
        )
    found = found.clip(0.0, 1.0)
    shares: Floats = found / found.sum(axis=1, keepdims=True)
    return shares


def _refuse(odd: NDArray[np.bool_], keys: Sequence[str], found: Floats, expected: str) -> None:
    """Refuse the first number that is odd; both arrays are (samples, names)."""
    if odd.any():
        row, column = divmod(int(odd.argmax()), odd.shape[1])
        raise refusal(keys[row], float(found[row, column]), expected)


def _matrix(rows: Any, keys: Sequence[str], width: int) -> Floats:
    if not keys:  # and so no sample to name
        return np.zeros((0, width))
    if isinstance(rows, np.ndarray) and rows.dtype.kind in "biuf":
        if rows.shape[1] != width:
            raise _width(keys, rows.shape[1], width)
        return rows.astype(np.float64)
    listed = [plain(row) for row in rows]
    for key, row in zip(keys, listed, strict=True):
        if not isinstance(row, list | tuple):
            raise refusal(key, row, "the name of a category, or probabilities")
        if len(row) != width:
            raise _width([key], len(row), width)
    return np.array(
        [[_number(key, one) for one in row] for key, row in zip(keys, listed, strict=True)],
        dtype=np.float64,
    ).reshape(len(listed), width)


def _number(key: str, value: Any) -> float:
    found = plain(value)
    if not is_number(found):
        raise refusal(key, found, "a probability")
    return float(found)


def _width(keys: Sequence[str], found: int, expected: int) -> LabelvcError:
    return LabelvcError(
        f"sample {shorten(keys[0])}: expected {expected} probabilities, one a category, "
        f"found {found} numbers",
        hint="They are in the order of `categories`; a mapping by name may leave some out.",
    )
