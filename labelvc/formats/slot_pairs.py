"""Which label of an edited sample stands where one of its old labels stood."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from labelvc.core.snapshot import CONTENT
from labelvc.formats.fragment_pairs import pair

Row = dict[str, Any]


def same_content(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two labels say the same, whatever their ids and samples."""
    return all(old.get(name) == new[name] for name in CONTENT if name != "sample")


def paired(
    old: Sequence[Row], labels: Sequence[Row], home: Callable[[Row], Hashable]
) -> tuple[dict[int, Row], list[Row]]:
    """By place the label that stands there now, and the labels that have no place yet.

    Labels take the place of one of the same `home` (an annotator, a question): that of their
    native id if it is unchanged, else the one that was most like them.
    """
    places: dict[Hashable, list[int]] = defaultdict(list)
    for at, one in enumerate(old):
        places[home(one)].append(at)
    mine: dict[Hashable, list[Row]] = defaultdict(list)
    for label in labels:
        mine[home(label)].append(label)
    pairs: dict[int, Row] = {}
    for where, rows in mine.items():
        pairs |= _paired(old, places[where], rows)
    placed = {id(label) for label in pairs.values()}
    return pairs, [label for label in labels if id(label) not in placed]


def _paired(old: Sequence[Row], places: Sequence[int], labels: Sequence[Row]) -> dict[int, Row]:
    by_id = {old[at]["id"]: at for at in places if old[at].get("id") is not None}
    pairs: dict[int, Row] = {}
    if len(by_id) == len(places):  # else ids repeat or lack, and tell nothing
        for label in labels:
            if label["id"] in by_id:
                pairs.setdefault(by_id[label["id"]], label)
    taken = {id(label) for label in pairs.values()}
    left = [label for label in labels if id(label) not in taken]
    free = [at for at in places if at not in pairs]
    read = [{name: old[at].get(name) for name in CONTENT} for at in free]
    return pairs | {free[two]: left[one] for one, two in pair(left, read).items()}
