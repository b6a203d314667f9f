"""Outlines that cross themselves, for many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Rings of more points are left alone: the time grows with their square.
MOST = 2000
_CELLS = 2_000_000  # numbers held at a time
# Of a ring scaled to 1: smaller areas are rounding.
_NOTHING = 1e-12


def crossings(rings: Sequence[Floats]) -> Iterator[tuple[int, float, float]]:
    """Index of each ring that crosses itself, and a point where it does.

    Rings are of shape (n, 2), without a point twice in a row. Edges that only touch, or lie on each
    other as the bridges to holes do, are no crossing.
    """
    order = [at for at in range(len(rings)) if 4 <= len(rings[at]) <= MOST]
    order.sort(key=lambda at: len(rings[at]))
    for size, group in groupby(order, key=lambda at: len(rings[at])):
        same = list(group)
        step = max(1, _CELLS // size)
        for start in range(0, len(same), step):
            part = same[start : start + step]
            for at, x, y in _crossed(np.stack([rings[one] for one in part])):
                yield part[at], x, y


def _crossed(rings: Floats) -> Iterator[tuple[int, float, float]]:
    """The first crossing found of each ring of an array of shape (rings, points, 2)."""
    low = rings.min(axis=1, keepdims=True)
    extent = np.maximum((rings.max(axis=1, keepdims=True) - low).max(axis=2, keepdims=True), 1e-300)
    start = (rings - low) / extent
    end = np.roll(start, -1, axis=1)
    least, most = np.minimum(start, end), np.maximum(start, end)
    seen: set[int] = set()
    # Two edges meet in a corner unless at least two steps apart, either way round.
    for apart in range(2, start.shape[1] // 2 + 1):
        other_least, other_most = np.roll(least, -apart, axis=1), np.roll(most, -apart, axis=1)
        near = ((least <= other_most) & (other_least <= most)).all(axis=2)
        ring, edge = np.nonzero(near)
        if not ring.size:
            continue
        other = (edge + apart) % start.shape[1]
        a, b, c, d = start[ring, edge], end[ring, edge], start[ring, other], end[ring, other]
        hit = _opposite(_turn(a, b, c), _turn(a, b, d)) & _opposite(_turn(c, d, a), _turn(c, d, b))
        for at in np.flatnonzero(hit):
            which = int(ring[at])
            if which not in seen:
                seen.add(which)
                place = _meeting(a[at], b[at], c[at], d[at]) * extent[which, 0] + low[which, 0]
                yield which, float(place[0]), float(place[1])


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    """Twice the signed area of the triangles a, b, c."""
    result: Floats = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (
        c[:, 0] - a[:, 0]
    )
    return result


def _opposite(one: Floats, two: Floats) -> NDArray[np.bool_]:
    left = (one > _NOTHING) & (two < -_NOTHING)
    return left | ((one < -_NOTHING) & (two > _NOTHING))


def _meeting(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Where the lines a-b and c-d, which do cross, cross."""
    along, other = b - a, d - c
    share = ((c - a)[0] * other[1] - (c - a)[1] * other[0]) / (
        along[0] * other[1] - along[1] * other[0]
    )
    result: Floats = a + share * along
    return result
