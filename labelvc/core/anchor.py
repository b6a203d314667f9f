"""Where a position of an edited text was before the edit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher


def anchor(before: str, after: str, unit: str) -> Callable[[float, float], tuple[float, float]]:
    """A function from a span's bounds in `after` to its bounds in `before`.

    Bounds are code points (`unit` "character") or indices of tokens parted by spaces ("token"),
    end exclusive. A span whose own text was not edited comes back shifted by what was inserted or
    removed before it; one that was edited inside is stretched over the replaced part.
    """
    one: Sequence[str] = before.split(" ") if unit == "token" else before
    two: Sequence[str] = after.split(" ") if unit == "token" else after
    blocks = SequenceMatcher(None, two, one, autojunk=False).get_opcodes()
    starts = [block[1] for block in blocks]

    def position(at: float, *, is_end: bool) -> float:
        # An end belongs to what precedes it, a start to what follows.
        probe = at - 1 if is_end else at
        if not blocks or probe < 0 or at > len(two):
            return at
        tag, low, high, old_low, old_high = blocks[bisect_right(starts, probe) - 1]
        if tag == "equal":
            return old_low + at - low
        if is_end:
            return old_high if at == high else min(old_low + at - low, old_high)
        return min(old_low + at - low, old_high)

    def moved(start: float, end: float) -> tuple[float, float]:
        return position(start, is_end=False), position(end, is_end=True)

    return moved
