"""A measurement: predictions scored against labels, and what its uncertainty is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """How often truth (row) was predicted as (column); `counts` is square over `categories`."""

    categories: Sequence[str]
    counts: Sequence[Sequence[int]]


@dataclass(frozen=True, eq=False)
class Scored:
    """The scores of one model on one snapshot.

    Samples of one *unit* contribute alike to every metric that `under` tells: the cells of a
    confusion matrix, or each sample its own. `under` takes how often each unit was drawn, shape
    (draws, units), and gives the metrics of each draw, shape (draws,); drawing each unit as often
    as it occurs gives the metrics themselves. `units[i]` is the unit of `samples[i]`.
    """

    headline: str  # the metric by which models are ranked
    metrics: Mapping[str, float]
    samples: pl.Series
    units: NDArray[np.int64]
    unit_count: int
    under: Callable[[Floats], Mapping[str, Floats]]
    lower_is_better: bool = False  # of the headline: word error rate
    categories: Sequence[Mapping[str, Any]] = ()  # a row a category, `category` first
    confusion: Confusion | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)  # what was odd, and how often
