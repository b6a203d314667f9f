"""What may be left out of a sample, or said otherwise, so that a format takes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl

from labelvc.core.convert_columns import attribute_losses
from labelvc.core.losses import CHANGED, DROPPED, PARTED, Loss, told
from labelvc.core.snapshot import BOX, Snapshot, canonical_json

Part = tuple[Snapshot, list[Loss]]
Mending = Callable[[Snapshot], Part]


def in_parts(labels: pl.DataFrame) -> list[bool]:
    """Which labels are polygons of several outlines."""
    return [
        kind == "polygon" and geometry is not None and len(_rings(geometry)) > 1
        for kind, geometry in labels.select("kind", "geometry").iter_rows()
    ]


def _rings(geometry: str) -> list[Any]:
    return list(json.loads(geometry).get("polygon", []))


def parted(snapshot: Snapshot) -> Part:
    """With a label for each outline of those that have several."""
    several = pl.Series(in_parts(snapshot.labels), dtype=pl.Boolean)
    losses = told(snapshot.labels.filter(several), "several outlines of a label", PARTED)
    rows: list[dict[str, Any]] = []
    for is_several, row in zip(several, snapshot.labels.iter_rows(named=True), strict=True):
        if not is_several:
            rows.append(row)
            continue
        alone = {**row, "id": None, **dict.fromkeys(("x", "y", "width", "height"))}
        rows += [
            {**alone, "geometry": canonical_json({"polygon": [ring]})}
            for ring in _rings(row["geometry"])
        ]
    labels = pl.DataFrame(rows, schema=snapshot.labels.schema)
    return snapshot.with_labels(labels.with_columns(pl.int_range(pl.len()).alias("key"))), losses


def _without_stated_boxes(snapshot: Snapshot) -> Part:
    """Without the boxes of labels that have a shape of their own."""
    shaped = pl.col("geometry").is_not_null() & pl.col("x").is_not_null()
    losses = told(snapshot.labels.filter(shaped), "box beside an outline", DROPPED)
    sides = [pl.when(shaped).then(None).otherwise(pl.col(side)).alias(side) for side in BOX]
    return snapshot.with_labels(snapshot.labels.with_columns(sides)), losses


def _without_second_shapes(snapshot: Snapshot) -> Part:
    """With nothing in a label's geometry but what its kind says."""
    shapes: list[str | None] = []
    for kind, text in snapshot.labels.select("kind", "geometry").iter_rows():
        shape = {} if text is None else json.loads(text)
        alone = len(shape) > 1 and kind in shape
        shapes.append(canonical_json({kind: shape[kind]}) if alone else text)
    new = pl.Series("geometry", shapes, dtype=pl.String)
    other = snapshot.labels["geometry"].ne_missing(new)
    losses = told(snapshot.labels.filter(other), "outline beside keypoints", DROPPED)
    return snapshot.with_labels(snapshot.labels.with_columns(new)), losses


def _without(table: str, column: str, snapshot: Snapshot) -> Part:
    rows: pl.DataFrame = getattr(snapshot, table)
    if column == "attributes":
        losses = attribute_losses(rows, table)
    else:
        having = rows.filter(pl.col(column).is_not_null())
        losses = told(having, f"column {column}", DROPPED, table=table)
    nothing = pl.lit(None, dtype=pl.String).alias(column)
    emptied = rows.with_columns(nothing)
    if table == "samples":
        return replace(snapshot, samples=emptied), losses
    return snapshot.with_labels(emptied), losses


def _under_paths(snapshot: Snapshot) -> Part:
    """With the names of samples for their paths."""
    samples = snapshot.samples
    other = samples.filter(pl.col("path").ne_missing(pl.col("sample")))
    losses = told(other, "column path", CHANGED, table="samples")
    return replace(snapshot, samples=samples.with_columns(pl.col("sample").alias("path"))), losses


# What may go before a label does, the least first.
MENDINGS: Sequence[Mending] = (
    parted,
    _without_second_shapes,
    _without_stated_boxes,
    partial(_without, "samples", "split"),
    partial(_without, "samples", "path"),
    _under_paths,
    partial(_without, "samples", "attributes"),
    partial(_without, "labels", "attributes"),
)
