"""COCO panoptic annotations: the segments of an image, whose pixels stand in a PNG beside the file.

A segment's id is its colour in that PNG, R + 256 G + 65536 B.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from labelvc.formats.coco_labels import Context, labels_of
from labelvc.formats.fragment_pairs import pair
from labelvc.formats.json_decode import Id, decode

# The attribute of a sample that holds what its annotation says besides its segments.
ATTRIBUTE = "panoptic"
_OWN = frozenset(("image_id", "segments_info"))


class Annotation(msgspec.Struct, gc=False):
    """An image's annotation."""

    image_id: Id
    segments_info: list[msgspec.Raw]


class _Shown(msgspec.Struct, gc=False):
    segments_info: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def is_panoptic(annotations: msgspec.Raw) -> bool:
    """Whether an array of annotations is of segments, told from its first elements."""
    try:
        shown = msgspec.json.decode(annotations, type=list[_Shown])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return any(one.segments_info is not msgspec.UNSET for one in shown)


def labels_table(
    context: Context, annotations: Mapping[int, msgspec.Raw], places: Mapping[int, int]
) -> pl.DataFrame:
    """The segments of annotations by record; `places` are their indexes in the file."""
    flat: list[msgspec.Raw] = []
    pointers: list[str] = []
    records: list[int] = []
    for record, raw in annotations.items():
        pointer = f"/annotations/{places[record]}"
        one: Annotation = decode(context.file, pointer, raw, Annotation)
        image = msgspec.json.encode(one.image_id)
        for number, segment in enumerate(one.segments_info):
            flat.append(_with_image(bytes(segment), image))
            pointers.append(f"{places[record]}/segments_info/{number}")
            records.append(record)
    labels = labels_of(context, flat, pointers)
    return labels.with_columns(pl.Series("record", records, dtype=pl.Int64))


def _with_image(segment: bytes, image: bytes) -> msgspec.Raw:
    """A segment as an annotation of COCO; what is no object stays what it is, to be refused."""
    if not segment.startswith(b"{"):
        return msgspec.Raw(segment)
    inside = segment[:-1].rstrip()
    comma = b"" if inside == b"{" else b","
    return msgspec.Raw(inside + comma + b'"image_id":' + image + b"}")


def frame_of(annotation: msgspec.Raw | bytes, file: str = "", pointer: str = "") -> dict[str, Any]:
    """What an annotation says besides its image and segments: the name of its PNG.

    Raises ParseError.
    """
    said: dict[str, Any] = decode(file, pointer, annotation, dict[str, Any])
    return {name: value for name, value in said.items() if name not in _OWN}


def paired(
    now: Sequence[Mapping[str, Any]],
    ids: Sequence[str | None],
    read: Sequence[Mapping[str, Any]] | None,
) -> dict[int, int]:
    """The places of labels, each with that of the old segment of its id; each is used once.

    A label that lost its id and not its record is the segment that is most like it.
    """
    waiting: dict[str | None, list[int]] = {}
    for place in reversed(range(len(ids))):
        waiting.setdefault(ids[place], []).append(place)
    found = {}
    for at, row in enumerate(now):
        if places := waiting.get(row["id"]):
            found[at] = places.pop()
    lost = [at for at, row in enumerate(now) if at not in found and row["record"] is not None]
    lost = [at for at in lost if now[at]["id"] is None]
    if lost and read is not None:
        left = [at for at in range(len(read)) if at not in set(found.values())]
        pairs = pair([now[at] for at in lost], [read[at] for at in left])
        found |= {lost[mine]: left[its] for mine, its in pairs.items()}
    return found
