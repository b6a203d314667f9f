"""What a score is about: the labels and predictions of the same samples, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.predictions import Predictions
from labelvc.core.snapshot import BOX, Snapshot

Integers = NDArray[np.int64]


class NothingToScore(LabelvcError):
    """No labels, or no predictions, of what is to be scored."""


@dataclass(frozen=True)
class Scope:
    """The samples that are scored, with what their labels and a model say of them.

    `samples` are rows of `Snapshot.samples`. `truth` holds their present labels, `predicted` what
    the model said, both with category names and `at`, the row of `samples` that they speak of;
    `denied` are the places with a label of another verdict. `rows` is per sample its row in
    `predictions`, -1 where it has none. `known` are the categories that the label set has; `where`
    is what messages call what is scored.
    """

    where: str
    samples: pl.DataFrame
    truth: pl.DataFrame
    denied: Integers
    predicted: pl.DataFrame
    rows: Integers
    predictions: Predictions
    known: Sequence[str]
    warnings: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, number: int) -> None:
        """Add to the warnings, unless there is nothing to warn of."""
        if number:
            self.warnings[name] = self.warnings.get(name, 0) + int(number)

    def names(self, said: pl.Series) -> list[str]:
        """Every category that can occur, those that the label set has first."""
        further = sorted({*said.unique(), *self.predictions.categories} - set(self.known))
        return [*self.known, *further]

    def nothing(self, what: str) -> NothingToScore:
        """The error for truth without a single label of the sort that the task scores."""
        return NothingToScore(
            f"{self.where} has no sample with a {what} to score against",
            hint="Check the task and the split, or score another split.",
        )


def scope_of(
    truth: Snapshot, predictions: Predictions, split: str | None, kinds: Sequence[str]
) -> Scope:
    """Labels and predictions of these kinds, of the samples of a split (None: of all).

    Raises LabelvcError where they have no sample in common, for a split without samples, for
    predictions that name a sample twice and for confidences outside 0 to 1.
    """
    _check(predictions, kinds)
    place = places(predictions.samples, truth.samples["sample"])
    if not (place >= 0).any():
        raise _strangers(truth, predictions)
    rows = np.full(truth.samples.height, -1)
    rows[place[place >= 0]] = np.flatnonzero(place >= 0)
    inside = _inside(truth, split)
    if not (rows[inside] >= 0).any():
        raise NothingToScore(f"there are predictions, but for no sample of the split {split!r}")
    labels = _of_kinds(_named(truth), kinds)
    at = _numbered(inside)
    present = pl.Series(labels["verdict"] == "present")
    predicted = _placed(_of_kinds(predictions.labels, kinds), truth.samples["sample"], at)
    _check_numbers(predicted)
    known = truth.categories["name"].drop_nulls().unique(maintain_order=True).to_list()
    known += sorted(set(_only(labels, present)["category"].drop_nulls().unique()) - set(known))
    scope = Scope(
        where="the label set" if split is None else f"the split {split!r}",
        samples=truth.samples.filter(inside),
        truth=_placed(_only(labels, present), truth.samples["sample"], at),
        denied=_placed(labels.filter(~present), truth.samples["sample"], at)["at"].to_numpy(),
        predicted=predicted,
        rows=rows[inside],
        predictions=predictions,
        known=known,
    )
    scope.count("unknown_samples", int((place < 0).sum()))
    return scope


def places(keys: pl.Series, among: pl.Series) -> Integers:
    """Where each key stands among unique ones; -1 where it does not."""
    if keys.equals(among):
        return np.arange(len(keys))
    index = pl.DataFrame({"key": among}).with_row_index("at")
    found = pl.DataFrame({"key": keys}).join(index, on="key", how="left", maintain_order="left")
    numbers: Integers = found["at"].cast(pl.Int64).fill_null(-1).to_numpy()
    return numbers


@dataclass(frozen=True)
class Votes:
    """What a sample's annotators say of it, the most frequent first, equals in order.

    `table` has `at`, the value's column, `votes` and `asked`, how many annotators said anything.
    `several` is true where a single annotator gave a sample several values.
    """

    table: pl.DataFrame
    several: bool

    def winners(self) -> pl.DataFrame:
        """The first value of each sample."""
        return self.table.unique("at", keep="first", maintain_order=True)

    def shared(self) -> pl.DataFrame:
        """The values that at least half of a sample's annotators gave."""
        return self.table.filter(2 * pl.col("votes") >= pl.col("asked"))

    def disagreeing(self) -> int:
        """How many samples have a value that not all of their annotators gave."""
        return self.table.filter(pl.col("votes") < pl.col("asked"))["at"].n_unique()


