"""Writing an edited Open Images label set back into its files."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot, attributes_json
from labelvc.formats.folder import Contents
from labelvc.formats.fragments import edited, edited_samples, resolved
from labelvc.formats.openimages_classes import class_files, mids_of
from labelvc.formats.openimages_decode import MACHINE, keys
from labelvc.formats.openimages_decode import labels as decoded
from labelvc.formats.openimages_files import CLASS, Part
from labelvc.formats.openimages_plain import HEADERS, empty, file_name
from labelvc.formats.openimages_rows import image_row, label_row
from labelvc.formats.openimages_scan import OpenImagesScan
from labelvc.formats.row_buffer import Rows
from labelvc.formats.row_edits import attributes_of

Row = Mapping[str, Any]


@dataclass
class Edits:
    """What happens to the rows of a file. Rows added without a place come last."""

    put: dict[int, bytes] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    added: list[tuple[str, bytes]] = field(default_factory=list)  # sample, row

    def content(self, part: Part) -> bytes:
        """The file with them; new rows stand behind those of their image."""
        behind = _last_rows(part, {sample for sample, _ in self.added})
        after: dict[int, list[bytes]] = defaultdict(list)
        for sample, row in self.added:
            after[behind.get(sample, len(part.rows) - 1)].append(row)
        pieces = [part.rows.head]
        at = 0
        starts = part.rows.starts
        for place in sorted({*self.put, *self.gone, *after} - {-1}):
            pieces.append(part.rows.content[starts[at] : starts[place]])
            if place not in self.gone:
                pieces.append(self.put.get(place, part.rows[place]))
            pieces += after[place]
            at = place + 1
        pieces += [part.rows.content[starts[at] :], *after.get(-1, ())]
        return _joined(pieces)


def _joined(pieces: Sequence[bytes]) -> bytes:
    """The pieces in a row, each that another follows surely ended."""
    some = [piece for piece in pieces if piece]
    newline = b"\r\n" if some and some[0].endswith(b"\r\n") else b"\n"
    ended = [one if one.endswith((b"\n", b"\r")) else one + newline for one in some[:-1]]
    return b"".join([*ended, *some[-1:]])


def _last_rows(part: Part, samples: set[str]) -> dict[str, int]:
    """The last row of each of these images."""
    found: dict[str, int] = {}
    wanted = pl.Series(list(samples), dtype=pl.String)
    for block in keys(part) if samples else ():
        there = block.filter(pl.col("sample").is_in(wanted.implode()))
        found |= dict(there.select("sample", "row").iter_rows())
    return found


def written(snapshot: Snapshot, scan: OpenImagesScan) -> tuple[Contents, bool]:
    """The files, of which only edited ones are new; and whether nothing was edited."""
    old = scan.read()
    labels = resolved(snapshot)
    same = all(
        one.equals(two)
        for one, two in (
            (labels, old.labels),
            (snapshot.samples, old.samples),
            (snapshot.categories, old.categories),
        )
    )
    if same:
        return Contents({}, scan.files), True
    writer = _Writer(snapshot, scan, old)
    writer.write_labels(_with_mids(labels, mids_of(snapshot, scan.classes)))
    writer.write_images()
    files = {one.path: writer.edits[one.path].content(one) for one in writer.parts()}
    return Contents({**files, **class_files(snapshot, scan.classes)}, scan.files), False


def _with_mids(labels: pl.DataFrame, mids: Mapping[str, str]) -> pl.DataFrame:
    """The labels with class ids as categories."""
    return labels.with_columns(pl.col("category").replace(mids))


class _Writer:
    def __init__(self, snapshot: Snapshot, scan: OpenImagesScan, old: Snapshot) -> None:
        self.snapshot = snapshot
        self.scan = scan
        self.old = old
        self.labels = _with_mids(old.labels, mids_of(old, scan.classes))
        self.splits = dict(snapshot.samples.select("sample", "split").iter_rows())
        self.edits: dict[str, Edits] = defaultdict(Edits)
        self.stated = list(scan.stated)
        self._places = self._numbered(scan.stated, 0)
        self._first_image = sum(len(one.rows) for one in scan.stated)

    @staticmethod
    def _numbered(parts: Sequence[Part], first: int) -> list[tuple[int, Part]]:
        found = []
        for one in parts:
            found.append((first, one))
            first += len(one.rows)
        return found

    def parts(self) -> Iterable[Part]:
        """The files that something was edited in."""
        return [one for one in (*self.stated, *self.scan.listed) if one.path in self.edits]

    def write_labels(self, labels: pl.DataFrame) -> None:
        """Put, add and remove the rows of labels, whose categories are class ids."""
        old = self.labels
        own = pl.col("record") < self._first_image
        records = labels.filter(own)["record"].unique()
        for record in old.filter(~pl.col("record").is_in(records.implode()))["record"]:
            self._remove(record)
        changed = edited(labels, old)
        moved = self._moved()
        if moved:
            changed |= labels["sample"].is_in(moved)
        taken: set[int] = set()
        for label in labels.filter(changed).iter_rows(named=True):
            record = label["record"]
            if record is not None and record < self._first_image and record not in taken:
                taken.add(record)
                self._put(record, label)
            else:
                self._add(label, None)

    def _moved(self) -> list[str]:
        """The images whose split is another than it was."""
        before = dict(self.old.samples.select("sample", "split").iter_rows())
        return [name for name, split in self.splits.items() if before.get(name, split) != split]

    def _place(self, record: int) -> tuple[Part, int]:
        for first, one in self._places:
            if first <= record < first + len(one.rows):
                return one, record - first
        raise IndexError(record)

    def _remove(self, record: int) -> None:
        part, row = self._place(record)
        self.edits[part.path].gone.add(row)

    def _put(self, record: int, label: Row) -> None:
        part, row = self._place(record)
        split = self.splits.get(label["sample"])
        was = dict(self.labels.row(record, named=True))
        stays = part.split in (None, split) or label["sample"] not in self._moved()
        if part.kind == label["kind"] and stays and was["sample"] == label["sample"]:
            self.edits[part.path].put[row] = label_row(part, part.rows[row], label)
        else:
            self._remove(record)
            self._add(label, part)

    def _add(self, label: Row, beside: Part | None) -> None:
        part = self._home(label, beside)
        row = self._foreign(part, label) or label_row(part, None, label)
        self.edits[part.path].added.append((label["sample"], row))

    def _home(self, label: Row, beside: Part | None) -> Part:
        """The file for a label: of its kind and split, made where there is none."""
        kind, split = label["kind"], self.splits.get(label["sample"])
        is_machine = kind == CLASS and f'"Source":"{MACHINE}"' in (label["attributes"] or "")
        fitting = [one for one in self.stated if one.kind == kind and one.split in (split, None)]
        if fitting:
            return max(
                fitting,
                key=lambda one: (one.split == split, (MACHINE in one.path) == is_machine),
            )
        if not self.scan.is_folder:
            raise LossError(
                f"{self.scan.name}: no place for a label of kind {kind} in split {split!r}",
                hint="Put the file into a folder and make that the label set.",
            )
        like = beside or next((one for one in self.stated if one.kind == kind), None)
        made = self._made(kind, split, like)
        self.stated.append(made)
        return made

    def _made(self, kind: str, split: str | None, like: Part | None) -> Part:
        folder = posixpath.dirname((like or (*self.stated, *self.scan.listed)[0]).path)
        path = posixpath.join(folder, file_name(kind, split))
        if like and like.split and split:
            name = posixpath.basename(like.path).replace(like.split, split)
            path = posixpath.join(folder, name)
        if path in self.scan.files:
            raise LossError(f"{path}: a file of another sort stands where labels have to go")
        columns = list(like.columns) if like else HEADERS[kind]
        return empty(kind, path, columns, split)

    def _foreign(self, part: Part, label: Row) -> bytes | None:
        """The row that came from another version, where it says here what it said there."""
        record = label["record"]
        own = self._first_image + sum(len(one.rows) for one in self.scan.listed)
        if record is None or record < own:
            return None
        row = _ended(bytes(self.snapshot.records[record]), part)
        alone = replace(part, rows=Rows.cut_csv(part.where, part.rows.head + row))
        try:
            (said,) = decoded(alone)
        except (ParseError, ValueError):
            return None
        there = said.row(0, named=True)
        wanted = {**label, "mid": label["category"]}
        same = said.height == 1 and all(wanted[name] == there[name] for name in there)
        return row if same and label["verdict"] == there.get("verdict", "present") else None

    def write_images(self) -> None:
        """Put, add and remove the rows of lists of images."""
        if not self.scan.listed:
            return
        now, old = self.snapshot.samples, self.old.samples
        rows = self._listed_rows()
        gone = set(rows) - set(now["sample"])
        changed = now.filter(edited_samples(now, old))
        for name in gone:
            for part, row in rows[name]:
                self.edits[part.path].gone.add(row)
        known = set(old["sample"])
        labelled = set(self.snapshot.labels["sample"])
        for image in changed.iter_rows(named=True):
            name = image["sample"]
            if name in rows:
                for part, row in rows[name]:
                    self.edits[part.path].put[row] = _within(part, part.rows[row], image)
            elif name in known or name not in labelled or image["attributes"]:
                self._list(image)

    def _listed_rows(self) -> dict[str, list[tuple[Part, int]]]:
        found: dict[str, list[tuple[Part, int]]] = defaultdict(list)
        for part in self.scan.listed:
            for block in keys(part):
                for row, sample in block.select("row", "sample").iter_rows():
                    found[sample].append((part, row))
        return found

    def _list(self, image: Row) -> None:
        split = image["split"]
        part = max(
            self.scan.listed, key=lambda one: (one.split in (split, None), one.split == split)
        )
        self.edits[part.path].added.append((image["sample"], image_row(part, None, image)))


def _within(part: Part, row: bytes, image: Row) -> bytes:
    """A row of an image in a list, which need not have a column for all that others tell of it."""
    known = {name: one for name, one in attributes_of(image).items() if name in part.columns}
    return image_row(part, row, {**image, "attributes": attributes_json(known)})


def _ended(row: bytes, part: Part) -> bytes:
    newline = b"\r\n" if part.rows.head.endswith(b"\r\n") else b"\n"
    return row if row.endswith((b"\n", b"\r")) else row + newline
