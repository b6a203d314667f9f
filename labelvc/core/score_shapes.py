"""How much detections and labels overlap, for many pairs at once, as COCO measures it.

Each maker gives a function of two arrays of rows, of a detection and of a label of its image. The
share of a crowd's overlap is of the detection alone, as a crowd may hold many of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from labelvc.core.score_matching import Overlap
from labelvc.core.shapes import BODY_SIGMAS as BODY_SIGMAS
from labelvc.core.shapes import OTHER_SIGMA as OTHER_SIGMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labelvc.core.score_scope import Integers
    from labelvc.core.scored import Floats

# Pairs of keypoints held in one go; bounds the memory, not the result.
_HELD = 1_000_000


def box_overlap(detections: Floats, labels: Floats, crowd: NDArray[np.bool_]) -> Overlap:
    """IoU of boxes x, y, width, height, shape (n, 4); 0 for boxes of no or negative size."""
    sizes = [boxes[:, 2] * boxes[:, 3] for boxes in (detections, labels)]

    def overlap(one: Integers, two: Integers) -> Floats:
        first, second = detections[one], labels[two]
        sides = np.minimum(first[:, :2] + first[:, 2:], second[:, :2] + second[:, 2:])
        sides -= np.maximum(first[:, :2], second[:, :2])
        shared = np.where((sides > 0).all(axis=1), sides.prod(axis=1), 0.0)
        whole = sizes[0][one] + np.where(crowd[two], 0.0, sizes[1][two] - shared)
        return np.divide(shared, whole, out=np.zeros(len(one)), where=shared > 0)

    return overlap


def mask_overlap(
    detections: Sequence[Any], labels: Sequence[Any], crowd: NDArray[np.bool_]
) -> Overlap:
    """IoU of run-length masks, which in each image have one size."""
    from faster_coco_eval.core import mask as masks

    def overlap(one: Integers, two: Integers) -> Floats:
        found = np.zeros(len(one))
        # pairs come by detection, and neighbours in a group have the same labels
        starts = np.flatnonzero(np.diff(one, prepend=-1))
        first = starts[np.flatnonzero(np.diff(two[starts], prepend=-1))]
        for start, end in pairwise([*first.tolist(), len(one)]):
            block = one[start:end]
            rivals = two[start : start + np.searchsorted(block, block[0], side="right")]
            found[start:end] = masks.iou(
                [detections[at] for at in np.unique(block)],
                [labels[at] for at in rivals],
                crowd[rivals].astype(int).tolist(),
            ).ravel()
        return found

    return overlap


@dataclass(frozen=True)
class Skeletons:
    """Keypoints x, y, visibility of shape (n, points, 3), filled up with zeros; boxes, areas."""

    points: Floats
    lengths: Integers  # how many points each has
    boxes: Floats
    areas: Floats


def keypoint_overlap(detections: Skeletons, labels: Skeletons) -> Overlap:
    """Object keypoint similarity (pycocotools `computeOks`); 0 for skeletons of unlike length.

    COCO's 17 body points have their own standard deviations, other skeletons one for all.
    """

    def overlap(one: Integers, two: Integers) -> Floats:
        size = max(1, _HELD // max(labels.points.shape[1], 1))
        parts = [
            _similarity(detections, labels, one[at : at + size], two[at : at + size])
            for at in range(0, len(one), size)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    return overlap


def _similarity(detections: Skeletons, labels: Skeletons, one: Integers, two: Integers) -> Floats:
    width = labels.points.shape[1]
    length = labels.lengths[two]
    seen = labels.points[two][:, :, 2] > 0
    blank = seen.sum(axis=1) == 0
    # without any labelled point, distance is how far a point lies outside the doubled box
    box = labels.boxes[two]
    low, high = box[:, :2] - box[:, 2:], box[:, :2] + 2 * box[:, 2:]
    point = detections.points[one, :, :2]
    apart = point - labels.points[two, :, :2]
    outside = np.maximum(low[:, None] - point, 0) + np.maximum(point - high[:, None], 0)
    apart = np.where(blank[:, None, None], outside, apart)
    used = seen | (blank[:, None] & (np.arange(width) < length[:, None]))
    sigmas = np.full((len(two), width), OTHER_SIGMA)
    body = length == len(BODY_SIGMAS)
    if body.any():
        sigmas[body, : len(BODY_SIGMAS)] = BODY_SIGMAS
    scale = (2 * sigmas) ** 2 * (labels.areas[two, None] + np.spacing(1)) * 2
    likeness = np.exp(-(apart**2).sum(axis=2) / scale)
    mean = (likeness * used).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
    return np.where(detections.lengths[one] == length, mean, 0.0)
