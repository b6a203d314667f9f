"""Lists of images with their classes, a row a sample, in one file or a folder of several.

What a row says is told by a `RowKind`; which names stand for numbers by `ClassNames`. Where a
folder has several lists, each is a split.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import polars as pl

from labelvc.core.snapshot import BOX, Snapshot, labels_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep, Settings
from labelvc.formats.class_names import ClassNames
from labelvc.formats.json_decode import without_gc
from labelvc.formats.rows import RowFile, occurrences
from labelvc.formats.source import Blob

Row = dict[str, Any]
# The path a row names, if it does, and the columns of its labels.
Said = tuple[str | None, Sequence[Row]]
_COLUMNS = ("kind", "category", "unit", *BOX)


class RowKind(Protocol):
    """How the rows of a list are spelled."""

    @property
    def BY_PLACE(self) -> bool:
        """Whether a row tells its sample by nothing but its place."""

    @property
    def LACKS(self) -> Sequence[str]:
        """Columns of samples that other formats may have, and rows do not."""

    def cut(self, path: str, where: str, content: bytes) -> RowFile:
        """The rows of a file."""

    def names(self, file: RowFile) -> list[str]:
        """The samples of all rows. Raises ParseError."""

    def decode(self, file: RowFile, rows: Iterable[int], classes: ClassNames) -> Iterator[Said]:
        """What rows say. Raises ParseError."""

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

    def label_files(self) -> Collection[str]:
        """The lists."""
        return {file.name for file in self.lists.files}

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

    def _said(self, kept: Sequence[int] | None = None) -> Iterator[Said]:
        """What the rows say, or the kept ones, which ascend."""
        kind, classes = self.lists.kind, self.lists.classes
        start = 0
        for file in self.lists.files:
            end = start + len(file.rows)
            rows: Iterable[int] = range(len(file.rows))
            if kept is not None:
                own = kept[bisect_left(kept, start) : bisect_left(kept, end)]
                rows = [at - start for at in own]
            yield from kind.decode(file, rows, classes)
            start = end

    def tally(self) -> Tally:
        """Counts of what all rows say."""
        counts = Counter(label["category"] for _, labels in self._said() for label in labels)
        table = self.lists.classes.table(list(counts))
        return Tally(
            len(self.names), counts.total(), {name: counts[name] for name in table["name"]}
        )

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all rows or of the kept ones."""
        lists = self.lists
        kept = None if keep is None else sorted(keep.get("labels", ()))
        places = lists.places if kept is None else [lists.places[at] for at in kept]
        names = self.names if kept is None else [self.names[at] for at in kept]
        labels: list[Row] = []
        records: list[int] = []
        with without_gc():
            paths = []
            for record, (path, own) in enumerate(self._said(kept)):
                paths.append(path)
                labels += own
                records += [record] * len(own)
        columns = {name: [label.get(name) for label in labels] for name in _COLUMNS}
        tables = (
            labels_frame(sample=[names[at] for at in records], record=records, **columns),
            samples_frame(
                sample=names,
                path=paths,
                split=[lists.splits[file] for file, _ in places],
                record=range(len(names)),
            ),
            lists.classes.table([label["category"] for label in labels]),
        )
        documents = {"lists": Document(lists, *tables)} if keep is None else {}
        fragments = [lists.files[file].rows[row] for file, row in places]
        return Snapshot(*tables, self.format, fragments, documents)


def _agree(one: Mapping[Any, str], two: Mapping[Any, str]) -> bool:
    """Whether two maps agree wherever both have a key."""
    return all(one[key] == two[key] for key in one.keys() & two.keys())
