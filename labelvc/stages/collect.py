"""From what a model returned to predictions; what cannot be one is refused, naming the sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.predictions import Predictions
from labelvc.stages.collect_classes import classes
from labelvc.stages.collect_objects import objects
from labelvc.stages.collect_texts import spans, texts
from labelvc.stages.interface import Sample

_CLASSES = ("image-classification", "text-classification", "audio-classification")
_SHAPES: Mapping[str, Sequence[str]] = {
    "object-detection": (),
    "image-segmentation": ("polygon", "mask"),
    "keypoint-detection": ("keypoints",),
}


def collect(
    raw: Any,
    samples: Sequence[Sample],
    task: str,
    categories: Sequence[str],
    *,
    unit: str | None = None,
) -> Predictions:
    """The predictions that `predict(samples)` gave, as `labelvc.stages.interface` tells them.

    `raw` may be a list, an array, a tensor, or a table or column of pandas. `unit` is that of the
    label set's spans: character or token, or None, which goes with both. Rows of probabilities are
    divided by their sum.
    Raises LabelvcError for the first prediction that is none, with its sample and what was found.
    """
    answers = _one_each(raw, len(samples))
    keys = [sample.key for sample in samples]
    if task in _CLASSES:
        return classes(answers, keys, categories)
    answers = _listed(answers)
    if task in _SHAPES:
        labels = objects(answers, keys, _SHAPES[task])
    elif task == "token-classification":
        labels = spans(answers, samples, unit)
    elif task == "automatic-speech-recognition":
        labels = texts(answers, keys)
    else:
        raise LabelvcError(f"predictions of the task {task!r} are not known")
    return Predictions(pl.Series("sample", keys, dtype=pl.String), labels, list(categories))


def _one_each(raw: Any, count: int) -> Any:
    """What was returned, as an array or pandas table of `count` rows, or a list."""
    if hasattr(raw, "detach"):  # a tensor of torch; NumPy has no brain floats
        raw = raw.detach().cpu().double().numpy()
    if getattr(raw, "ndim", None) != 2:
        if isinstance(raw, str | bytes | Mapping) or not isinstance(raw, Iterable):
            raise LabelvcError(
                f"the model returned {shorten(raw)}, expected a list of one prediction a sample"
            )
        raw = list(raw)
    if len(raw) != count:
        raise LabelvcError(
            f"the model returned {len(raw)} predictions for {count} samples",
            hint="predict(samples) returns one prediction a sample, in their order.",
        )
    return raw


def _listed(answers: Any) -> list[Any]:
    """The answers in a list: of a table those in its only column."""
    if isinstance(answers, list):
        return answers
    rows = answers.to_numpy() if hasattr(answers, "to_numpy") else answers
    if rows.shape[1] != 1:
        raise LabelvcError(
            f"the model returned a table of {rows.shape[1]} columns, expected one prediction a "
            "sample"
        )
    found: list[Any] = rows[:, 0].tolist()
    return found
