"""A snapshot as lists of images with their classes: untouched rows as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import BOX, Snapshot
from labelvc.formats.base import Settings
from labelvc.formats.class_write import with_classes
from labelvc.formats.folder import Contents
from labelvc.formats.list_scan import Document, Lists, ListScan
from labelvc.formats.row_edits import (
    EditedSample,
    edits,
    one_version_a_sample,
    refuse_loss,
    without_records,
)
from labelvc.formats.rows import RowFile
from labelvc.formats.splits import refuse_unsafe

_NOISE = 6  # decimals that are told apart


def document_of(snapshot: Snapshot) -> Document | None:
    """What the snapshot was read from, if from lists."""
    known = snapshot.documents.get("lists")
    return known if isinstance(known, Document) else None


def written(name: str, snapshot: Snapshot, plain: Lists, settings: Settings) -> Mapping[str, bytes]:
    """The files of a snapshot; `plain` are the lists to begin with where it has none.

    Raises LossError where they would not say what the snapshot says.
    """
    document = document_of(snapshot)
    if document is None:
        snapshot = without_records(_without(snapshot, plain.kind.LACKS))
        document = _empty(name, plain, settings)
    lists = document.lists
    known = ListScan(name, lists, settings)
    classes, listed = with_classes(lists.classes, snapshot, document.categories, lists.rest)
    lists = replace(lists, classes=classes)
    own = len(lists.places)
    snapshot = one_version_a_sample(snapshot, own)
    old = Snapshot(document.labels, document.samples, document.categories)
    copied, changed = edits(snapshot, old, known.names)
    rows = {at: bytes(snapshot.records[at]) for at in copied}
    files, splits = _files(lists, rows, _encoded(lists, changed, snapshot, rows))
    new = replace(lists, files=files, splits=splits)
    if changed or len(copied) < own or listed:
        again = ListScan(name, new, settings).read()
        refuse_loss(_rounded(snapshot), _rounded(again), "what was to be written")
    contents = {**{file.name: file.joined(file.rows) for file in files}, **listed}
    return Contents(contents, lists.rest) if lists.is_folder else contents


def _empty(name: str, plain: Lists, settings: Settings) -> Document:
    """The document of a snapshot that comes from elsewhere: lists without rows."""
    lists = replace(plain, files=(), splits=())
    read = ListScan(name, lists, settings).read()
    return Document(plain, read.labels, read.samples, read.categories)


def _without(snapshot: Snapshot, columns: Sequence[str]) -> Snapshot:
    """Without facts of the media that no row has room for; whoever converts tells of them."""
    nothing = [pl.lit(None, snapshot.samples.schema[name]).alias(name) for name in columns]
    return replace(snapshot, samples=snapshot.samples.with_columns(nothing))


def _rounded(snapshot: Snapshot) -> Snapshot:
    """Without the noise of sums: a list has the ends of boxes, and not their sides."""
    return snapshot.with_labels(snapshot.labels.with_columns(pl.col(BOX).round(_NOISE)))


def _line_end(row: bytes) -> bytes:
    return row[len(row.rstrip(b"\r\n")) :]


def _encoded(
    lists: Lists, changed: Sequence[EditedSample], snapshot: Snapshot, rows: dict[int, bytes]
) -> dict[str | None, list[bytes]]:
    """The rows of edited samples: put into `rows` where they stay, else by split."""
    added: dict[str | None, list[bytes]] = {}
    for edited in changed:
        old = bytes(snapshot.records[edited.rows[0]]) if edited.rows else None
        row = lists.kind.encode(old, edited.sample, edited.labels, lists.classes)
        split = edited.sample["split"]
        at = edited.rows[0] if edited.rows else len(lists.places)
        if at < len(lists.places) and lists.splits[lists.places[at][0]] == split:
            rows[at] = row + _line_end(old or b"")
        else:
            added.setdefault(split, []).append(row)
    return added


def _files(
    lists: Lists, rows: Mapping[int, bytes], added: Mapping[str | None, Sequence[bytes]]
) -> tuple[list[RowFile], list[str | None]]:
    """The lists with these rows, those of new samples in the list of their split."""
    left = {split: list(more) for split, more in added.items()}
    if not lists.files and not left:
        left = {None: []}  # a list of nothing is a list too
    at = 0
    files, splits = [], []
    for file, split in zip(lists.files, lists.splits, strict=True):
        places = range(at, at + len(file.rows))
        at = places.stop
        kept = [rows[place] for place in places if place in rows]
        more = [row + file.newline for row in left.pop(split, [])]
        if not kept and not more and file.rows and len(lists.files) > 1:
            continue  # nothing of the split is left
        files.append(replace(file, rows=_ended([*kept, *more], file.newline)))
        splits.append(split)
    for split, more in left.items():
        name, head = _fresh(lists, split)
        new = RowFile(name, name, head, [row + b"\n" for row in more])
        files.append(new)
        splits.append(split)
    order = sorted(range(len(files)), key=lambda place: files[place].name)
    return [files[place] for place in order], [splits[place] for place in order]


def _ended(rows: Sequence[bytes], newline: bytes) -> list[bytes]:
    return [
        row if row.endswith((b"\n", b"\r")) or place == len(rows) - 1 else row + newline
        for place, row in enumerate(rows)
    ]


def _fresh(lists: Lists, split: str | None) -> tuple[str, bytes]:
    """The name and head of the file of a split that has none.

    It is named like another one, with the name of its split replaced.
    """
    if not lists.is_folder and lists.files:
        raise LossError(f"a list of one file cannot hold the split {split!r}")
    name, head = lists.kind.fresh(split)
    for file, other in zip(lists.files, lists.splits, strict=True):
        if other and split and other in file.name:
            name = file.name.replace(other, split)
            break
    refuse_unsafe(name, f"the split {split!r}")
    return name, head
