"""What the formats with one label file a sample have in common."""

from __future__ import annotations

import copy
import hashlib
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Keep, Settings
from labelvc.formats.fragments import edited, resolved
from labelvc.formats.source import Blob, Source, digests
from labelvc.formats.splits import IMAGES, Layout, repeated_key

KEYS_HELP = "stem (default): samples are named without their split's folder; path: with it"

# The bytes of one label: its old fragment, if it has one, and its row as it is now.
Edit = Callable[[bytes | None, Mapping[str, Any]], bytes]

Scanned = TypeVar("Scanned", bound="FolderScan")


class FolderScan:
    """A folder whose label files are the pieces: (path, digest), and the split if lists say it.

    Nothing is opened where digests are known; elsewhere the md5 of the content stands in.
    """

    def __init__(self, source: Source, layout: Layout, paths: Sequence[str]) -> None:
        self.source = source
        self.layout = layout
        self.paths = paths

    @cached_property
    def pieces(self) -> Mapping[str, Sequence[Any]]:
        """The label files."""
        files = self.source.files
        known = digests(files)
        found: list[Any] = [(path, known[path] or digest(files[path])) for path in self.paths]
        if self.layout.lists:
            found = [(*piece, self.layout.place(piece[0])[1]) for piece in found]
        return {"labels": found}

    def narrowed(self: Scanned, paths: Sequence[str]) -> Scanned:
        """The same folder with these label files alone; the others count as its rest."""
        narrow = copy.copy(self)
        narrow.paths = paths
        narrow.__dict__.pop("pieces", None)
        return narrow

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """None: a sample is known by its file's path alone."""
        return {}

    def without_ids(self) -> None:
        """None: labels have no ids."""

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """None: a sample is one file."""
        return ()

    def same_layout(self, other: FolderScan) -> bool:
        """Whether a path means the same sample and split in both."""
        one, two = self.layout, other.layout
        return (one.home, one.folders, one.whole) == (two.home, two.folders, two.whole)

    def kept(self, keep: Keep | None) -> Sequence[str]:
        """The label files to open."""
        return self.paths if keep is None else [self.paths[at] for at in keep.get("labels", ())]

    def rest(self) -> dict[str, Blob]:
        """The files that are no label files; those outside the label set are left out."""
        labels = set(self.paths)
        return {
            path: blob
            for path, blob in self.source.files.items()
            if path not in labels and not path.startswith("../")
        }


class Contents(Mapping[str, bytes]):
    """The files of a folder, of which unchanged ones are read only when asked for."""

    def __init__(self, written: Mapping[str, bytes], kept: Mapping[str, Blob]) -> None:
        self.written = written
        self.kept = {path: blob for path, blob in kept.items() if path not in written}

    def __getitem__(self, path: str) -> bytes:
        return self.written[path] if path in self.written else self.kept[path].read()

    def __iter__(self) -> Iterator[str]:
        yield from sorted([*self.written, *self.kept])

    def __len__(self) -> int:
        return len(self.written) + len(self.kept)


def digest(blob: Blob) -> str:
    """The known hash of a file, else the md5 of its content (what DVC would call it)."""
    return blob.digest or hashlib.md5(blob.read(), usedforsecurity=False).hexdigest()


def label_paths(source: Source, suffix: str, home: str) -> Sequence[str]:
    """The files with the suffix inside folders of that name or, without any such, all of them."""
    return source.once((suffix, home), lambda: _label_paths(source, suffix, home))


def _label_paths(source: Source, suffix: str, home: str) -> list[str]:
    nameless, start, middle = f"/{suffix}", f"{home}/", f"/{home}/"
    found = [
        path
        for path in source.files
        if path.endswith(suffix) and path != suffix
        if not path.endswith(nameless) and not path.startswith("../")
    ]
    at_home = [path for path in found if path.startswith(start) or middle in path]
    return at_home or found