def votes(labels: pl.DataFrame, column: str) -> Votes:
    """Count who gives a sample which value; labels without one do not vote."""
    said = labels.select("at", column, "annotator").drop_nulls(column)
    if np.bincount(said["at"].to_numpy(), minlength=1).max() <= 1:
        one = pl.lit(1, pl.UInt32)
        return Votes(
            said.select("at", column, votes=one, asked=one).sort("at", maintain_order=True), False
        )
    said = said.unique()
    several = bool(said.select("at", "annotator").is_duplicated().any())
    asked = said.group_by("at").agg(asked=pl.col("annotator").n_unique())
    table = said.group_by("at", column).agg(votes=pl.len()).join(asked, on="at")
    return Votes(table.sort("at", "votes", column, descending=[False, True, False]), several)


def _check(predictions: Predictions, kinds: Sequence[str]) -> None:
    names = pl.Series(list(predictions.categories), dtype=pl.String)
    for what, keys in (("samples", predictions.samples), ("categories", names)):
        if keys.n_unique() != len(keys):
            twice = keys.filter(keys.is_duplicated())[0]
            raise LabelvcError(f"the {what} of the predictions name {shorten(twice)} twice")
    expected = (len(predictions.samples), len(names))
    if predictions.probabilities is not None and predictions.probabilities.shape != expected:
        raise LabelvcError(
            f"the probabilities have the shape {predictions.probabilities.shape}, expected "
            f"{expected}: a row a sample, a column a category"
        )
    given = set(predictions.labels["kind"].drop_nulls().unique())
    if predictions.probabilities is None and given and not given & set(kinds):
        raise LabelvcError(
            f"the predictions are of kind {', '.join(sorted(given))}; this task scores labels of "
            f"kind {', '.join(kinds)}",
            hint="Check the task of the label set.",
        )


def _strangers(truth: Snapshot, predictions: Predictions) -> LabelvcError:
    first = [
        shorten(keys[0]) if len(keys) else "nothing"
        for keys in (predictions.samples, truth.samples["sample"])
    ]
    return LabelvcError(
        f"predictions and labels have no sample in common: predictions of {first[0]}, ..., "
        f"labels of {first[1]}, ...",
        hint="Samples meet by their key; the label set's `key` in labelvc.yaml names the field.",
    )


def _inside(truth: Snapshot, split: str | None) -> pl.Series:
    splits = truth.samples["split"]
    if split is None:
        return pl.Series([True] * len(splits), dtype=pl.Boolean)
    inside = pl.Series(splits.eq_missing(split))
    if not inside.any():
        there = ", ".join(sorted(splits.drop_nulls().unique())) or "none"
        raise LabelvcError(f"no sample is in the split {split!r}", hint=f"Splits: {there}.")
    return inside


def _numbered(inside: pl.Series) -> Integers:
    """For each sample its number among those inside, -1 outside."""
    mask = inside.to_numpy()
    return np.where(mask, np.cumsum(mask) - 1, -1)


def _of_kinds(labels: pl.DataFrame, kinds: Sequence[str]) -> pl.DataFrame:
    return _only(labels, labels["kind"].is_in(list(kinds)))


def _only(labels: pl.DataFrame, which: pl.Series) -> pl.DataFrame:
    """The labels that are flagged; mostly all are, and a copy of a million takes its time."""
    return labels if which.all() else labels.filter(which)


def _named(truth: Snapshot) -> pl.DataFrame:
    """The labels with category names in the place of keys."""
    keys, names = truth.categories["key"], truth.categories["name"]
    if keys.equals(names):
        return truth.labels
    return truth.labels.with_columns(pl.col("category").replace(keys, names))


def _placed(labels: pl.DataFrame, samples: pl.Series, at: Integers) -> pl.DataFrame:
    """The labels of samples inside, with `at`, in their order."""
    place = places(labels["sample"], samples)
    # a last one for -1
    numbers = pl.Series("at", np.append(at, -1)[place], dtype=pl.Int64)
    return _only(labels.with_columns(numbers), pl.Series(numbers >= 0))


def _check_numbers(predicted: pl.DataFrame) -> None:
    for name in ("confidence", *BOX, "start", "end"):
        column = predicted[name]
        chance = name == "confidence"
        right = column.is_between(0, 1) if chance else column.is_finite()
        if right.all():
            continue
        at = int((~right).arg_true()[0])
        raise LabelvcError(
            f"the prediction for {shorten(predicted['sample'][at])} has {name} {column[at]}, "
            f"expected a {'number from 0 to 1' if chance else 'finite number'}"
        )
