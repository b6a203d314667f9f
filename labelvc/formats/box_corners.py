"""Boxes given by two corners, from boxes given by a corner and a size."""

from __future__ import annotations

import math

# How many neighbouring numbers are tried on each side.
_NEAR = 4


def end_of(start: float, length: float) -> float:
    """The number with the fewest digits that lies exactly `length` behind `start`.

    Their sum where there is none: the sum of two floats is rounded, and so is the difference.
    """
    near = [start + length]
    for direction in (-math.inf, math.inf):
        end = start + length
        for _ in range(_NEAR):
            end = math.nextafter(end, direction)
            near.append(end)
    exact = [end for end in near if end - start == length]
    return min(exact, key=lambda end: len(repr(end))) if exact else start + length
