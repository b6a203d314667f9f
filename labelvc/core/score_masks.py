"""Scores of image segmentation: COCO's measures of outlines and masks.

All are compared as run-length masks on the grid of their image: that of the masks it has, else its
size, else just what holds all its outlines. Rastering and overlaps are faster-coco-eval's; what
strangers wrote is checked before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.progress import counted
from labelvc.core.score_detection import detected
from labelvc.core.score_geometry import Mask, geometries
from labelvc.core.score_matching import Overlap
from labelvc.core.score_objects import Arranged, Objects, sides
from labelvc.core.score_scope import Scope
from labelvc.core.score_shapes import mask_overlap
from labelvc.core.scored import Scored
from labelvc.core.shapes import rle_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What no image has: a side and an outline of so many pixels (rastering holds five times as many
# points), and an area that overflows a run-length mask.
_FARTHEST = 50_000
_LONGEST = 2_000_000
_LARGEST = 2**31
# The grid of an image of unknown size whose outlines are parts of it, in pixels a side.
_UNIT_GRID = 1000

Shape = Sequence[Sequence[float]] | Mask  # rings or a mask
Size = tuple[int, int]  # height, width


def score_masks(scope: Scope) -> Scored:
    """Average precision and recall of masks; a box without outline counts as its own outline.

    Raises LabelvcError where no sample has any, and for masks that do not fit their image.
    """
    from faster_coco_eval.core import mask as coco

    objects = sides(scope, boxed=False)
    if objects[0].table.is_empty():
        raise scope.nothing("mask or outline")
    shapes = [_shapes(side) for side in objects]
    grids = _grids(scope, objects, shapes)
    keys = scope.samples["sample"].to_list()
    masks = [
        [
            _rastered(coco, shape, grids[at], keys[at])
            for shape, at in counted(
                list(zip(found, side.table["at"], strict=True)), "rastering outlines"
            )
        ]
        for side, found in zip(objects, shapes, strict=True)
    ]

    def overlap(both: Arranged) -> Overlap:
        return mask_overlap(
            [masks[1][row] for row in both.said_rows],
            [masks[0][row] for row in both.truth_rows],
            both.labels.crowd,
        )

    found = [np.asarray(coco.area(side), dtype=np.float64).reshape(-1) for side in masks]
    areas = objects[0].areas(found[0]), found[1]
    return detected(scope, objects, areas, overlap)


def _shapes(objects: Objects) -> list[Shape]:
    """The outline of each label in pixels; its box where it has none."""
    found: list[Shape] = []
    unit = np.where(objects.parts, _UNIT_GRID, 1)[:, None]
    scales, boxes = objects.scale * unit, objects.boxes * unit
    for shape, box, scale in zip(geometries(objects.table), boxes, scales, strict=True):
        rings = [ring for ring in shape.polygon if len(ring) >= 6]
        if shape.mask:
            found.append(shape.mask)
        elif rings:
            found.append([(np.reshape(ring, (-1, 2)) * scale).ravel().tolist() for ring in rings])
        else:
            (x, y), (right, bottom) = box[:2].tolist(), (box[:2] + box[2:]).tolist()
            found.append([[x, y, x, bottom, right, bottom, right, y]])
    return found


def _grids(
    scope: Scope, objects: Sequence[Objects], shapes: Sequence[Sequence[Shape]]
) -> dict[int, Size]:
    """The grid of each image that has objects."""
    known = list(scope.samples.select("height", "width").iter_rows())
    masks: dict[int, Size] = {}
    needed: dict[int, Size] = {}
    for side, found in zip(objects, shapes, strict=True):
        for at, shape in zip(side.table["at"], found, strict=True):
            if isinstance(shape, Mask):
                masks.setdefault(at, shape.size)
            else:
                height, width = needed.get(at, (1, 1))
                right = max(value for ring in shape for value in ring[0::2])
                bottom = max(value for ring in shape for value in ring[1::2])
                needed[at] = max(height, _up(bottom)), max(width, _up(right))
    sizes = {at: (int(h), int(w)) for at, (h, w) in enumerate(known) if h and w}
    grids = {at: masks.get(at) or sizes.get(at) or needed[at] for at in {*masks, *needed}}
    for at, (height, width) in grids.items():
        if min(height, width) < 1 or height * width > _LARGEST:
            raise LabelvcError(
                f"the masks of {shorten(scope.samples['sample'][at])} would be {width} x {height} "
                "pixels"
            )
    return grids


def _up(value: float) -> int:
    return int(np.ceil(min(value, _FARTHEST)))


def _rastered(coco: Any, shape: Shape, size: Size, sample: str) -> Any:
    """A shape as the library's mask; raises LabelvcError for what is none or does not fit."""
    if isinstance(shape, Mask):
        counts, pixels = _runs(shape), size[0] * size[1]
        if shape.size != size or counts.sum() != pixels or (counts < 0).any():
            raise LabelvcError(
                f"a mask in {shorten(sample)} has the size {list(shape.size)} (height, width) and "
                f"runs of {counts.sum()} pixels, expected {list(size)} and {pixels} as the first "
                "mask of this image has"
            )
        return coco.frPyObjects({"size": list(size), "counts": counts.tolist()}, *size)
    for points in (np.reshape(ring, (-1, 2)) for ring in shape):
        if np.abs(points).max() > _FARTHEST or np.abs(np.diff(points, axis=0)).sum() > _LONGEST:
            raise LabelvcError(
                f"an outline in {shorten(sample)} reaches beyond {_FARTHEST:,} pixels or is longer "
                f"than {_LONGEST:,}"
            )
    return coco.merge(coco.frPyObjects(shape, *size))


def _runs(mask: Mask) -> NDArray[np.int64]:
    """The lengths of its runs; of one too long to be written down, none."""
    try:
        return rle_counts(mask.counts)
    except OverflowError:
        return np.zeros(0, dtype=np.int64)
