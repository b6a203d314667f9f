"""Masks of another size than their sample; keypoints that are outside, too many or too few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import polars as pl

from labelvc.core.check_places import beyond, of_size, with_samples
from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot

_TOLD = ("sample", "id", "key")
_GEOMETRY = pl.Struct({"keypoints": pl.List(pl.List(pl.Float64()))})


def mask_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`mask-size` for run lengths of another width or height than the sample has."""
    masks = snapshot.labels.filter(pl.col("geometry").str.contains('"mask":', literal=True))
    if masks.is_empty():
        return
    size = pl.col("geometry").str.extract_groups(r'"size":\[(\d+)(?:\.0)?,(\d+)(?:\.0)?\]')
    sized = with_samples(masks, snapshot, "width", "height").with_columns(
        size.struct[0].cast(pl.Float64).alias("tall"), size.struct[1].cast(pl.Float64).alias("wide")
    )
    differs = (pl.col("wide") != pl.col("width_sample")) | (
        pl.col("tall") != pl.col("height_sample")
    )
    for wide, tall, width, height, sample, native, key in (
        sized.filter(differs)
        .select("wide", "tall", "width_sample", "height_sample", "sample", "id", "key")
        .iter_rows()
    ):
        message = f"mask of {wide:g} x {tall:g} on a sample of {width:g} x {height:g}"
        yield Finding("mask-size", message, sample, native, key)


def keypoint_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`keypoint-outside`, `keypoint-at-origin` and `keypoint-count`, each once a label."""
    labels = snapshot.labels.filter(
        pl.col("geometry").str.contains('"keypoints":', literal=True)
    ).select(*_TOLD, "category", "unit", pl.col("geometry").str.json_decode(_GEOMETRY).struct[0])
    if labels.is_empty():
        return
    points = _points(with_samples(labels, snapshot, "width", "height"))
    is_visible = pl.col("visible") > 0
    at_origin = is_visible & (pl.col("px") == 0) & (pl.col("py") == 0)
    for row in _by_label(points.filter(at_origin)):
        message = f"{_numbered(row['number'])} at (0, 0) said to be visible"
        yield Finding("keypoint-at-origin", message, row["sample"], row["id"], row["key"])
    yield from _wrong_count(labels, snapshot)
    pixels = rules.value("keypoint-outside", "slack")
    is_out = beyond("px", "px", "width", pixels) | beyond("py", "py", "height", pixels)
    for row in _by_label(points.filter(is_visible.fill_null(value=True) & is_out)):
        size = of_size(row["width_sample"], row["height_sample"])
        first = f" at ({row['px']:g}, {row['py']:g})" if len(row["number"]) == 1 else ""
        message = f"{_numbered(row['number'])}{first} outside the sample{size}"
        yield Finding("keypoint-outside", message, row["sample"], row["id"], row["key"])


def _points(labels: pl.DataFrame) -> pl.DataFrame:
    """A row a point: `number` from 1, px and py in the label's unit, `visible` null if unsaid."""
    numbered = labels.with_columns(number=pl.int_ranges(1, pl.col("keypoints").list.len() + 1))
    point = pl.col("keypoints").list
    return (
        numbered.filter(point.len() > 0)
        .explode("keypoints", "number")
        .with_columns(
            **{
                name: point.get(place, null_on_oob=True)
                for place, name in enumerate(("px", "py", "visible"))
            }
        )
        .drop("keypoints")
    )


def _by_label(points: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The points of each label, with the place of the first."""
    first = pl.col("sample", "id", "px", "py", "width_sample", "height_sample").first()
    grouped = points.group_by("key", maintain_order=True).agg(pl.col("number"), first)
    return grouped.iter_rows(named=True)


def _wrong_count(labels: pl.DataFrame, snapshot: Snapshot) -> Iterator[Finding]:
    expected = {}
    for key, attributes in snapshot.categories.select("key", "attributes").iter_rows():
        names = msgspec.json.decode(attributes).get("keypoints") if attributes else None
        if isinstance(names, list):
            expected[key] = len(names)
    wanted = pl.DataFrame(
        {"category": list(expected), "wanted": list(expected.values())},
        schema={"category": pl.String, "wanted": pl.Int64},
    )
    counted = labels.join(wanted, on="category", maintain_order="left").with_columns(
        found=pl.col("keypoints").list.len()
    )
    for found, category, number, *told in (
        counted.filter(pl.col("found") != pl.col("wanted"))
        .select("found", "category", "wanted", *_TOLD)
        .iter_rows()
    ):
        message = f"{found} keypoints where {category!r} has {number}"
        yield Finding("keypoint-count", message, *told)


def _numbered(places: Sequence[int]) -> str:
    """`keypoint 3`, `keypoints 3, 4, 5`, the first few of many."""
    shown = ", ".join(map(str, places[:5]))
    more = f" and {len(places) - 5} more" if len(places) > 5 else ""
    return f"keypoint{'s' if len(places) > 1 else ''} {shown}{more}"
