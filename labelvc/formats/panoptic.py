"""COCO panoptic: one JSON file whose segments are drawn in PNGs beside it.

A segment is a label of kind box, with its `area`; its outline stands in the PNG, which the sample's
attribute `panoptic` names, and its native id is its colour there. Colours are told apart by nothing
but the PNG, so a label without an id cannot be written.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.coco_frame import merged_frame
from labelvc.formats.coco_values import refuse_losses
from labelvc.formats.json_spans import byte_order_mark
from labelvc.formats.panoptic_scan import NAME, Document, PanopticScan
from labelvc.formats.panoptic_segments import is_panoptic
from labelvc.formats.panoptic_write import write_back, write_plain
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

TITLE = "COCO panoptic JSON: segments drawn in PNGs"
CARRIES = Carries(
    kinds=frozenset(("class", "box", "polygon", "mask")),
    labels=frozenset(("id", "attributes", "confidence")),
    samples=frozenset(("path", "width", "height", "attributes")),
    taxonomy=True,
    units=frozenset(("pixel",)),
)
SETTINGS: Mapping[str, str] = {}


class _Outline(msgspec.Struct):
    images: msgspec.Raw
    annotations: msgspec.Raw


def sniff(source: Source) -> str | None:
    """Lists of images and annotations, these with `segments_info`."""
    if source.is_folder:
        return None
    content = source.only()[1].read()
    body = memoryview(content)[byte_order_mark(content) :]
    if not bytes(body[:64]).lstrip().startswith(b"{") or b'"segments_info"' not in content:
        return None
    try:
        outline = msgspec.json.decode(body, type=_Outline)
    except (msgspec.ValidationError, RecursionError):
        return None
    except (msgspec.DecodeError, UnicodeDecodeError):
        # scanning can name the fault
        return "images and segments_info, though in no valid JSON"
    return "a JSON object with segments_info" if is_panoptic(outline.annotations) else None


def settle(source: Source, settings: Settings) -> Settings:
    """Nothing to decide."""
    return settings


def scan(source: Source, settings: Settings) -> PanopticScan:
    """The file in pieces. Raises ParseError."""
    if source.is_folder:
        raise ParseError(source.name, "", expected="one COCO panoptic file", found="a folder")
    path, blob = source.only()
    return PanopticScan(source.where(path), path, blob.read())


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file the snapshot was read from with its edits, or a plain one. Raises LossError."""
    refuse_losses(snapshot, CARRIES.kinds)
    if snapshot.labels["text"].count():
        raise LossError("COCO panoptic has no place for labels with text")
    for path, document in snapshot.documents.items():
        if isinstance(document, Document):
            return {path: write_back(snapshot, document)}
    return {"panoptic.json": write_plain(snapshot)}
