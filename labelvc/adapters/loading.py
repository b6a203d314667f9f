"""The samples of a label set, their media and targets as NumPy arrays: what all loaders share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from labelvc.adapters.loading_families import family_of, medium_of
from labelvc.adapters.loading_flat import Integers, Shared, Texts
from labelvc.adapters.loading_media import Loaded, reader_of
from labelvc.adapters.loading_opening import Opened, chosen, open_set
from labelvc.adapters.loading_targets import annotators_of, categories_of, targets_of

Split = str | Sequence[str] | None
RepoPath = str | os.PathLike[str]


class Loading(Shared):
    """The samples of the chosen splits; it pickles without handles on repository or files.

    `family` is which labels make the targets, `medium` what the samples are (image, audio, text).
    `rows` are those of the samples among the samples of all splits. `annotated` (int64, (n, 2)) is
    which sample has a label of which annotator, both by index.
    """

    def __init__(
        self, repo: RepoPath, opened: Opened, split: Split, *, media: bool, as_array: bool
    ) -> None:
        """`media` False: paths in place of images and sounds; `as_array` False: PIL images.

        Raises NotFound for an unknown split, and LabelvcError where labels of several kinds leave
        open what the target is or nothing says where media are.
        """
        self.repo, self.set = os.path.abspath(repo), opened.label_set.name
        self.rows = rows = rows_of(opened, split)
        self.family = family_of(opened)
        self.medium = medium_of(opened, self.family)
        self.keys, self.categories = categories_of(opened)
        self.targets = targets_of(opened, self.family, rows, self.keys)
        self.reader = reader_of(
            opened,
            rows,
            self.medium,
            decoded=media,
            as_array=as_array,
            sized=self.targets.needs_size,
        )
        self.samples = Texts(opened.snapshot.samples["sample"].gather(rows))
        self.annotators, self.annotated = annotators_of(opened, self.family, rows)
        self.digest = opened.digest
        self.commit = opened.end.commit
        self.name = opened.where

    def __len__(self) -> int:
        return len(self.samples)

    def read(self, at: int) -> tuple[Loaded, Any]:
        """Medium and target of a sample.

        Raises NotFound where its medium is missing, LabelvcError where it cannot be decoded.
        """
        loaded = self.reader.read(at)
        return loaded, self.targets.target(at, loaded.size if self.targets.needs_size else None)

    @property
    def told(self) -> str:
        """What it is, in a few words."""
        return f"{self.name}, {len(self)} samples, {len(self.categories)} categories"


def loading(
    repo: RepoPath,
    set: str,
    *,
    rev: str | None = None,
    split: Split = None,
    media: bool = True,
    as_array: bool = True,
) -> Loading:
    """The samples of a label set at a revision; None is the working tree.

    Raises NotFound for an unknown set, revision or split, RepositoryError where there is no
    repository, and what `Loading` raises.
    """
    return Loading(repo, open_set(repo, set, rev), split, media=media, as_array=as_array)


def rows_of(opened: Opened, split: Split) -> Integers:
    """The rows of the chosen splits' samples. Raises NotFound for a split without any."""
    rows: pl.Series = chosen(opened, split).arg_true()
    return rows.to_numpy().astype(np.int64)
