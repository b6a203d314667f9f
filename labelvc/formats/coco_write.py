"""COCO written back: what was not edited as the bytes it was, the rest changed in place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from labelvc.core.joined import Joined
from labelvc.core.snapshot import BOX, CONTENT, Snapshot
from labelvc.formats.coco_boxes import box_texts, references, whole_ids
from labelvc.formats.coco_categories import Categories
from labelvc.formats.coco_scan import Document
from labelvc.formats.coco_section import Section, native_id
from labelvc.formats.coco_values import (
    ORDER,
    Row,
    annotation_values,
    category_values,
    completed,
    image_values,
)
from labelvc.formats.fragments import resolved
from labelvc.formats.json_spans import Edit, Layout, append_member, apply_edits, top_level

_SAMPLE_COLUMNS = ("path", "width", "height", "attributes")
_LABEL_COLUMNS = (
    *("key", "id", "sample", "category", *BOX),
    *("geometry", "text", "confidence", "attributes"),
)
_AT_ONCE = 50_000


def write_back(snapshot: Snapshot, document: Document) -> bytes:
    """The document's file with the edits of the snapshot in it."""
    scan = document.scan
    images = _image_section(snapshot, document)
    categories = category_section(snapshot, scan.categories, document.categories)
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
    images, categories, annotations = Section([], []), Section([], []), Section([], [])
    for row in snapshot.samples.iter_rows(named=True):
        images.add(row["sample"], image_values(row, new=True))
    for row in snapshot.categories.iter_rows(named=True):
        categories.add(row["name"], category_values(row), wanted=native_id(row["id"]))
    labels = resolved(snapshot).select(_LABEL_COLUMNS)
    ids = whole_ids(labels["id"])
    refers = references(labels, images.native, categories.native)
    written: list[bytes] = []
    # so many at once, as a million annotations take 1 GB as objects and 200 MB as text
    for start in range(0, labels.height, _AT_ONCE):
        part = labels.slice(start, _AT_ONCE)
        if ids is None:
            texts = _in_turn(part, annotations, images, categories)
        else:
            plain = box_texts(part, refers.slice(start, _AT_ONCE))
            texts = _by_column(part, ids[start : start + _AT_ONCE], plain, images, categories)
        written += [b", " if written else b"", ", ".join(texts).encode()]
    head = b'{"images": ' + _text(images.added) + b', "annotations": ['
    return b"".join([head, *written, b'], "categories": ', _text(categories.added), b"}"])


def _by_column(
    labels: pl.DataFrame,
    ids: Sequence[int],
    plain: pl.Series,
    images: Section,
    categories: Section,
) -> list[str]:
    """Annotations whose ids are known; `plain` has what those of plain boxes say."""
    return [
        _spelled_with(id, labels.row(at, named=True), images, categories)
        if text is None
        else f'{{"id": {id}{text}}}'
        for at, (id, text) in enumerate(zip(ids, plain, strict=True))
    ]


def _spelled_with(id: int, row: Row, images: Section, categories: Section) -> str:
    """An annotation whose id is known."""
    values = annotation_values(row, images.native, categories.native)
    return _spelled(completed({"id": id, **values}, ORDER))


def _in_turn(
    labels: pl.DataFrame, annotations: Section, images: Section, categories: Section
) -> list[str]:
    """Annotations that get an id one after the other."""
    for row in labels.iter_rows(named=True):
        values = annotation_values(row, images.native, categories.native)
        annotations.add(row["key"], values, wanted=native_id(row["id"]))
    texts = [_spelled(completed(values, ORDER)) for values in annotations.added]
    annotations.added.clear()
    return texts


def _text(value: object) -> bytes:
    return _spelled(value).encode()


