"""Taking away what two sequences of pieces share, before any of it is understood."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

# How far ahead the walk looks for the next equal piece when the two sequences part.
_LOOK_AHEAD = 8
# Once this many looks ahead were in vain, and more than one in four steps is, the order is not
# kept: hashing what is left is cheaper than walking on.
_PATIENCE = 256


def cancel(before: Sequence[Any], after: Sequence[Any]) -> tuple[list[int], list[int]]:
    """The indices of the pieces that are left once equal ones are paired off, as multisets.

    Two files of one origin mostly keep their order, so most pairs are found by walking both side by
    side; only what that leaves is hashed.
    """
    left, right = _walk(before, after)
    if not left or not right:
        return left, right
    waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index in reversed(left):
        waiting[_hashable(before[index])].append(index)
    paired = set()
    rest = []
    for index in right:
        equal = waiting.get(_hashable(after[index]))
        if equal:
            paired.add(equal.pop())
        else:
            rest.append(index)
    return [index for index in left if index not in paired], rest


def _walk(before: Sequence[Any], after: Sequence[Any]) -> tuple[list[int], list[int]]:
    left: list[int] = []
    right: list[int] = []
    i, j, n, m = 0, 0, len(before), len(after)
    in_vain = 0
    while i < n and j < m and (in_vain < _PATIENCE or 4 * in_vain < i):
        if before[i] == after[j]:
            i += 1
            j += 1
            continue
        skip_i, skip_j = _next_equal(before, after, i, j)
        if not skip_i and not skip_j:
            in_vain += 1
            skip_i = skip_j = 1
        left.extend(range(i, i + skip_i))
        right.extend(range(j, j + skip_j))
        i += skip_i
        j += skip_j
    left.extend(range(i, n))
    right.extend(range(j, m))
    return left, right


def _next_equal(before: Sequence[Any], after: Sequence[Any], i: int, j: int) -> tuple[int, int]:
    """How many pieces to pass over on each side to stand at equal ones again; 0, 0 if too many."""
    n, m = len(before), len(after)
    for ahead in range(1, _LOOK_AHEAD):
        if i + ahead < n and j + ahead < m and before[i + ahead] == after[j + ahead]:
            return ahead, ahead
        if i + ahead < n and before[i + ahead] == after[j]:
            return ahead, 0
        if j + ahead < m and before[i] == after[j + ahead]:
            return 0, ahead
    return 0, 0


def _hashable(piece: Any) -> Hashable:
    return piece if isinstance(piece, (bytes, str, tuple)) else bytes(piece)
