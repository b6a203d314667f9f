"""Counts of a label set, cheap enough to keep beside every version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tally:
    """How many samples and labels, and labels per category name (declared ones may count 0)."""

    samples: int = 0
    labels: int = 0
    categories: Mapping[str, int] = field(default_factory=dict)

    def replaced(self, before: Tally, after: Tally) -> Tally:
        """This tally after `before`, a part of it, was replaced by `after`.

        >>> Tally(9, 20, {"cat": 20}).replaced(Tally(1, 2, {"cat": 2}), Tally(1, 1, {"dog": 1}))
        Tally(samples=9, labels=19, categories={'cat': 18, 'dog': 1})
        """
        categories = dict(self.categories)
        for part, sign in ((before, -1), (after, 1)):
            for name, count in part.categories.items():
                categories[name] = categories.get(name, 0) + sign * count
        return Tally(
            self.samples - before.samples + after.samples,
            self.labels - before.labels + after.labels,
            categories,
        )
