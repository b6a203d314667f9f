"""COCO's average precision and recall, for any sort of object whose overlaps are known.

The numbers are those of pycocotools' `COCOeval`. Its matching and accumulating are done here for
all images at once (`score_matching`, `score_precision`): intervals need what each image adds, which
the libraries do not give away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelvc.core.score_matching import Overlap, match
from labelvc.core.score_objects import Arranged, Objects, arranged, image_numbers
from labelvc.core.score_precision import Averages, Curves
from labelvc.core.score_scope import Integers, Scope
from labelvc.core.scored import Scored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labelvc.core.scored import Floats

# Areas in squared pixels, both ends included, and how many detections of an image and category
# count (pycocotools `Params`).
_MOST = 1e5**2
AREAS = {
    "": (0.0, _MOST),
    "_small": (0.0, 32.0**2),
    "_medium": (32.0**2, 96.0**2),
    "_large": (96.0**2, _MOST),
}
LIMITS = (1, 10, 100)
# Numbers held at a time while drawing; bounds the memory, not the result.
_HELD = 4_000_000


def detected(
    scope: Scope,
    objects: tuple[Objects, Objects],
    areas: tuple[Floats, Floats],
    overlap: Callable[[Arranged], Overlap],
    *,
    ignored: NDArray[np.bool_] | None = None,
    sizes: Sequence[str] = tuple(AREAS),
    limits: Sequence[int] = LIMITS,
) -> Scored:
    """The scores of detections; sizes count only where all areas are in pixels.

    `objects` and `areas` are of truth and predictions; `overlap` measures them once they are
    arranged; `ignored` marks labels that need not be found beside crowds. Categories without labels
    count for nothing, as in COCO's evaluation.
    """
    names = sorted(objects[0].table["category"].unique())
    codes = [_codes(side.table["category"], names) for side in objects]
    _warn(scope, objects[1])
    if ignored is None:
        ignored = np.zeros(len(codes[0]), dtype=bool)
    both = arranged(objects, (codes[0], codes[1]), areas, ignored=ignored, limit=max(limits))
    sizes = sizes[:1] if any(side.parts.any() for side in objects) else sizes
    ranges = [AREAS[size] for size in sizes]
    matches = match(both.labels, both.detections, overlap(both), ranges)
    curves = [
        Curves(
            both,
            matches,
            at_range=at,
            categories=len(names),
            images=scope.samples.height,
            limits=limits,
        )
        for at in range(len(sizes))
    ]
    once = [curve.under(np.ones((1, scope.samples.height))) for curve in curves]
    if not once[0].known.any():
        raise scope.nothing("label that counts")
    metrics = [_measures(one, size, limits) for one, size in zip(once, sizes, strict=True)]
    return Scored(
        headline="AP",
        metrics={
            name: float(value[0])
            for measures in metrics
            for name, value in measures.items()
            if not np.isnan(value[0])
        },
        samples=scope.samples["sample"],
        units=image_numbers(scope.samples["sample"]),
        unit_count=scope.samples.height,
        under=lambda weights: _under(curves[0], weights, limits),
        categories=_rows(names, once[0], [side.table["category"] for side in objects]),
        warnings=scope.warnings,
    )


def _codes(categories: pl.Series, names: Sequence[str]) -> Integers:
    """The place of each category among the sorted names, -1 for others."""
    numbers = categories.replace_strict(
        pl.Series(list(names), dtype=pl.String),
        pl.int_range(len(names), eager=True),
        default=-1,
        return_dtype=pl.Int64,
    )
    found: Integers = numbers.to_numpy()
    return found


def _warn(scope: Scope, said: Objects) -> None:
    unknown = set(said.table["category"].unique()) - {*scope.known, ""}
    scope.count("unknown_categories", len(unknown))
    scope.count("missing_predictions", int((scope.rows < 0).sum()))
    scope.count("without_confidence", said.table["confidence"].null_count())


def _under(curves: Curves, weights: Floats, limits: Sequence[int]) -> Mapping[str, Floats]:
    step = max(1, _HELD // (curves.held + weights.shape[1]))
    parts = [
        _measures(curves.under(weights[at : at + step], every=False), "", limits[-1:])
        for at in range(0, max(len(weights), 1), step)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _measures(averages: Averages, size: str, limits: Sequence[int]) -> dict[str, Floats]:
    """The measures of one range of areas; NaN where no label is in it."""
    half, strict = slice(0, 1), slice(5, 6)  # thresholds 0.50 and 0.75
    precision, recalls = averages.precision, averages.recalls
    found = {f"AP{size}": averages.mean(precision)}
    if size:
        return {**found, f"AR{size}": averages.mean(recalls[-1])}
    found |= {"AP50": averages.mean(precision, half), "AP75": averages.mean(precision, strict)}
    return found | {
        f"AR{limit}": averages.mean(recall) for limit, recall in zip(limits, recalls, strict=True)
    }


def _rows(
    names: Sequence[str], once: Averages, categories: Sequence[pl.Series]
) -> list[dict[str, Any]]:
    """A row for each category that occurs; AP only where there are labels to be found."""
    counts = [dict(side.value_counts().iter_rows()) for side in categories]
    number = {name: at for at, name in enumerate(names) if once.known[0, at]}
    rows = []
    for name in sorted({*counts[0], *counts[1]}):
        row = {
            "category": name,
            "labels": counts[0].get(name, 0),
            "predictions": counts[1].get(name, 0),
        }
        if name in number:
            precision = once.precision[0, :, number[name]]
            row |= {"AP": float(precision.mean()), "AP50": float(precision[0])}
        rows.append(row)
    return rows
