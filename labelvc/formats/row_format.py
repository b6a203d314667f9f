"""Formats whose files are rows that speak of samples: what such a format need not say again.

A format of this sort tells how its file is cut into rows (`RowFile`), what a row says (`decode`),
and what rows an edited sample needs (`encode`). Copying untouched rows, numbering repeated samples,
parts, and the proof that what was written reads as it was meant are done here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

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


@dataclass(frozen=True)
class Said:
    """What a row says: columns of its sample (`sample` at least), and of its labels.

    The labels' `sample` and `record`, and the sample's `record`, are filled in.
    """

    sample: Row
    labels: Sequence[Row] = ()


class RowFormat(Protocol):
    """What a format of rows tells of itself."""

    NAME: str
    # whether rows of the same name are one sample (with a label each) or different ones (#2, #3)
    SHARED: bool

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
        given = [said.sample["sample"] for said in self.said]
        if self.format.SHARED:
            return given
        suffixes = occurrences(given, range(len(given)))
        return [name + end for name, end in zip(given, suffixes, strict=True)]

    def tally(self) -> Tally:
        """Counts of what all rows say."""
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
        if self.format.SHARED and keep is not None:
            said = self.format.decode(self.file, rows, self.settings)
            names = [one.sample["sample"] for one in said]
        else:
            said = [self.said[row] for row in rows]
            names = [self.names[row] for row in rows]
        labels: list[Row] = []
        samples: dict[str, Row] = {}
        for record, (one, name) in enumerate(zip(said, names, strict=True)):
            samples.setdefault(name, {**one.sample, "sample": name, "record": record})
            labels += [{**label, "sample": name, "record": record} for label in one.labels]
        categories = self.declared
        if categories is None:
            categories = named_categories([label.get("category") for label in labels])
        return Snapshot(
            labels=labels_frame(**_columns(labels)),
            samples=samples_frame(**_columns(list(samples.values()))),
            categories=categories_frame(categories),
            format=self.format.NAME,
            records=self.file.records(keep),
            documents={} if keep is not None else {self.file.name: self.file, **self.documents},
        )


def _columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def written(
    fmt: RowFormat, snapshot: Snapshot, settings: Settings, scan: RowScan | None = None
) -> dict[str, bytes]:
    """The one file of a snapshot; `scan`, of the file as it was, where making it needs a context.

    Raises LossError where the file would not say what the snapshot says.
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
            if row is None or row in rows:
                added.append(content)
            else:
                rows[row] = content
    content = file.joined([*(rows[row] for row in sorted(rows)), *added])
    if changed or len(copied) < own:
        again = replace(before, file=fmt.cut(file.name, file.where, content, settings))
        refuse_loss(snapshot, again.read(), file.where)
    return {file.name: content}


def unchanged(label: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether a label is still what its row says."""
    return all(
        label[name] == said.get(name, "present" if name == "verdict" else None)
        for name in CONTENT
        if name != "sample"
    )
