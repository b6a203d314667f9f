"""Lists of images with their classes, a row a sample, in one file or a folder of several.

What a row says is told by a `RowKind`; which names stand for numbers by `ClassNames`. Where a
folder has several lists, each is a split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import polars as pl

from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep, Settings
from labelvc.formats.class_names import ClassNames
from labelvc.formats.row_format import Said
from labelvc.formats.rows import RowFile, occurrences
from labelvc.formats.source import Blob

Row = dict[str, Any]


class RowKind(Protocol):
    """How the rows of a list are spelled."""

    @property
    def BY_PLACE(self) -> bool:
        """Whether a row tells its sample by nothing but its place."""

    def cut(self, path: str, where: str, content: bytes) -> RowFile:
        """The rows of a file."""

    def names(self, file: RowFile) -> list[str]:
        """The samples of all rows. Raises ParseError."""

    def decode(self, file: RowFile, row: int, classes: ClassNames) -> Said:
        """What a row says; the sample's key is filled in. Raises ParseError."""

    def encode(
        self, old: bytes | None, sample: Row, labels: Sequence[Row], classes: ClassNames
    ) -> bytes:
        """A row without its line end, like the old one where that says the same.

        Raises LossError.
        """

    def fresh(self, split: str | None) -> tuple[str, bytes]:
        """The name of a new file for a split, and what stands before its first row."""


@dataclass(frozen=True)
class Lists:
    """The lists of a label set, each with its split, and the classes they speak of."""

    kind: RowKind
    files: Sequence[RowFile]
    splits: Sequence[str | None]
    classes: ClassNames
    is_folder: bool = False
    rest: Mapping[str, Blob] = field(default_factory=dict)

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """Of every row, its file and its place there."""
        return [(at, row) for at, file in enumerate(self.files) for row in range(len(file.rows))]


@dataclass(frozen=True)
class Document:
    """What writing back needs: the lists, and what they were read as."""

    lists: Lists
    labels: pl.DataFrame
    samples: pl.DataFrame
    categories: pl.DataFrame

    def __repr__(self) -> str:
        return f"{len(self.lists.files)} lists"


@dataclass(frozen=True)
class ListScan:
    """The rows of all lists."""

    format: str
    lists: Lists
    settings: Settings

    @cached_property
    def pieces(self) -> Mapping[str, Sequence[Any]]:
        """The rows; with their path in a folder, and with their place where that is what tells."""
        lists = self.lists
        found: list[Any] = []
        for file in lists.files:
            rows: list[Any] = list(file.rows)
            if lists.is_folder:
                rows = [(file.name, row) for row in rows]
            found += list(enumerate(rows)) if lists.kind.BY_PLACE else rows
        return {"labels": found}

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """Nothing: a row names its sample in one way."""
        return {}

    def comparable(self, other: ListScan, key: str | None) -> bool:
        """Whether rows are spelled alike and no class is another one in the other version."""
        one, two = self.lists.classes, other.lists.classes
        return (
            dict(self.settings) == dict(other.settings)
            and bool(one.entries) == bool(two.entries)
            and _agree(one.by_number, two.by_number)
            and _agree(one.by_id, two.by_id)
        )

    def without_ids(self) -> Sequence[bytes] | None:
        """None: labels have no ids."""
        return None

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """Nothing: a sample is one row."""
        return ()

    @cached_property
    def names(self) -> list[str]:
        """The sample of each row."""
        given = [name for file in self.lists.files for name in self.lists.kind.names(file)]
        suffixes = occurrences(given, range(len(given)))
        return [name + end for name, end in zip(given, suffixes, strict=True)]

    def said(self, at: int) -> Said:
        """What a row says."""
        file, row = self.lists.places[at]
        return self.lists.kind.decode(self.lists.files[file], row, self.lists.classes)

    def tally(self) -> Tally:
        """Counts of what all rows say."""
        every = [self.said(at) for at in range(len(self.lists.places))]
        counts = Counter(label["category"] for one in every for label in one.labels)
        table = self.lists.classes.table(list(counts))
        return Tally(
            len(self.names), counts.total(), {name: counts[name] for name in table["name"]}
        )

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all rows or of the kept ones."""
        whole = range(len(self.lists.places))
        kept = whole if keep is None else sorted(keep.get("labels", ()))
        labels: list[Row] = []
        samples: list[Row] = []
        records: list[bytes] = []
        for record, at in enumerate(kept):
            one, name = self.said(at), self.names[at]
            file, row = self.lists.places[at]
            own = {"sample": name, "record": record}
            samples.append({**one.sample, "split": self.lists.splits[file], **own})
            labels += [{**label, **own} for label in one.labels]
            records.append(self.lists.files[file].rows[row])
        tables = (
            labels_frame(**_columns(labels)),
            samples_frame(**_columns(samples)),
            self.lists.classes.table([label["category"] for label in labels]),
        )
        documents = {"lists": Document(self.lists, *tables)} if keep is None else {}
        return Snapshot(*tables, self.format, records, documents)


def _columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _agree(one: Mapping[Any, str], two: Mapping[Any, str]) -> bool:
    """Whether two maps agree wherever both have a key."""
    return all(one[key] == two[key] for key in one.keys() & two.keys())
