"""Average precision and recall of matched detections, for images drawn any number of times.

COCO's definition (pycocotools `COCOeval.accumulate`): per category, precision made to fall with
recall and read off at 101 recalls; the means over thresholds and categories that have labels. Only
where a detection is right do recall and that precision change, so only there they are computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelvc.core.score_matching import THRESHOLDS, Matches
from labelvc.core.score_objects import Arranged
from labelvc.core.score_sums import Sums, ratio, taken

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labelvc.core.score_scope import Integers
    from labelvc.core.scored import Floats

_RECALLS = np.linspace(0.0, 1.0, 101)
_TINY = float(np.spacing(1))


@dataclass(frozen=True)
class Averages:
    """Precision and recall of shape (draws, thresholds, categories).

    `recalls` are those of the first detections in each image and category, for each limit; `known`
    tells the categories that have labels in a draw, shape (draws, categories).
    """

    precision: Floats
    recalls: Sequence[Floats]
    known: NDArray[np.bool_]

    def mean(self, of: Floats, thresholds: slice = slice(None)) -> Floats:
        """The mean over thresholds and known categories, shape (draws,); NaN where none is."""
        each = of[:, thresholds].mean(axis=1)
        number = self.known.sum(axis=1)
        means = np.full(len(each), np.nan)
        np.divide((each * self.known).sum(axis=1), number, out=means, where=number > 0)
        return means


class Curves:
    """The curves of one range of areas, for any weights of images.

    A run is a threshold and a category. Along it stand the detections by falling confidence, equal
    ones by image and rank.
    """

    def __init__(
        self,
        both: Arranged,
        matches: Matches,
        *,
        at_range: int,
        categories: int,
        images: int,
        limits: Sequence[int],
    ) -> None:
        labels, detections = both.labels, both.detections
        order = np.lexsort(
            (detections.rank, detections.image, -detections.confidence, detections.category)
        )
        category, image = detections.category[order], detections.image[order]
        right = matches.right[at_range][:, order]
        threshold, place = np.nonzero(right)
        self._categories = categories
        self._image, self._category = image[place], category[place]
        self._run = threshold * categories + self._category
        self._starts = np.flatnonzero(np.diff(self._run, prepend=-1))
        self._before = np.repeat(self._starts, np.diff(self._starts, append=len(self._run)))
        counted = matches.counted[at_range]
        self._labels = Sums.counting(
            labels.image[counted], labels.category[counted], of=images, width=categories
        )
        self._within = []
        for limit in limits:
            some = detections.rank[order][place] < limit
            width = len(THRESHOLDS) * categories
            within = Sums.counting(self._image[some], self._run[some], of=images, width=width)
            self._within.append(within)
        self._count(right | ~matches.ignored[at_range][:, order], threshold, place, category, image)

    def _count(
        self,
        counts: NDArray[np.bool_],
        threshold: Integers,
        place: Integers,
        category: Integers,
        image: Integers,
    ) -> None:
        """Where to read how many detections that count, right or wrong, stand before a right one.

        Those of the lowest threshold, corrected by the few that differ at the other's.
        """
        usual = np.cumsum(np.append(0, counts[0]))
        first = np.searchsorted(category, category[place])
        self._usual, self._behind = image[counts[0]], (usual[first], usual[place + 1])
        size = max(counts.shape[1], 1)
        differs = counts != counts[0]
        level, where = np.nonzero(differs)
        self._sign = np.where(counts[level, where], 1.0, -1.0)
        self._differing = image[where]
        keys = level * size + where
        self._corrected = (
            np.searchsorted(keys, threshold * size + first),
            np.searchsorted(keys, threshold * size + place, side="right"),
        )

    @property
    def held(self) -> int:
        """How many numbers a draw takes in memory, about."""
        return 8 * len(self._run) + 2 * len(self._usual) + 1

    def under(self, weights: Floats, *, every: bool = True) -> Averages:
        """Under weights of the images, shape (draws, images).

        Recalls are those of each limit, or of the last one only.
        """
        shape = (len(weights), len(THRESHOLDS), self._categories)
        labels = self._labels.under(weights)
        area = np.zeros((shape[0], shape[1] * shape[2]))
        if self._starts.size:
            right = self._right(weights)
            recall = ratio(right, taken(labels, self._category))
            precision = self._falling(right / (self._counted(weights) + _TINY))
            # how many of the recalls are read off here: those not reached at the one before
            reached = _reached(recall)
            news = np.diff(reached, axis=1, prepend=0)
            news[:, self._starts] = reached[:, self._starts]
            area[:, self._run[self._starts]] = np.add.reduceat(
                precision * news, self._starts, axis=1
            )
        return Averages(
            precision=area.reshape(shape) / len(_RECALLS),
            recalls=[
                ratio(within.under(weights).reshape(shape), labels[:, None, :])
                for within in (self._within if every else self._within[-1:])
            ],
            known=labels > 0,
        )

    def _right(self, weights: Floats) -> Floats:
        """How many right ones there are up to each, in its run."""
        total = _running(taken(weights, self._image))
        return total[:, 1:] - taken(total, self._before)

    def _counted(self, weights: Floats) -> Floats:
        """How many that count there are up to each right one, in its run."""
        usual = _running(taken(weights, self._usual))
        counted = taken(usual, self._behind[1]) - taken(usual, self._behind[0])
        if self._sign.size:
            differing = _running(taken(weights, self._differing) * self._sign)
            counted += taken(differing, self._corrected[1])
            counted -= taken(differing, self._corrected[0])
        return counted

    def _falling(self, precision: Floats) -> Floats:
        """The highest precision from each on, in its run."""
        # what lifts each run above the next one, so that none reaches into the one before
        lift = 2.0 * (self._run[-1] - self._run)
        lifted: Floats = np.maximum.accumulate((precision + lift)[:, ::-1], axis=1)[:, ::-1] - lift
        return lifted


def _reached(recall: Floats) -> Integers:
    """How many of the 101 recalls are at most each of these: `searchsorted` to the right."""
    nearest = np.rint(recall * (len(_RECALLS) - 1)).astype(np.int64)
    reached: Integers = nearest + (np.take(_RECALLS, nearest) <= recall)
    return reached


def _running(values: Floats) -> Floats:
    """Sums of all before each column, and of all at the end."""
    sums = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums
