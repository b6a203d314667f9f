"""Formats whose files are rows that speak of samples: what such a format need not say again.

A format of this sort tells how its file is cut into rows (`RowFile`), what a row says (`decode`),
and what rows an edited sample needs (`encode`). Copying untouched rows, numbering repeated samples,
parts, and the proof that what was written reads as it was meant are done here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol, runtime_checkable

from labelvc.core.snapshot import (
    CONTENT,
    Snapshot,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep, Settings, named_categories
from labelvc.formats.row_edits import (
    EditedSample,
    edits,
    one_version_a_sample,
    refuse_loss,
    without_records,
)
from labelvc.formats.rows import RowFile, occurrences

Row = dict[str, Any]
# What rows are sorted by, from their bytes.
Order = Callable[[bytes], Any]


@dataclass(frozen=True)
class Said:
    """What a row says: columns of its sample (`sample` at least), and of its labels.

    The labels' `sample` and `record`, and the sample's `record`, are filled in.
    """

    sample: Row
    labels: Sequence[Row] = ()


class RowFormat(Protocol):
    """What a format of rows tells of itself."""

    @property
    def NAME(self) -> str:
        """The format's name."""

    @property
    def SHARED(self) -> bool:
        """Whether rows of the same name are one sample, or different ones (#2, #3)."""

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """The rows of a file."""

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """What the rows say; raises ParseError by `file.error`."""

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """The rows of a sample that was edited, each with the row it stands in for, if any.

        `edited.rows` are its old rows in `file`; a label's or sample's `record` is such a row too.
        Raises LossError for what rows cannot say.
        """

    def plain(self, settings: Settings) -> RowFile:
        """An empty file for a snapshot from elsewhere."""


@runtime_checkable
class NamesRows(Protocol):
    """What a format of rows may have too: the names of samples without all that rows say."""

    def sample_names(self, file: RowFile, settings: Settings) -> list[str]:
        """The `sample` that `decode` tells of each row."""


@runtime_checkable
class CountsRows(Protocol):
    """What a format of rows may have too: counting them without all that they say."""

    def tally(self, file: RowFile, settings: Settings) -> Tally:
        """Counts of samples, labels and labels per category in use, sorted by name."""


@dataclass(frozen=True)
class RowScan:
    """A file in rows."""

    format: RowFormat
    file: RowFile
    settings: Settings
    # names of categories the format declares somewhere, in order; None: those in use, sorted
    declared: Sequence[str] | None = None
    # what stands beside the rows and has to be equal for rows to mean the same
    context: Any = None
    documents: Mapping[str, Any] = field(default_factory=dict)
    # of a folder, those whose rows these are
    files: Collection[str] = ()

    def label_files(self) -> Collection[str]:
        """The files of a folder that the rows were gathered from."""
        return self.files

    @property
    def pieces(self) -> Mapping[str, Sequence[bytes]]:
        """The rows."""
        return {"labels": self.file.rows}

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """Nothing: rows name their sample in one way."""
        return {}

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether both are read alike."""
        return bool(self.context == other.context and dict(self.settings) == dict(other.settings))

    def without_ids(self) -> Sequence[bytes] | None:
        """None: rows have no ids."""
        return None

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """The samples that have other rows."""
        if not self.format.SHARED:
            return ()
        kept = set(keep.get("labels", ()))
        wanted = set(samples)
        return {name for row, name in enumerate(self.names) if name in wanted and row not in kept}

    @cached_property
    def said(self) -> list[Said]:
        """What all rows say."""
        return self.format.decode(self.file, range(len(self.file.rows)), self.settings)

    @cached_property
    def names(self) -> list[str]:
        """The sample of each row."""
        if isinstance(self.format, NamesRows) and "said" not in self.__dict__:
            return named(self.format, self.format.sample_names(self.file, self.settings))
        return names_of(self.format, self.said)

    def tally(self) -> Tally:
        """Counts of what all rows say."""
        if isinstance(self.format, CountsRows):
            return self.format.tally(self.file, self.settings)
        counts = Counter(
            label["category"]
            for said in self.said
            for label in said.labels
            if label.get("category") is not None
        )
        named = self.declared if self.declared is not None else sorted(counts)
        labels = sum(len(said.labels) for said in self.said)
        return Tally(len(set(self.names)), labels, {name: counts[name] for name in named})

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all rows or the kept ones."""
        rows = self.file.kept(keep)
        if keep is not None and (self.format.SHARED or isinstance(self.format, NamesRows)):
            said = self.format.decode(self.file, rows, self.settings)
        else:
            said = [self.said[row] for row in rows]
        if self.format.SHARED:
            names = [one.sample["sample"] for one in said]
        else:
            names = [self.names[row] for row in rows]
        return replace(
            told(said, names, self.declared),
            format=self.format.NAME,
            records=self.file.records(keep),
            documents={} if keep is not None else {self.file.name: self.file, **self.documents},
        )


