"""The samples of a label set as models are given them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from labelvc.repo.media import Found, find_media
from labelvc.repo.media_sizes import read_size
from labelvc.repo.repository import Repository
from labelvc.stages.interface import Sample
from labelvc.stages.model_features import features_by_sample
from labelvc.stages.prepared import Prepared
from labelvc.stages.preprocess import parse_params, preprocess
from labelvc.stages.truth import Truth

if TYPE_CHECKING:
    Size = tuple[float | None, float | None]

PREPARED = "prepared"


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
        caches=truth.caches,
        params=parse_params(params, "params.yaml: preprocess"),
    )


@dataclass(frozen=True, eq=False)
class ModelSamples:
    """The samples of a label set; `ready` are their features, None where the model wants none."""

    truth: Truth
    ready: Prepared | None = None

    def to_predict(self, keys: pl.Series) -> list[Sample]:
        """Those of these keys, sorted; without those that features are wanted and missing of."""
        return list(self._samples(keys, {}))

    def to_train_on(self, keys: pl.Series) -> list[Sample]:
        """Those that cleaning did not take out, with their labels.

        Samples without labels are left out, but where that says that nothing is there.
        """
        if self.ready is not None:
            kept = self.ready.samples.filter("kept")["sample"]
            keys = keys.filter(keys.is_in(kept.implode()))
        return self.labelled(keys)

    def labelled(self, keys: pl.Series) -> list[Sample]:
        """Those that have labels, with them, and those without where that says nothing is there."""
        labels = self._labels(keys)
        if self.truth.task in _WITH_NEGATIVES:
            return list(self._samples(keys, labels)) if labels else []
        labelled = pl.Series(list(labels), dtype=pl.String)
        return list(self._samples(keys.filter(keys.is_in(labelled.implode())), labels))

    def _samples(
        self, keys: pl.Series, labels: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> Iterator[Sample]:
        chosen = self.truth.snapshot.of_samples(keys)
        features = None if self.ready is None else features_by_sample(self.ready, keys)
        for row in chosen.samples.sort("sample").iter_rows(named=True):
            key = row["sample"]
            if features is not None and key not in features:
                continue
            path = self._media[key].path
            width, height = self._size(row, path)
            yield Sample(
                key,
                path,
                row["text"],
                row["split"],
                width,
                height,
                row["duration"],
                features[key] if features is not None else {},
                labels.get(key, ()),
            )

    @cached_property
    def _media(self) -> dict[str, Found]:
        return find_media(self.truth.snapshot, self.truth.media, self.truth.caches)

    @cached_property
    def _sizes(self) -> dict[str, Size]:
        """What `preprocess` found of images whose size the label file does not tell."""
        if self.ready is None:
            return {}
        known = self.ready.samples.drop_nulls("width").select("sample", "width", "height")
        return {key: (width, height) for key, width, height in known.iter_rows()}

    def _size(self, row: Mapping[str, Any], path: Path | None) -> Size:
        """Width and height of the original image in pixels, as far as they are known."""
        if row["width"] is not None and row["height"] is not None:
            return row["width"], row["height"]
        if row["sample"] in self._sizes:
            return self._sizes[row["sample"]]
        is_image = path is not None and self.truth.task in _IMAGES
        return read_size(path) if path is not None and is_image else (None, None)

    def _labels(self, keys: pl.Series) -> dict[str, list[dict[str, Any]]]:
        """The present labels of the samples as mappings, with category names."""
        snapshot = self.truth.snapshot
        names = dict(snapshot.categories.select("key", "name").iter_rows())
        labels = snapshot.of_samples(keys).labels
        labels = labels.filter(pl.col("verdict") == "present").drop("key", "record")
        found: dict[str, list[dict[str, Any]]] = {}
        for row in labels.iter_rows(named=True):
            row["category"] = names.get(row["category"], row["category"])
            told = {name: value for name, value in row.items() if value is not None}
            found.setdefault(row["sample"], []).append(told)
        return found


_WITH_NEGATIVES = (
    "object-detection",
    "image-segmentation",
    "keypoint-detection",
    "token-classification",
)
_IMAGES = ("object-detection", "image-segmentation", "keypoint-detection")
