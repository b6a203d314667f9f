"""Label sets as pandas tables, NumPy arrays and scikit-learn's (X, y). See docs/frameworks.md.

from labelvc.frames import load

train = load(".", "reviews", rev="v1", split="train")
X, y = train.xy()
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelvc.adapters.loading import Loading, RepoPath, Split, rows_of
from labelvc.adapters.loading_arrays import Arrays, classes_of, medium_rows, target_arrays
from labelvc.adapters.loading_changes import changed_since
from labelvc.adapters.loading_opening import Opened, open_set
from labelvc.adapters.loading_targets import categories_of
from labelvc.core.snapshot import Snapshot
from labelvc.stages.features_matrix import feature_matrix
from labelvc.stages.prepared import load as load_prepared

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Labels", "load"]


class Labels:
    """A label set at a revision; `load` opens one."""

    snapshot: Snapshot
    """Labels, samples and categories as polars tables, of the chosen splits."""
    samples: list[str]
    """The keys of the samples, in the order of every array."""
    digest: str
    """Of the whole label set's content: `v1:` and a sha256."""
    commit: str | None
    """The commit that `rev` means, None for the working tree."""

    def __init__(self, repo: RepoPath, opened: Opened, split: Split) -> None:
        """Raises NotFound for a split without samples."""
        self.repo, self.set, self.name = os.path.abspath(repo), opened.label_set.name, opened.where
        self.rows = rows_of(opened, split)
        self._opened, self._split = opened, split
        keys = opened.snapshot.samples["sample"].gather(self.rows)
        self.snapshot = opened.snapshot.of_samples(keys)
        self.samples = keys.to_list()
        self.digest, self.commit = opened.digest, opened.end.commit

    @property
    def categories(self) -> list[str]:
        """The names of the categories, by index; of this revision and set, whatever the split."""
        return categories_of(self._opened)[1]

    def to_pandas(self) -> dict[str, pd.DataFrame]:
        """The tables `labels`, `samples` and `categories`; labels name their category."""
        table = self.snapshot.categories
        named = pl.col("category").replace(table["key"], table["name"])
        tables = self.snapshot.with_labels(self.snapshot.labels.with_columns(named)).to_pandas()
        return {
            name: frame.drop(columns=["key", "record"], errors="ignore")
            for name, frame in tables.items()
        }

    def to_numpy(self) -> Arrays:
        """The labels as arrays, in the order of `samples`.

        * classes: `label` int64 (samples,), -1 where there is none; where samples have several
          categories, int8 (samples, categories) of ones and zeros;
        * boxes: `boxes` float32 (n, 4) as left, top, right, bottom in pixels, `labels`, `iscrowd`;
        * spans and time segments: `spans` int64 or `segments` float32 in seconds (n, 2), `labels`;
        * of both, `offsets` int64 (samples + 1,): sample i has the rows offsets[i]:offsets[i + 1];
        * transcripts: `text`, objects.

        Raises LabelvcError where labels of several kinds leave open what is meant.
        """
        return target_arrays(self._loading(media=False))

    def xy(
        self, *, features: str | os.PathLike[str] | None = None, names: bool = True
    ) -> tuple[Any, Any]:
        """X and y of the samples that have a class, as scikit-learn takes them.

        X: texts as a list, images of one size as pixels (samples, height * width * channels); or,
        with `features`, what `labelvc preprocess` wrote into that folder, of the samples it has
        features of. y: names of categories, with `names=False` indexes; where samples have several
        categories, ones and zeros (samples, categories). Raises LabelvcError for labels that are no
        classes, and for media that are no rows of one length.
        """
        y, there = classes_of(self._loading(media=False), names=names)
        rows = np.flatnonzero(there)
        if features is None:
            return medium_rows(self._loading(media=True), rows.tolist()), y
        keys = pl.Series("sample", self.samples, dtype=pl.String).gather(rows)
        matrix, known = feature_matrix(load_prepared(Path(features)), keys)
        return matrix, y[known]

    def changed_since(self, rev: str) -> list[int]:
        """The indexes of the samples added since a revision or with other labels.

        Raises NotFound for an unknown revision.
        """
        return [int(at) for at in changed_since(self, rev)]

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        return f"<Labels: {self.name}, {len(self)} samples>"

    def _loading(self, *, media: bool) -> Loading:
        return Loading(self.repo, self._opened, self._split, media=media, as_array=True)


def load(
    repo: str | os.PathLike[str], set: str, *, rev: str | None = None, split: Split = None
) -> Labels:
    """A label set of the repository around a path; `rev` None is the working tree.

    Raises NotFound for an unknown set, revision or split, RepositoryError where there is no
    repository, and what reading the labels raises.
    """
    return Labels(repo, open_set(repo, set, rev), split)
