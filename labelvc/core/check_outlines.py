"""Outlines of too few points, over the edge of their sample, or crossing themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelvc.core.check_boxes import verdict
from labelvc.core.check_crossing import crossings
from labelvc.core.check_places import beyond, of_size, with_samples
from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot

_CHUNK = 50_000  # outlines decoded at a time


class _Shape(msgspec.Struct):
    polygon: list[list[float]] = []


def outline_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`few-points`, `outline-outside` and `self-crossing`, each once a label."""
    outlined = snapshot.labels.filter(pl.col("geometry").str.contains('"polygon":', literal=True))
    starts = range(0, outlined.height, _CHUNK)
    decode = msgspec.json.Decoder(_Shape).decode
    for start in counted(starts, "checking outlines"):
        labels = outlined.slice(start, _CHUNK)
        rings, owners = [], []
        for at, geometry in enumerate(labels["geometry"]):
            for ring in decode(geometry).polygon:
                rings.append(_points(ring))
                owners.append(at)
        yield from _few(labels, rings, owners)
        if rules.level("self-crossing") != "off":
            yield from _crossing(labels, rings, owners)
        yield from _outside(labels, snapshot, rings, owners, rules=rules)


def _points(ring: list[float]) -> NDArray[np.float64]:
    """The ring's points, of shape (n, 2), without those equal to the one before."""
    points = np.array(ring[: len(ring) // 2 * 2], dtype=np.float64).reshape(-1, 2)
    if len(points) < 2:
        return points
    moved: NDArray[np.float64] = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    return moved


def _few(labels: pl.DataFrame, rings: list[Any], owners: list[int]) -> Iterator[Finding]:
    told: set[int] = set()
    for ring, at in zip(rings, owners, strict=True):
        if len(ring) < 3 and at not in told:
            told.add(at)
            yield _finding(labels, at, "few-points", "outline has a ring of fewer than 3 points")


def _crossing(labels: pl.DataFrame, rings: list[Any], owners: list[int]) -> Iterator[Finding]:
    told: set[int] = set()
    for which, x, y in crossings(rings):
        at = owners[which]
        if at not in told:
            told.add(at)
            message = f"outline crosses itself near ({x:.4g}, {y:.4g})"
            yield _finding(labels, at, "self-crossing", message)


def _outside(
    labels: pl.DataFrame, snapshot: Snapshot, rings: list[Any], owners: list[int], *, rules: Rules
) -> Iterator[Finding]:
    if not rings:
        return
    filled = [(at, ring) for at, ring in zip(owners, rings, strict=True) if len(ring)]
    ends = {
        "at": [at for at, _ in filled],
        **{
            name: [float(edge(ring[:, side])) for _, ring in filled]
            for name, edge, side in (
                ("left", np.min, 0), ("top", np.min, 1), ("right", np.max, 0), ("bottom", np.max, 1)
            )
        },
    }  # fmt: skip
    of_label = (
        pl.DataFrame(ends)
        .group_by("at")
        .agg(pl.col("left", "top").min(), pl.col("right", "bottom").max())
    )
    pixels = rules.value("outline-outside", "slack")
    is_over = beyond("left", "right", "width", pixels) | beyond("top", "bottom", "height", pixels)
    found = (
        with_samples(labels.with_row_index("at"), snapshot, "width", "height")
        .join(of_label.cast({"at": pl.UInt32}), on="at", maintain_order="left")
        .with_columns(verdict(rules))
        # where the box is at fault too, it is told of
        .filter(is_over & ~pl.col("code").is_in(["outside", "overhang"]).fill_null(value=False))
    )
    edges = ("left", "top", "right", "bottom")
    for at, *place, width, height in found.select(
        "at", *edges, "width_sample", "height_sample"
    ).iter_rows():
        told = ", ".join(f"{value:g}" for value in place)
        message = (
            f"outline (from {told}) reaches over the edge of its sample{of_size(width, height)}"
        )
        yield _finding(labels, at, "outline-outside", message)


def _finding(labels: pl.DataFrame, at: int, code: str, message: str) -> Finding:
    sample, native, key = labels.select("sample", "id", "key").row(at)
    return Finding(code, message, sample, native, key)
