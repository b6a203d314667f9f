"""Whether a target states a box beside an outline, and which."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from labelvc.core.errors import LabelvcError
from labelvc.core.losses import DROPPED, Loss, told
from labelvc.core.outer_box import is_implied, outer_box
from labelvc.core.snapshot import BOX, Snapshot
from labelvc.formats.converting_target import Target

Side = float | None
Sides = tuple[Side, ...]
# The box of a label for its geometry and the box that it has.
Way = Callable[[str, Sides], Sides]


def boxed(snapshot: Snapshot, target: Target) -> tuple[Snapshot, list[Loss]]:
    """With the boxes beside outlines that the target itself will state, found by trying.

    A box that says more than its outline, and that the target has no place for, is a loss.
    """
    losses: list[Loss] = []
    for kind in snapshot.labels["kind"].unique(maintain_order=True):
        rows = snapshot.labels.filter((pl.col("kind") == kind) & pl.col("geometry").is_not_null())
        if kind in ("box", "keypoints") or rows.is_empty():
            continue
        way = next((way for way in _WAYS if _is_held(snapshot, rows.head(1), way, target)), None)
        if way is not None:
            snapshot, more = _with_boxes(snapshot, kind, way)
            losses += more
    return snapshot, losses


def _given(geometry: str, box: Sides) -> Sides:
    return _outer(geometry, box) if None in box else box


def _outer(geometry: str, box: Sides) -> Sides:
    return outer_box(geometry) or (None,) * 4


def _none(geometry: str, box: Sides) -> Sides:
    return (None,) * 4


_WAYS: Sequence[Way] = (_given, _outer, _none)


def _is_held(snapshot: Snapshot, row: pl.DataFrame, way: Way, target: Target) -> bool:
    """Whether a label's box is read as it was written."""
    one = snapshot.of_samples(row["sample"]).with_labels(row)
    tried, _ = _with_boxes(one, row["kind"][0], way)
    try:
        found = target.written(tried).snapshot.labels
    except LabelvcError:
        return False
    states = found.height == 1 and found["x"][0] is not None
    return states == (tried.labels["x"][0] is not None)


def _with_boxes(snapshot: Snapshot, kind: str, way: Way) -> tuple[Snapshot, list[Loss]]:
    columns = snapshot.labels.select("kind", "geometry", "unit", *BOX).iter_rows()
    boxes: list[Sides] = []
    lost: list[bool] = []
    for its, geometry, unit, *sides in columns:
        box = tuple(sides)
        new = way(geometry, box) if its == kind and geometry is not None else box
        boxes.append(new)
        lost.append(new != box and None not in box and not is_implied(geometry, box, unit))
    rows = snapshot.labels.filter(pl.Series(lost, dtype=pl.Boolean))
    labels = snapshot.labels.with_columns(
        pl.Series(name, [box[at] for box in boxes], dtype=pl.Float64) for at, name in enumerate(BOX)
    )
    return snapshot.with_labels(labels), told(rows, "box beside an outline", DROPPED)
