"""One spelling for categories whose names differ only by case, white space or Unicode form."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from labelvc.core.snapshot import Snapshot


class Unified(NamedTuple):
    """`names` gives the clean name of each category's key, `told` what became one, for reports."""

    names: Mapping[str, str]
    told: list[dict[str, Any]]


def unify(snapshot: Snapshot) -> Unified:
    """The clean names: of each group of spellings the most frequent, of equals the first."""
    spelled = dict(snapshot.categories.select("key", "name").iter_rows())
    counts: dict[str, int] = dict.fromkeys(spelled.values(), 0)
    used = snapshot.labels["category"].drop_nulls()
    for key, count in used.value_counts().sort("category").iter_rows():
        name = spelled.setdefault(key, key)
        counts[name] = counts.get(name, 0) + count
    groups: dict[str, list[str]] = defaultdict(list)
    for name in counts:
        groups[_skeleton(name)].append(name)
    clean = {
        name: max(group, key=counts.__getitem__) for group in groups.values() for name in group
    }
    told = [
        {"name": clean[group[0]], "spellings": {name: counts[name] for name in group}}
        for group in groups.values()
        if len(group) > 1
    ]
    return Unified({key: clean[name] for key, name in spelled.items()}, told)


def _skeleton(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())
