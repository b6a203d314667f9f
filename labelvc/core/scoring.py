"""Comparing truth with predictions: a label set and what a model says of its samples.

docs/scores.md holds every metric's definition and what becomes of input that does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labelvc.core.errors import LabelvcError
from labelvc.core.predictions import Predictions
from labelvc.core.score_boxes import score_boxes
from labelvc.core.score_classes import score_classes
from labelvc.core.score_keypoints import score_keypoints
from labelvc.core.score_masks import score_masks
from labelvc.core.score_scope import NothingToScore, Scope, scope_of
from labelvc.core.score_spans import score_spans
from labelvc.core.score_texts import NORMALISERS, score_texts
from labelvc.core.scored import Scored
from labelvc.core.snapshot import Snapshot

__all__ = ["NORMALISERS", "NothingToScore", "score", "score_splits"]

_SHAPES = ("box", "polygon", "mask", "keypoints")
# How each task is scored, and by which kinds of labels.
_TASKS: dict[str, tuple[Callable[[Scope], Scored], Sequence[str]]] = {
    "image-classification": (score_classes, ("class",)),
    "text-classification": (score_classes, ("class",)),
    "audio-classification": (score_classes, ("class",)),
    "object-detection": (score_boxes, _SHAPES),
    "image-segmentation": (score_masks, _SHAPES),
    "keypoint-detection": (score_keypoints, ("keypoints",)),
    "token-classification": (score_spans, ("span",)),
    "automatic-speech-recognition": (score_texts, ("text",)),
}


def score(
    truth: Snapshot,
    predictions: Predictions,
    task: str,
    *,
    split: str | None = None,
    normalise: str = "none",
) -> Scored:
    """The scores of predictions on the labels of a split (None: of all samples).

    `normalise` names what is done to transcripts before they are compared (`NORMALISERS`). Raises
    LabelvcError for an unknown task, and for predictions that cannot be scored: no sample in
    common, nothing labelled, numbers that are none.
    """
    if task not in _TASKS:
        raise LabelvcError(f"no such task: {task}", hint=f"Tasks: {', '.join(_TASKS)}.")
    scorer, kinds = _TASKS[task]
    scope = scope_of(truth, predictions, split, kinds)
    return score_texts(scope, normalise) if scorer is score_texts else scorer(scope)


def score_splits(
    truth: Snapshot, predictions: Predictions, task: str, *, normalise: str = "none"
) -> dict[str, Scored]:
    """The scores on each split that has both labels and predictions, by the split's name.

    Raises LabelvcError as `score` does where that is none of them; without splits there is nothing
    to tell.
    """
    found: dict[str, Scored] = {}
    missing: list[NothingToScore] = []
    for split in truth.samples["split"].drop_nulls().unique().sort():
        try:
            found[split] = score(truth, predictions, task, split=split, normalise=normalise)
        except NothingToScore as error:
            missing.append(error)
    if missing and not found:
        raise missing[0]
    return found
