"""What `status`, `log` and `show` tell, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from labelvc.core.errors import NotFound, shorten
from labelvc.core.tally import Tally

if TYPE_CHECKING:
    import polars as pl

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

    `commit` is the full sha, `date` the author date in ISO 8601. `changes`, where one sample or
    label is asked for, has what happened to it in each label set.
    """

    commit: str
    author: str
    date: str
    subject: str
    sets: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, LifeChanges] = field(default_factory=dict)


@dataclass(frozen=True)
class LifeChanges:
    """What a commit did to one sample or label: rows as those of `Comparison`, and remarks.

    `labels` are rows of `Comparison.changes`, `samples` of `.sample_changes`, `texts` those of the
    samples. `notes` tell what changed but the names it goes by, or why no more is known.
    """

    labels: Sequence[Mapping[str, Any]] = ()
    samples: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BlamedCommit:
    """A commit that labels are laid to; `date` is the author date in ISO 8601."""

    commit: str
    author: str
    email: str
    date: str
    subject: str


@dataclass(frozen=True)
class Blame:
    """The labels of a set at a revision (None: the working tree), each with its last change.

    `labels` has, in the order of the files, `id` and the content columns of a snapshot's labels
    (category by name), and: `commit`, null where the change is not committed; `kinds` of change;
    `change`, the row of `changes` (as `Comparison.changes`) where it was more than added; `end`,
    why older commits are not known: "shallow", "since" or "not at hand", null where the label
    surely got so in that commit; `through`, commits just before it whose labels are not at hand,
    so that the change may be theirs.

    `commits` are by their sha, `texts` those of the samples.
    """

    name: str
    path: str
    format: str
    rev: str | None
    commit: str | None
    labels: pl.DataFrame
    changes: pl.DataFrame
    commits: Mapping[str, BlamedCommit]
    texts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


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
