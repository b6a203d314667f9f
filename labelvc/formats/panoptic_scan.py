"""A COCO panoptic file cut into its images, each with the annotation that goes with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.core.snapshot import Snapshot, attributes_json
from labelvc.core.tally import Tally
from labelvc.formats.base import Keep
from labelvc.formats.coco_categories import Categories
from labelvc.formats.coco_images import Images
from labelvc.formats.coco_labels import Context
from labelvc.formats.coco_scan import Lazily, agree
from labelvc.formats.json_decode import Id, decode, without_gc
from labelvc.formats.json_spans import byte_order_mark
from labelvc.formats.panoptic_segments import ATTRIBUTE, frame_of, labels_table
from labelvc.formats.row_edits import attributes_of

NAME = "panoptic"
BETWEEN = b"\0"  # which JSON never holds, between an image and its annotation


class _Top(msgspec.Struct, gc=False):
    images: msgspec.Raw
    annotations: list[msgspec.Raw]
    categories: msgspec.Raw = msgspec.Raw(b"[]")


class _ImageOnly(msgspec.Struct, gc=False):
    image_id: Id


class _CategoryOnly(msgspec.Struct, gc=False):
    category_id: Id | None = None


class _Segments(msgspec.Struct, gc=False):
    segments_info: list[_CategoryOnly]


@dataclass(frozen=True)
class Document:
    """A file and what it was read as: what writing it back needs."""

    scan: PanopticScan
    key: str | None
    labels: pl.DataFrame
    samples: pl.DataFrame
    categories: pl.DataFrame


class PanopticScan:
    """One file. Raises ParseError where it is not JSON or lacks images or annotations."""

    def __init__(self, file: str, path: str, content: bytes) -> None:
        self.file = file
        self.path = path
        self.content = content
        self.body: bytes | memoryview = memoryview(content)[byte_order_mark(content) :]
        with without_gc():
            top: _Top = decode(file, "", self.body, _Top)
        self.annotations = top.annotations
        self.images = Images(file, top.images)
        self.categories = Categories(file, top.categories)

    @cached_property
    def annotation_of(self) -> Mapping[int, int]:
        """The place of each image's annotation, by the image's.

        Raises ParseError for one of no image, and where an image has two.
        """
        places = {native: at for at, native in enumerate(self.images.ids)}
        found: dict[int, int] = {}
        for at, raw in enumerate(self.annotations):
            native = decode(self.file, f"/annotations/{at}", raw, _ImageOnly).image_id
            place = places.get(native)
            if place is None:
                raise self._wrong(at, "the id of an image", shorten(native))
            if place in found:
                first = f"{shorten(native)}, as in /annotations/{found[place]}"
                raise self._wrong(at, "an image that no other annotation has", first)
            found[place] = at
        return found

    def _wrong(self, at: int, expected: str, found: str) -> ParseError:
        place = f"/annotations/{at}/image_id"
        return ParseError(self.file, place, expected=expected, found=found)

    @cached_property
    def pieces(self) -> Mapping[str, Sequence[bytes]]:
        """The images, each with its annotation."""
        found = []
        for at, image in enumerate(self.images.pieces):
            annotation = self.annotation_of.get(at)
            own = b"" if annotation is None else bytes(self.annotations[annotation])
            found.append(bytes(image) + BETWEEN + own)
        return {"labels": found}

    def sample_fields(self) -> Mapping[str, Sequence[str | None]]:
        """The fields that could identify images."""
        return Lazily(self.images.identifying, self.images.field)

    def comparable(self, other: PanopticScan, key: str | None) -> bool:
        """Whether the category ids that both files have mean the same in both."""
        return agree(self.categories.names, other.categories.names, renames=True)

    def without_ids(self) -> Sequence[bytes] | None:
        """None: an id is a colour, and means it."""
        return None

    def elsewhere(self, samples: Collection[str], keep: Keep) -> Collection[str]:
        """None: an image is one piece."""
        return ()

    def tally(self) -> Tally:
        """Counts of the whole; of the segments only the category is decoded."""
        names = self.categories.names
        counts: Counter[str] = Counter(dict.fromkeys(names.values(), 0))
        labels = 0
        for at, raw in enumerate(self.annotations):
            one: _Segments = decode(self.file, f"/annotations/{at}", raw, _Segments)
            labels += len(one.segments_info)
            natives = (segment.category_id for segment in one.segments_info)
            counts.update(names[native] for native in natives if native in names)
        return Tally(len(self.images.pieces), labels, dict(counts))

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The snapshot of all images or of the kept ones."""
        places = range(len(self.images.pieces)) if keep is None else sorted(keep.get("labels", ()))
        own = {
            record: self.annotation_of[place]
            for record, place in enumerate(places)
            if place in self.annotation_of
        }
        context = Context(self.file, self.images.keys(key), self.categories.names)
        annotations = {record: self.annotations[at] for record, at in own.items()}
        labels = labels_table(context, annotations, own)
        samples = self._with_frames(self.images.table(key, places, 0), own)
        tables = (labels, samples, self.categories.table())
        records = [self.pieces["labels"][place] for place in places]
        if keep is not None:
            return Snapshot(*tables, NAME, records)
        return Snapshot(*tables, NAME, records, {self.path: Document(self, key, *tables)})

    def _with_frames(self, samples: pl.DataFrame, own: Mapping[int, int]) -> pl.DataFrame:
        """The samples with what their annotations say besides segments."""
        cells = []
        for record, text in enumerate(samples["attributes"]):
            said: dict[str, Any] = attributes_of({"attributes": text})
            if ATTRIBUTE in said:
                expected = f"an image without a key {ATTRIBUTE!r}, which labelvc uses itself"
                raise ParseError(self.file, "/images", expected=expected, found="one with it")
            if record in own:
                at = own[record]
                pointer = f"/annotations/{at}"
                said[ATTRIBUTE] = frame_of(self.annotations[at], self.file, pointer)
            cells.append(attributes_json(said))
        return samples.with_columns(pl.Series("attributes", cells, dtype=pl.String))
