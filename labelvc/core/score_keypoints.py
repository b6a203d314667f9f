"""Scores of keypoint detection: COCO's measures by object keypoint similarity (OKS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from labelvc.core.score_boxes import box_areas
from labelvc.core.score_detection import detected
from labelvc.core.score_geometry import geometries
from labelvc.core.score_matching import Overlap
from labelvc.core.score_objects import Arranged, Objects, sides
from labelvc.core.score_scope import Integers, Scope
from labelvc.core.score_shapes import Skeletons, keypoint_overlap
from labelvc.core.scored import Scored

if TYPE_CHECKING:
    from labelvc.core.scored import Floats

# pycocotools `Params.setKpParams`: people smaller than medium have no keypoints labelled.
_SIZES = ("", "_medium", "_large")
_LIMITS = (20,)
# What a person's area is of its box where only that is known, as in CrowdPose's evaluation.
_PART_OF_BOX = 0.53


def score_keypoints(scope: Scope) -> Scored:
    """Average precision and recall of keypoints, 20 detections an image.

    Raises LabelvcError where no sample has keypoints.
    """
    truth, said = sides(scope, boxed=False)
    if truth.table.is_empty():
        raise scope.nothing("set of keypoints")
    points, lengths = zip(*_skeletons(truth, said), strict=True)
    low, high = _extents(points[1], lengths[1])
    areas = truth.areas(_PART_OF_BOX * box_areas(truth)), (high - low).prod(axis=1)
    told = truth.attribute("num_keypoints").cast(pl.Float64, strict=False).to_numpy()
    labelled = (points[0][:, :, 2] > 0).sum(axis=1)

    def overlap(both: Arranged) -> Overlap:
        rows = both.truth_rows, both.said_rows
        one, two = (
            Skeletons(points[at][row], lengths[at][row], side.boxes[row], areas[at][row])
            for at, (side, row) in enumerate(zip((truth, said), rows, strict=True))
        )
        return keypoint_overlap(two, one)

    return detected(
        scope,
        (truth, said),
        areas,
        overlap,
        ignored=np.where(np.isnan(told), labelled, told) == 0,
        sizes=_SIZES,
        limits=_LIMITS,
    )


def _skeletons(*sides: Objects) -> list[tuple[Floats, Integers]]:
    """Points x, y, visibility of both sides, filled up to one length, and each one's own length."""
    decoded = [[shape.keypoints for shape in geometries(side.table)] for side in sides]
    width = max((len(points) for side in decoded for points in side), default=0)
    made = []
    for side, skeletons in zip(sides, decoded, strict=True):
        points = np.zeros((len(skeletons), width, 3))
        for row, skeleton in enumerate(skeletons):
            # where no visibility is told, all are seen
            told = [point if len(point) == 3 else [*point, 2] for point in skeleton]
            points[row, : len(told)] = np.reshape(told, (-1, 3))
        points[:, :, :2] *= side.scale[:, None, :]
        made.append((points, np.array([len(points) for points in skeletons], dtype=np.int64)))
    return made


def _extents(points: Floats, lengths: Integers) -> tuple[Floats, Floats]:
    """The corners of what holds all points of each, labelled or not, as pycocotools has it."""
    blank = (np.arange(points.shape[1]) >= lengths[:, None])[:, :, None]
    places = points[:, :, :2]
    low = np.where(blank, np.inf, places).min(axis=1, initial=np.inf)
    high = np.where(blank, -np.inf, places).max(axis=1, initial=-np.inf)
    none = lengths[:, None] == 0
    return np.where(none, 0.0, low), np.where(none, 0.0, high)
