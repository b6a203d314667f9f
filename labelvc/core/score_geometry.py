"""Geometries of labels, decoded and checked: predictions may come from anyone's table."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import polars as pl

from labelvc.core.errors import LabelvcError, shorten


class Mask(msgspec.Struct, gc=False):
    """A run-length mask as COCO has it; `size` is height, width."""

    size: tuple[int, int]
    counts: str | list[int]


class Geometry(msgspec.Struct, gc=False):
    """An outline (rings x1, y1, x2, y2, ...), a mask, keypoints (x, y and mostly visibility), ...

    A polyline has lines where an outline has rings; an ellipse is its centre, its radii and the
    degrees it is turned by, clockwise; a cuboid is the x and y of eight corners.
    """

    polygon: list[list[float]] = []
    mask: Mask | None = None
    keypoints: list[list[float]] = []
    polyline: list[list[float]] = []
    ellipse: list[float] = []
    cuboid: list[float] = []


def geometries(labels: pl.DataFrame) -> Iterator[Geometry]:
    """The geometry of each label, an empty one where it has none.

    Raises LabelvcError for text that is no geometry.
    """
    decoder, empty = msgspec.json.Decoder(Geometry), Geometry()
    for sample, text in labels.select("sample", "geometry").iter_rows():
        try:
            shape = decoder.decode(text) if text else empty
        except (msgspec.DecodeError, RecursionError) as error:
            raise _no_geometry(sample, str(error)) from None
        if any(len(ring) % 2 for ring in shape.polygon):
            raise _no_geometry(sample, "a ring has an x without y")
        if any(len(point) not in (2, 3) for point in shape.keypoints):
            raise _no_geometry(sample, "a keypoint is not x, y and visibility")
        yield shape


def _no_geometry(sample: str, why: str) -> LabelvcError:
    return LabelvcError(f"a label of {shorten(sample)} has a geometry that is none: {why}")
