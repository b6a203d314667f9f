"""Having a model predict: samples with their features and labels in, predictions out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from labelvc.core.errors import LabelvcError
from labelvc.core.predictions import Predictions
from labelvc.repo.repository import Repository
from labelvc.stages.collect import collect
from labelvc.stages.interface import Model, Sample
from labelvc.stages.media import Found, find_media
from labelvc.stages.model_features import features_by_sample
from labelvc.stages.models import load_model, seed_everything
from labelvc.stages.plan import BASELINE, Plan
from labelvc.stages.prepared import Prepared
from labelvc.stages.preprocess import parse_params, preprocess
from labelvc.stages.truth import Truth

PREPARED = "prepared"


@dataclass(frozen=True, eq=False)
class Work:
    """What a model is to do: the samples it is scored on, and those it may be trained on."""

    repo: Repository
    plan: Plan
    preprocess: Mapping[str, Any]
    truth: Truth
    trained_on: Truth
    scored: pl.Series
    trained: pl.Series


def predict(work: Work) -> tuple[Predictions, list[str]]:
    """The model's predictions, and what is to be told of how they were made.

    A sample that a model needs features of and whose medium cannot be read is not predicted.
    Raises LabelvcError with what the model did wrong.
    """
    plan, task = work.plan, work.truth.task
    categories = _categories(work)
    model = load_model(
        plan.model,
        task=task,
        categories=categories,
        seed=plan.seed,
        options=plan.options,
        weights=work.repo.root / plan.weights if plan.weights else None,
        root=work.repo.root,
    )
    seed_everything(plan.seed)
    notes = _train(model, work)
    samples, silent = _samples(work, work.truth, work.scored, labelled=False)
    if not samples:
        raise LabelvcError(
            f"label set {work.truth.label_set.name}: no sample to predict", hint=_media_hint(work)
        )
    if silent:
        notes.append(f"{silent} samples without readable media or text are not predicted")
    return collect(model.predict(samples), samples, task, categories), notes


def prepared(repo: Repository, truth: Truth, params: Mapping[str, Any]) -> Prepared:
    """The label set's extracted features, made or brought up to date where they are not.

    They lie in `prepared/` where the pipeline keeps them, else in Git's own folder.
    """
    name = truth.label_set.name
    own = repo.root / PREPARED / name
    in_tree = truth.end.commit is None and own.is_dir()
    return preprocess(
        truth.snapshot,
        truth.task,
        own if in_tree else repo.scratch / PREPARED / name,
        media=truth.media,
        params=parse_params(params, "params.yaml: preprocess"),
    )


def _train(model: Model, work: Work) -> list[str]:
    """Train a model that can be and has no weights yet."""
    fit = getattr(model, "fit", None)
    if fit is None or work.plan.weights is not None:
        return []
    samples, _ = _samples(work, work.trained_on, work.trained, labelled=True)
    samples = [sample for sample in samples if sample.labels]
    if not samples:
        raise LabelvcError(
            f"label set {work.trained_on.label_set.name}: no labelled sample to train on",
            hint=_media_hint(work),
        )
    fit(samples)
    return [f"trained on {len(samples)} samples"]


def _samples(
    work: Work, truth: Truth, keys: pl.Series, *, labelled: bool
) -> tuple[list[Sample], int]:
    """The samples in the order of their keys, and how many had to be left out."""
    features: Mapping[str, Mapping[str, Any]] | None = None
    kept: set[str] | None = None
    if work.plan.wants_features:
        ready = prepared(work.repo, truth, work.preprocess)
        features = features_by_sample(ready, keys)
        kept = set(ready.samples.filter("kept")["sample"]) if labelled else None
    rows = truth.snapshot.samples.filter(pl.col("sample").is_in(keys.implode())).sort("sample")
    media = find_media(truth.snapshot.of_samples(keys), truth.media)
    labels = _labels(truth, keys) if labelled else {}
    found = []
    for row in rows.iter_rows(named=True):
        key = row["sample"]
        if (features is not None and key not in features) or (kept is not None and key not in kept):
            continue
        found.append(_sample(row, media[key], features, labels.get(key, ())))
    return found, len(rows) - len(found)


def _sample(
    row: Mapping[str, Any],
    medium: Found,
    features: Mapping[str, Mapping[str, Any]] | None,
    labels: Sequence[Mapping[str, Any]],
) -> Sample:
    key = row["sample"]
    return Sample(
        key,
        medium.path,
        row["text"],
        row["split"],
        row["width"],
        row["height"],
        row["duration"],
        features[key] if features is not None else {},
        labels,
    )


def _labels(truth: Truth, keys: pl.Series) -> dict[str, list[dict[str, Any]]]:
    """The present labels of the samples as mappings, with category names."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(truth, keys):
        told = {name: value for name, value in row.items() if value is not None}
        found.setdefault(row["sample"], []).append(told)
    return found


def _rows(truth: Truth, keys: pl.Series) -> Iterator[dict[str, Any]]:
    snapshot = truth.snapshot
    names = dict(snapshot.categories.select("key", "name").iter_rows())
    labels = snapshot.labels.filter(
        (pl.col("verdict") == "present") & pl.col("sample").is_in(keys.implode())
    ).drop("key", "record")
    for row in labels.iter_rows(named=True):
        yield row | {"category": names.get(row["category"], row["category"])}


def _categories(work: Work) -> list[str]:
    """Every category's name once, the scored set's first, in their declared order."""
    names = [
        name for one in (work.truth, work.trained_on) for name in one.snapshot.categories["name"]
    ]
    return list(dict.fromkeys(names))


def _media_hint(work: Work) -> str:
    if work.plan.model == BASELINE and work.truth.media is None:
        name = work.truth.label_set.name
        return (
            f"Say where its media are (`media:` of {name} in labelvc.yaml), or give predictions: "
            "labelvc evaluate --predictions FILE."
        )
    return "`dvc pull` brings media that are tracked but not here."
