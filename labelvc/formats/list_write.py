"""A snapshot as lists of images with their classes: untouched rows as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import BOX, Snapshot
from labelvc.formats.base import Settings
from labelvc.formats.class_names import ClassNames, Entry
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
        empty = ListScan(name, replace(plain, files=(), splits=()), settings).read()
        document = Document(plain, empty.labels, empty.samples, empty.categories)
    lists = document.lists
    _refuse_other_classes(snapshot, document)
    own = len(lists.places)
    snapshot = one_version_a_sample(snapshot, own)
    known = ListScan(name, lists, settings)
    old = Snapshot(document.labels, document.samples, document.categories)
    copied, changed = edits(snapshot, old, known.names if own else [])
    rows = {at: bytes(snapshot.records[at]) for at in copied}
    added: dict[str | None, list[bytes]] = {}
    for edited in changed:
        at = edited.rows[0] if edited.rows and edited.rows[0] < own else None
        split = edited.sample["split"]
        if at is not None and lists.splits[lists.places[at][0]] != split:
            at = None
        row = _encoded(lists, edited, snapshot)
        if at is None:
            added.setdefault(split, []).append(row)
        else:
            rows[at] = row + _line_end(rows_of(lists, at))
    files, splits = _files(lists, rows, added)
    new = replace(lists, files=files, splits=splits)
    if changed or len(copied) < own:
        again = ListScan(name, new, settings).read()
        refuse_loss(_rounded(snapshot), _rounded(again), "what was to be written")
    contents = {file.name: file.joined(file.rows) for file in files}
    return Contents(contents, lists.rest) if lists.is_folder else contents


def _without(snapshot: Snapshot, columns: Sequence[str]) -> Snapshot:
    """Without facts of the media that no row has room for; whoever converts tells of them."""
    nothing = [pl.lit(None, snapshot.samples.schema[name]).alias(name) for name in columns]
    return replace(snapshot, samples=snapshot.samples.with_columns(nothing))


def _rounded(snapshot: Snapshot) -> Snapshot:
    """Without the noise of sums: a list has the ends of boxes, and not their sides."""
    return snapshot.with_labels(snapshot.labels.with_columns(pl.col(BOX).round(_NOISE)))


def rows_of(lists: Lists, at: int) -> bytes:
    """A row as it is in its file."""
    file, row = lists.places[at]
    return lists.files[file].rows[row]


def _line_end(row: bytes) -> bytes:
    return row[len(row.rstrip(b"\r\n")) :]


def _refuse_other_classes(snapshot: Snapshot, document: Document) -> None:
    classes = document.lists.classes
    if not classes.entries or snapshot.categories.equals(document.categories):
        return
    columns = ["name", "attributes"]
    known = set(document.categories.select(columns).iter_rows())
    other = [row for row in snapshot.categories.select(columns).iter_rows() if row not in known]
    gone = set(classes.names).difference(snapshot.categories["name"])
    if other or gone:
        what = other[0][0] if other else min(gone)
        raise LossError(
            f"category {what!r}: the list of classes would have to change",
            hint=f"Change {classes.path or 'the setting that names the classes'} itself.",
        )


def _encoded(lists: Lists, edited: EditedSample, snapshot: Snapshot) -> bytes:
    old = bytes(snapshot.records[edited.rows[0]]) if edited.rows else None
    return lists.kind.encode(old, edited.sample, edited.labels, lists.classes)


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


def new_classes(snapshot: Snapshot, path: str | None, classes: ClassNames) -> Mapping[str, bytes]:
    """The file of classes for a snapshot that comes without one. Raises LossError."""
    if path is None or path.startswith("../") or document_of(snapshot) is not None:
        return {}
    if path.endswith(".mat"):
        raise LossError(f"{path} is not written: name a text file for the list of classes")
    lines = [" ".join(_parts(entry)) + "\n" for entry in classes.entries]
    return {path: "".join(lines).encode()}


def _parts(entry: Entry) -> Iterator[str]:
    yield entry.id
    if entry.number is not None:
        yield str(entry.number)
    if entry.words:
        yield entry.words
