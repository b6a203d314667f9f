"""COCO's annotations as a labels table.

Boxes are x, y, width, height in pixels from the top left corner; RLE masks run down the columns
and their size is height, width; keypoints are x, y, visibility (0 unlabelled, 1 hidden, 2 visible).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.core.snapshot import (
    BOX,
    attributes_json,
    canonical_json,
    labels_frame,
)
from labelvc.formats.json_decode import Id, decode

CHUNK = 50_000
_NO_BOX = (None, None, None, None)


class Annotation(msgspec.Struct, gc=False):
    """The keys of an annotation that mean something here; others are attributes."""

    image_id: Id
    id: Id | None = None
    category_id: Id | None = None
    bbox: Sequence[float] | None = None
    area: Any = msgspec.UNSET
    iscrowd: Any = None
    segmentation: list[list[float]] | dict[str, Any] | None = None
    keypoints: list[float] | None = None
    num_keypoints: int | None = None
    caption: str | None = None
    score: float | None = None


class Strict(Annotation, gc=False, forbid_unknown_fields=True):
    """An annotation without any other keys."""

    bbox: tuple[float, float, float, float] | None = None


KNOWN = frozenset(Annotation.__struct_fields__)


@dataclass(frozen=True)
class Context:
    """What annotations refer to: sample keys by image id, category names by category id."""

    file: str
    samples: Mapping[Id, str]
    categories: Mapping[Id, str]


def labels_of(
    context: Context, raws: Sequence[msgspec.Raw], places: Sequence[int | str]
) -> pl.DataFrame:
    """The labels of annotations; `places` are their indexes in the file, for messages."""
    chunks = [
        _labels_chunk(context, raws[start : start + CHUNK], places[start : start + CHUNK], start)
        for start in range(0, len(raws), CHUNK)
    ]
    return pl.concat(chunks) if chunks else labels_frame()


def _labels_chunk(
    context: Context, raws: Sequence[msgspec.Raw], places: Sequence[int | str], start: int
) -> pl.DataFrame:
    rows, extras = _decoded(context, raws, places)
    records = pl.int_range(start, start + len(rows), eager=True)
    boxes = zip(*[row.bbox or _NO_BOX for row in rows], strict=True)
    geometry = [
        _geometry(context, place, row) if row.segmentation or row.keypoints else None
        for row, place in zip(rows, places, strict=True)
    ]
    return labels_frame(
        key=records,
        id=_texts([row.id for row in rows]),
        sample=_referred(context, rows, places, "image_id", context.samples),
        category=_referred(context, rows, places, "category_id", context.categories),
        kind=[_kind(row) if text is None else _outline_kind(row)
              for row, text in zip(rows, geometry, strict=True)],
        **dict(zip(BOX, boxes, strict=True)),
        geometry=geometry,
        unit=[None if not row.bbox and text is None else "pixel"
              for row, text in zip(rows, geometry, strict=True)],
        text=[row.caption for row in rows],
        attributes=[_attributes(row, extra) for row, extra in zip(rows, extras, strict=True)],
        confidence=[row.score for row in rows],
        record=records,
    )  # fmt: skip


def _decoded(
    context: Context, raws: Sequence[msgspec.Raw], places: Sequence[int | str]
) -> tuple[list[Any], Sequence[Mapping[str, Any]]]:
    """The annotations and their further keys."""
    extras: Sequence[dict[str, Any]]
    try:
        rows = list(map(msgspec.json.Decoder(Strict).decode, raws))
        extras = [{}] * len(rows)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        rows = _decoded_as(Annotation, context, raws, places)
        _check_boxes(context, rows, places)
        every = _decoded_as(dict[str, Any], context, raws, places)
        extras = [{k: v for k, v in one.items() if k not in KNOWN} for one in every]
    if not context.categories:
        extras = [_with_category(row, extra) for row, extra in zip(rows, extras, strict=True)]
    return rows, extras


def _decoded_as(
    expected: Any, context: Context, raws: Sequence[msgspec.Raw], places: Sequence[int | str]
) -> list[Any]:
    try:
        return list(map(msgspec.json.Decoder(expected).decode, raws))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # once more, to name the one at fault
        return [
            decode(context.file, f"/annotations/{place}", raw, expected)
            for raw, place in zip(raws, places, strict=True)
        ]


def _check_boxes(context: Context, rows: Sequence[Annotation], places: Sequence[int | str]) -> None:
    for row, place in zip(rows, places, strict=True):
        if row.bbox and len(row.bbox) != 4:
            raise ParseError(
                context.file,
                f"/annotations/{place}/bbox",
                expected="x, y, width and height",
                found=f"{len(row.bbox)} numbers",
            )


def _with_category(row: Annotation, extra: dict[str, Any]) -> dict[str, Any]:
    """The further keys, with the category's id: there is no list to look it up in."""
    native, row.category_id = row.category_id, None
    return extra if native is None else {**extra, "category_id": native}


