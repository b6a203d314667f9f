"""Where in the repository an issue is shown: files that a forge has, and lines where told apart."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property

import polars as pl

from labelvc.core.checked import Place
from labelvc.core.errors import LabelvcError, NotFound, ParseError
from labelvc.core.issue import Issue
from labelvc.core.snapshot import Snapshot
from labelvc.formats.source import MEDIA
from labelvc.repo.config import FILE
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Version

# So many issues of a label set are looked up in their files; the others are shown at line 1.
_LOOKED_UP = 500


class Lines:
    """Places of issues of one label set at one end.

    What DVC tracks is no file of Git's: its pointer stands for it. Of label files in Git, the line
    of a label is where its source fragment stands, if that can be told.
    """

    def __init__(self, repo: Repository, version: Version, snapshot: Snapshot | None) -> None:
        self._prefix = repo.prefix
        self._source = version.source
        self._path = version.label_set.path
        stored = version.stored
        self._pointer = stored.pointer if stored is not None else ""
        self._snapshot = snapshot
        self._left = _LOOKED_UP
        self._read: tuple[str, bytes] | None = None
        self._config = FILE if (repo.root / FILE).exists() else self._path

    def place(self, issue: Issue, trouble: LabelvcError | None = None) -> Place:
        """Where an issue is shown; `trouble` is why the labels cannot be read."""
        if self._pointer:
            return self._at(self._pointer)
        if isinstance(trouble, ParseError):
            return self._broken(trouble)
        if not self._source.is_folder:
            return self._at(self._path, self._line(issue, next(iter(self._source.files))))
        files = self._by_stem.get(_stem(issue.sample), []) if issue.sample else []
        if len(files) != 1:
            return self._at(self._config)
        return self._at(f"{self._path}/{files[0]}", self._line(issue, files[0]))

    def _at(self, path: str, line: int = 1) -> Place:
        return Place(f"{self._prefix}{path}", line)

    def _broken(self, trouble: ParseError) -> Place:
        """The file and line that the error names."""
        line = re.match(r"line (\d+)", trouble.place)
        number = int(line[1]) if line else 1
        if not self._source.is_folder:
            return self._at(self._path, number)
        named = trouble.file.removeprefix(f"{self._source.name}/")
        if named not in self._source.files:
            return self._at(self._config)
        return self._at(f"{self._path}/{named}", number)

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        """The label files of a folder by the sample they may be about."""
        found: dict[str, list[str]] = {}
        for path in self._source.files:
            if not path.lower().endswith(MEDIA):
                found.setdefault(_stem(path), []).append(path)
        return found

    def _line(self, issue: Issue, file: str) -> int:
        """The line of the label's (else the sample's) fragment; 1 where it cannot be told."""
        record = self._record(issue)
        if record is None or self._snapshot is None or not self._left:
            return 1
        self._left -= 1
        fragment, content = bytes(self._snapshot.records[record]), self._content(file)
        places = list(_places(content, fragment))
        if len(places) > 1:
            # the n-th of equal fragments is the n-th in the file, unless others contain it
            every = self._records_of(file)
            same = [one for one in every if self._snapshot.records[one] == fragment]
            places = [places[same.index(record)]] if len(places) == len(same) else []
        if not places:
            return 1
        at = places[0] + len(fragment) - len(fragment.lstrip())
        return content.count(b"\n", 0, at) + 1

    def _record(self, issue: Issue) -> int | None:
        if self._snapshot is None:
            return None
        by, table = ("key", "labels") if issue.key is not None else ("sample", "samples")
        rows = getattr(self._snapshot, table).filter(pl.col(by) == getattr(issue, by))
        found: int | None = rows["record"][0] if rows.height else None
        return found

    def _records_of(self, file: str) -> list[int]:
        """The fragments of a file in order: those of its sample, or all of a single file's."""
        return self._records.get(_stem(file) if self._source.is_folder else "", [])

    @cached_property
    def _records(self) -> dict[str, list[int]]:
        """The fragments in order, of a folder by the stem of their sample."""
        assert self._snapshot is not None
        tables = [self._snapshot.labels, self._snapshot.samples]
        both = pl.concat([table.select("sample", "record") for table in tables])
        found: dict[str, set[int]] = {}
        for sample, record in both.drop_nulls("record").iter_rows():
            found.setdefault(_stem(sample) if self._source.is_folder else "", set()).add(record)
        return {stem: sorted(records) for stem, records in found.items()}

    def _content(self, file: str) -> bytes:
        if self._read is None or self._read[0] != file:
            try:
                self._read = file, self._source.files[file].read()
            except NotFound:
                self._read = file, b""
        return self._read[1]


def _places(content: bytes, fragment: bytes) -> Iterator[int]:
    at = content.find(fragment)
    while at >= 0:
        yield at
        at = content.find(fragment, at + len(fragment))


def _stem(path: str | None) -> str:
    return posixpath.splitext(posixpath.basename(path or ""))[0]
