"""How far the distributions of a label set have moved from one version to another.

Two versions share most of their samples, so they are no independent draws: the p-value tells how
remarkable the difference were if they were, and a small one is all the more a reason to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelvc.core.snapshot import Snapshot
from labelvc.core.stats import Stats, stats
from labelvc.core.stats_bins import rounded

_EXPECTED = 5  # the least expected count of a cell, by Cochran's rule of thumb (1954)

Table = NDArray[np.int64]  # of shape (2, bins): before and after


@dataclass(frozen=True)
class Drift:
    """One distribution in two versions, `before` and `after` values in all.

    `statistic`, `dof` and `p_value` are of Pearson's chi-square test that both come from one
    distribution, without continuity correction. `distance` is the Jensen-Shannon distance to base
    2: 0 for equal shares, 1 where the versions have no bin in common.
    """

    name: str
    before: int
    after: int
    statistic: float
    dof: int
    p_value: float
    distance: float


def drift(before: Stats | Snapshot, after: Stats | Snapshot) -> tuple[Drift, ...]:
    """A row for each distribution that has values in both versions.

    `categories` and `kinds` are of labels, `splits` of samples (where there are any splits), the
    others are those of `stats_bins.MEASURES` in their fixed bins.
    """
    sides = [one if isinstance(one, Stats) else stats(one) for one in (before, after)]
    rows = [
        _drift(name, _by_frequency(*(_named(side, name) for side in sides)))
        for name in ("categories", "splits", "kinds")
    ]
    old, new = (side.distributions for side in sides)
    rows += [
        _drift(
            name,
            _by_size(*({one.low: one.count for one in side[name].bins} for side in (old, new))),
        )
        for name in old
        if name in new
    ]
    return tuple(row for row in rows if row is not None)


def _named(side: Stats, name: str) -> Mapping[Any, int]:
    if name == "categories":
        return {one.name: one.labels for one in side.categories}
    if name == "splits":
        named = any(one.name is not None for one in side.splits)
        return {one.name: one.samples for one in side.splits if named}
    return side.kinds


def _by_frequency(before: Mapping[str | None, int], after: Mapping[str | None, int]) -> Table:
    """Bins without an order of their own: the rare ones stand together at the end."""
    names = sorted({*before, *after}, key=lambda name: (name is None, name or ""))
    table = np.array([[side.get(name, 0) for name in names] for side in (before, after)], np.int64)
    return table[:, np.argsort(-table.sum(axis=0), kind="stable")]


def _by_size(before: Mapping[float | None, int], after: Mapping[float | None, int]) -> Table:
    lows = sorted({*before, *after}, key=lambda low: -np.inf if low is None else low)
    return np.array([[side.get(low, 0) for low in lows] for side in (before, after)], np.int64)


def _drift(name: str, table: Table) -> Drift | None:
    before, after = map(int, table.sum(axis=1))
    if not before or not after:
        return None
    # Imported only here: it takes half a second.
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import chi2_contingency

    tested = chi2_contingency(merged(table), correction=False)
    distance = jensenshannon(table[0], table[1], base=2)
    return Drift(
        name,
        before,
        after,
        rounded(tested.statistic),
        int(tested.dof),
        rounded(tested.pvalue),
        # Rounding may bring a divergence of nothing below 0, and its root is NaN.
        0.0 if np.isnan(distance) else rounded(distance),
    )


def merged(table: Table) -> Table:
    """The bins with neighbours put together until 5 are expected in each cell; at least one bin.

    `table` has the shape (2, bins) and values in both rows.
    """
    least = _EXPECTED * table.sum() / table.sum(axis=1).min()
    bins: list[NDArray[np.int64]] = []
    full = True
    for column in table.T:
        if full:
            bins.append(column.copy())
        else:
            bins[-1] += column
        full = bool(bins[-1].sum() >= least)
    if not full and len(bins) > 1:
        rest = bins.pop()
        bins[-1] += rest
    return np.stack(bins, axis=1)
