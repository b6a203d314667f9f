"""Scores of object detection: COCO's measures of boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labelvc.core.score_detection import detected
from labelvc.core.score_matching import Overlap
from labelvc.core.score_objects import Arranged, Objects, sides
from labelvc.core.score_scope import Scope
from labelvc.core.score_shapes import box_overlap
from labelvc.core.scored import Scored

if TYPE_CHECKING:
    from labelvc.core.scored import Floats


def score_boxes(scope: Scope) -> Scored:
    """Average precision and recall of boxes, those by size where areas in pixels are known.

    Labels of other kinds count by their box. Raises LabelvcError where no sample has one.
    """
    truth, said = sides(scope, boxed=True)
    if truth.table.is_empty():
        raise scope.nothing("box")
    _count_outside(scope, said)

    def overlap(both: Arranged) -> Overlap:
        boxes = said.boxes[both.said_rows], truth.boxes[both.truth_rows]
        return box_overlap(*boxes, both.labels.crowd)

    areas = truth.areas(box_areas(truth)), box_areas(said)
    return detected(scope, (truth, said), areas, overlap)


def box_areas(objects: Objects) -> Floats:
    """Width times height; of a box turned inside out too, so that it counts as wrong."""
    areas: Floats = np.abs(objects.boxes[:, 2] * objects.boxes[:, 3])
    return areas


def _count_outside(scope: Scope, said: Objects) -> None:
    """Count predicted boxes of negative size and those wholly outside of their image."""
    corner, size = said.boxes[:, :2], said.boxes[:, 2:]
    full = scope.samples.select("width", "height").to_numpy()[said.table["at"].to_numpy()]
    full = np.where(said.parts[:, None], 1.0, full)  # NaN is never passed
    beyond = (size < 0) | (corner + size <= 0) | (corner >= full)
    scope.count("outside_boxes", int(beyond.any(axis=1).sum()))
