"""A snapshot as a COCO panoptic file: of an edited image, only the segments that changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from labelvc.core.errors import LossError
from labelvc.core.snapshot import CONTENT, Snapshot, attributes_json
from labelvc.formats.coco_section import Section, native_id
from labelvc.formats.coco_values import (
    annotation_values,
    category_values,
    completed,
    image_values,
    refit,
)
from labelvc.formats.coco_write import category_section
from labelvc.formats.fragments import resolved
from labelvc.formats.json_spans import Edit, Elements, Layout, apply_edits, rewrite, top_level
from labelvc.formats.panoptic_scan import BETWEEN, Document, PanopticScan
from labelvc.formats.panoptic_segments import ATTRIBUTE, Annotation, frame_of, paired
from labelvc.formats.row_edits import (
    EditedSample,
    Row,
    attributes_of,
    edits,
    one_version_a_sample,
    refuse_loss,
)

Natives = Callable[[str], Any]
_ORDER = ("id", "category_id", "area", "bbox", "iscrowd")
_COLUMNS = ("path", "width", "height")
_CONTENT = tuple(name for name in CONTENT if name != "sample")


def write_back(snapshot: Snapshot, document: Document) -> bytes:
    """The document's file with the edits of the snapshot in it."""
    scan = document.scan
    own = len(scan.images.pieces)
    snapshot = one_version_a_sample(snapshot, own)
    old = Snapshot(document.labels, document.samples, document.categories)
    keys = list(scan.images.keys(document.key).values())
    copied, changed = edits(snapshot, old, keys)
    categories = category_section(snapshot, scan.categories, document.categories)
    if not changed and not categories.is_edited and len(copied) == own:
        return scan.content
    images = Section(scan.images.pieces, scan.images.ids)
    images.position.update({key: at for at, key in enumerate(keys)})
    kept = {*copied, *(one.rows[0] for one in changed if one.rows)}
    images.removed = set(range(own)) - kept
    annotations = _Annotations(snapshot, document, images.native, categories.native)
    for gone in images.removed:
        annotations.remove(gone)
    for one in changed:
        place = one.rows[0] if one.rows and one.rows[0] < own else None
        _put_image(images, one.sample, place, document, _parts(snapshot, one)[0])
        annotations.put(one, place)
    content = _put(scan, {"images": images, "categories": categories}, annotations)
    again = PanopticScan(scan.file, scan.path, content).read(key=document.key)
    refuse_loss(snapshot, again, scan.file)
    return content


def _put(scan: PanopticScan, sections: Mapping[str, Section], annotations: _Annotations) -> bytes:
    """The file with its arrays edited."""
    spans = top_level(scan.content, scan.body, scan.file)
    changes: list[Edit] = []
    for name, section in sections.items():
        if section.is_edited and name not in spans:
            raise LossError(f"{scan.file}: it has no {name} that could be changed")
        if section.is_edited:
            changes += section.edits(scan.content, spans[name])
    changes += annotations.edits(scan.content, spans["annotations"])
    return apply_edits(scan.content, changes)


def write_plain(snapshot: Snapshot) -> bytes:
    """A file of its own: images, annotations, categories."""
    images, categories = Section([], []), Section([], [])
    for row in snapshot.categories.iter_rows(named=True):
        categories.add(row["name"], category_values(row), wanted=native_id(row["id"]))
    of: dict[str, list[Row]] = {}
    for row in resolved(snapshot).iter_rows(named=True):
        of.setdefault(row["sample"], []).append(row)
    annotations = []
    for row in snapshot.samples.iter_rows(named=True):
        image, frame = split_frame(row)
        images.add(row["sample"], image_values(image, new=True))
        labels = of.get(row["sample"], [])
        if frame is not None or labels:
            segments = [_new_segment(label, categories.native) for label in labels]
            native = images.native(row["sample"])
            annotations.append(_whole(row, frame, native, segments))
    values = {"images": images.added, "annotations": annotations, "categories": categories.added}
    content = json.dumps(values, ensure_ascii=False).encode()
    again = PanopticScan("panoptic.json", "panoptic.json", content).read()
    refuse_loss(snapshot, again, "panoptic.json")
    return content


def split_frame(sample: Row) -> tuple[Row, dict[str, Any] | None]:
    """A sample as its image's row, and what its annotation says besides segments."""
    attributes = attributes_of(sample)
    frame = attributes.pop(ATTRIBUTE, None)
    if frame is not None and not isinstance(frame, dict):
        raise LossError(f"sample {sample['sample']!r}: {ATTRIBUTE} is to be an object")
    return {**sample, "attributes": attributes_json(attributes)}, frame


def _parts(snapshot: Snapshot, one: EditedSample) -> tuple[bytes | None, bytes | None]:
    """The image and the annotation behind an edited sample."""
    if not one.rows:
        return None, None
    image, between, annotation = bytes(snapshot.records[one.rows[0]]).partition(BETWEEN)
    return (image, annotation or None) if between else (None, None)


