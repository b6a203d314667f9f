"""`labelvc evaluate`: measure, keep the predictions and the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from labelvc import __version__
from labelvc.core.record import ScoreRecord
from labelvc.repo.dirty import refuse_dirty
from labelvc.repo.experiment import experiment_name, home_of
from labelvc.repo.keeping import Kept, keep
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import head
from labelvc.repo.scorebook import path_of, scorebook, write_record
from labelvc.stages.environment import environment
from labelvc.stages.job import METRICS_VERSION, Job, Reading, prepare
from labelvc.stages.measuring import Measured, measure
from labelvc.stages.plan import Plan

_MOST_CATEGORIES = 200


@dataclass(frozen=True)
class Evaluated:
    """A score and where its record is kept, relative to the project; `was_there`: since before."""

    record: ScoreRecord
    path: str
    was_there: bool = False
    notes: Sequence[str] = field(default_factory=tuple)


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


def again(job: Job, reading: Reading | None = None) -> ScoreRecord:
    """The record of the evaluation made again, keeping nothing."""
    measured = measure(job, reading)
    kept = Kept("", "", measured.predictions.digest())
    return record_of(job, measured, kept, reading)


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