def settle_keys(settings: Settings, layout: Layout, paths: Sequence[str]) -> dict[str, str]:
    """The settings, with `keys: path` where two splits hold a file of the same name."""
    if "keys" in settings or repeated_key(layout, paths) is None:
        return dict(settings)
    return {**settings, "keys": "path"}


def documents_of(snapshot: Snapshot, name: str) -> Mapping[str, Any]:
    """What the format itself kept of the files; nothing in another format's snapshot."""
    return snapshot.documents if snapshot.format == name else {}


def fragments(
    snapshot: Snapshot, name: str, read: pl.DataFrame | None, edit: Edit
) -> dict[str, list[tuple[int | None, bytes]]]:
    """By sample, its labels' record numbers and bytes in row order.

    `read` are the labels as they were read: rows that still are so keep their record's bytes. The
    records of another format than `name` are of no use.
    """
    labels = resolved(snapshot)
    if read is None or labels is read:
        changed = [read is None] * labels.height
    else:
        changed = edited(labels, read).to_list()
    found: dict[str, list[tuple[int | None, bytes]]] = {}
    rows = zip(labels["sample"].to_list(), labels["record"].to_list(), changed, strict=True)
    for at, (sample, record, is_changed) in enumerate(rows):
        old = None if record is None or snapshot.format != name else snapshot.records[record]
        new = edit(old, labels.row(at, named=True)) if is_changed or old is None else old
        found.setdefault(sample, []).append((record, new))
    return found


def placed(snapshot: Snapshot, layout: Layout, before: Mapping[str, str]) -> dict[str, str]:
    """The label file of each sample: where it was `before`, or where its split says.

    Keys from another format lose the suffix of an image. Raises LossError where two samples would
    share a file.
    """
    like = next(iter(before.values()), None)
    owners: dict[str, str] = {}
    for sample, split in snapshot.samples.select("sample", "split").iter_rows():
        path = before.get(sample)
        if path is None or layout.place(path) != (sample, split):
            stem, suffix = posixpath.splitext(sample)
            key = stem if not before and suffix.lower() in IMAGES else sample
            path = layout.path_of(key, split, path or like)
        if path in owners:
            raise LossError(f"samples {owners[path]!r} and {sample!r} would share the file {path}")
        owners[path] = sample
    return {sample: path for path, sample in owners.items()}


def moved(
    snapshot: Snapshot, layout: Layout, paths: Mapping[str, str], before: Mapping[str, str]
) -> dict[str, str | None]:
    """The label files that came, went or changed split, for the lists of splits."""
    if not layout.lists:
        return {}
    moves: dict[str, str | None] = {
        path: None for sample, path in before.items() if sample not in paths
    }
    for sample, split in snapshot.samples.select("sample", "split").iter_rows():
        if layout.place(paths[sample])[1] != split:
            moves[paths[sample]] = split
    return moves


def refuse_losses(snapshot: Snapshot, carries: Carries, title: str) -> None:
    """Raise LossError for the first thing in the snapshot that the format cannot hold."""
    labels = snapshot.labels
    for column, allowed in (("kind", carries.kinds), ("unit", carries.units)):
        known = pl.col(column).is_null() | pl.col(column).is_in(sorted(allowed))
        _refuse(labels.filter(~known), column, title)
    if "verdict" not in carries.labels:
        _refuse(labels.filter(pl.col("verdict") != "present"), "verdict", title)
    for column in ("text", "attributes", "annotator", "confidence"):
        if column not in carries.labels:
            _refuse(labels.filter(pl.col(column).is_not_null()), column, title)
    for column in ("split", "width", "height", "duration", "text", "attributes"):
        if column not in carries.samples:
            _refuse(snapshot.samples.filter(pl.col(column).is_not_null()), column, title)


def _refuse(rows: pl.DataFrame, column: str, title: str) -> None:
    if rows.height:
        raise LossError(
            f"sample {rows['sample'][0]!r}: {title} cannot hold {column} {rows[column][0]!r}"
            f" ({rows.height} in all)"
        )
