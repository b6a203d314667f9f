"""What `status`, `log` and `show` tell, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from labelvc.core.errors import NotFound, shorten
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

    def only(self, sample: str) -> ShowSet:
        """The same for one sample; nothing of a set whose snapshot is not at hand."""
        if self.snapshot is None:
            return replace(self, tally=Tally())
        import polars as pl

        labels, samples = (
            table.filter(pl.col("sample") == sample)
            for table in (self.snapshot.labels, self.snapshot.samples)
        )
        snapshot = replace(self.snapshot, labels=labels, samples=samples)
        counts = {name: n for name, n in snapshot.tally().categories.items() if n}
        return replace(self, tally=Tally(samples.height, labels.height, counts), snapshot=snapshot)


@dataclass(frozen=True)
class ShowTable:
    """Label sets at a revision (None: the working tree), by name."""

    rev: str | None
    commit: str | None
    sets: Mapping[str, ShowSet] = field(default_factory=dict)

    def only(self, sample: str) -> ShowTable:
        """The same for one sample: label sets without it are left out, counts are its own.

        Raises NotFound where no label set has the sample.
        """
        sets = {name: one.only(sample) for name, one in self.sets.items()}
        found = {name: one for name, one in sets.items() if one.tally.samples}
        if not found:
            names = ", ".join(self.sets) or "no label set"
            raise NotFound(
                f"no sample {shorten(sample)} in {names}",
                hint="samples are named by the key of their label set; see labelvc show --json",
            )
        return replace(self, sets=found)
