"""The label set that is measured on, as it is at a revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.snapshot import Snapshot
from labelvc.formats.reading import read
from labelvc.repo.caches import cache_folders
from labelvc.repo.config import TASKS, LabelSet
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, Revision, revision, set_pairs

_KIND_TASKS = {
    "box": "object-detection",
    "polygon": "image-segmentation",
    "mask": "image-segmentation",
    "keypoints": "keypoint-detection",
    "span": "token-classification",
    "token": "token-classification",
}
_SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a")
# Splits that models are scored on, the likeliest first.
SCORED = ("test", "val", "valid", "validation", "dev")
_TRAINED = ("train", "training")


@dataclass(frozen=True, eq=False)
class Truth:
    """A label set at a revision: `hash` as DVC or Git names its content, `digest` of its labels.

    `media` is where its media are, which may be links to objects of DVC's `caches`.
    """

    label_set: LabelSet
    task: str
    end: Revision
    hash: str
    snapshot: Snapshot
    media: Path | None = None
    caches: Sequence[Path] = ()

    @cached_property
    def digest(self) -> str:
        """That of the labels, which takes its time: worked out when it is asked for."""
        return self.snapshot.digest()

    @property
    def splits(self) -> list[str]:
        """The splits that its samples are in."""
        return sorted(self.snapshot.samples["split"].drop_nulls().unique())


def read_truth(repo: Repository, name: str, rev: str | None = None) -> Truth:
    """The label set of that name at a revision, None for the working tree.

    Raises NotFound where it is not there, LabelvcError where nothing says what its task is.
    """
    end = WORKING_TREE if rev is None else revision(repo, rev)
    (pair,) = set_pairs(repo, end, end, [name])
    if pair.after is None:
        raise NotFound(f"label set {name} is not there at {rev or 'the working tree'}")
    label_set = pair.label_set
    snapshot, _, _ = read(pair.after.source, label_set.format, label_set.settings, label_set.key)
    return Truth(
        label_set,
        task_of(label_set, snapshot),
        end,
        pair.after.hash,
        snapshot,
        repo.root / label_set.media if label_set.media else None,
        cache_folders(repo.root, repo.main_root) if label_set.media else (),
    )


def task_of(label_set: LabelSet, snapshot: Snapshot) -> str:
    """The task that is declared, else what the labels themselves tell.

    Raises LabelvcError where they tell nothing.
    """
    if label_set.task is not None:
        return label_set.task
    kinds = snapshot.labels["kind"].value_counts(sort=True)["kind"].to_list()
    paths = snapshot.samples["path"].drop_nulls()
    has_sounds = len(paths) > 0 and paths[0].lower().endswith(_SOUNDS)
    if kinds and kinds[0] == "class":
        if has_sounds:
            return "audio-classification"
        return "image-classification" if len(paths) else "text-classification"
    if kinds and kinds[0] == "text" and has_sounds:
        return "automatic-speech-recognition"
    if kinds and kinds[0] in _KIND_TASKS:
        return _KIND_TASKS[kinds[0]]
    raise LabelvcError(
        f"label set {label_set.name}: what its task is cannot be told from its labels",
        hint=f"Add `task:` to it in labelvc.yaml, one of {', '.join(TASKS)}.",
    )


def scored_split(truth: Truth, wanted: str | None) -> str | None:
    """The split to score: the one wanted, else test or validation; None where there are none.

    Raises LabelvcError where no sample is in the wanted one.
    """
    splits = truth.splits
    if wanted is None:
        return next((name for name in SCORED if name in splits), None)
    if wanted not in splits:
        raise LabelvcError(
            f"label set {truth.label_set.name}: no sample is in split {wanted!r}",
            hint=f"Its splits: {', '.join(splits) or 'none'}.",
        )
    return wanted


def training_keys(truth: Truth, scored: Sequence[str]) -> pl.Series:
    """The samples a model may see: those of the split train, else all that are not scored."""
    samples = truth.snapshot.samples
    names = [name for name in _TRAINED if name in truth.splits]
    if names:
        samples = samples.filter(pl.col("split").is_in(names))
    keys: pl.Series = samples["sample"]
    unseen: pl.Series = keys.filter(~keys.is_in(pl.Series(scored, dtype=pl.String).implode()))
    return unseen
