"""Distributions of numbers over fixed bins.

The edges do not depend on the data, so that two versions of a label set can be compared bin by bin.
A bin holds `low <= value < high`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

# Whole numbers to 16, then steps of a quarter octave (19 %), rounded up.
WHOLE = (*map(float, range(17)), *(float(math.ceil(2 ** (i / 4))) for i in range(17, 161)))
# Quarter octaves from 2**-10; what is smaller, 0 included, is one bin.
QUARTERS = (0.0, *(2 ** (i / 4) for i in range(-40, 161)))
TENTHS = tuple(i / 10 for i in range(11))
# No measure of a real sample; their sums would overflow.
_ABSURD = 1e150
_DIGITS = 9  # significant ones: what is below depends on the order of the additions


@dataclass(frozen=True)
class Measure:
    """What a distribution is of: `of` names what is counted, `unit` what it is measured in."""

    title: str
    of: str
    unit: str
    edges: Sequence[float]


MEASURES: Mapping[str, Measure] = {
    "labels_per_sample": Measure("labels per sample", "sample", "label", WHOLE),
    "box_size": Measure("box size", "box", "fraction", QUARTERS),
    "box_pixels": Measure("box size in pixels", "box", "pixel", QUARTERS),
    "box_aspect": Measure("box width / height", "box", "ratio", QUARTERS),
    "box_x": Measure("box centre x", "box", "fraction", TENTHS),
    "box_y": Measure("box centre y", "box", "fraction", TENTHS),
    "text_length": Measure("text length", "text", "character", WHOLE),
    "text_words": Measure("words in a text", "text", "word", WHOLE),
    "transcript_length": Measure("transcript length", "transcript", "character", WHOLE),
    "transcript_words": Measure("words in a transcript", "transcript", "word", WHOLE),
    "duration": Measure("duration", "sample", "second", QUARTERS),
}


@dataclass(frozen=True)
class Bin:
    """How many values are at least `low` and below `high`; None: no bound on that side."""

    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True)
class Distribution:
    """How the values of one measure are spread, in its unit, to nine significant digits.

    `bins` go on without a gap from the first to the last that is not empty.
    """

    count: int
    total: float
    mean: float
    median: float
    minimum: float
    maximum: float
    bins: tuple[Bin, ...]


def distribution(values: pl.Series, edges: Sequence[float]) -> Distribution | None:
    """The distribution of the values that are not null; None where there are none."""
    numbers = values.drop_nulls().cast(pl.Float64).to_numpy()
    numbers = numbers[np.abs(numbers) < _ABSURD]
    if not numbers.size:
        return None
    return Distribution(
        numbers.size,
        rounded(numbers.sum()),
        rounded(numbers.mean()),
        rounded(np.median(numbers)),
        rounded(numbers.min()),
        rounded(numbers.max()),
        _bins(np.bincount(np.searchsorted(edges, numbers, side="right")), edges),
    )


def _bins(
    counts: np.ndarray[tuple[int], np.dtype[np.int64]], edges: Sequence[float]
) -> tuple[Bin, ...]:
    """`counts[i]` values lie below `edges[i]`, but not below the edge before."""
    sides = itertools.pairwise((None, *edges, None))
    first = int(np.flatnonzero(counts)[0])
    bounds = itertools.islice(sides, first, counts.size)
    return tuple(
        Bin(low, high, int(count))
        for (low, high), count in zip(bounds, counts[first:], strict=True)
    )


def rounded(value: float) -> float:
    """The number to nine significant digits."""
    return float(f"{value:.{_DIGITS}g}")
