"""Which of several fragments an edited label was, where no id tells: by what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from labelvc.core.snapshot import BOX, CONTENT

Row = Mapping[str, Any]

_ALL = tuple(name for name in CONTENT if name != "sample")
_PLACE = ("kind", *BOX, "geometry")
# From the strictest to the loosest: what two rows have to share to be one label.
_STAGES = (
    _ALL,
    tuple(name for name in _ALL if name != "category"),
    tuple(name for name in _ALL if name != "attributes"),
    _PLACE,
    tuple(name for name in _ALL if name not in _PLACE or name == "kind"),
    ("kind", "category"),
    ("kind",),
)


def pair(now: Sequence[Row], read: Sequence[Row]) -> dict[int, int]:
    """The places of labels, each with that of the row of `read` it was; at most one each.

    Each stage costs as much as there are rows, so that thousands in one sample are no matter.
    """
    paired: dict[int, int] = {}
    left = list(range(len(read)))
    for stage in _STAGES:
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for at in reversed(left):
            waiting[_cells(read[at], stage)].append(at)
        for at, row in enumerate(now):
            if at not in paired and (found := waiting.get(_cells(row, stage))):
                paired[at] = found.pop()
        taken = set(paired.values())
        left = [at for at in left if at not in taken]
        if not left:
            break
    return paired


def same(one: Row, two: Row) -> bool:
    """Whether two rows are equal but for sample, key and record."""
    return _cells(one, _ALL) == _cells(two, _ALL)


def _cells(row: Row, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in names)