def _spelled(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _image_section(snapshot: Snapshot, document: Document) -> Section:
    scan = document.scan
    section = Section(scan.images.pieces, scan.images.ids)
    places, first = document.image_places, len(document.places)
    position = {key: at for at, key in enumerate(document.samples["sample"])}
    read = list(document.samples.select(_SAMPLE_COLUMNS).iter_rows())
    own = _own(snapshot, document, snapshot.samples["record"])
    section.position.update(_positions(document))
    new = []
    kept: set[int] = set()
    rows = zip(snapshot.samples.iter_rows(named=True), own, strict=True)
    for row, is_own in sorted(rows, key=lambda pair: not pair[1]):  # a record claims before a name
        at = row["record"] - first if is_own else position.get(row["sample"])
        if at is None or at < 0 or at in kept:
            new.append(row)
            continue
        kept.add(at)
        section.position[row["sample"]] = places[at]
        if tuple(row[name] for name in _SAMPLE_COLUMNS) != read[at]:
            section.changed[places[at]] = image_values(row)
    section.removed = {place for at, place in enumerate(places) if at not in kept}
    for row in new:
        like = _fragment(snapshot, row["record"], "id")
        wanted = native_id(row["sample"]) if document.key == "id" else None
        if wanted is None and like is not None:
            wanted = json.loads(like)["id"]
        section.add(row["sample"], image_values(row, new=True), wanted=wanted, spelled=like)
    return section


def _positions(document: Document) -> dict[str, int]:
    """The index of each image in the file, by sample key."""
    return {key: at for at, key in enumerate(document.scan.images.keys(document.key).values())}


def category_section(snapshot: Snapshot, known: Categories, table: pl.DataFrame) -> Section:
    """The categories of a file, edited; `table` is what they were read as.

    They are recognised by id and name, else by the key they were read with, name or id.
    """
    section = Section(known.pieces, list(known.names))
    rows = list(snapshot.categories.iter_rows(named=True))
    read = list(table.iter_rows(named=True))
    found: dict[str, int] = {}
    claimed: set[int] = set()
    for identity in (("id", "name"), ("key",), ("name",), ("id",)):
        where = {_cells(row, identity): at for at, row in enumerate(read)}
        for row in rows:
            at = where.get(_cells(row, identity))
            if at is not None and row["key"] not in found and at not in claimed:
                found[row["key"]] = at
                claimed.add(at)
    section.keep(claimed)
    for row in rows:
        at = found.get(row["key"])
        if at is None:
            section.add(row["name"], category_values(row), wanted=native_id(row["id"]))
            continue
        section.position[row["name"]] = at
        meaning = ("name", "parent", "attributes")
        if _cells(row, meaning) != _cells(read[at], meaning):
            # a name told apart as name#id stays what it is in the file
            kept_name = known.objects[at]["name"] if row["name"] == read[at]["name"] else None
            section.changed[at] = category_values(row, kept_name)
    return section


def _cells(row: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _label_section(
    snapshot: Snapshot, document: Document, images: Section, categories: Section
) -> Section:
    labels = resolved(snapshot)
    places = document.places
    count = len(places)
    records = labels["record"]
    own = _own(snapshot, document, records) & (records < count) & records.is_first_distinct()
    own = own.fill_null(False)
    kept = labels.filter(own)
    # ids matter only where rows are added
    natives = document.scan.ids() if kept.height < labels.height else []
    section = Section(document.scan.annotations, natives)
    if kept.height < count:
        gone = set(range(count)).difference(kept["record"])
        section.removed = {places[at] for at in gone}
    changed = kept.filter(_changed(kept, document, images, categories))
    for row in changed.iter_rows(named=True):
        at = places[row["record"]]
        section.changed[at] = annotation_values(row, images.native, categories.native)
    for row in labels.filter(~own).iter_rows(named=True):
        values = annotation_values(row, images.native, categories.native)
        like = _fragment(snapshot, row["record"], "image_id")
        section.add(row["key"], values, wanted=native_id(row["id"]), spelled=like)
    return section


def _changed(
    kept: pl.DataFrame, document: Document, images: Section, categories: Section
) -> pl.Series:
    """Which labels differ from what their record was read as.

    Samples and categories are compared by the place of what they refer to, since either may go by
    another name now.
    """
    records, labels = kept["record"], document.labels
    changed: pl.Series = pl.Series([False] * kept.height, dtype=pl.Boolean)
    for name in CONTENT:
        if name not in ("sample", "category"):
            changed |= kept[name].ne_missing(labels[name].gather(records))
    names = {name: at for at, name in enumerate(document.categories["name"])}
    places: list[tuple[str, Mapping[str, int], Mapping[str, int]]] = [
        ("sample", images.position, _positions(document)),
        ("category", categories.position, names),
    ]
    for name, now, then in places:
        changed |= _place(kept[name], now).ne_missing(_place(labels[name].gather(records), then))
    return changed


def _place(names: pl.Series, position: Mapping[str, int]) -> pl.Series:
    if not position:
        return pl.Series([None] * len(names), dtype=pl.Int64)
    places: pl.Series = names.replace_strict(position, default=None, return_dtype=pl.Int64)
    return places


def _own(snapshot: Snapshot, document: Document, records: pl.Series) -> pl.Series:
    """Which records are the document's own."""
    count = len(document.records)
    held: Sequence[object] = snapshot.records
    if isinstance(held, Joined) and held is not document.records:
        held = held.parts[0]
    if held is document.records:
        return (records < count).fill_null(False)
    return pl.Series(
        [
            at is not None and at < count and snapshot.records[at] == document.records[at]
            for at in records
        ],
        dtype=pl.Boolean,
    )


def _fragment(snapshot: Snapshot, record: int | None, needed: str) -> bytes | None:
    """The fragment behind an added row, where it is one of COCO."""
    if record is None or record >= len(snapshot.records):
        return None
    fragment = snapshot.records[record]
    try:
        values = json.loads(fragment)
    except (ValueError, RecursionError):
        return None
    return fragment if isinstance(values, dict) and needed in values else None
