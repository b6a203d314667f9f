"""Folders of files in rows, each of which may speak of many samples.

The pieces are the files, as (path, digest), so that equal ones are never opened.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import polars as pl

from labelvc.core.errors import LossError, ParseError
from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep, Settings
from labelvc.formats.folder import Contents, FolderScan, documents_of
from labelvc.formats.row_edits import (
    EditedSample,
    Row,
    edits,
    one_version_a_sample,
    refuse_loss,
    without_records,
)
from labelvc.formats.row_format import Order, RowFormat, Said, in_order, names_of, told
from labelvc.formats.rows import RowFile, without_nul
from labelvc.formats.source import MemoryBlob, Source
from labelvc.formats.splits import Layout, refuse_unsafe


class FolderRows(RowFormat, Protocol):
    """What a format of rows tells besides where its files lie in a folder.

    `decode` is asked for whole files then, whose names are their paths in the folder.
    """

    def bare(self, path: str, settings: Settings) -> Row | None:
        """The sample that a file without rows stands for, if any."""

    def path_of(self, sample: Row, settings: Settings) -> str:
        """The file of a sample that has none yet; raises LossError where it cannot have one."""


@dataclass(frozen=True)
class _Read:
    """The files of a folder, and what their rows say in the order of their paths."""

    files: Mapping[str, RowFile] = field(default_factory=dict)
    homes: Sequence[str] = ()  # of each row
    names: Sequence[str] = ()  # the sample of each row
    said: Snapshot = field(default_factory=Snapshot)

    def __repr__(self) -> str:
        return f"{len(self.files)} files"


class RowFolder(FolderScan):
    """A folder of files in rows."""

    def __init__(
        self,
        source: Source,
        layout: Layout,
        paths: Sequence[str],
        *,
        fmt: FolderRows,
        settings: Settings,
    ) -> None:
        super().__init__(source, layout, paths)
        self.fmt = fmt
        self.settings = settings

    def comparable(self, other: Any, key: str | None) -> bool:
        """Whether files are read alike."""
        return dict(self.settings) == dict(other.settings)

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """Those of the samples that other files speak of too."""
        if not self.fmt.SHARED:
            return ()
        kept = set(self.kept(keep))
        others = self.narrowed([path for path in self.paths if path not in kept])
        return set(samples) & set(others.read().samples["sample"])

    def tally(self) -> Tally:
        """Counts what all files say."""
        return self.read().tally()

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """What all files say, or the kept ones."""
        read = self._read(self.kept(keep))
        records = [row for file in read.files.values() for row in file.rows]
        alone = not self.source.is_folder
        documents = {"read": read, "rest": self.rest(), "alone": alone} if keep is None else {}
        return replace(read.said, format=self.fmt.NAME, records=records, documents=documents)

    def _read(self, paths: Sequence[str]) -> _Read:
        files: dict[str, RowFile] = {}
        homes: list[str] = []
        names: list[str] = []
        said: list[Said] = []
        empty: list[Row] = []
        of: dict[str, Row] = {}
        for path in counted(paths, "reading label files"):
            where = self.source.where(path)
            content = without_nul(self.source.files[path].read(), where)
            file = self.fmt.cut(path, where, content, self.settings)
            found = self.fmt.decode(file, range(len(file.rows)), self.settings)
            bare = None if found else self.fmt.bare(path, self.settings)
            for one in found:
                _refuse_contradiction(
                    where, one.sample, of.setdefault(one.sample["sample"], one.sample)
                )
            files[path] = file
            homes += [path] * len(found)
            names += names_of(self.fmt, found)
            said += found
            empty += [bare] if bare else []
        # a file without rows has no fragment to be known by
        return _Read(files, homes, names, _with_samples(told(said, names), empty))


def _refuse_contradiction(where: str, said: Row, before: Row) -> None:
    for name in said.keys() | before.keys():
        if said.get(name) != before.get(name):
            raise ParseError(
                where,
                f"sample {said['sample']!r}",
                expected=f"the {name} {before.get(name)!r}, as in another file",
                found=repr(said.get(name)),
            )


def _with_samples(snapshot: Snapshot, rows: Sequence[Row]) -> Snapshot:
    known = set(snapshot.samples["sample"])
    new = [row for row in rows if row["sample"] not in known]
    if not new:
        return snapshot
    more = pl.DataFrame(new, schema=snapshot.samples.schema)
    return replace(snapshot, samples=pl.concat([snapshot.samples, more]))


def written_folder(
    fmt: FolderRows, snapshot: Snapshot, settings: Settings, *, order: Order | None = None
) -> Contents:
    """All files of the folder; those whose samples are gone are left out.

    Raises LossError where the files would not say what the snapshot says.
    """
    documents = documents_of(snapshot, fmt.NAME)
    read: _Read = documents.get("read", _Read())
    rest = documents.get("rest", {})
    if not documents:
        snapshot = without_records(snapshot)
    snapshot = one_version_a_sample(snapshot, len(read.names))
    copied, changed = edits(snapshot, read.said, read.names)
    pages = _Pages(fmt, read, settings)
    for row in copied:
        pages.rows[read.homes[row]][row] = bytes(snapshot.records[row])
    for edited in changed:
        path = pages.path_of(edited)
        if path in rest:
            raise LossError(f"sample {edited.sample['sample']!r}: there is another file {path}")
        pages.put(path, edited, snapshot.records)
    contents = pages.contents(set(snapshot.samples["sample"]), order)
    if documents.get("alone") and contents.keys() != read.files.keys():
        raise LossError(
            "the label set is one file that stands for one sample; none can be added or removed",
            hint="Make the folder in which such files lie the label set.",
        )
    if changed or len(copied) < len(read.names) or len(contents) < len(read.files):
        _refuse_loss(fmt, snapshot, contents, settings)
    return Contents(contents, rest)


class _Pages:
    """The rows that files are to have: those they had by number, and those that come to them."""

    def __init__(self, fmt: FolderRows, read: _Read, settings: Settings) -> None:
        self.fmt = fmt
        self.read = read
        self.settings = settings
        self.rows: dict[str, dict[int, bytes]] = {path: {} for path in read.files}
        self.added: dict[str, list[bytes]] = {}

    def path_of(self, edited: EditedSample) -> str:
        """Where a sample's new rows belong: to its own ones, if it has any."""
        own = [row for row in edited.rows if self._is_own(row, edited)]
        path = self.read.homes[own[0]] if own else self.fmt.path_of(edited.sample, self.settings)
        if path not in self.read.files:
            refuse_unsafe(path, f"the file {path}")
        return path

    def _is_own(self, row: int | None, edited: EditedSample) -> bool:
        names = self.read.names
        return row is not None and row < len(names) and names[row] == edited.sample["sample"]

    def put(self, path: str, edited: EditedSample, records: Sequence[bytes]) -> None:
        """The rows of a sample, each where it was, or in this file."""
        wide = replace(self._file(path), rows=records)
        self.added.setdefault(path, [])
        for row, content in self.fmt.encode(wide, edited, self.settings):
            if row is not None and self._is_own(row, edited):
                own = self.rows[self.read.homes[row]]
                if row not in own:
                    own[row] = content
                    continue
            self.added[path].append(content)

    def contents(self, samples: Collection[str], order: Order | None) -> dict[str, bytes]:
        """The files that have rows, or stand for one of the samples without any."""
        contents = {}
        for path in sorted({*self.rows, *self.added}):
            file = self._file(path)
            kept = [content for _, content in sorted(self.rows.get(path, {}).items())]
            added = _ended(self.added.get(path, ()), file.newline)
            bare = self.fmt.bare(path, self.settings)
            was_empty = path in self.read.files and not file.rows
            if kept or added or (bare["sample"] in samples if bare else was_empty):
                contents[path] = file.joined(in_order(kept, added, order))
        return contents

    def _file(self, path: str) -> RowFile:
        """The file at a path, or an empty one like its neighbours."""
        if path in self.read.files:
            return self.read.files[path]
        model = next(iter(self.read.files.values()), self.fmt.plain(self.settings))
        return replace(model, name=path, where=path, head=b"")


def _ended(rows: Sequence[bytes], newline: bytes) -> list[bytes]:
    """The rows with the line ends of the file they come into."""
    return [row.rstrip(b"\r\n") + newline for row in rows]


def _refuse_loss(
    fmt: FolderRows, snapshot: Snapshot, contents: Mapping[str, bytes], settings: Settings
) -> None:
    blobs = {path: MemoryBlob(content) for path, content in contents.items()}
    source = Source("folder", blobs, is_folder=True)
    again = RowFolder(source, Layout("", ""), list(contents), fmt=fmt, settings=settings).read()
    refuse_loss(snapshot, again, "what was to be written")
