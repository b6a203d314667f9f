"""Masks of another size than their sample; keypoints that are outside, too many or too few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from labelvc.core.check_places import beyond, of_size, with_samples
from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot

Point = Sequence[float]


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
    ).select("sample", "id", "key", "category", "unit", "geometry")
    if labels.is_empty():
        return
    points: list[list[Point]] = [
        msgspec.json.decode(geometry)["keypoints"] for geometry in labels["geometry"]
    ]
    yield from _at_origin(labels, points)
    yield from _wrong_count(labels, points, snapshot)
    yield from _outside(labels, points, snapshot, rules)


def _at_origin(labels: pl.DataFrame, points: list[list[Point]]) -> Iterator[Finding]:
    for row, found in zip(labels.iter_rows(named=True), points, strict=True):
        places = [
            at
            for at, point in enumerate(found, start=1)
            if len(point) > 2 and point[2] > 0 and point[0] == point[1] == 0
        ]
        if places:
            message = f"{_numbered(places)} at (0, 0) said to be visible"
            yield Finding("keypoint-at-origin", message, row["sample"], row["id"], row["key"])


def _wrong_count(
    labels: pl.DataFrame, points: list[list[Point]], snapshot: Snapshot
) -> Iterator[Finding]:
    expected = {}
    for key, attributes in snapshot.categories.select("key", "attributes").iter_rows():
        names = msgspec.json.decode(attributes).get("keypoints") if attributes else None
        if isinstance(names, list):
            expected[key] = len(names)
    for row, found in zip(labels.iter_rows(named=True), points, strict=True):
        wanted = expected.get(row["category"], len(found))
        if wanted != len(found):
            message = f"{len(found)} keypoints where {row['category']!r} has {wanted}"
            yield Finding("keypoint-count", message, row["sample"], row["id"], row["key"])


def _outside(
    labels: pl.DataFrame, points: list[list[Point]], snapshot: Snapshot, rules: Rules
) -> Iterator[Finding]:
    labelled = [
        (at, number, point[0], point[1])
        for at, found in enumerate(points)
        for number, point in enumerate(found, start=1)
        if len(point) < 3 or point[2] > 0
    ]
    placed = pl.DataFrame(
        labelled,
        schema={"at": pl.UInt32, "number": pl.Int64, "px": pl.Float64, "py": pl.Float64},
        orient="row",
    )
    pixels = rules.value("keypoint-outside", "slack")
    is_out = beyond("px", "px", "width", pixels) | beyond("py", "py", "height", pixels)
    found = (
        with_samples(labels.with_row_index("at"), snapshot, "width", "height")
        .join(placed, on="at", maintain_order="left")
        .filter(is_out)
        .group_by("at", maintain_order=True)
        .agg(
            pl.col("number"),
            pl.col("px", "py", "width_sample", "height_sample", "sample", "id", "key").first(),
        )
    )
    for row in found.iter_rows(named=True):
        size = of_size(row["width_sample"], row["height_sample"])
        first = f"({row['px']:g}, {row['py']:g})" if len(row["number"]) == 1 else ""
        told = (
            f"{_numbered(row['number'])}{f' at {first}' if first else ''} outside the sample{size}"
        )
        yield Finding("keypoint-outside", told, row["sample"], row["id"], row["key"])


def _numbered(places: Sequence[int]) -> str:
    """`keypoint 3`, `keypoints 3, 4, 5`, the first few of many."""
    shown = ", ".join(map(str, places[:5]))
    more = f" and {len(places) - 5} more" if len(places) > 5 else ""
    return f"keypoint{'s' if len(places) > 1 else ''} {shown}{more}"
