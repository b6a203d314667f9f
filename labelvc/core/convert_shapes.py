"""Labels in the kinds that a target takes: the nearest shape it has for each that it has not."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelvc.core.losses import BOXED, DROPPED, MASK, POLYGON, Loss, told
from labelvc.core.outer_box import Box, outer_box
from labelvc.core.shapes import filled
from labelvc.core.snapshot import BOX, LABELS, Snapshot, attributes_json, canonical_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

Row = dict[str, Any]
# Width and height that coordinates are to be multiplied with for both axes to measure alike.
Aspect = tuple[float, float]
# What stands in for a kind, the nearest first.
_NEAREST: Mapping[str, Sequence[str]] = {
    "box": ("polygon",),
    "polygon": ("mask", "box"),
    "ellipse": ("polygon", "mask", "box"),
    "mask": ("box",),
    "keypoints": ("box",),
    "polyline": ("box",),
    "cuboid": ("box",),
}
_DONE = {"box": BOXED, "polygon": POLYGON, "mask": MASK}
_CORNERS = 64  # of the polygon that stands in for an ellipse
_TURNS = ("rotation", "rotation_about")


def in_kinds(
    snapshot: Snapshot, kinds: Collection[str], *, attributes: bool
) -> tuple[Snapshot, list[Loss]]:
    """The snapshot with every label in one of the kinds; those that nothing can stand in for go.

    `attributes`: the target holds those of labels, so that a box may stay rotated.
    """
    sizes = {
        sample: (width, height)
        for sample, width, height in snapshot.samples.select(
            "sample", "width", "height"
        ).iter_rows()
    }
    turned = pl.col("kind").eq("box") & pl.col("attributes").str.contains('"rotation"').fill_null(
        False
    )
    losses: list[Loss] = []
    parts = []
    numbered = snapshot.labels.with_row_index("_row")
    for (kind, is_turned), rows in numbered.group_by(
        "kind", turned.alias("_turned"), maintain_order=True
    ):
        rows = rows.drop("_turned", strict=False)
        known = kind in kinds
        if known and (attributes or not is_turned):
            parts.append(rows)
            continue
        what = "rotation" if known else f"kind {kind}"
        part, more = _standing_in(rows, what, _wanted(str(kind), kinds, bool(is_turned)), sizes)
        parts.append(part)
        losses += more
    labels = pl.concat(parts).sort("_row") if parts else numbered
    return snapshot.with_labels(labels.drop("_row")), losses


def _wanted(kind: str, kinds: Collection[str], is_turned: bool) -> str | None:
    nearest = (*_NEAREST.get(kind, ()), *(("box",) if is_turned else ()))
    return next((one for one in nearest if one in kinds), None)


def _standing_in(
    rows: pl.DataFrame, what: str, wanted: str | None, sizes: Mapping[str, Sequence[float | None]]
) -> tuple[pl.DataFrame, list[Loss]]:
    """The rows as labels of another kind, as far as that can be worked out."""
    if wanted is None:
        return rows.clear(), told(rows, what, DROPPED)
    made: list[Row] = []
    for row in rows.iter_rows(named=True):
        size = tuple(sizes.get(row["sample"], (None, None)))
        new = _as_kind(row, wanted, size)
        if new is not None:
            made.append({**row, **new, "kind": wanted})
    schema = {"_row": rows.schema["_row"], **LABELS}
    done = pl.DataFrame(made, schema=schema)
    gone = rows.join(done.select("_row"), on="_row", how="anti")
    reason = "its shape needs the size of the image" if gone.height else None
    return done, [
        *told(rows.join(done.select("_row"), on="_row", how="semi"), what, _DONE[wanted]),
        *told(gone, what, DROPPED, reason=reason),
    ]


def _as_kind(row: Row, wanted: str, size: Sequence[float | None]) -> Row | None:
    """The columns that change; None where they cannot be told."""
    nothing: Row = {**dict.fromkeys(BOX), "geometry": None}
    rings = _rings(row, size)
    if wanted == "polygon":
        return None if rings is None else _still(row) | nothing | _polygon(rings)
    if wanted == "mask":
        counted = None if rings is None else _mask(rings, row["unit"], size)
        return None if counted is None else _still(row) | nothing | {"geometry": counted}
    box = _outer(row, rings)
    return None if box is None else _still(row) | nothing | dict(zip(BOX, box, strict=True))


def _polygon(rings: Sequence[Sequence[float]]) -> Row:
    return {"geometry": canonical_json({"polygon": rings})}


def _still(row: Row) -> Row:
    """The attributes, without those that turn a box."""
    if row["kind"] != "box":
        return {}
    attributes: dict[str, Any] = json.loads(row["attributes"] or "{}")
    return {"attributes": attributes_json({k: v for k, v in attributes.items() if k not in _TURNS})}


def _outer(row: Row, rings: Sequence[Sequence[float]] | None) -> Box | None:
    if row["kind"] != "box" and row["x"] is not None:
        return tuple(row[name] for name in BOX)
    if rings is not None:
        return outer_box(canonical_json({"polygon": rings}))
    return None if row["geometry"] is None else outer_box(row["geometry"])


def _rings(row: Row, size: Sequence[float | None]) -> list[list[float]] | None:
    """The outline as polygons; None for what has none, or where the size it needs is missing."""
    shape: dict[str, Any] = json.loads(row["geometry"] or "{}")
    if row["kind"] == "polygon":
        return shape.get("polygon")
    aspect = _aspect(row["unit"], size)
    if row["kind"] == "box":
        return _box_corners(row, aspect)
    if row["kind"] == "ellipse" and "ellipse" in shape:
        return _ellipse_corners(shape["ellipse"], aspect)
    return None


def _aspect(unit: str | None, size: Sequence[float | None]) -> Aspect | None:
    if unit not in ("fraction", "percent"):
        return 1.0, 1.0
    width, height = size
    return (width, height) if width and height else None


def _box_corners(row: Row, aspect: Aspect | None) -> list[list[float]] | None:
    x, y, width, height = (row[name] for name in BOX)
    if None in (x, y, width, height):
        return None
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    attributes = json.loads(row["attributes"] or "{}")
    angle = attributes.get("rotation") or 0
    if angle == 0:
        return [[number for corner in corners for number in corner]]
    if aspect is None or not isinstance(angle, int | float):
        return None
    about = (
        (x, y) if attributes.get("rotation_about") == "corner" else (x + width / 2, y + height / 2)
    )
    return [_turned(corners, about, angle, aspect)]


def _ellipse_corners(numbers: Sequence[float], aspect: Aspect | None) -> list[list[float]] | None:
    cx, cy, rx, ry, angle = numbers
    if aspect is None and angle % 180:
        return None
    steps = [2 * math.pi * step / _CORNERS for step in range(_CORNERS)]
    corners = [(cx + rx * math.cos(step), cy + ry * math.sin(step)) for step in steps]
    return [_turned(corners, (cx, cy), angle, aspect or (1.0, 1.0))]


def _turned(
    corners: Sequence[tuple[float, float]],
    about: tuple[float, float],
    degrees: float,
    aspect: Aspect,
) -> list[float]:
    """The corners turned clockwise (y points down) about a point, in a list x, y, x, y, ..."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    turned: list[float] = []
    for x, y in corners:
        right, below = (x - about[0]) * aspect[0], (y - about[1]) * aspect[1]
        turned += [
            round(about[0] + (right * cosine - below * sine) / aspect[0], 9),
            round(about[1] + (right * sine + below * cosine) / aspect[1], 9),
        ]
    return turned


def _mask(
    rings: Sequence[Sequence[float]], unit: str | None, size: Sequence[float | None]
) -> str | None:
    """The pixels whose centres are inside, as COCO's run lengths: by column, zeros first."""
    width, height = size
    if not width or not height or unit != "pixel":
        return None
    xs, ys = (np.arange(int(side), dtype=np.float64) + 0.5 for side in (width, height))
    inside: NDArray[np.bool_] = filled(rings, xs, ys).T.reshape(-1)
    edges = np.flatnonzero(np.diff(inside, prepend=False)) if inside.size else np.array([0])
    counts = np.diff(np.concatenate([[0], edges, [inside.size]])).tolist()
    return canonical_json({"mask": {"size": [int(height), int(width)], "counts": counts}})
