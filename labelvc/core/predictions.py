"""What a model said of samples, as a table that is scored again under any version of the labels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from labelvc.core.snapshot import LABELS, Snapshot, labels_frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Columns of labels that a prediction has; who predicted is the model, not an annotator.
COLUMNS = tuple(
    name for name in LABELS if name not in ("key", "id", "verdict", "annotator", "record")
)


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predictions of one model for the samples it looked at.

    `samples` are their keys, each once: a sample without rows in `labels` is one where the model
    found nothing. `labels` has the columns of `Snapshot.labels`, with category *names* and, where
    the model tells it, `confidence` (0 to 1). `probabilities` is of shape (samples, categories),
    each row of a classification's probabilities in the order of `categories`, or None.
    """

    samples: pl.Series
    labels: pl.DataFrame = field(default_factory=labels_frame)
    categories: Sequence[str] = ()
    probabilities: NDArray[np.float64] | None = None

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot) -> Predictions:
        """The labels of a snapshot taken as predictions: any label file can be some."""
        names = snapshot.categories.select(category="key", name="name")
        labels = (
            snapshot.labels.filter(pl.col("verdict") == "present")
            .join(names, on="category", how="left", maintain_order="left")
            .with_columns(category=pl.coalesce("name", "category"))
            .drop("name")
        )
        return cls(
            snapshot.samples["sample"].unique(maintain_order=True),
            labels.select(list(LABELS)),
            snapshot.categories["name"].to_list(),
        )

    def of_samples(self, keys: pl.Series) -> Predictions:
        """The part that concerns these samples, in their own order here."""
        there = self.samples.is_in(keys.implode())
        return replace(
            self,
            samples=self.samples.filter(there),
            labels=self.labels.filter(pl.col("sample").is_in(keys.implode())),
            probabilities=None
            if self.probabilities is None
            else self.probabilities[there.to_numpy()],
        )

    def digest(self) -> str:
        """`v1:` and the sha256 of the content, whatever the order of samples and labels."""
        total = hashlib.sha256()
        order = self.samples.arg_sort()
        samples = self.samples.gather(order)
        snapshot = Snapshot(
            self.labels.with_columns(
                pl.lit("present").alias("verdict"), pl.lit(None, pl.String).alias("annotator")
            )
        )
        total.update(snapshot.digest().encode())
        total.update("\0".join(samples.to_list()).encode())
        if self.probabilities is not None:
            columns = sorted(range(len(self.categories)), key=lambda at: self.categories[at])
            total.update("\0".join(self.categories[at] for at in columns).encode())
            ordered = self.probabilities[order.to_numpy()][:, columns] + 0.0
            total.update(ordered.astype("<f8").tobytes())
        return f"v1:{total.hexdigest()}"
