"""How a past evaluation and the same one made again compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from labelvc.core.record import ScoreRecord

Verdict = Literal["identical", "within tolerance", "differs"]
_WORST: tuple[Verdict, ...] = ("differs", "within tolerance", "identical")


@dataclass(frozen=True)
class Metric:
    """One metric then and now; None where one side does not have it."""

    name: str
    before: float | None
    after: float | None
    verdict: Verdict


@dataclass(frozen=True)
class Reproduced:
    """An evaluation made again.

    `environment` tells in words what is different from then; `dirty` are the paths that were in no
    commit then.
    """

    record: ScoreRecord
    metrics: Sequence[Metric]
    tolerance: float
    same_predictions: bool
    environment: Sequence[str] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of all metrics'."""
        return min((metric.verdict for metric in self.metrics), key=_WORST.index)


def compared(
    record: ScoreRecord,
    metrics: Mapping[str, float],
    *,
    tolerance: float,
    same_predictions: bool,
    environment: Sequence[str],
) -> Reproduced:
    """The record's metrics beside those of the new evaluation.

    `tolerance` is the absolute difference that is still taken for the same.
    """
    names = [*record.metrics, *(name for name in metrics if name not in record.metrics)]
    rows = []
    for name in names:
        before, after = record.metrics.get(name), metrics.get(name)
        rows.append(Metric(name, before, after, _verdict(before, after, tolerance)))
    return Reproduced(record, rows, tolerance, same_predictions, environment)


def _verdict(before: float | None, after: float | None, tolerance: float) -> Verdict:
    if before == after:
        return "identical"
    if before is None or after is None or abs(after - before) > tolerance:
        return "differs"
    return "within tolerance"
