"""`labelvc evaluate`: train or load a model, predict, score, keep predictions and record."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labelvc import __version__
from labelvc.core.predictions import Predictions
from labelvc.core.record import ScoreRecord
from labelvc.core.resampling import intervals
from labelvc.core.scored import Scored
from labelvc.core.scoring import score, score_splits
from labelvc.formats.predictions import read_predictions
from labelvc.formats.source import disk_source
from labelvc.repo.dirty import dirty, refuse_dirty
from labelvc.repo.experiment import experiment_name, home_of
from labelvc.repo.hashing import hash_content, hash_listing
from labelvc.repo.keeping import Kept, keep
from labelvc.repo.params import params_of, read_params
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import head
from labelvc.repo.scorebook import path_of, scorebook, write_record
from labelvc.stages.environment import environment
from labelvc.stages.models import code_files
from labelvc.stages.plan import Plan
from labelvc.stages.predicting import HOLDOUT, Work, predict
from labelvc.stages.truth import Truth, read_truth, scored_split

# Raised where scores of the same predictions and labels come out differently than before.
METRICS_VERSION = 1
_MOST_CATEGORIES = 200


@dataclass(frozen=True)
class Evaluated:
    """A score and where its record is kept, relative to the project; `was_there`: since before."""

    record: ScoreRecord
    path: str
    was_there: bool = False
    notes: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Reading:
    """How a file of predictions is read, where that is not what the file itself tells."""

    format: str | None = None
    key: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


def evaluate(
    repo: Repository,
    set_name: str,
    plan: Plan,
    *,
    rev: str | None = None,
    allow_dirty: bool = False,
    reading: Reading | None = None,
) -> Evaluated:
    """Score a model, or a file of its predictions, on a label set at a revision.

    The predictions are kept under `predictions/` in DVC and the record under `scores/`. What was
    evaluated before is not evaluated again. Raises LabelvcError where what is read differs from
    HEAD (unless `allow_dirty`), and before anything is written where model or predictions are not
    what they must be.
    """
    job = prepare(repo, set_name, plan, rev=rev)
    if not allow_dirty:
        refuse_dirty(job.dirty)
    home = _home(repo)
    if (known := scorebook(home).of_inputs(job.inputs(reading))) is not None and not job.dirty:
        return Evaluated(known, path_of(known), was_there=True)
    measured = measure(job, reading)
    kept = keep(home, plan.called, set_name, measured.predictions)
    record = record_of(job, measured, kept, reading)
    there = scorebook(home).records.get(path_of(record))
    if there is not None and there.digest == record.digest:
        return Evaluated(there, path_of(there), was_there=True, notes=measured.notes)
    return Evaluated(record, write_record(home.root, record), notes=measured.notes)


@dataclass(frozen=True, eq=False)
class Job:
    """An evaluation about to be made: its truth is read, its samples are chosen."""

    repo: Repository
    plan: Plan
    preprocess: Mapping[str, Any]
    truth: Truth
    trained_on: Truth
    split: str | None  # that is scored; None for all samples, or some held out of training
    dirty: Sequence[str]
    code: Sequence[Path] = ()

    def inputs(self, reading: Reading | None = None) -> str:
        """The sha256 of all that decides on the result."""
        plan = self.plan
        told = {
            "set": self.truth.label_set.name,
            "task": self.truth.task,
            "labels": [self.truth.digest, self.trained_on.digest],
            "plan": plan.told(),
            "name": plan.called,
            "reading": [reading.format, reading.key, dict(reading.settings)] if reading else None,
            "preprocess": dict(self.preprocess) if plan.wants_features else None,
            "split": self.split,
            "code": {
                os.path.relpath(one, self.repo.root): _hash(self.repo, one) for one in self.code
            },
            "files": [_hash(self.repo, one) for one in (plan.weights, plan.predictions) if one],
            "evaluator": [__version__, METRICS_VERSION],
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def prepare(
    repo: Repository,
    set_name: str,
    plan: Plan,
    *,
    rev: str | None = None,
    preprocess: Mapping[str, Any] | None = None,
) -> Job:
    """Read the labels and see what differs from HEAD. Raises LabelvcError.

    `preprocess` are parameters in place of those in params.yaml.
    """
    truth = read_truth(repo, set_name, rev)
    other = plan.train_set not in (None, truth.label_set.name)
    trained_on = read_truth(repo, str(plan.train_set), rev) if other else truth
    split = scored_split(truth, plan.split)
    code = [] if plan.predictions else code_files(plan.model, repo.root)
    extra = [repo.root / plan.weights] if plan.weights else []
    found = dirty(
        repo,
        [truth.label_set, *([trained_on.label_set] if other else [])],
        [*code, *extra],
        commit=truth.end.commit,
    )
    if preprocess is None:
        preprocess = params_of(read_params(repo.root), set_name).preprocess
    return Job(repo, plan, preprocess, truth, trained_on, split, found, code)


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
    found = predict(_work(job))
    return _measured(job.truth, found.predictions, found.split, found.notes)


def again(job: Job, reading: Reading | None = None) -> ScoreRecord:
    """The record of the evaluation made again, keeping nothing."""
    measured = measure(job, reading)
    kept = Kept("", "", measured.predictions.digest())
    return record_of(job, measured, kept, reading)


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


def _measured(
    truth: Truth, predictions: Predictions, split: str | None, notes: Sequence[str] = ()
) -> Measured:
    scored = rescored(truth, predictions, split, whole=True)
    splits = score_splits(truth.snapshot, predictions, truth.task) if split is None else {}
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


def _work(job: Job) -> Work:
    plan, truth = job.plan, job.truth
    return Work(job.repo, plan, job.preprocess, truth, job.trained_on, job.split)


def record_of(job: Job, measured: Measured, kept: Kept, reading: Reading | None) -> ScoreRecord:
    """The record of what was measured."""
    scored, plan, truth = measured.scored, job.plan, job.truth
    too_many = scored.confusion is not None and len(scored.confusion.categories) > _MOST_CATEGORIES
    return ScoreRecord(
        model=plan.called,
        set=truth.label_set.name,
        task=truth.task,
        split=measured.split,
        labels=_labels(job),
        predictions={"path": kept.path, "hash": kept.hash, "digest": kept.digest},
        evaluator={"name": "labelvc", "version": __version__, "metrics": METRICS_VERSION},
        inputs=job.inputs(reading),
        commit=truth.end.commit or str(head(job.repo).commit),
        dirty=tuple(job.dirty),
        experiment=experiment_name(),
        spec=plan.spec,
        params=_params(job, reading),
        environment=environment(plan.seed),
        metrics=dict(scored.metrics),
        intervals=dict(measured.intervals),
        headline=scored.headline,
        lower_is_better=scored.lower_is_better,
        splits={name: dict(one.metrics) for name, one in measured.splits.items()},
        categories=tuple(scored.categories),
        confusion=None if too_many else scored.confusion,
        warnings=dict(scored.warnings),
    )


def _labels(job: Job) -> list[dict[str, Any]]:
    trained = [] if job.plan.predictions else [("trained", job.trained_on)]
    return [
        {
            "name": truth.label_set.name,
            "role": role,
            "path": truth.label_set.path,
            "format": truth.label_set.format,
            "hash": truth.hash,
            "digest": truth.digest,
        }
        for role, truth in (("scored", job.truth), *trained)
    ]


def _params(job: Job, reading: Reading | None) -> dict[str, Any]:
    told: dict[str, Any] = {"evaluate": job.plan.told()}
    if job.plan.wants_features:
        told["preprocess"] = dict(job.preprocess)
    if reading is not None:
        told["reading"] = {"format": reading.format, "key": reading.key, **reading.settings}
    return told


def _home(repo: Repository) -> Repository:
    """Where scores are kept: not in the temporary copy of an experiment, which will be gone."""
    home = home_of(repo.root)
    return repo if home == repo.root else Repository.find(home)


def _hash(repo: Repository, path: str | Path) -> str:
    """The md5 of a file, or of a folder's listing. Raises NotFound."""
    at = repo.root / path
    if at.is_dir():
        files = disk_source(at).files
        return hash_listing({name: hash_content(str(at / name), "md5") for name in files})
    return hash_content(str(at), "md5")
