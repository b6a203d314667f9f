"""Having a model predict: samples with their features and labels in, predictions out."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.predictions import Predictions
from labelvc.stages.collect import collect
from labelvc.stages.interface import Sample
from labelvc.stages.job import Job
from labelvc.stages.model_samples import ModelSamples, prepared
from labelvc.stages.models import load_model, seed_everything
from labelvc.stages.plan import BASELINE, Plan
from labelvc.stages.truth import Truth, training_keys

HOLDOUT = "holdout"


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a model said, and of which split: HOLDOUT where samples were held out of training.

    `own` are numbers that the model gave of itself.
    """

    predictions: Predictions
    split: str | None
    notes: Sequence[str] = ()
    own: Mapping[str, float] = field(default_factory=dict)


def predict(job: Job) -> Predicted:
    """The model's predictions, after training it where it can be and has no weights yet.

    Where the label set has no splits, a share of the samples is held out of training and scored.
    A sample that a model needs features of and whose medium cannot be read is not predicted.
    Raises LabelvcError with what the model did wrong.
    """
    plan, task = job.plan, job.truth.task
    categories = _categories(job)
    model = load_model(
        plan.model,
        task=task,
        categories=categories,
        seed=plan.seed,
        options=plan.options,
        weights=job.repo.root / plan.weights if plan.weights else None,
        root=job.repo.root,
    )
    seed_everything(plan.seed)
    fit = getattr(model, "fit", None) if plan.weights is None else None
    alone = job.trained_on is job.truth
    split = HOLDOUT if fit is not None and job.split is None and alone else job.split
    scored = _scored(job, split)
    ready = _model_samples(job, job.truth)
    trained_on = ready if alone else _model_samples(job, job.trained_on)
    notes = [] if fit is None else _train(fit, job, trained_on, scored)
    samples = ready.to_predict(scored)
    if not samples:
        raise LabelvcError(
            f"label set {job.truth.label_set.name}: no sample to predict", hint=_media_hint(job)
        )
    if silent := len(scored) - len(samples):
        notes.append(f"{silent} samples without readable media or text are not predicted")
    found = collect(model.predict(samples), samples, task, categories, unit=_unit(job.truth))
    own = _own_metrics(getattr(model, "own_metrics", None), ready.labelled(scored), plan.model)
    return Predicted(_in_unit(found, job.truth, samples), split, notes, own)


def _own_metrics(
    tell: Callable[[Sequence[Sample]], Any] | None, samples: Sequence[Sample], spec: str
) -> dict[str, float]:
    """What a model tells of itself. Raises LabelvcError for other things than numbers by name."""
    told = tell(samples) if tell is not None else {}
    if not isinstance(told, Mapping):
        raise LabelvcError(f"{spec}: own_metrics gave {shorten(told)}, expected numbers by name")
    for name, value in told.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not isinstance(name, str) or not is_number or not math.isfinite(value):
            raise LabelvcError(
                f"{spec}: own_metrics gave {shorten(value)} for {shorten(name)}, expected a finite "
                "number"
            )
    return {name: float(value) for name, value in told.items()}


def _scored(job: Job, split: str | None) -> pl.Series:
    """The keys of the samples to predict. Raises LabelvcError where none could be held out."""
    samples = job.truth.snapshot.samples
    if split != HOLDOUT:
        chosen = samples if split is None else samples.filter(pl.col("split") == split)
        return chosen["sample"]
    keys = held_out(samples["sample"], job.plan)
    if len(keys) in (0, samples.height):
        raise LabelvcError(
            f"label set {job.truth.label_set.name}: of its {samples.height} samples "
            f"{len(keys)} would be held out of training, which leaves none for the other part",
            hint="Give the labels splits, or change `holdout` or `seed` in params.yaml.",
        )
    return keys


def held_out(keys: pl.Series, plan: Plan) -> pl.Series:
    """The samples kept out of training: by a hash of key and seed, so that none changes sides."""
    limit = int(plan.holdout * 2**32)
    chosen = [
        int.from_bytes(hashlib.sha256(f"{plan.seed}:{key}".encode()).digest()[:4], "big") < limit
        for key in keys
    ]
    held: pl.Series = keys.filter(pl.Series(chosen, dtype=pl.Boolean))
    return held


def _model_samples(job: Job, truth: Truth) -> ModelSamples:
    """A label set's samples, with features where the model wants some."""
    wanted = job.plan.wants_features
    return ModelSamples(truth, prepared(job.repo, truth, job.preprocess) if wanted else None)


def _train(
    fit: Callable[[Sequence[Sample]], None], job: Job, ready: ModelSamples, scored: pl.Series
) -> list[str]:
    keys = training_keys(job.trained_on, scored.to_list())
    samples = ready.to_train_on(keys)
    if not samples:
        raise LabelvcError(
            f"label set {job.trained_on.label_set.name}: no labelled sample to train on",
            hint=_media_hint(job),
        )
    fit(samples)
    return [f"trained on {len(samples)} samples"]


def _unit(truth: Truth) -> str | None:
    """The unit of the label set's spans; None where it has none."""
    units = truth.snapshot.labels.filter(pl.col("kind") == "span")["unit"].drop_nulls()
    return units[0] if len(units) else None


def _in_unit(found: Predictions, truth: Truth, samples: Sequence[Sample]) -> Predictions:
    """Boxes in the unit of the label set: models tell pixels of the original image.

    Raises LabelvcError for outlines where the labels are no pixels.
    """
    units = truth.snapshot.labels.filter(pl.col("x").is_not_null())["unit"].drop_nulls()
    whole = {"fraction": 1.0, "percent": 100.0}.get(units[0] if len(units) else "")
    if whole is None or found.labels.is_empty():
        return found
    if found.labels["geometry"].null_count() < found.labels.height:
        raise LabelvcError(
            f"the labels of {truth.label_set.name} are in {units[0]}s, and outlines of models in "
            "pixels",
            hint="Give a predictions file in the label set's own format.",
        )
    sizes = pl.DataFrame(
        {
            "sample": [sample.key for sample in samples],
            "across": pl.Series([sample.width for sample in samples], dtype=pl.Float64),
            "down": pl.Series([sample.height for sample in samples], dtype=pl.Float64),
        }
    )
    scaled = found.labels.join(sizes, on="sample", how="left", maintain_order="left")
    if scaled["across"].null_count():
        key = scaled.filter(pl.col("across").is_null())["sample"][0]
        raise LabelvcError(f"sample {key!r}: the size of its image is not known")
    columns = [
        (pl.col(name) * whole / pl.col(side)).alias(name)
        for name, side in (("x", "across"), ("width", "across"), ("y", "down"), ("height", "down"))
    ]
    labels = scaled.with_columns(*columns, unit=pl.lit(units[0])).drop("across", "down")
    return replace(found, labels=labels)


def _categories(job: Job) -> list[str]:
    """Every category's name once, the scored set's first, in their declared order."""
    names = [
        name for one in (job.truth, job.trained_on) for name in one.snapshot.categories["name"]
    ]
    return list(dict.fromkeys(names))


def _media_hint(job: Job) -> str:
    if job.plan.model == BASELINE and job.truth.media is None:
        name = job.truth.label_set.name
        return (
            f"Say where its media are (`media:` of {name} in labelvc.yaml), or give predictions: "
            "labelvc evaluate --predictions FILE."
        )
    return "`dvc pull` brings media that are tracked but not here."
