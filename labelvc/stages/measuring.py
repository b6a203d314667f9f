"""Predicting and scoring: what an evaluation comes down to, and all of a re-scoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from labelvc.core.predictions import Predictions
from labelvc.core.resampling import intervals
from labelvc.core.scored import Scored
from labelvc.core.scoring import score, score_splits
from labelvc.formats.predictions import read_predictions
from labelvc.formats.source import disk_source
from labelvc.stages.job import Job, Reading
from labelvc.stages.predicting import HOLDOUT, Predicted, predict
from labelvc.stages.truth import Truth


@dataclass(frozen=True, eq=False)
class Measured:
    """Predictions and what they score, in all and by split.

    `split` is the one that was scored: HOLDOUT where samples were held out of training.
    """

    predictions: Predictions
    split: str | None
    scored: Scored
    intervals: Mapping[str, tuple[float, float]]
    splits: Mapping[str, Scored]
    notes: Sequence[str] = ()


def measure(job: Job, reading: Reading | None = None) -> Measured:
    """Predict and score, writing nothing but extracted features."""
    if job.plan.predictions is not None:
        return _measured(job.truth, _given(job, reading or Reading()), job.split)
    found = predict(job)
    measured = _measured(job.truth, found.predictions, found.split, found.notes)
    return measured if not found.own else replace(measured, scored=_with(measured.scored, found))


def rescored(
    truth: Truth, predictions: Predictions, split: str | None, *, whole: bool = False
) -> Scored:
    """What the predictions score under these labels.

    Only for the samples that they are of; with `whole` for all, unless samples were held out.
    """
    snapshot = truth.snapshot
    if not whole or split == HOLDOUT:
        snapshot = snapshot.of_samples(predictions.samples)
    return score(snapshot, predictions, truth.task, split=None if split == HOLDOUT else split)


def _with(scored: Scored, found: Predicted) -> Scored:
    """The scores, and beside them the numbers that the model gave; ours count where names meet."""
    return replace(scored, metrics={**found.own, **scored.metrics})


def _measured(
    truth: Truth, predictions: Predictions, split: str | None, notes: Sequence[str] = ()
) -> Measured:
    scored = rescored(truth, predictions, split, whole=True)
    splits = score_splits(truth.snapshot, predictions, truth.task)
    return Measured(predictions, split, scored, intervals(scored), splits, notes)


def _given(job: Job, reading: Reading) -> Predictions:
    """The predictions in the file that the plan names."""
    label_set = job.truth.label_set
    path = job.repo.root / str(job.plan.predictions)
    same = reading.format is None or reading.format == label_set.format
    return read_predictions(
        disk_source(path, str(job.plan.predictions)),
        job.truth.snapshot,
        format=reading.format,
        settings={**(label_set.settings if same and reading.format else {}), **reading.settings},
        key=reading.key,
    )
