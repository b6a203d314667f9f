"""Taking away what two sequences of pieces share, before any of it is understood.

Pieces are compared as they stand: bytes, tuples, or buffers such as `msgspec.Raw`. Both functions
work on the indices of the pieces that are left.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

Indices = Sequence[int]

# How far ahead the walk looks for the next equal piece when the two sequences part.
_LOOK_AHEAD = 8
# Once this many looks ahead were in vain, and more than one in four steps is, the order is not
# kept: pairing by hash is cheaper than walking on.
_PATIENCE = 256


@runtime_checkable
class Cancels(Protocol):
    """Pieces that cancel without each being made: of tens of millions that is too much."""

    def walk(self, other: Any) -> tuple[Indices, Indices]:
        """What `walk` of both leaves."""

    def pair_off(self, left: Indices, other: Any, right: Indices) -> tuple[Indices, Indices]:
        """What `pair_off` of both leaves."""


def cancel(before: Sequence[Any], after: Sequence[Any]) -> tuple[Indices, Indices]:
    """The indices of the pieces that are left once equal ones are paired off, as multisets."""
    left, right = walk(before, after)
    return pair_off(before, left, after, right)


def walk(before: Sequence[Any], after: Sequence[Any]) -> tuple[Indices, Indices]:
    """What is left after pairing equal pieces side by side.

    Two files of one origin mostly keep their order, so this finds nearly all pairs without hashing
    or copying anything.
    """
    if isinstance(before, Cancels) and isinstance(after, Cancels):
        return before.walk(after)
    ends = len(before), len(after)

    def equal_from(i: int, j: int) -> int:
        start = i
        while i < ends[0] and j < ends[1] and before[i] == after[j]:
            i += 1
            j += 1
        return i - start

    return walk_by_runs(before, after, equal_from)


def walk_by_runs(
    before: Sequence[Any], after: Sequence[Any], equal_from: Callable[[int, int], int]
) -> tuple[Indices, Indices]:
    """The same, where `equal_from` tells how many pieces in a row are equal from two places on."""
    left: list[int] = []
    right: list[int] = []
    i, j, n, m = 0, 0, len(before), len(after)
    in_vain = 0
    while i < n and j < m and (in_vain < _PATIENCE or 4 * in_vain < i):
        if run := equal_from(i, j):
            i += run
            j += run
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


def pair_off(
    before: Sequence[Any], left: Indices, after: Sequence[Any], right: Indices
) -> tuple[Indices, Indices]:
    """What is left of both index lists once equal pieces, wherever they stand, are paired."""
    if not left or not right:
        return left, right
    if isinstance(before, Cancels) and isinstance(after, Cancels):
        return before.pair_off(left, after, right)
    return pair_by_hash(before, left, after, right)


def pair_by_hash(
    before: Sequence[Any], left: Indices, after: Sequence[Any], right: Indices
) -> tuple[Indices, Indices]:
    """The same, by making every piece."""
    if not left or not right:
        return left, right
    # Iterators, so that of the later version no piece is held longer than it takes to look it up.
    pieces, pieces_after = _hashable(before, left), _hashable(after, right)
    waiting = dict(zip(pieces, left, strict=True))
    if len(waiting) < len(left):
        pieces_after = _numbered(pieces_after)
        waiting = dict(zip(_numbered(_hashable(before, left)), left, strict=True))
    pairs = zip(right, pieces_after, strict=True)
    rest = [index for index, piece in pairs if waiting.pop(piece, None) is None]
    return list(waiting.values()), rest


def _hashable(pieces: Sequence[Any], indices: Indices) -> Iterator[Hashable]:
    chosen = map(pieces.__getitem__, indices)
    ready = isinstance(pieces[indices[0]], (bytes, str, tuple))
    return chosen if ready else map(bytes, chosen)


def _numbered(pieces: Iterable[Hashable]) -> Iterator[Hashable]:
    """The pieces, those that stand repeatedly told apart by a number."""
    seen: dict[Hashable, int] = {}
    for piece in pieces:
        nth = seen.get(piece, 0)
        seen[piece] = nth + 1
        yield (piece, nth) if nth else piece


def partners(
    before: Sequence[Any], left: Indices, after: Sequence[Any], right: Indices, wanted: Indices
) -> Indices:
    """The pieces of `after` that were paired with the `wanted` pieces of `before`.

    `left` and `right` are what cancelling the two left over; `wanted` is none of `left`. Returned
    are as many indices of `after` as there are wanted ones, sorted, of equal pieces.
    """
    gaps, gaps_after = sorted(left), sorted(right)
    # the index of the k-th piece that was paired is k plus the gaps before it
    shifts = [gap - nth for nth, gap in enumerate(gaps_after)]
    found: set[int] = set()
    astray: list[int] = []
    for index in wanted:
        nth = index - bisect_left(gaps, index)
        place = nth + bisect_right(shifts, nth)
        if place < len(after) and place not in found and before[index] == after[place]:
            found.add(place)
        else:
            astray.append(index)
    if astray:  # the order was not kept
        taken = found.union(gaps_after)
        others = [place for place in range(len(after)) if place not in taken]
        _, unpaired = pair_off(before, astray, after, others)
        found.update(set(others).difference(unpaired))
    return sorted(found)
