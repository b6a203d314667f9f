"""Outlines of too few points, over the edge of their sample, or crossing themselves."""

from __future__ import annotations

from collections.abc import Iterator

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


_DECODER = msgspec.json.Decoder(_Shape)


def outline_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`few-points`, `outline-outside` and `self-crossing`, each once a label."""
    outlined = snapshot.labels.filter(pl.col("geometry").str.contains('"polygon":', literal=True))
    starts = range(0, outlined.height, _CHUNK)
    for start in counted(starts, "checking outlines"):
        outlines = _Outlines(outlined.slice(start, _CHUNK))
        yield from _few(outlines)
        if rules.level("self-crossing") != "off":
            yield from _crossing(outlines)
        yield from _outside(outlines, snapshot, rules)


class _Outlines:
    """Some labels with their rings; `owners` has the row of each ring's label."""

    def __init__(self, labels: pl.DataFrame) -> None:
        self.labels = labels
        self.rings: list[NDArray[np.float64]] = []
        self.owners: list[int] = []
        for at, geometry in enumerate(labels["geometry"]):
            for ring in _DECODER.decode(geometry).polygon:
                self.rings.append(_points(ring))
                self.owners.append(at)
        self._told = labels.select("sample", "id", "key").rows()

    def __iter__(self) -> Iterator[tuple[NDArray[np.float64], int]]:
        return zip(self.rings, self.owners, strict=True)

    def finding(self, at: int, code: str, message: str) -> Finding:
        """A finding about the label in that row."""
        return Finding(code, message, *self._told[at])


def _points(ring: list[float]) -> NDArray[np.float64]:
    """The ring's points, of shape (n, 2), without those equal to the one before."""
    points = np.array(ring[: len(ring) // 2 * 2], dtype=np.float64).reshape(-1, 2)
    if len(points) < 2:
        return points
    moved: NDArray[np.float64] = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    return moved


def _few(outlines: _Outlines) -> Iterator[Finding]:
    message = "outline has a ring of fewer than 3 points"
    few = (at for ring, at in outlines if len(ring) < 3)
    yield from (outlines.finding(at, "few-points", message) for at in dict.fromkeys(few))


def _crossing(outlines: _Outlines) -> Iterator[Finding]:
    told: set[int] = set()
    for which, x, y in crossings(outlines.rings):
        at = outlines.owners[which]
        if at not in told:
            told.add(at)
            message = f"outline crosses itself near ({x:.4g}, {y:.4g})"
            yield outlines.finding(at, "self-crossing", message)


def _outside(outlines: _Outlines, snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    filled = [(ring, at) for ring, at in outlines if len(ring)]
    if not filled:
        return
    rings = [ring for ring, _ in filled]
    starts = np.cumsum([0, *map(len, rings[:-1])])
    points = np.concatenate(rings)
    low, high = (edge.reduceat(points, starts) for edge in (np.minimum, np.maximum))
    of_label = (
        pl.DataFrame(
            {
                "at": np.array([at for _, at in filled], dtype=np.uint32),
                "left": low[:, 0], "top": low[:, 1], "right": high[:, 0], "bottom": high[:, 1],
            }
        )
        .group_by("at")
        .agg(pl.col("left", "top").min(), pl.col("right", "bottom").max())
    )  # fmt: skip
    pixels = rules.value("outline-outside", "slack")
    is_over = beyond("left", "right", "width", pixels) | beyond("top", "bottom", "height", pixels)
    found = (
        with_samples(outlines.labels.with_row_index("at"), snapshot, "width", "height")
        .join(of_label, on="at", maintain_order="left")
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
        yield outlines.finding(at, "outline-outside", message)
