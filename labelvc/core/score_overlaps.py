"""How many spans of a sample are right where their bounds need not agree, as nervaluate counts.

nervaluate's strategies walk through the predictions and let each take the first label that suits
it, so the outcome hangs on the order; here both sides are in the order of their bounds.
A span is start, end (exclusive) and a number for its category.
"""

from __future__ import annotations

from collections.abc import Sequence

Span = tuple[float, float, int]

# Of the label's length, in percent, that a prediction has to cover (nervaluate's default).
_LEAST_COVERED = 1.0


def lenient(true: Sequence[Span], said: Sequence[Span]) -> float:
    """Right: covers part of a label of its category (`ent_type`), the one with closest bounds."""
    right, taken = 0, set[int]()
    for span in said:
        free = [at for at in range(len(true)) if at not in taken and _covers(span, true[at])]
        same = [at for at in free if true[at][2] == span[2]]
        if same:
            taken.add(min(same, key=lambda at: _distance(span, true[at])))
            right += 1
        elif free:
            taken.add(free[0])
    return float(right)


def partial(true: Sequence[Span], said: Sequence[Span]) -> float:
    """Right: the bounds of a label of any category; half right: covers part of one (`partial`)."""
    return _by_bounds(true, said, half=0.5)


def exact(true: Sequence[Span], said: Sequence[Span]) -> float:
    """Right: the bounds of a label of any category (`exact`)."""
    return _by_bounds(true, said, half=0.0)


def _by_bounds(true: Sequence[Span], said: Sequence[Span], half: float) -> float:
    right, taken = 0.0, set[int]()
    for span in said:
        free = [at for at in range(len(true)) if at not in taken]
        same = [at for at in free if true[at][:2] == span[:2]]
        touched = [at for at in free if _covers(span, true[at])]
        if same:
            taken.add(same[0])
            right += 1
        elif touched:
            taken.add(touched[0])
            right += half
    return right


def _covers(span: Span, label: Span) -> bool:
    if span[:2] == label[:2]:
        return True
    shared = min(span[1], label[1]) - max(span[0], label[0])
    return shared > 0 and shared / (label[1] - label[0]) * 100 >= _LEAST_COVERED


def _distance(span: Span, label: Span) -> float:
    return abs(span[0] - label[0]) + abs(span[1] - label[1])
