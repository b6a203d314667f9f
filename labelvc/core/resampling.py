"""How certain a score is: percentile bootstrap over samples (Efron 1979).

Samples are drawn with replacement, as many as there are. Those of one unit contribute alike, so
only how often each unit is drawn matters: a multinomial over the units, which is exact.

The percentiles are shifted so that the median of the draws is the score itself. For what is counted
a sample at a time that is nothing (the median of a binomial is its mean, where that is whole); but
means over categories come out higher in the draws, which lack some of the rare ones, and an
interval may not lie beside its score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from labelvc.core.progress import counted
from labelvc.core.score_sums import Sums
from labelvc.core.scored import Scored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labelvc.core.scored import Floats

    Integers = NDArray[np.int64]

# Numbers held at a time while drawing; bounds the memory, and belongs to what a seed gives.
_HELD = 2_000_000
# Up to this many samples of a unit it is quicker to draw samples than numbers of them.
_FEW = 20


@dataclass(frozen=True)
class Difference:
    """A metric under two measurements; `low` and `high` bound `difference`, after minus before."""

    before: float
    after: float
    difference: float
    low: float
    high: float


def intervals(
    scored: Scored, *, draws: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """The interval of each metric that `under` tells, at a level of confidence.

    The same seed gives the same intervals. Draws in which a metric is not defined are left out.
    """
    counts = np.bincount(scored.units, minlength=scored.unit_count)
    drawn = _gathered(scored.under(weights) for weights in _drawn(counts, draws, seed))
    return {
        name: _bounds(values, scored.metrics[name], level)
        for name, values in drawn.items()
        if name in scored.metrics
    }


def paired(
    a: Scored, b: Scored, *, draws: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, Difference]:
    """What b differs from a in each metric that both tell, under the same draws of samples.

    Samples meet by their keys; one that only one side has is drawn too and counts on that side.
    """
    pairs = _Pairs(a, b)
    drawn = _gathered(
        _differences(a.under(first), b.under(second))
        for first, second in map(pairs.parted, _drawn(pairs.counts, draws, seed))
    )
    found: dict[str, Difference] = {}
    for name, values in drawn.items():
        if name in a.metrics and name in b.metrics:
            before, after = a.metrics[name], b.metrics[name]
            bounds = _bounds(values, after - before, level)
            found[name] = Difference(before, after, after - before, *bounds)
    return found


def _differences(before: Mapping[str, Floats], after: Mapping[str, Floats]) -> dict[str, Floats]:
    return {name: after[name] - value for name, value in before.items() if name in after}


def _gathered(parts: Iterator[Mapping[str, Floats]]) -> dict[str, Floats]:
    """The draws of all parts, by metric."""
    every = list(parts)
    return {name: np.concatenate([part[name] for part in every]) for name in every[0]}


def _bounds(values: Floats, score: float, level: float) -> tuple[float, float]:
    """Percentiles of the draws, around the score."""
    some = values[~np.isnan(values)]
    if not some.size:
        return score, score
    low, middle, high = np.quantile(some, [(1 - level) / 2, 0.5, (1 + level) / 2]).tolist()
    return score + (low - middle), score + (high - middle)


class _Pairs:
    """Distinct pairs of a unit of a and a unit of b, and how many samples have each."""

    def __init__(self, a: Scored, b: Scored) -> None:
        first, second = _aligned(a, b)
        codes, self.counts = np.unique(first * (b.unit_count + 1) + second, return_counts=True)
        units = np.divmod(codes, b.unit_count + 1)
        self._sides = [_side(unit, side) for unit, side in zip(units, (a, b), strict=True)]

    def parted(self, weights: Floats) -> tuple[Floats, Floats]:
        """How often each unit of a, and of b, was drawn."""
        one, two = self._sides
        return one.under(weights), two.under(weights)


def _side(units: Integers, scored: Scored) -> Sums:
    """From pairs to units; the unit after the last one is none."""
    there = np.flatnonzero(units < scored.unit_count)
    return Sums.counting(there, units[there], of=len(units), width=scored.unit_count)


def _aligned(a: Scored, b: Scored) -> tuple[Integers, Integers]:
    """The unit on both sides of every sample that either has; one past the last for none."""
    if a.samples.equals(b.samples):
        return a.units, b.units
    one, two = (pl.DataFrame({"sample": side.samples, "unit": side.units}) for side in (a, b))
    both = one.join(two, on="sample", how="full", suffix="_b", maintain_order="left_right")
    first: Integers = both["unit"].fill_null(a.unit_count).to_numpy()
    second: Integers = both["unit_b"].fill_null(b.unit_count).to_numpy()
    return first, second


def _drawn(counts: Integers, draws: int, seed: int) -> Iterator[Floats]:
    """How often each unit was drawn, shape (some of the draws, units), draws side by side."""
    random = np.random.default_rng(seed)
    step = max(1, _HELD // max(len(counts), 1))
    few = (counts > 0) & (counts <= _FEW)
    many = np.flatnonzero(counts > _FEW)
    # each sample of the small units by itself: how many of them are drawn is a multinomial's too
    singly = np.repeat(np.flatnonzero(few), counts[few])
    shares = np.append(counts[many], len(singly)) / counts.sum()
    for start in counted(range(0, draws, step), "resampling"):
        size = min(step, draws - start)
        weights = np.zeros((size, len(counts)))
        numbers = random.multinomial(counts.sum(), shares, size=size)
        weights[:, many] = numbers[:, :-1]
        if len(singly):
            for row, number in enumerate(numbers[:, -1]):
                chosen = random.integers(0, len(singly), number, dtype=np.uint32)
                weights[row] += np.bincount(singly[chosen], minlength=len(counts))
        yield np.asfortranarray(weights)