def _put_image(
    images: Section, sample: Row, place: int | None, document: Document, like: bytes | None
) -> None:
    row, _ = split_frame(sample)
    if place is None:
        wanted = native_id(row["sample"]) if document.key == "id" else None
        if wanted is None and like is not None:
            wanted = json.loads(like)["id"]
        images.add(row["sample"], image_values(row, new=True), wanted=wanted, spelled=like)
        return
    images.position[row["sample"]] = place
    before, _ = split_frame(document.samples.row(place, named=True))
    if any(row[name] != before[name] for name in (*_COLUMNS, "attributes")):
        images.changed[place] = image_values(row)


class _Annotations:
    """The array of annotations being edited."""

    def __init__(
        self, snapshot: Snapshot, document: Document, images: Natives, categories: Natives
    ) -> None:
        self.snapshot = snapshot
        self.scan = document.scan
        self.images = images
        self.categories = categories
        self.changed: dict[int, bytes] = {}
        self.removed: set[int] = set()
        self.added: list[bytes] = []
        self._read: dict[int, list[Row]] = {}
        self._labels = document.labels

    def remove(self, place: int) -> None:
        """Take out the annotation of an image."""
        if place in self.scan.annotation_of:
            self.removed.add(self.scan.annotation_of[place])

    def put(self, one: EditedSample, place: int | None) -> None:
        """The annotation of an edited sample, whose image is at `place` if it is not new."""
        _, frame = split_frame(one.sample)
        _, old = _parts(self.snapshot, one)
        at = None if place is None else self.scan.annotation_of.get(place)
        if frame is None and not one.labels:
            if at is not None:
                self.removed.add(at)
            return
        native = self.images(one.sample["sample"])
        if old is None:
            segments = [_new_segment(row, self.categories) for row in one.labels]
            new = _whole(one.sample, frame, native, segments)
            like = bytes(self.scan.annotations[0]) if self.scan.annotations else b"{}"
            self.added.append(Layout.of(like).object(new) if len(like) > 2 else _plain(new))
            return
        read = self._rows_of(place) if place is not None else None
        text = self._with_segments(old, one.labels, read)
        text = _with_frame(text, frame or {}, native)
        if at is None:
            self.added.append(text)
        else:
            self.changed[at] = text

    def _rows_of(self, place: int) -> list[Row]:
        if not self._read:
            for row in self._labels.iter_rows(named=True):
                self._read.setdefault(row["record"], []).append(row)
        return self._read.get(place, [])

    def _with_segments(
        self, old: bytes, labels: Sequence[Row], read: Sequence[Row] | None
    ) -> bytes:
        """An annotation with the segments of these labels; those equal to `read` stay."""
        segments = msgspec.json.decode(old, type=Annotation).segments_info
        ids = [_id_of(segment) for segment in segments]
        pairs = paired(labels, ids, read)
        changed: dict[int, bytes] = {}
        for mine, its in pairs.items():
            row = labels[mine]
            if read is None or any(row[name] != read[its][name] for name in _CONTENT):
                changed[its] = refit(bytes(segments[its]), _values(row, self.categories))
        removed = set(range(len(segments))).difference(pairs.values())
        layout = Layout.of(bytes(segments[0])) if segments else Layout()
        added = [
            layout.object(_new_segment(row, self.categories))
            for at, row in enumerate(labels)
            if at not in pairs
        ]
        span = top_level(old, old, self.scan.file)["segments_info"]
        return apply_edits(
            old, Elements.of(old, span, segments).edits(old, changed, removed, added)
        )

    def edits(self, content: bytes, span: tuple[int, int]) -> Iterable[Edit]:
        """What changes in the text of the array."""
        if not (self.changed or self.removed or self.added):
            return []
        elements = Elements.of(content, span, self.scan.annotations)
        return elements.edits(content, self.changed, self.removed, self.added)


def _plain(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode()


def _id_of(segment: msgspec.Raw) -> str | None:
    native = msgspec.json.decode(segment).get("id")
    return None if native is None else str(native)


def _with_frame(annotation: bytes, frame: Mapping[str, Any], native: Any) -> bytes:
    before = {**frame_of(annotation), "image_id": json.loads(annotation)["image_id"]}
    after = {**frame, "image_id": native}
    changes = {
        name: one for name, one in after.items() if name not in before or before[name] != one
    }
    return rewrite(annotation, changes, [name for name in before if name not in after])


def _whole(
    sample: Row, frame: Mapping[str, Any] | None, native: Any, segments: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    if not frame or not frame.get("file_name"):
        raise LossError(
            f"sample {sample['sample']!r}: segments are drawn in a PNG, and none is named",
            hint=f'A sample\'s attribute "{ATTRIBUTE}" names it: {{"file_name": "a.png"}}.',
        )
    return {"image_id": native, **frame, "segments_info": segments}


def _new_segment(row: Row, categories: Natives) -> dict[str, Any]:
    native = native_id(row["id"])
    if native is None:
        raise LossError(
            f"sample {row['sample']!r}: a segment is drawn in a PNG, and its id is its colour"
            " there; this label has no id"
        )
    return completed({"id": native, **_values(row, categories)}, _ORDER)


def _values(row: Row, categories: Natives) -> dict[str, Any]:
    values = annotation_values(row, lambda _: None, categories)
    return {name: value for name, value in values.items() if name != "image_id"}
