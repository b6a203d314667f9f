"""A snapshot without the columns that a target has no place for."""

from __future__ import annotations

import json
import posixpath
from collections import Counter
from collections.abc import Collection
from dataclasses import replace

import polars as pl

from labelvc.core.losses import DERIVED, DROPPED, Loss, told
from labelvc.core.snapshot import SAMPLES, Snapshot

# Facts of the media: whoever has them can tell them again.
_OF_MEDIA = ("width", "height", "duration", "digest")
_OPTIONAL = ("text", "annotator", "confidence")


def without_columns(
    snapshot: Snapshot, *, labels: Collection[str], samples: Collection[str]
) -> tuple[Snapshot, list[Loss]]:
    """The snapshot with these columns of labels and samples alone, and what goes."""
    snapshot, losses = _verdicts(snapshot, labels)
    table = snapshot.labels
    if "id" not in labels:
        having = table.filter(pl.col("id").is_not_null())
        losses += told(having, "native ids", DROPPED, refused=False)
        table = _emptied(table, "id")
    for name in _OPTIONAL:
        if name not in labels:
            losses += told(table.filter(pl.col(name).is_not_null()), f"column {name}", DROPPED)
            table = _emptied(table, name)
    if "attributes" not in labels:
        losses += attribute_losses(table)
        table = _emptied(table, "attributes")
    rows = snapshot.samples
    for name in (name for name in SAMPLES if name not in {"sample", "record", *samples}):
        losses += _sample_losses(rows, name)
        rows = _emptied(rows, name)
    return replace(snapshot, labels=table, samples=rows), losses


def without_taxonomy(snapshot: Snapshot) -> tuple[Snapshot, list[Loss]]:
    """The snapshot with no more of its categories than the labels name, and what goes."""
    table = snapshot.categories
    used = pl.col("key").is_in(snapshot.labels["category"].drop_nulls().unique().implode())
    unused = table.filter(~used)
    losses = told(unused, "unused categories", DROPPED, table="categories")
    kept = table.filter(used)
    for name in ("parent", "attributes"):
        having = kept.filter(pl.col(name).is_not_null())
        losses += told(having, f"{name} of categories", DROPPED, table="categories")
    having = kept.filter(pl.col("id").is_not_null())
    losses += told(having, "native ids of categories", DROPPED, table="categories", refused=False)
    for name in ("id", "parent", "attributes"):
        kept = _emptied(kept, name)
    return replace(snapshot, categories=kept), losses


def attribute_losses(rows: pl.DataFrame, table: str = "labels") -> list[Loss]:
    """A loss for each attribute that these rows have."""
    having = rows.filter(pl.col("attributes").is_not_null()).select("sample", "attributes")
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for sample, text in having.iter_rows():
        for name in json.loads(text):
            counts[name] += 1
            examples.setdefault(name, sample)
    return [
        Loss(f"attribute {name}", DROPPED, count, examples[name], table, _is_own(name, table))
        for name, count in counts.items()
    ]


def _is_own(name: str, table: str) -> bool:
    return table != "labels" or name not in DERIVED


def _verdicts(snapshot: Snapshot, labels: Collection[str]) -> tuple[Snapshot, list[Loss]]:
    """Labels that are no labels but say there is none cannot stand without their verdict."""
    if "verdict" in labels:
        return snapshot, []
    losses: list[Loss] = []
    for verdict in ("absent", "rejected"):
        rows = snapshot.labels.filter(pl.col("verdict") == verdict)
        losses += told(rows, f"verdict {verdict}", DROPPED)
    present = snapshot.labels.filter(pl.col("verdict") == "present")
    return snapshot.with_labels(present), losses


def _sample_losses(rows: pl.DataFrame, name: str) -> list[Loss]:
    having = rows.filter(pl.col(name).is_not_null())
    if name == "attributes":
        return attribute_losses(having, "samples")
    if name == "path":
        tells = [
            _stem(sample) != _stem(path)
            for sample, path in having.select("sample", "path").iter_rows()
        ]
        having = having.filter(pl.Series(tells, dtype=pl.Boolean))
    refused = name not in _OF_MEDIA
    return told(having, f"column {name}", DROPPED, table="samples", refused=refused)


def _stem(path: str) -> str:
    return posixpath.splitext(posixpath.basename(path))[0]


def _emptied(table: pl.DataFrame, name: str) -> pl.DataFrame:
    return table.with_columns(pl.lit(None, dtype=table.schema[name]).alias(name))
