"""What a change of labels does to scores: values, and the ranking of models under each version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Effect:
    """One model's score under two versions of a label set, by the same predictions.

    `low` and `high` bound the difference (95 %, paired bootstrap). Ranks count from 1, equal
    scores share one; `flips` names the models of the same label set that it overtakes or is
    overtaken by. `unpredicted` counts samples of each version that the model never saw.
    """

    model: str
    set: str
    metric: str
    before: float
    after: float
    low: float
    high: float
    lower_is_better: bool = False
    samples: tuple[int, int] = (0, 0)
    unpredicted: tuple[int, int] = (0, 0)
    measured_on: str = ""  # the commit at which the predictions were made
    rank_before: int = 1
    rank_after: int = 1
    flips: Sequence[str] = field(default_factory=tuple)

    @property
    def difference(self) -> float:
        """After minus before."""
        return self.after - self.before

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def ranked(effects: Sequence[Effect]) -> list[Effect]:
    """The effects with ranks and flips, by label set and the rank under the later version."""
    found = []
    for one in effects:
        rivals = [r for r in effects if (r.set, r.metric) == (one.set, one.metric)]
        found.append(
            replace(
                one,
                rank_before=1 + sum(_better(r, one, "before") for r in rivals),
                rank_after=1 + sum(_better(r, one, "after") for r in rivals),
                flips=tuple(r.model for r in rivals if _flips(one, r)),
            )
        )
    return sorted(found, key=lambda e: (e.set, e.metric, e.rank_after, e.rank_before, e.model))


def _better(one: Effect, other: Effect, end: str) -> bool:
    first, second = getattr(one, end), getattr(other, end)
    return bool(first < second if one.lower_is_better else first > second)


def _flips(one: Effect, other: Effect) -> bool:
    """Whether one was strictly better and is strictly worse, or the other way round."""
    ahead = _better(one, other, "before"), _better(other, one, "before")
    then = _better(one, other, "after"), _better(other, one, "after")
    return (ahead[0] and then[1]) or (ahead[1] and then[0])
