"""Which detections are right: COCO's matching, of a whole data set at once.

In each image and category the detections choose in the order of their confidence: the label they
overlap most among those still free, if it overlaps enough; labels that are to be ignored only where
no other does, and crowds any number of times (pycocotools `COCOeval.evaluateImg`). Here the first
detections of all images choose together, then the second ones, and so on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labelvc.core.score_scope import Integers
    from labelvc.core.scored import Floats

    Flags = NDArray[np.bool_]

# COCO's thresholds of overlap.
THRESHOLDS = np.linspace(0.5, 0.95, 10)
# Pairs looked at in one go; bounds the memory, not the result.
_CHUNK = 2_000_000

# Overlaps of pairs of a detection and a label of its image, by their rows in the tables.
Overlap = Callable[["Integers", "Integers"], "Floats"]


@dataclass(frozen=True)
class Labels:
    """True objects, sorted by `group` (a number for image and category)."""

    group: Integers
    image: Integers
    category: Integers
    area: Floats
    crowd: Flags
    ignored: Flags  # crowds among them


@dataclass(frozen=True)
class Detections:
    """Predicted objects, sorted by `group` and falling confidence; `rank` is the place in it."""

    group: Integers
    image: Integers
    category: Integers
    area: Floats
    confidence: Floats
    rank: Integers


@dataclass(frozen=True)
class Matches:
    """What came of it, for each range of areas and each threshold.

    `right` and `ignored` are shape (ranges, thresholds, detections): detections that found a label
    that counts, and those that count neither as right nor as wrong. `counted` is shape (ranges,
    labels): the labels to be found.
    """

    right: Flags
    ignored: Flags
    counted: Flags


def match(
    labels: Labels, detections: Detections, overlap: Overlap, ranges: Sequence[tuple[float, float]]
) -> Matches:
    """Match detections with labels; `ranges` are areas from and to, both included."""
    low, high = np.array(ranges).T[:, :, None]
    ignored = labels.ignored | (labels.area < low) | (labels.area > high)
    outside = (detections.area < low) | (detections.area > high)
    chosen = _chosen(labels, detections, ignored, _pairs(labels, detections, overlap))
    found = chosen >= 0
    range_of = np.arange(len(ranges))[:, None, None]
    passed_over = found & ignored[range_of, chosen] if len(labels.group) else found
    return Matches(
        right=found & ~passed_over,
        ignored=passed_over | (~found & outside[:, None, :]),
        counted=~ignored,
    )


def _pairs(
    labels: Labels, detections: Detections, overlap: Overlap
) -> tuple[Integers, Integers, Floats]:
    """Detections and labels of one group that overlap enough for the lowest threshold.

    By detection, then overlap, then label: of those that suit, the last is chosen.
    """
    first = np.searchsorted(labels.group, detections.group, side="left")
    rivals = np.searchsorted(labels.group, detections.group, side="right") - first
    parts = []
    for start, end in _chunks(rivals):
        some = rivals[start:end]
        one = np.repeat(np.arange(start, end), some)
        step = np.arange(len(one)) - np.repeat(np.cumsum(some) - some, some)
        two = first[one] + step
        overlaps = overlap(one, two)
        near = overlaps >= THRESHOLDS[0]
        parts.append((one[near], two[near], overlaps[near]))
    one, two, overlaps = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((two, overlaps, one))
    return one[order], two[order], overlaps[order]


def _chunks(sizes: Integers) -> Iterator[tuple[int, int]]:
    """Bounds of runs that add up to about a chunk each; at least one."""
    cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // _CHUNK)) + 1
    yield from pairwise([0, *cuts.tolist(), len(sizes)])


def _chosen(
    labels: Labels,
    detections: Detections,
    ignored: Flags,
    pairs: tuple[Integers, Integers, Floats],
) -> Integers:
    """The label each detection takes, -1 for none: shape (ranges, thresholds, detections)."""
    one, two, overlaps = pairs
    shape = (len(ignored), len(THRESHOLDS))
    chosen = np.full((*shape, len(detections.group)), -1)
    taken = np.zeros((*shape, len(labels.group)), dtype=bool)
    enough = np.minimum(THRESHOLDS, 1 - 1e-10)[:, None]
    for turn in _turns(detections.group, one):
        starts = np.flatnonzero(np.diff(one[turn], prepend=-1))
        rivals = two[turn]
        # a label that counts goes before any that is ignored, then the last one
        worth = np.arange(1, len(turn) + 1) + len(turn) * ~ignored[:, None, rivals]
        free = ~taken[:, :, rivals] | labels.crowd[rivals]
        worth = np.where(free & (overlaps[turn] >= enough), worth, 0)
        best = np.maximum.reduceat(worth, starts, axis=2)
        took = np.where(best > 0, rivals[(best - 1) % len(turn)], -1)
        chosen[:, :, one[turn][starts]] = took
        place = np.nonzero(took >= 0)
        taken[place[0], place[1], took[place]] = True
    return chosen


def _turns(group: Integers, one: Integers) -> Iterator[Integers]:
    """The pairs of each turn: first those of every group's first detection that has any."""
    if not one.size:
        return
    new = np.diff(one, prepend=-1) > 0
    number = np.cumsum(new) - 1  # of the detection among those that have pairs
    group_of = group[one[new]]
    start = np.searchsorted(group_of, group_of, side="left")
    turn = (np.arange(len(group_of)) - start)[number]
    order = np.argsort(turn, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(turn[order])) + 1)
