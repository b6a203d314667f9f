"""Objects of images as arrays, from labels and predictions in any unit.

Boxes are x, y, width, height in pixels; an image of unknown size whose objects are all given as
fractions or percents of it is taken as 1 by 1 instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.score_geometry import Geometry, geometries
from labelvc.core.score_matching import Detections, Labels
from labelvc.core.score_scope import Integers, Scope
from labelvc.core.snapshot import BOX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labelvc.core.scored import Floats

# What 1 of a unit is of the image's side.
_PART = {"fraction": 1.0, "percent": 0.01}


@dataclass(frozen=True)
class Objects:
    """The objects of one side; `table` has a label a row, the arrays are in its order.

    `scale` is what x and y of a geometry are multiplied by, shape (n, 2). `parts` marks those that
    are left as parts of an image whose size is not known.
    """

    table: pl.DataFrame
    image: Integers  # a number for each, in the order of the samples' keys
    boxes: Floats  # shape (n, 4)
    scale: Floats
    parts: NDArray[np.bool_]

    def areas(self, otherwise: Floats) -> Floats:
        """COCO's own `area` of labels in pixels, else another."""
        told = self.attribute("area").cast(pl.Float64, strict=False).to_numpy()
        in_pixels = ~self.table["unit"].is_in(list(_PART)).fill_null(False).to_numpy()
        return np.where(in_pixels & ~np.isnan(told), told, otherwise)

    def attribute(self, name: str) -> pl.Series:
        """A top-level attribute as text, null where there is none."""
        column: pl.Series = self.table["attributes"].str.json_path_match(f"$.{name}")
        return column

    def confidences(self) -> Floats:
        """1 where a model gives none."""
        return self.table["confidence"].fill_null(1.0).to_numpy()


def sides(scope: Scope, *, boxed: bool) -> tuple[Objects, Objects]:
    """The objects of truth and predictions; with `boxed` only those that have a box.

    Others are left out and counted. Raises LabelvcError where one side of an image is in pixels,
    the other is not, and the size of the image is not known.
    """
    number = image_numbers(scope.samples["sample"])
    tables = [_boxed(scope, side, boxed) for side in (scope.truth, scope.predicted)]
    sizes = scope.samples.select("width", "height").to_numpy().astype(np.float64)
    unsized = np.isnan(sizes).any(axis=1)
    _check_units(scope, unsized, pl.concat([table.select("at", "unit") for table in tables]))
    sizes = np.where(unsized[:, None], 1.0, sizes)
    truth, said = (_objects(table, number, sizes, unsized) for table in tables)
    return truth, said


def image_numbers(samples: pl.Series) -> Integers:
    """The place of each sample in the order of their keys."""
    order = samples.arg_sort().to_numpy()
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    return number


def _boxed(scope: Scope, labels: pl.DataFrame, boxed: bool) -> pl.DataFrame:
    """The labels with the boxes of their outlines where they have none themselves."""
    missing = labels["x"].is_null() | labels["width"].is_null()
    if missing.any():
        at = missing.arg_true()
        boxes = [_bounds(shape) for shape in geometries(labels[at])]
        found = pl.DataFrame(boxes, orient="row", schema=dict.fromkeys(BOX, pl.Float64()))
        labels = labels.with_columns(labels[side].clone().scatter(at, found[side]) for side in BOX)
    shaped = pl.all_horizontal(pl.col(BOX).is_not_null())
    shaped = shaped if boxed else shaped | pl.col("geometry").is_not_null()
    kept = labels.filter(shaped)
    scope.count("without_shape", labels.height - kept.height)
    return kept.with_columns(pl.col(BOX).fill_null(0.0), pl.col("category").fill_null(""))


def _bounds(shape: Geometry) -> tuple[float | None, ...]:
    """The box around an outline or the labelled keypoints; nothing for a mask."""
    seen = [point for point in shape.keypoints if point[2:] != [0]]
    xs = [x for ring in shape.polygon for x in ring[0::2]] + [point[0] for point in seen]
    ys = [y for ring in shape.polygon for y in ring[1::2]] + [point[1] for point in seen]
    if not xs:
        return (None,) * 4
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def _check_units(scope: Scope, unsized: NDArray[np.bool_], objects: pl.DataFrame) -> None:
    loose = objects.filter(pl.Series(unsized)[objects["at"]])
    mixed = loose.group_by("at").agg(pl.col("unit").is_in(list(_PART)).fill_null(False).n_unique())
    odd = mixed.filter(pl.col("unit") > 1)["at"].sort()
    if len(odd):
        sample = scope.samples["sample"][int(odd[0])]
        raise LabelvcError(
            f"the objects of {shorten(sample)} are partly in pixels, partly in parts of an image "
            "whose size is not known",
            hint="Give the predictions in the labels' own unit, or labels with the images' sizes.",
        )


def _objects(
    table: pl.DataFrame, number: Integers, sizes: Floats, unsized: NDArray[np.bool_]
) -> Objects:
    at = table["at"].to_numpy()
    factor = table["unit"].replace_strict(_PART, default=None, return_dtype=pl.Float64)
    relative = factor.is_not_null().to_numpy()
    factors = factor.fill_null(1.0).to_numpy()[:, None]
    scale = np.where(relative[:, None], sizes[at] * factors, 1.0)
    boxes = table.select(BOX).to_numpy() * np.tile(scale, 2)
    return Objects(table, number[at], boxes, scale, relative & unsized[at])


@dataclass(frozen=True)
class Arranged:
    """Both sides in the order that matching wants, and the rows of `Objects` they were."""

    labels: Labels
    detections: Detections
    truth_rows: Integers
    said_rows: Integers


def arranged(
    objects: tuple[Objects, Objects],
    codes: tuple[Integers, Integers],
    areas: tuple[Floats, Floats],
    *,
    ignored: NDArray[np.bool_],
    limit: int,
) -> Arranged:
    """Detections of each image and category by falling confidence, up to a limit.

    `codes` are the categories' numbers on both sides, -1 for detections to be left out. Equally
    confident ones stand by their boxes, so that the order of rows, which kept predictions lose,
    means nothing; labels stay in theirs.
    """
    truth, said = objects
    size = int(codes[0].max(initial=0)) + 1
    crowd = truth.attribute("iscrowd").is_in(["1", "true"]).fill_null(False).to_numpy()
    groups = [side.image * size + code for side, code in zip(objects, codes, strict=True)]
    confidence = said.confidences()
    order = np.argsort(groups[0], kind="stable")
    labels = Labels(
        group=groups[0][order],
        image=truth.image[order],
        category=codes[0][order],
        area=areas[0][order],
        crowd=crowd[order],
        ignored=(crowd | ignored)[order],
    )
    rows = np.lexsort((*said.boxes.T, -confidence, groups[1]))
    rows = rows[codes[1][rows] >= 0]
    group = groups[1][rows]
    rank = np.arange(len(rows)) - np.searchsorted(group, group, side="left")
    rows, rank = rows[rank < limit], rank[rank < limit]
    detections = Detections(
        group=groups[1][rows],
        image=said.image[rows],
        category=codes[1][rows],
        area=areas[1][rows],
        confidence=confidence[rows],
        rank=rank,
    )
    return Arranged(labels, detections, order, rows)
