"""What can be counted in a label set: the numbers of `labelvc stats`, as plain values.

Labels that state an absence or a rejection (`verdict`) are counted apart, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from labelvc.core.agreement import Agreement, agreement
from labelvc.core.snapshot import Snapshot
from labelvc.core.stats_bins import MEASURES, Distribution, distribution
from labelvc.core.stats_boxes import box_measures, positions
from labelvc.core.stats_leakage import Leakage, leakage
from labelvc.core.stats_splits import CategoryCount, SplitCount, category_counts, split_counts
from labelvc.core.stats_together import Together, together
from labelvc.core.stats_words import Vocabulary, lengths, vocabulary


@dataclass(frozen=True)
class Stats:
    """The counts and distributions of one snapshot.

    `labels` are those present; `unlabelled` are samples without any. `verdicts` counts the other
    labels. `categories` come the most frequent first. `distributions` holds those of MEASURES that
    have a value, `positions` the centres of boxes on a grid (see `stats_boxes.positions`), and
    `vocabularies` and `leakage` only the keys of which something is known.
    """

    samples: int = 0
    labels: int = 0
    unlabelled: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    verdicts: Mapping[str, int] = field(default_factory=dict)
    splits: tuple[SplitCount, ...] = ()
    categories: tuple[CategoryCount, ...] = ()
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    positions: tuple[tuple[int, ...], ...] = ()
    vocabularies: Mapping[str, Vocabulary] = field(default_factory=dict)
    together: Together = field(default_factory=Together)
    agreement: Agreement | None = None
    leakage: Mapping[str, Leakage] = field(default_factory=dict)


def stats(snapshot: Snapshot) -> Stats:
    """Count everything in a snapshot; categories go by their names."""
    samples = snapshot.samples.with_row_index("place")
    labels = _present(snapshot, samples)
    numbers = _labels_per_sample(samples, labels)
    categories = category_counts(labels, snapshot.categories["name"])
    boxes = box_measures(labels)
    texts = {
        "text": samples["text"].drop_nulls(),
        "transcript": labels.filter(pl.col("kind") == "text")["text"].drop_nulls(),
    }
    measured = {"labels_per_sample": numbers, "duration": samples["duration"], **boxes.to_dict()}
    for name, series in texts.items():
        measured[f"{name}_length"], measured[f"{name}_words"] = lengths(series)
    return Stats(
        samples=samples.height,
        labels=labels.height,
        unlabelled=int((numbers == 0).sum()),
        kinds=_counted(labels["kind"]),
        verdicts=_counted(snapshot.labels.filter(pl.col("verdict") != "present")["verdict"]),
        splits=split_counts(samples, labels),
        categories=categories,
        distributions=_distributions(measured),
        positions=positions(boxes),
        vocabularies={
            name: found
            for name, series in texts.items()
            if (found := vocabulary(series)) is not None
        },
        together=together(labels, [one.name for one in categories if one.labels]),
        agreement=agreement(labels.filter(pl.col("kind") == "class")),
        leakage=leakage(samples),
    )


def _present(snapshot: Snapshot, samples: pl.DataFrame) -> pl.DataFrame:
    """The labels that are present, with the names of their categories and what is known of their
    samples: `place` (index of the row), `split`, `image_width`, `image_height`.
    """
    names = snapshot.categories.select(category="key", name="name")
    known = samples.select("sample", "place", "split", image_width="width", image_height="height")
    return (
        snapshot.labels.filter(pl.col("verdict") == "present")
        .select(
            "sample", "kind", "category", "x", "y", "width", "height", "unit", "text", "annotator"
        )
        .join(names, on="category", how="left", maintain_order="left")
        .with_columns(category=pl.coalesce("name", "category"))
        .join(known, on="sample", how="left", maintain_order="left")
    )


def _labels_per_sample(samples: pl.DataFrame, labels: pl.DataFrame) -> pl.Series:
    counts = labels.group_by("place").agg(n=pl.len())
    return samples.select("place").join(counts, on="place", how="left")["n"].fill_null(0)


def _distributions(measured: Mapping[str, pl.Series]) -> dict[str, Distribution]:
    found = {
        name: distribution(measured[name], measure.edges) for name, measure in MEASURES.items()
    }
    return {name: one for name, one in found.items() if one is not None}


def _counted(values: pl.Series) -> dict[str, int]:
    """How often each value occurs, the most frequent first."""
    counts = values.value_counts(name="n").sort("n", values.name, descending=[True, False])
    return dict(counts.iter_rows())
