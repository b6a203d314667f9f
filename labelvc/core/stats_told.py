"""What `labelvc stats` tells, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labelvc.core.comparison import End
from labelvc.core.drift import Drift
from labelvc.core.stats import Stats


@dataclass(frozen=True)
class StatsSet:
    """One label set: its numbers, and how they have drifted since the version `against`.

    Without a version to compare with `against` is None and `drift` empty; `notes` say why where
    that is a surprise.
    """

    path: str
    format: str | None
    stats: Stats
    against: End | None = None
    drift: Sequence[Drift] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class StatsTable:
    """Label sets at a revision (None: the working tree), by name."""

    rev: str | None
    commit: str | None
    sets: Mapping[str, StatsSet] = field(default_factory=dict)
