"""Boxes, outlines, masks and keypoints that a model gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from labelvc.core.geometry import bounds
from labelvc.core.shapes import rle_counts
from labelvc.core.snapshot import BOX, canonical_json, labels_frame
from labelvc.stages.collect_answers import (
    category,
    confidence,
    is_number,
    numbers,
    plain,
    refusal,
)


def objects(answers: Sequence[Any], keys: Sequence[str], shapes: Sequence[str]) -> pl.DataFrame:
    """A label an object. `shapes` are those of which each has one; none: it has a box.

    Raises LabelvcError.
    """
    rows = [
        _row(key, found, shapes)
        for key, answer in zip(keys, answers, strict=True)
        for found in _list(key, answer)
    ]
    columns = ("sample", "kind", "category", *BOX, "geometry", "confidence")
    labels = {name: [row.get(name) for row in rows] for name in columns}
    return labels_frame(**labels, unit=["pixel"] * len(rows))


def _list(key: str, answer: Any) -> list[Any]:
    if not isinstance(answer, list | tuple):
        raise refusal(key, answer, "a list of objects (an empty one where nothing was found)")
    return list(answer)


def _row(key: str, found: Any, shapes: Sequence[str]) -> dict[str, Any]:
    known = ("category", "box", "confidence", *shapes)
    if not isinstance(found, Mapping):
        raise refusal(key, found, f"a mapping of {', '.join(known)}")
    unknown = [name for name in found if name not in known]
    if unknown:
        raise refusal(key, unknown[0], f"no other names than {', '.join(known)}")
    row: dict[str, Any] = {
        "sample": key,
        "kind": "box",
        "category": category(key, found.get("category")),
        "confidence": confidence(key, found.get("confidence")),
    }
    box = _box(key, found.get("box")) if "box" in found or not shapes else None
    if shapes:
        told = [shape for shape in shapes if shape in found]
        if len(told) != 1:
            raise refusal(key, list(found), f"one of {', '.join(shapes)}")
        shape = _READERS[told[0]](key, found[told[0]])
        row |= {"kind": told[0], "geometry": canonical_json({told[0]: shape})}
        box = box or bounds(row["geometry"])
    return row | dict(zip(BOX, box or (None,) * 4, strict=True))


def _box(key: str, value: Any) -> Sequence[float]:
    box = numbers(value, 4)
    if box is None:
        raise refusal(key, value, "a box of four finite numbers: x, y, width, height")
    if box[2] < 0 or box[3] < 0:
        raise refusal(key, box, "a box of x, y, width and height, the last two not below 0")
    return box


def _polygon(key: str, value: Any) -> list[list[float]]:
    expected = "a polygon of rings [x1, y1, x2, y2, ...], each of three points or more"
    rings = plain(value)
    if not isinstance(rings, list | tuple) or not rings:
        raise refusal(key, value, expected)
    found = []
    for ring in map(plain, rings):
        size = len(ring) if isinstance(ring, list | tuple) else 0
        points = numbers(ring, size)
        if points is None or size < 6 or size % 2:
            raise refusal(key, ring, expected)
        found.append(points)
    return found


def _mask(key: str, value: Any) -> dict[str, Any]:
    """COCO's run-length encoding, as pycocotools' `encode` gives it."""
    expected = "a mask as COCO has it: size [height, width] and counts that fill it"
    if not isinstance(value, Mapping) or set(value) != {"size", "counts"}:
        raise refusal(key, value, expected)
    size, counts = plain(value["size"]), plain(value["counts"])
    counts = counts.decode("ascii", "replace") if isinstance(counts, bytes) else counts
    is_list = isinstance(counts, list) and all(isinstance(run, int) for run in counts)
    if numbers(size, 2) is None or not (isinstance(counts, str) or is_list):
        raise refusal(key, value, expected)
    try:
        runs = rle_counts(counts)
    except OverflowError:
        raise refusal(key, value, expected) from None
    if (runs < 0).any() or runs.sum() != size[0] * size[1]:
        raise refusal(key, value, expected)
    return {"size": [int(side) for side in size], "counts": counts}


def _keypoints(key: str, value: Any) -> list[list[float]]:
    expected = "keypoints [x, y, v], with a v of 0, 1 or 2"
    points = plain(value)
    if not isinstance(points, list | tuple) or not points:
        raise refusal(key, value, expected)
    found = [numbers(point, 3) for point in points]
    for point, given in zip(found, points, strict=True):
        if point is None or not is_number(point[2]) or point[2] not in (0, 1, 2):
            raise refusal(key, given, expected)
    return [[*point[:2], int(point[2])] for point in found if point is not None]


_READERS = {"polygon": _polygon, "mask": _mask, "keypoints": _keypoints}
