"""What `status`, `log` and `show` tell, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from labelvc.core.tally import Tally

if TYPE_CHECKING:
    from labelvc.core.snapshot import Snapshot

State = Literal[
    "unchanged", "changed", "pointer stale", "not in cache", "missing", "merge unfinished",
    "not committed",
]  # fmt: skip


@dataclass(frozen=True)
class StatusRow:
    """One label set in the working tree against HEAD.

    `detail` is a remark or the next step, "" for none; `counts` as in `Comparison.counts`, None
    where the label files were not compared.
    """

    name: str
    path: str
    state: State
    detail: str = ""
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True)
class LogEntry:
    """A commit that touched labels: `sets` has a summary for each label set it changed.

    `commit` is the full sha, `date` the author date in ISO 8601.
    """

    commit: str
    author: str
    date: str
    subject: str
    sets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ShowSet:
    """One label set at a revision; `snapshot` is None where only the counts are wanted."""

    path: str
    format: str | None
    tally: Tally
    snapshot: Snapshot | None = None


@dataclass(frozen=True)
class ShowTable:
    """Label sets at a revision (None: the working tree), by name."""

    rev: str | None
    commit: str | None
    sets: Mapping[str, ShowSet] = field(default_factory=dict)
