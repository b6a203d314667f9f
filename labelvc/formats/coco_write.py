"""COCO written back: what was not edited as the bytes it was, the rest changed in place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from labelvc.core.snapshot import CONTENT, Snapshot
from labelvc.formats.coco_read import Id
from labelvc.formats.coco_scan import Document
from labelvc.formats.coco_values import (
    annotation_values,
    category_values,
    completed,
    image_values,
    refit,
)
from labelvc.formats.fragments import resolved
from labelvc.formats.json_spans import (
    Edit,
    Elements,
    Layout,
    append_member,
    apply_edits,
    top_level,
)

# The order of keys where there is no annotation to take it from.
_ORDER = ("id", "image_id", "category_id", "caption", "bbox", "area", "segmentation", "iscrowd")
_SAMPLE_COLUMNS = ("path", "width", "height", "attributes")
_Values = dict[str, Any]


def write_back(snapshot: Snapshot, document: Document) -> bytes:
    """The document's file with the edits of the snapshot in it."""
    scan = document.scan
    images = _image_section(snapshot, document)
    categories = _category_section(snapshot, document)
    annotations = _label_section(snapshot, document, images, categories)
    sections = {"images": images, "categories": categories, "annotations": annotations}
    if not any(section.is_edited for section in sections.values()):
        return scan.content
    spans = top_level(scan.content, scan.body, scan.file)
    edits: list[Edit] = []
    for name, section in sections.items():
        if section.is_edited and name in spans:
            edits += section.edits(scan.content, spans[name])
        elif section.is_edited:
            array = b"[" + b", ".join(map(Layout().object, section.added)) + b"]"
            edits.append(append_member(scan.content, spans, name, array))
    return apply_edits(scan.content, edits)


def write_plain(snapshot: Snapshot) -> bytes:
    """A COCO file of its own: images, annotations, categories."""
    images, categories, annotations = _Section([], []), _Section([], []), _Section([], [])
    for row in snapshot.samples.iter_rows(named=True):
        images.add(row["sample"], image_values(row, new=True))
    for row in snapshot.categories.iter_rows(named=True):
        categories.add(row["name"], category_values(row), wanted=native_id(row["id"]))
    for row in resolved(snapshot).iter_rows(named=True):
        values = annotation_values(row, images.native, categories.native)
        annotations.add(row["key"], values, wanted=native_id(row["id"]))
    return json.dumps(
        {
            "images": images.added,
            "annotations": [completed(values, _ORDER) for values in annotations.added],
            "categories": categories.added,
        },
        ensure_ascii=False,
    ).encode()


def native_id(text: str | None) -> Id | None:
    """A native id from its text: a number where it is spelled like one."""
    if text is not None and text.removeprefix("-").isdecimal() and str(int(text)) == text:
        return int(text)
    return text


class _FreshIds:
    """Native ids that no kept element has, and new ones that no element ever had."""

    def __init__(self, taken: Iterable[Id | None], ever: Iterable[Id | None]) -> None:
        ever = list(ever)
        self._taken = {str(one) for one in taken}
        self._textual = bool(ever) and all(isinstance(one, str) for one in ever)
        numbers = (native_id(str(one)) for one in ever)
        self._last = max((one for one in numbers if isinstance(one, int)), default=0)

    def take(self, wanted: Id | None) -> Id:
        """The wanted id if it is free, else one more than the largest."""
        if wanted is None or str(wanted) in self._taken:
            self._last += 1
            wanted = self._last
        elif isinstance(wanted, int):
            self._last = max(self._last, wanted)
        self._taken.add(str(wanted))
        return str(wanted) if self._textual else wanted


class _Section:
    """One array of the file being edited: `natives` are the ids of its elements by position."""

    def __init__(self, pieces: Sequence[msgspec.Raw], natives: Sequence[Id | None]) -> None:
        self._pieces = pieces
        self._natives: list[Id | None] = list(natives)
        self._fresh: _FreshIds | None = None
        self._spelled: list[bytes | None] = []
        self.position: dict[Any, int] = {}  # of a sample key, a category name
        self.changed: dict[int, _Values] = {}
        self.removed: set[int] = set()
        self.added: list[_Values] = []

    @property
    def is_edited(self) -> bool:
        return bool(self.changed or self.removed or self.added)

    def keep(self, positions: Iterable[int]) -> None:
        """Take out every element but these. Comes before anything is added."""
        self.removed = set(range(len(self._pieces))).difference(positions)

    def add(
        self,
        name: object,
        values: _Values,
        *,
        wanted: Id | None = None,
        spelled: bytes | None = None,
    ) -> None:
        """A new element, spelled like a fragment of another file where there is one."""
        if self._fresh is None:
            kept = (one for at, one in enumerate(self._natives) if at not in self.removed)
            self._fresh = _FreshIds(kept, self._natives)
        self.position[name] = len(self._natives)
        self._natives.append(self._fresh.take(wanted))
        self._spelled.append(spelled)
        self.added.append({"id": self._natives[-1], **values})

    def native(self, name: str) -> Id | None:
        """The native id of a sample or category; KeyError where it is not in its table."""
        return self._natives[self.position[name]]

    def edits(self, content: bytes, span: tuple[int, int]) -> Iterable[Edit]:
        """What changes in the text of the array, which stands at `span`."""
        layout, order = Layout(), list(_ORDER)
        if self._pieces:
            layout = Layout.of(bytes(self._pieces[0]))
            order = list(msgspec.json.decode(self._pieces[0]))
        elements = Elements.of(content, span, self._pieces)
        changed = {
            at: refit(content[elements.starts[at] : elements.ends[at]], values)
            for at, values in self.changed.items()
        }
        added = [
            layout.object(completed(values, order)) if like is None else refit(like, values)
            for values, like in zip(self.added, self._spelled, strict=True)
        ]
        return elements.edits(content, changed, self.removed, added)


