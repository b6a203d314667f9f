"""Matching labels that lie over each other: candidates, overlaps, optimal assignment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import polars as pl

from labelvc.core.geometry import bounds, box_iou, interval_iou
from labelvc.core.shapes import shape_overlap

# Below this overlap two labels are different objects (see labelvc.core.match).
THRESHOLD = 0.5
# Kinds that may have become one another: a box redrawn as an outline is still the same object.
_FAMILIES = {
    "box": "shape", "polygon": "shape", "mask": "shape", "keypoints": "shape",
    "polyline": "shape", "ellipse": "shape", "cuboid": "shape",
    "span": "interval", "segment": "interval", "token": "interval", "text": "text",
}  # fmt: skip
# Candidate pairs looked at in one go; bounds the memory, not the result.
_CHUNK = 2_000_000

Pair = tuple[int, int, float]


def overlapping(left: pl.DataFrame, right: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Pairs (before, after, iou) of labels that agree in `keys`, family and unit and overlap by at
    least `THRESHOLD`, chosen so that the sum of overlaps is the greatest; each label used once.

    Ties go by the order of the tables, so that a canonical order gives a canonical outcome.
    """
    one, two = _placed(left, keys), _placed(right, keys)
    found = [part for part in _scored(one, two, [*keys, "family", "unit"]) if part.height]
    if not found:
        return pl.DataFrame(schema={"before": pl.Int64(), "after": pl.Int64(), "iou": pl.Float64()})
    scores = pl.concat(found)
    free = pl.col("rank").is_unique() & pl.col("rank_after").is_unique()
    knots = scores.filter(~free).iter_rows()
    chosen = [pair for group in _components(knots) for pair in _assign(group)]
    pairs = pl.concat(
        [scores.filter(free), pl.DataFrame(chosen, schema=scores.schema, orient="row")]
    )
    return pl.DataFrame(
        {
            "before": left["row"].gather(pairs["rank"]),
            "after": right["row"].gather(pairs["rank_after"]),
            "iou": pairs["iou"],
        }
    )


def _placed(labels: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The labels that have a family, shapes with the outer box of their outline."""
    columns = ["x", "y", "width", "height", "start", "end", "geometry", "text"]
    family = pl.col("kind").replace_strict(_FAMILIES, default=None, return_dtype=pl.String)
    rank = pl.int_range(pl.len()).alias("rank")
    placed = labels.select(*keys, "unit", family.alias("family"), rank, *columns).filter(
        pl.col("family").is_not_null()
    )
    outlined = placed.with_row_index("_at").filter(pl.col("geometry").is_not_null())
    boxes = [
        (at, *box)
        for at, geometry in outlined.select("_at", "geometry").iter_rows()
        if (box := bounds(geometry))
    ]
    at = [box[0] for box in boxes]
    return placed.with_columns(
        placed[name].clone().scatter(at, [box[1 + side] for box in boxes])
        for side, name in enumerate(("x", "y", "width", "height"))
    )


def _scored(one: pl.DataFrame, two: pl.DataFrame, keys: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Candidate pairs with their overlap: rank, rank_after, iou."""
    rivals = two.group_by(keys).len("rivals")
    sized = one.join(rivals, on=keys, nulls_equal=True, maintain_order="left")
    if sized.is_empty():
        return
    chunks = sized.with_columns((pl.col("rivals").cum_sum() // _CHUNK).alias("_chunk"))
    for chunk in chunks.partition_by("_chunk", maintain_order=True, include_key=False):
        pairs = chunk.join(two, on=keys, nulls_equal=True, suffix="_after", maintain_order="left")
        score = (
            pl.when(pl.col("family") == "shape")
            .then(box_iou())
            .when(pl.col("family") == "interval")
            .then(interval_iou())
        )
        pairs = pairs.with_columns(score.alias("iou")).filter(
            (pl.col("iou") > 0) | (pl.col("family") == "text")
        )
        refined = pairs.with_columns(pl.Series("iou", _refined(pairs), dtype=pl.Float64))
        yield refined.filter(pl.col("iou") >= THRESHOLD).select("rank", "rank_after", "iou")


def _refined(pairs: pl.DataFrame) -> list[float]:
    """The overlaps, with true shapes and texts compared where boxes alone do not tell."""
    scores = pairs["iou"].to_list()
    exact = pairs.with_row_index("_at").filter(
        (pl.col("geometry").is_not_null() & pl.col("geometry_after").is_not_null())
        | (pl.col("family") == "text")
    )
    for at, family, shape, shape_after, area, text, text_after in exact.select(
        "_at",
        "family",
        "geometry",
        "geometry_after",
        pl.col("width") * pl.col("height"),
        "text",
        "text_after",
    ).iter_rows():
        if family == "text":
            scores[at] = _likeness(text or "", text_after or "")
        else:
            overlap = shape_overlap(shape, shape_after, area or 0.0)
            scores[at] = scores[at] if overlap is None else overlap
    return scores


def _likeness(before: str, after: str) -> float:
    return SequenceMatcher(None, before.split(), after.split(), autojunk=False).ratio()


def _components(pairs: Iterator[Pair]) -> Iterator[list[Pair]]:
    """The pairs, grouped by which labels are linked to each other at all."""
    pairs_of: defaultdict[tuple[str, int], list[Pair]] = defaultdict(list)
    everything: list[Pair] = list(pairs)
    for pair in everything:
        pairs_of["before", pair[0]].append(pair)
        pairs_of["after", pair[1]].append(pair)
    seen: set[Pair] = set()
    for first in everything:
        if first in seen:
            continue
        group, waiting = [], [first]
        seen.add(first)
        while waiting:
            pair = waiting.pop()
            group.append(pair)
            for node in (("before", pair[0]), ("after", pair[1])):
                linked = [other for other in pairs_of.pop(node, ()) if other not in seen]
                seen.update(linked)
                waiting += linked
        yield group


def _assign(group: Sequence[Pair]) -> list[Pair]:
    """The pairs of a component that give the greatest sum of overlaps."""
    rows = {rank: i for i, rank in enumerate(sorted({pair[0] for pair in group}))}
    columns = {rank: j for j, rank in enumerate(sorted({pair[1] for pair in group}))}
    if len(rows) == 1 or len(columns) == 1:
        return [max(group, key=lambda pair: (pair[2], -pair[0], -pair[1]))]
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    matrix = np.zeros((len(rows), len(columns)))
    for row, column, overlap in group:
        matrix[rows[row], columns[column]] = overlap
    pairs = linear_sum_assignment(matrix, maximize=True)
    chosen = {(int(row), int(column)) for row, column in zip(*pairs, strict=True)}
    return [pair for pair in group if (rows[pair[0]], columns[pair[1]]) in chosen]
