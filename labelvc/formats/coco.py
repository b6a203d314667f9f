"""COCO: one JSON object with images, annotations and categories.

Boxes, polygons, RLE masks, keypoints and captions, in pixels from the top left corner. Keys that
have no column of their own are attributes. Of categories that share a name, the later ones are
told apart as `name#id`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.coco_completed import with_areas
from labelvc.formats.coco_frame import merged_frame
from labelvc.formats.coco_scan import CocoScan, Document
from labelvc.formats.coco_values import refuse_losses
from labelvc.formats.coco_write import write_back, write_plain
from labelvc.formats.json_spans import byte_order_mark
from labelvc.formats.panoptic_segments import is_panoptic
from labelvc.formats.source import Source

__all__ = [
    "CARRIES",
    "NAME",
    "SETTINGS",
    "TITLE",
    "merged_frame",
    "scan",
    "settle",
    "sniff",
    "write",
]

NAME = "coco"
TITLE = "COCO JSON: boxes, polygons, masks, keypoints, captions"
CARRIES = Carries(
    kinds=frozenset(("class", "box", "polygon", "mask", "keypoints", "text")),
    labels=frozenset(("id", "text", "attributes", "confidence")),
    samples=frozenset(("path", "width", "height", "attributes")),
    taxonomy=True,
    units=frozenset(("pixel",)),
)
SETTINGS: Mapping[str, str] = {}


class _Outline(msgspec.Struct):
    images: msgspec.Raw
    annotations: msgspec.Raw


def sniff(source: Source) -> str | None:
    """Lists of images and annotations at the top of one JSON object."""
    if source.is_folder:
        return None
    content = source.only()[1].read()
    body = memoryview(content)[byte_order_mark(content) :]
    if not bytes(body[:64]).lstrip().startswith(b"{") or b'"annotations"' not in content:
        return None
    try:
        outline = msgspec.json.decode(body, type=_Outline)
    except (msgspec.ValidationError, RecursionError):
        return None
    except msgspec.DecodeError:
        if b'"segments_info"' in content:
            return None
        # scanning can name the fault
        return "images and annotations, though in no valid JSON" if b'"images"' in content else None
    if b'"segments_info"' in content and is_panoptic(outline.annotations):
        return None
    if all(bytes(memoryview(raw)[:1]) == b"[" for raw in (outline.images, outline.annotations)):
        return "a JSON object with images and annotations"
    return None


def settle(source: Source, settings: Settings) -> Settings:
    """COCO leaves nothing to decide."""
    return settings


def scan(source: Source, settings: Settings) -> CocoScan:
    """The file in pieces. Raises ParseError."""
    if source.is_folder:
        raise ParseError(source.name, "", expected="one COCO JSON file", found="a folder")
    path, blob = source.only()
    return CocoScan(source.where(path), path, blob.read())


def completed(snapshot: Snapshot) -> Snapshot:
    """A snapshot from elsewhere with what readers of COCO expect besides."""
    return with_areas(snapshot)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file the snapshot was read from with its edits, or a plain COCO file."""
    refuse_losses(snapshot, CARRIES.kinds)
    for path, document in snapshot.documents.items():
        if isinstance(document, Document):
            return {path: write_back(snapshot, document)}
    return {"annotations.json": write_plain(snapshot)}