def names_of(fmt: RowFormat, said: Sequence[Said]) -> list[str]:
    """The sample of each of all rows of a file."""
    return named(fmt, [one.sample["sample"] for one in said])


def named(fmt: RowFormat, given: list[str]) -> list[str]:
    """The samples of all rows that name these."""
    if fmt.SHARED:
        return given
    suffixes = occurrences(given, range(len(given)))
    return [name + end for name, end in zip(given, suffixes, strict=True)]


def told(
    said: Sequence[Said], names: Sequence[str], declared: Sequence[str] | None = None
) -> Snapshot:
    """What rows say as tables; `record` counts the rows, `names` are their samples."""
    labels: list[Row] = []
    owners: list[tuple[str, int]] = []  # of labels: sample and record
    samples: dict[str, tuple[Row, int]] = {}
    for record, (one, name) in enumerate(zip(said, names, strict=True)):
        samples.setdefault(name, (one.sample, record))
        for label in one.labels:
            labels.append(label)
            owners.append((name, record))
    if declared is None:
        declared = named_categories([label.get("category") for label in labels])
    return Snapshot(
        labels_frame(**_columns(labels, [name for name, _ in owners], [row for _, row in owners])),
        samples_frame(
            **_columns(
                [row for row, _ in samples.values()],
                list(samples),
                [record for _, record in samples.values()],
            )
        ),
        categories_frame(declared),
    )


def _columns(
    rows: Sequence[Row], samples: Sequence[str], records: Sequence[int]
) -> dict[str, Sequence[Any]]:
    columns: dict[str, Sequence[Any]] = {
        name: [row.get(name) for row in rows] for name in set[str]().union(*rows)
    }
    return {**columns, "sample": samples, "record": records}


def written(
    fmt: RowFormat,
    snapshot: Snapshot,
    settings: Settings,
    scan: RowScan | None = None,
    *,
    order: Order | None = None,
) -> dict[str, bytes]:
    """The one file of a snapshot; `scan`, of the file as it was, where making it needs a context.

    By `order` new rows find their place among the others, as far as those keep it. Raises
    LossError where the file would not say what the snapshot says.
    """
    known = next(iter(snapshot.documents.values()), None) if snapshot.format == fmt.NAME else None
    file = known if isinstance(known, RowFile) else fmt.plain(settings)
    if known is None:
        snapshot = without_records(snapshot)
    before = replace(scan, file=file) if scan else RowScan(fmt, file, settings)
    own = len(file.rows)
    snapshot = one_version_a_sample(snapshot, own)
    copied, changed = edits(snapshot, before.read(), before.names)
    wide = replace(file, rows=snapshot.records)
    rows = {row: bytes(snapshot.records[row]) for row in copied}
    added: list[bytes] = []
    for edited in changed:
        for row, content in fmt.encode(wide, edited, settings):
            if row is None or row >= own or row in rows:
                added.append(content)
            else:
                rows[row] = content
    content = file.joined(in_order([rows[row] for row in sorted(rows)], added, order))
    if changed or len(copied) < own:
        again = replace(before, file=fmt.cut(file.name, file.where, content, settings))
        refuse_loss(snapshot, again.read(), file.where)
    return {file.name: content}


def in_order(rows: Sequence[bytes], added: Sequence[bytes], order: Order | None) -> list[bytes]:
    """The rows with new ones where they belong, or behind where the rows keep no order."""
    everything = [*rows, *added]
    if order is None or not added:
        return everything
    keys = [order(row) for row in rows]
    if any(later < earlier for earlier, later in pairwise(keys)):
        return everything
    return sorted(everything, key=order)


def unchanged(label: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether a label is still what its row says; of which sample it is has to be asked besides."""
    return all(
        label[name] == said.get(name, "present" if name == "verdict" else None)
        for name in CONTENT
        if name != "sample"
    )