def _texts(ids: list[Id | None]) -> pl.Series:
    """Ids as text."""
    try:
        numbers = pl.Series(ids, dtype=pl.Int64, strict=True)
    except (TypeError, OverflowError):
        return pl.Series([None if one is None else str(one) for one in ids], dtype=pl.String)
    texts: pl.Series = numbers.cast(pl.String)
    return texts


def _referred(
    context: Context,
    rows: Sequence[Any],
    places: Sequence[int | str],
    field: str,
    names: Mapping[Id, str],
) -> list[str | None]:
    """The names that the ids in a field stand for."""
    ids = [getattr(row, field) for row in rows]
    try:
        return [None if one is None else names[one] for one in ids]
    except KeyError:
        bad = next(i for i, one in enumerate(ids) if one is not None and one not in names)
        what = "an image" if field == "image_id" else "a category"
        raise ParseError(
            context.file,
            f"/annotations/{places[bad]}/{field}",
            expected=f"the id of {what}",
            found=shorten(ids[bad]),
        ) from None


def _outline_kind(row: Annotation) -> str:
    if row.keypoints:
        return "keypoints"
    return "mask" if isinstance(row.segmentation, dict) else "polygon"


def _kind(row: Annotation) -> str:
    """The kind of a label without outline."""
    if row.bbox:
        return "box"
    return "class" if row.caption is None else "text"


def _attributes(row: Annotation, extra: Mapping[str, Any]) -> str | None:
    area = row.area
    plain = not (extra or row.iscrowd or row.num_keypoints is not None)
    if plain and (type(area) is float or type(area) is int):
        return f'{{"area":{area!r}}}'  # what nearly all have, spelled as canonical JSON is
    attributes = dict(extra)
    if area is not msgspec.UNSET:
        attributes["area"] = area
    if row.iscrowd:
        attributes["iscrowd"] = row.iscrowd
    if row.num_keypoints is not None and row.num_keypoints != counted(row.keypoints):
        attributes["num_keypoints"] = row.num_keypoints
    return attributes_json(attributes)


def counted(keypoints: Sequence[float] | None) -> int:
    """COCO's num_keypoints: how many have a visibility above 0."""
    return sum(v > 0 for v in (keypoints or ())[2::3])


def _geometry(context: Context, place: int | str, row: Annotation) -> str | None:
    """The canonical JSON of outline and keypoints; None where they are empty."""
    parts = []
    if row.keypoints:
        parts.append(f'"keypoints":{_keypoints(context, place, row.keypoints)}')
    if isinstance(row.segmentation, dict):
        parts.append(f'"mask":{_mask(context, place, row.segmentation)}')
    elif row.segmentation and any(row.segmentation):
        parts.append(f'"polygon":{_polygon(context, place, row.segmentation)}')
    return "{" + ",".join(parts) + "}" if parts else None


def _compact(numbers: object) -> str:
    """Nested lists of numbers as canonical JSON, which Python spells alike but for spaces."""
    return repr(numbers).replace(" ", "")


def _polygon(context: Context, place: int | str, parts: list[list[float]]) -> str:
    for index, ring in enumerate(parts):
        if len(ring) % 2:
            raise ParseError(
                context.file,
                f"/annotations/{place}/segmentation/{index}",
                expected="pairs of x and y",
                found=f"{len(ring)} numbers",
            )
    return _compact(parts)


def _keypoints(context: Context, place: int | str, flat: list[float]) -> str:
    if len(flat) % 3:
        raise ParseError(
            context.file,
            f"/annotations/{place}/keypoints",
            expected="x, y and visibility for each keypoint",
            found=f"{len(flat)} numbers",
        )
    points = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    return _compact([[x, y, int(v) if v.is_integer() else v] for x, y, v in points])


def _mask(context: Context, place: int | str, rle: dict[str, Any]) -> str:
    size, counts = rle.get("size"), rle.get("counts")
    sized = isinstance(size, list) and len(size) == 2 and all(type(side) is int for side in size)
    listed = isinstance(counts, list) and all(type(count) is int for count in counts)
    if not sized or not (listed or isinstance(counts, str)):
        raise ParseError(
            context.file,
            f"/annotations/{place}/segmentation",
            expected="a run-length mask with a size [height, width] and counts",
            found=shorten(rle),
        )
    return canonical_json(rle)