def _image_section(snapshot: Snapshot, document: Document) -> _Section:
    scan = document.scan
    section = _Section(scan.images, scan.image_ids)
    first = len(scan.annotations)
    position = {key: at for at, key in enumerate(document.samples["sample"])}
    read = list(document.samples.select(_SAMPLE_COLUMNS).iter_rows())
    own = _own(snapshot, document, snapshot.samples["record"])
    new = []
    kept: set[int] = set()
    for row, is_own in zip(snapshot.samples.iter_rows(named=True), own, strict=True):
        at = row["record"] - first if is_own else position.get(row["sample"])
        if at is None or at < 0 or at in kept:
            new.append(row)
            continue
        kept.add(at)
        section.position[row["sample"]] = at
        if tuple(row[name] for name in _SAMPLE_COLUMNS) != read[at]:
            section.changed[at] = image_values(row)
    section.keep(kept)
    for row in new:
        like = _fragment(snapshot, row["record"], "id")
        wanted = native_id(row["sample"]) if document.key == "id" else None
        if wanted is None and like is not None:
            wanted = msgspec.json.decode(like)["id"]
        section.add(row["sample"], image_values(row, new=True), wanted=wanted, spelled=like)
    return section


def _category_section(snapshot: Snapshot, document: Document) -> _Section:
    """Categories are recognised by id and name, else by the key they were read with, or by name."""
    scan = document.scan
    section = _Section(scan.category_pieces, list(scan.category_names))
    rows = list(snapshot.categories.iter_rows(named=True))
    read = list(document.categories.iter_rows(named=True))
    found: dict[str, int] = {}
    for identity in (("id", "name"), ("key",), ("name",)):
        where = {_cells(row, identity): at for at, row in enumerate(read)}
        for row in rows:
            at = where.get(_cells(row, identity))
            if at is not None and row["key"] not in found and at not in found.values():
                found[row["key"]] = at
    section.keep(found.values())
    for row in rows:
        at = found.get(row["key"])
        if at is None:
            section.add(row["name"], category_values(row), wanted=native_id(row["id"]))
            continue
        section.position[row["name"]] = at
        meaning = ("name", "parent", "attributes")
        if _cells(row, meaning) != _cells(read[at], meaning):
            # a name told apart as name#id stays what it is in the file
            kept_name = scan.categories[at]["name"] if row["name"] == read[at]["name"] else None
            section.changed[at] = category_values(row, kept_name)
    return section


def _cells(row: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _label_section(
    snapshot: Snapshot, document: Document, images: _Section, categories: _Section
) -> _Section:
    labels = resolved(snapshot)
    count = len(document.scan.annotations)
    records = labels["record"]
    own = _own(snapshot, document, records) & (records < count) & records.is_first_distinct()
    own = own.fill_null(False)
    kept = labels.filter(own)
    natives: Sequence[Id | None] = []
    if kept.height < labels.height:  # ids matter only where rows are added
        natives = _annotation_ids(document)
    section = _Section(document.scan.annotations, natives)
    if kept.height < count:
        section.keep(kept["record"])
    changed = kept.filter(_changed(kept, document, images, categories))
    for row in changed.iter_rows(named=True):
        section.changed[row["record"]] = annotation_values(row, images.native, categories.native)
    for row in labels.filter(~own).iter_rows(named=True):
        values = annotation_values(row, images.native, categories.native)
        like = _fragment(snapshot, row["record"], "image_id")
        section.add(row["key"], values, wanted=native_id(row["id"]), spelled=like)
    return section


def _annotation_ids(document: Document) -> list[Id | None]:
    ids = document.labels["id"].to_list()
    first = next((raw for raw in document.scan.annotations), None)
    textual = first is not None and isinstance(msgspec.json.decode(first).get("id"), str)
    return ids if textual else [native_id(one) for one in ids]


def _changed(
    kept: pl.DataFrame, document: Document, images: _Section, categories: _Section
) -> pl.Series:
    """Which labels differ from what their record was read as.

    Samples and categories are compared by the place of what they refer to, since either may go by
    another name now.
    """
    read = document.labels[kept["record"]]
    changed = pl.Series([False]).new_from_index(0, kept.height)
    for name in CONTENT:
        if name not in ("sample", "category"):
            changed |= kept[name].ne_missing(read[name])
    places: list[tuple[str, Mapping[str, int], Iterable[str]]] = [
        ("sample", images.position, document.samples["sample"]),
        ("category", categories.position, document.categories["name"]),
    ]
    for name, now, before in places:
        then = {key: at for at, key in enumerate(before)}
        changed |= _place(kept[name], now).ne_missing(_place(read[name], then))
    return changed


def _place(names: pl.Series, position: Mapping[str, int]) -> pl.Series:
    if not position:
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, len(names))
    return names.replace_strict(position, default=None, return_dtype=pl.Int64)


def _own(snapshot: Snapshot, document: Document, records: pl.Series) -> pl.Series:
    """Which records are the document's own."""
    count = len(document.records)
    if snapshot.records is document.records:
        return (records < count).fill_null(False)
    same: Callable[[int], bool] = lambda at: snapshot.records[at] == document.records[at]  # noqa: E731
    return pl.Series(
        [at is not None and at < count and same(at) for at in records], dtype=pl.Boolean
    )


def _fragment(snapshot: Snapshot, record: int | None, needed: str) -> bytes | None:
    """The fragment behind an added row, where it is one of COCO."""
    if record is None or record >= len(snapshot.records):
        return None
    fragment = snapshot.records[record]
    try:
        values = msgspec.json.decode(fragment)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return fragment if isinstance(values, dict) and needed in values else None
