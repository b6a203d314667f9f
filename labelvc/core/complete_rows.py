"""Whether rows that no format has read are whole: a box has its four numbers, a span its ends."""

from __future__ import annotations

from typing import TypedDict

import msgspec
import polars as pl

from labelvc.core.snapshot import BOX


class _Mask(TypedDict):
    size: tuple[int, int]
    counts: str | list[int]


class _Geometry(TypedDict, total=False):
    polygon: list[list[float]]
    mask: _Mask
    keypoints: list[list[float]]
    polyline: list[list[float]]
    ellipse: list[float]
    cuboid: list[float]


_GEOMETRY = msgspec.json.Decoder(_Geometry)
# What a label of a kind cannot be without.
NEEDED = {
    "box": "x", "polygon": "geometry", "mask": "geometry", "keypoints": "geometry",
    "polyline": "geometry", "ellipse": "geometry", "cuboid": "geometry",
    "span": "start", "segment": "start", "text": "text",
}  # fmt: skip


def is_incomplete() -> pl.Expr:
    """Whether a row of labels lacks what a label of its kind cannot be without."""
    lacking = [
        pl.col(name).is_null() & pl.col("kind").is_in(kinds)
        for name in sorted(set(NEEDED.values()))
        if (kinds := [kind for kind, needed in NEEDED.items() if needed == name])
    ]
    return pl.any_horizontal(
        pl.col("sample").is_null(),
        pl.col("kind").is_null(),
        pl.col("verdict").is_null(),
        pl.col("start").is_null() != pl.col("end").is_null(),
        *(pl.col("x").is_null() != pl.col(name).is_null() for name in BOX),
        *lacking,
    )


def wrong_geometry(text: str) -> str | None:
    """What is wrong with a `geometry` cell; None where nothing is."""
    try:
        _GEOMETRY.decode(text)
    except msgspec.MsgspecError as error:
        return str(error)
    return None
