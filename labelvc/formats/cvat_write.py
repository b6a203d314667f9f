"""A snapshot as a CVAT XML file: untouched images as the bytes they were."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Settings
from labelvc.formats.cvat_check import refuse_other, textual
from labelvc.formats.cvat_elements import fresh, others, rebuilt
from labelvc.formats.cvat_encode import shape_of
from labelvc.formats.cvat_file import CvatFile, images
from labelvc.formats.cvat_meta import Scheme, scheme, with_categories
from labelvc.formats.cvat_numbers import spelled
from labelvc.formats.cvat_scan import (
    CvatScan,
    Document,
    decoded,
    tables_of,
)
from labelvc.formats.cvat_shapes import KINDS
from labelvc.formats.fragment_pairs import pair, same
from labelvc.formats.row_edits import (
    EditedSample,
    Row,
    attributes_of,
    edits,
    one_version_a_sample,
    without_records,
)
from labelvc.formats.xml_tree import Node, from_utf8

_HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>'
_INDENT = b"\n  "
_ID = re.compile(rb"<image\s[^<>]*?(?<=\s)id=\"(\d{1,15})\"")


def written(snapshot: Snapshot, settings: Settings) -> dict[str, bytes]:
    """The one file of a snapshot."""
    document = _document(snapshot)
    is_own = document is not None
    if document is None:
        snapshot = without_records(snapshot)
        file = CvatFile("annotations.xml", "annotations.xml", _HEAD, [])
        document = Document(file, settings, *tables_of([], []), Snapshot().categories)
    file = document.file
    own = len(file.rows)
    snapshot = one_version_a_sample(snapshot, own)
    known = CvatScan(file, document.settings)
    old = Snapshot(document.labels, document.samples, document.categories)
    copied, changed = edits(snapshot, old, known.names)
    rows = {row: bytes(snapshot.records[row]) for row in copied}
    file = with_categories(file, snapshot, document.categories)
    images_of = _Images(snapshot, scheme(file), _first_free(file))
    added: list[bytes] = []
    for edited in changed:
        content = images_of.encoded(edited)
        if edited.rows and edited.rows[0] < own:
            rows[edited.rows[0]] = content
        else:
            added.append(content)
    new = replace(file, rows=[*(rows[row] for row in sorted(rows)), *added])
    if is_own and (changed or len(copied) < own):
        _refuse_other_names(snapshot, CvatScan(new, document.settings))
    return {file.name: from_utf8(file.joined(new.rows), file.encoding)}


def _document(snapshot: Snapshot) -> Document | None:
    for document in snapshot.documents.values():
        if isinstance(document, Document):
            return document
    return None


def _refuse_other_names(snapshot: Snapshot, scan: CvatScan) -> None:
    missing = set(snapshot.samples["sample"]).symmetric_difference(scan.names)
    if missing:
        raise LossError(
            f"sample {min(missing)!r}: in CVAT XML a sample is known by its image's name or"
            " subset/name, which would be another"
        )


def _first_free(file: CvatFile) -> Iterator[int]:
    """Numbers for new images."""
    number = -1
    for row in file.rows:
        found = _ID.search(row)
        number = max(number, int(found[1]) if found else -1)
    while True:
        number += 1
        yield number


@dataclass(frozen=True)
class _Images:
    """Images of a snapshot made anew, and proven to say what they should."""

    snapshot: Snapshot
    scheme: Scheme
    numbers: Iterator[int]

    def encoded(self, edited: EditedSample) -> bytes:
        """The image of a sample. Raises LossError for what it cannot say."""
        content = self._content(edited)
        try:
            (image,) = images(content)
            said = decoded(image, self.scheme)
        except ParseError as error:
            name = edited.sample["sample"]
            raise LossError(f"sample {name!r}: CVAT XML cannot hold it: {error.message}") from None
        refuse_other((edited.sample, edited.labels), said)
        return content

    def _content(self, edited: EditedSample) -> bytes:
        keypoints = self.scheme.keypoints
        if not edited.rows:
            shapes = [shape_of(row, keypoints).element(_INDENT + b"  ") for row in edited.labels]
            more = others(attributes_of(edited.sample), None, KINDS)[1]
            attributes = {"id": str(next(self.numbers)), **self._attributes(edited.sample, {})}
            return _INDENT + fresh("image", attributes, [*shapes, *more], _INDENT)
        text = bytes(self.snapshot.records[edited.rows[0]])
        (image,) = images(text)
        nodes = [(at, one) for at, one in enumerate(image.children) if one.tag in KINDS]
        read = [{**row, "verdict": "present"} for row in decoded(image, self.scheme)[1]]
        paired = pair(edited.labels, read)
        children, more = others(attributes_of(edited.sample), image, KINDS)
        children |= {at: None for at, _ in nodes}
        for mine, its in paired.items():
            at, node = nodes[its]
            row = edited.labels[mine]
            if same(row, read[its]):
                del children[at]
            else:
                children[at] = shape_of(row, keypoints, node).put_into(text, node)
        added = [
            shape_of(row, keypoints) for at, row in enumerate(edited.labels) if at not in paired
        ]
        start = text[: image.start]
        indent = (start[len(start.rstrip()) :] or _INDENT) + b"  "
        return start + rebuilt(
            text,
            image,
            {**_kept(image), **self._attributes(edited.sample, image.attributes)},
            children,
            [*(shape.element(indent) for shape in added), *more],
        )

    def _attributes(self, sample: Row, old: Mapping[str, str]) -> dict[str, str]:
        """The attributes of an image's tag but its number."""
        key = sample["sample"]
        found = {"name": sample["path"] or key}
        if "subset" in old or sample["split"] != self.scheme.subset:
            found["subset"] = sample["split"] or ""
        for name, value in textual(attributes_of(sample), key).items():
            if not name.startswith("<"):
                found[name] = value
        for side in ("width", "height"):
            if sample[side] is not None:
                text = spelled(sample[side], old.get(side))
                found[side] = text if side in old else text.removesuffix(".00")
        if sample["split"] is None and self.scheme.subset is None:
            found.pop("subset", None)
        return found


def _kept(image: Node) -> dict[str, str]:
    return {name: text for name, text in image.attributes.items() if name == "id"}
