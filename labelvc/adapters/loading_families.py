"""What a label set teaches: which of its labels make the targets, and what its samples are."""

from __future__ import annotations

import polars as pl

from labelvc.adapters.loading_opening import Opened
from labelvc.core.errors import LabelvcError
from labelvc.formats.splits import AUDIO
from labelvc.repo.config import TASKS

# Kinds of labels that make one sort of target together.
FAMILIES = {
    "class": ("class",),
    "box": ("box", "polygon", "mask", "keypoints"),
    "span": ("span", "token"),
    "segment": ("segment",),
    "text": ("text",),
}
_OF_TASK = {
    "image-classification": ("class", "image"),
    "object-detection": ("box", "image"),
    "image-segmentation": ("box", "image"),
    "keypoint-detection": ("box", "image"),
    "text-classification": ("class", "text"),
    "token-classification": ("span", "text"),
    "audio-classification": ("class", "audio"),
    "automatic-speech-recognition": ("text", "audio"),
}


def family_of(opened: Opened) -> str:
    """The family that the declared task learns, else the only one there is.

    Raises LabelvcError where there are several, or none, and where the task learns another.
    """
    kinds = set(opened.snapshot.labels.filter(pl.col("verdict") == "present")["kind"])
    there = [name for name, members in FAMILIES.items() if not kinds.isdisjoint(members)]
    task = opened.label_set.task
    if task is not None:
        family = _OF_TASK[task][0]
        if there and family not in there:
            raise LabelvcError(
                f"{opened.where} holds {_told(kinds)}, which {task} does not learn from",
                hint=f"Change its `task:` in labelvc.yaml to one of {', '.join(_fitting(there))}.",
            )
        return family
    if len(there) == 1:
        return there[0]
    what = f"labels of several kinds: {_told(kinds)}" if there else "no labels"
    raise LabelvcError(
        f"{opened.where} holds {what}",
        hint="Add `task:` to it in labelvc.yaml, which says what to load: one of"
        f" {', '.join(_fitting(there) or TASKS)}.",
    )


def medium_of(opened: Opened, family: str) -> str:
    """What the samples are: `image`, `audio` or `text`."""
    if opened.label_set.task is not None:
        return _OF_TASK[opened.label_set.task][1]
    if family in ("box", "span", "segment"):
        return {"box": "image", "span": "text", "segment": "audio"}[family]
    paths = opened.paths.drop_nulls()
    if paths.is_empty():
        return "text"
    return "audio" if paths[0].lower().endswith(AUDIO) else "image"


def _fitting(families: list[str]) -> list[str]:
    return [task for task, (family, _) in _OF_TASK.items() if family in families]


def _told(kinds: set[str]) -> str:
    return ", ".join(sorted(kinds))
