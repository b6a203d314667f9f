"""Labels that stand twice, or nearly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.shapes import shape_overlap
from labelvc.core.snapshot import BOX, CONTENT, Snapshot

# Two shapes are compared only if they agree in these.
_ALIKE = ("sample", "category", "kind", "unit", "annotator", "verdict")
# Of boxes of one group that begin at one x, so many of the next are looked at: it bounds the time.
_REACH = 500

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Row = Mapping[str, Any]


def duplicate_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`duplicate` for each content that several labels have, at the last of them."""
    labels = snapshot.labels
    # Most labels differ by place: only those whose place is taken are compared in full.
    place = labels.select(
        pl.struct("sample", *BOX, "start", "end").hash().alias("place"), pl.col("text").hash()
    )
    suspects = labels.filter(place.select(pl.struct("place", "text").is_duplicated()).to_series())
    repeated = suspects.group_by(CONTENT, maintain_order=True).agg(
        pl.len(), pl.col("id", "key").last()
    )
    for row in repeated.filter(pl.col("len") > 1).iter_rows(named=True):
        what = f"{row['kind']} {row['category']!r}" if row["category"] else row["kind"]
        message = f"the same {what} {row['len']} times{_where(row['x'], row['y'], row['start'])}"
        yield Finding("duplicate", message, row["sample"], row["id"], row["key"])


def _where(x: float | None, y: float | None, start: float | None) -> str:
    if x is not None:
        return f", at {x:g}, {y:g}"
    return "" if start is None else f", at {start:g}"


def near_duplicate_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`near-duplicate` for each pair of shapes whose overlap is at least `iou`.

    Boxes overlap by their IoU, outlines and masks by that of their areas, keypoints by OKS.
    """
    least = rules.value("near-duplicate", "iou")
    boxes = _sorted(snapshot.labels)
    one, two, overlap = _pairs(boxes, least)
    # the same content twice is a `duplicate`
    differ = _content(boxes, one) != _content(boxes, two)
    pairs = zip(one[differ].tolist(), two[differ].tolist(), overlap[differ].tolist(), strict=True)
    for first, second, iou in pairs:
        older, newer = sorted(
            (boxes.row(first, named=True), boxes.row(second, named=True)),
            key=lambda row: row["key"],
        )
        exact = _exact(older, newer)
        if (iou if exact is None else exact) >= least:
            yield _near(older, newer, iou if exact is None else exact)


def _content(boxes: pl.DataFrame, rows: Ints) -> NDArray[np.uint64]:
    """A hash of all that these rows say."""
    return boxes[rows].select(pl.struct(CONTENT).hash()).to_series().to_numpy()


def _exact(one: Row, two: Row) -> float | None:
    """The overlap of true shapes; None where only boxes can be compared."""
    if one["geometry"] is None or two["geometry"] is None:
        return None
    return shape_overlap(one["geometry"], two["geometry"], one["width"] * one["height"])


def _near(one: Row, two: Row, iou: float) -> Finding:
    what = f"{one['kind']} {one['category']!r}" if one["category"] else one["kind"]
    told, other = (", ".join(f"{row[side]:g}" for side in BOX) for row in (two, one))
    return Finding(
        "near-duplicate",
        f"{what} ({told}) nearly coincides with another ({other}), IoU {iou:.2f}",
        two["sample"],
        two["id"],
        two["key"],
    )


def _sorted(labels: pl.DataFrame) -> pl.DataFrame:
    """The shapes that are not alone in their group, by group and x."""
    group = pl.struct(_ALIKE).hash().alias("group")
    columns = ("width", "height")
    sized = labels.filter(pl.all_horizontal(pl.col(name) > 0 for name in columns))
    shared = sized.with_columns(group).filter(pl.col("group").is_duplicated())
    return shared.sort("group", "x", "key")


def _pairs(boxes: pl.DataFrame, least: float) -> tuple[Ints, Ints, Floats]:
    """Rows of boxes that overlap by at least `least`, and how much.

    An IoU of t needs at least t of the width in common, so that x differs by at most (1 - t) of it:
    of the boxes sorted by x, only few of the next ones have to be looked at.
    """
    group = boxes["group"].to_numpy()
    x, y, width, height = (boxes[side].to_numpy() for side in BOX)
    found: list[tuple[Ints, Ints, Floats]] = []
    active = np.arange(len(boxes) - 1, dtype=np.int64)
    for step in range(1, _REACH):
        active = active[active + step < len(boxes)]
        other = active + step
        near = (group[other] == group[active]) & (
            x[other] - x[active] <= (1 - least) * width[active] + 1e-9
        )
        active, other = active[near], other[near]
        if not active.size:
            break
        overlap = _iou(active, other, x, y, width, height)
        hit = overlap >= least
        found.append((active[hit], other[hit], overlap[hit]))
    if not found:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, np.empty(0)
    one, two, overlaps = (np.concatenate(part) for part in zip(*found, strict=True))
    return one, two, overlaps


def _iou(one: Ints, two: Ints, x: Floats, y: Floats, width: Floats, height: Floats) -> Floats:
    across = np.minimum(x[one] + width[one], x[two] + width[two]) - np.maximum(x[one], x[two])
    down = np.minimum(y[one] + height[one], y[two] + height[two]) - np.maximum(y[one], y[two])
    shared = np.clip(across, 0, None) * np.clip(down, 0, None)
    area = width * height
    result: Floats = shared / (area[one] + area[two] - shared)
    return result
