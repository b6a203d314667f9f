"""What a model is to learn of each sample, from flat arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelvc.adapters.loading_boxes import Size, boxes_of
from labelvc.adapters.loading_families import FAMILIES
from labelvc.adapters.loading_flat import Integers, Rows, Shared, Texts, classes_of, owned
from labelvc.adapters.loading_opening import Opened
from labelvc.core.score_scope import places, votes
from labelvc.core.snapshot import BOX

# The class of a sample that nobody labelled: what PyTorch's losses ignore (`ignore_index`).
NO_CLASS = -100
_COLUMNS = (
    *("sample", "kind", "category", "verdict", *BOX, "geometry", "start", "end", "unit", "text"),
    *("attributes", "annotator"),
)


class Targets(Protocol):
    """The targets of all samples."""

    name: str  # what the target is called where it stands beside others
    needs_size: bool

    def target(self, at: int, size: Size | None) -> Any:
        """The target of a sample; `size` is that of its image in pixels, where it is needed."""

    def classes(self) -> tuple[Integers, Integers]:
        """Of every label with a category its sample and its category, by index."""


def categories_of(opened: Opened) -> tuple[list[str], list[str]]:
    """The keys and names of the categories: the declared ones, then those only labels use."""
    table = opened.snapshot.categories
    keys, names = table["key"].to_list(), table["name"].to_list()
    used = opened.snapshot.labels.filter(pl.col("verdict") == "present")["category"]
    further = sorted(set(used.drop_nulls().unique()) - set(keys))
    return keys + further, names + further


def annotators_of(opened: Opened, family: str, rows: Integers) -> tuple[list[str], Integers]:
    """The annotators, and (n, 2) which sample has a label of which of them, both by index."""
    wanted = pl.col("kind").is_in(FAMILIES[family]) & pl.col("annotator").is_not_null()
    said = opened.snapshot.labels.filter(wanted).select("sample", "annotator").unique()
    said = said.with_columns(
        pl.Series("at", places(said["sample"], opened.snapshot.samples["sample"][rows]))
    ).filter(pl.col("at") >= 0)
    names = said["annotator"].unique().sort()
    pairs = [said["at"].to_numpy(), places(said["annotator"], names)]
    return names.to_list(), np.stack(pairs, axis=1).astype(np.int64)


def targets_of(opened: Opened, family: str, rows: Integers, keys: Sequence[str]) -> Targets:
    """The targets of the samples in these rows; `keys` are those of the categories.

    Labels with the verdict absent or rejected are none. Raises LabelvcError for boxes of which
    some are in pixels and some are not.
    """
    samples = opened.snapshot.samples["sample"]
    wanted = (pl.col("verdict") == "present") & pl.col("kind").is_in(FAMILIES[family])
    labels = opened.snapshot.labels.select(_COLUMNS).filter(wanted)
    # `code`: the place of the category among all, -1 where a label has none
    labels = labels.with_columns(
        pl.Series("at", places(labels["sample"], samples)),
        pl.Series("code", places(labels["category"], pl.Series(keys, dtype=pl.String))),
    )
    labels = labels.filter(pl.col("at") >= 0).drop("sample", "kind", "verdict")
    return _MADE[family](opened, labels, Rows(rows, len(samples)), len(keys))


class OneClass(Shared):
    """A category's index a sample, `NO_CLASS` where there is none."""

    name = "label"
    needs_size = False

    def __init__(self, labels: pl.DataFrame, rows: Rows) -> None:
        self._codes = np.full(rows.count, NO_CLASS)
        self._codes[labels["at"].to_numpy()] = labels["code"].to_numpy()

    def target(self, at: int, size: Size | None) -> int:
        """The index."""
        return int(self._codes[at])

    def classes(self) -> tuple[Integers, Integers]:
        """One a sample that has any."""
        known = np.flatnonzero(self._codes >= 0)
        return known, self._codes[known]


class ManyClasses(Shared):
    """Any number of categories a sample, as a float32 array of ones and zeros."""

    name = "label"
    needs_size = False

    def __init__(self, labels: pl.DataFrame, rows: Rows, count: int) -> None:
        self._count = count
        self._codes = owned(labels["code"], np.int64)
        self._starts = rows.starts(labels)

    def target(self, at: int, size: Size | None) -> NDArray[np.float32]:
        """Shape (categories,)."""
        hot = np.zeros(self._count, dtype=np.float32)
        hot[self._codes[self._starts[at] : self._starts[at + 1]]] = 1.0
        return hot

    def classes(self) -> tuple[Integers, Integers]:
        """Any number a sample."""
        return classes_of(self._codes, self._starts)


class Intervals(Shared):
    """Spans in characters or tokens, or segments in seconds, with their categories."""

    needs_size = False

    def __init__(self, labels: pl.DataFrame, rows: Rows, name: str, dtype: type) -> None:
        self.name = name
        self._bounds = np.stack([owned(labels[side], dtype) for side in ("start", "end")], axis=1)
        self._codes = owned(labels["code"], np.int64)
        self._starts = rows.starts(labels)

    def target(self, at: int, size: Size | None) -> dict[str, NDArray[Any]]:
        """`spans` or `segments` (n, 2), ends exclusive, and `labels` (n,)."""
        mine = slice(self._starts[at], self._starts[at + 1])
        return {
            self.name: self._bounds[mine].copy(),
            "labels": self._codes[mine].copy(),
        }

    def classes(self) -> tuple[Integers, Integers]:
        """One an interval that has any."""
        return classes_of(self._codes, self._starts)


class Transcripts(Shared):
    """A text a sample, None where there is none; or, where samples have several, a list."""

    name = "text"
    needs_size = False

    def __init__(self, labels: pl.DataFrame, rows: Rows, *, several: bool) -> None:
        self._texts = Texts(labels["text"])
        self._starts = rows.starts(labels)
        self._several = several

    def target(self, at: int, size: Size | None) -> str | list[str] | None:
        """The text or texts."""
        found = self._texts[self._starts[at] : self._starts[at + 1]]
        return found if self._several else next(iter(found), None)

    def classes(self) -> tuple[Integers, Integers]:
        """None."""
        return classes_of(np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64))


def _classes(opened: Opened, labels: pl.DataFrame, rows: Rows, count: int) -> Targets:
    said = votes(labels, "category")  # of several annotators the majority counts, as in scores
    kept = said.shared() if said.several else said.winners()
    kept = rows.of(kept.join(labels.select("category", "code").unique(), on="category"))
    return ManyClasses(kept, rows, count) if said.several else OneClass(kept, rows)


def _boxes(opened: Opened, labels: pl.DataFrame, rows: Rows, count: int) -> Targets:
    return boxes_of(labels, rows, opened.where)


def _spans(opened: Opened, labels: pl.DataFrame, rows: Rows, count: int) -> Targets:
    return Intervals(rows.of(labels.drop_nulls(["start", "end"])), rows, "spans", np.int64)


def _segments(opened: Opened, labels: pl.DataFrame, rows: Rows, count: int) -> Targets:
    return Intervals(rows.of(labels.drop_nulls(["start", "end"])), rows, "segments", np.float32)


def _transcripts(opened: Opened, labels: pl.DataFrame, rows: Rows, count: int) -> Targets:
    said = votes(labels, "text")
    kept = said.shared() if said.several else said.winners()
    return Transcripts(rows.of(kept), rows, several=said.several)


_MADE: dict[str, Callable[[Opened, pl.DataFrame, Rows, int], Targets]] = {
    "class": _classes,
    "box": _boxes,
    "span": _spans,
    "segment": _segments,
    "text": _transcripts,
}
