"""Labels moved along with their samples: into the normalised image, into the normalised text.

A point (x, y) of the image becomes (x * new_width / width, y * new_height / height): padding is
only at the right and at the bottom. So the same numbers lead back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import polars as pl

from labelvc.core.shapes import rle_counts
from labelvc.core.snapshot import BOX, canonical_json
from labelvc.stages.normalise_image import MAX_PIXELS
from labelvc.stages.normalise_text import Form, Normalised, normalise

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNITS = {"fraction": 1.0, "percent": 100.0}


def moved_labels(
    labels: pl.DataFrame, sizes: pl.DataFrame, canvas: tuple[int, int] | None
) -> tuple[pl.DataFrame, Counter[str]]:
    """The labels in pixels of the normalised images, and what had to be left out, counted.

    `sizes` has the columns sample, base_width, base_height (what pixels of the label file count)
    and new_width, new_height; labels of samples without them stay as they are. `canvas` is (width,
    height) of the normalised images with their padding. Masks get the nearest pixels.
    """
    across, down = _scale("width"), _scale("height")
    known = pl.col("new_width").is_not_null() & across.is_not_null() & down.is_not_null()
    placed = known & (pl.col("x").is_not_null() | pl.col("geometry").is_not_null())
    joined = labels.join(sizes, on="sample", how="left", maintain_order="left").with_columns(
        across=pl.when(placed).then(across), down=pl.when(placed).then(down)
    )
    moved = joined.with_columns(
        *(
            (pl.col(name) * pl.col("across" if name in ("x", "width") else "down").fill_null(1.0))
            for name in BOX
        ),
        unit=pl.when(placed).then(pl.lit("pixel")).otherwise("unit"),
    )
    notes: Counter[str] = Counter()
    shaped = moved.filter(pl.col("across").is_not_null() & pl.col("geometry").is_not_null())
    if shaped.height:
        new = [
            _moved_shape(text, scale, canvas or (0, 0), notes)
            for text, *scale in shaped.select("geometry", "across", "down").iter_rows()
        ]
        places = moved.select(
            (pl.col("across").is_not_null() & pl.col("geometry").is_not_null()).arg_true()
        ).to_series()
        moved = moved.with_columns(
            moved["geometry"].scatter(places, pl.Series(new, dtype=pl.String))
        )
    return moved.select(labels.columns), notes


def _scale(side: str) -> pl.Expr:
    """The factor from the label's unit to pixels of the normalised image."""
    new, base = pl.col(f"new_{side}").cast(pl.Float64), pl.col(f"base_{side}")
    unit = pl.col("unit").fill_null("pixel")
    return pl.coalesce(
        pl.when(unit == "pixel").then(new / base),
        *(pl.when(unit == name).then(new / whole) for name, whole in _UNITS.items()),
    )


def _moved_shape(
    geometry: str, scale: Sequence[float], canvas: tuple[int, int], notes: Counter[str]
) -> str | None:
    across, down = scale
    shape: dict[str, Any] = msgspec.json.decode(geometry)
    if "polygon" in shape:
        shape["polygon"] = [
            [value * (down if place % 2 else across) for place, value in enumerate(ring)]
            for ring in shape["polygon"]
        ]
    if "keypoints" in shape:
        shape["keypoints"] = [
            [point[0] * across, point[1] * down, *point[2:]] for point in shape["keypoints"]
        ]
    if "mask" in shape:
        mask = _moved_mask(shape.pop("mask"), scale, canvas)
        if mask is None:
            notes["masks dropped"] += 1
        else:
            shape["mask"] = mask
    return canonical_json(shape) if shape else None


def _moved_mask(
    mask: Mapping[str, Any], scale: Sequence[float], canvas: tuple[int, int]
) -> dict[str, Any] | None:
    """A COCO RLE (runs down the columns, zeros first) on the canvas; None for one that is none."""
    height, width = mask["size"]
    try:
        runs = rle_counts(mask["counts"])
    except OverflowError:
        return None
    is_right = ((runs >= 0) & (runs <= MAX_PIXELS)).all() and runs.sum() == height * width
    if not is_right or not 0 < height * width <= MAX_PIXELS or height < 0:
        return None
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    pixels = flat.reshape(width, height)
    columns, rows = (
        ((np.arange(size) + 0.5) / factor).astype(np.int64)
        for size, factor in zip(canvas, scale, strict=True)
    )
    inside = (columns < width)[:, None] & (rows < height)[None, :]
    taken = pixels[columns.clip(max=width - 1)][:, rows.clip(max=height - 1)] & inside
    return {"size": [canvas[1], canvas[0]], "counts": _runs(taken.ravel())}


def _runs(flat: NDArray[np.bool_]) -> list[int]:
    """Lengths of runs, zeros first."""
    edges = np.flatnonzero(np.diff(flat, prepend=False))
    found: list[int] = np.diff(edges, prepend=0, append=len(flat)).tolist()
    return found


def moved_spans(
    labels: pl.DataFrame, texts: Mapping[str, Normalised]
) -> tuple[pl.DataFrame, Counter[str]]:
    """The labels with bounds in characters of the normalised `texts`, which are those that changed.

    Bounds in tokens stay: normalised texts have the same tokens.
    """
    is_moved = (pl.col("unit") == "character") & pl.col("sample").is_in(list(texts))
    is_moved &= pl.col("start").is_not_null() & pl.col("end").is_not_null()
    places = labels.select(is_moved.arg_true()).to_series()
    notes: Counter[str] = Counter()
    starts, ends = [], []
    for sample, start, end in labels[places].select("sample", "start", "end").iter_rows():
        first, last = texts[sample].there(int(start), int(end))
        notes["spans emptied"] += first == last and start < end
        starts.append(float(first))
        ends.append(float(last))
    moved = labels.with_columns(
        labels["start"].scatter(places, pl.Series(starts, dtype=pl.Float64)),
        labels["end"].scatter(places, pl.Series(ends, dtype=pl.Float64)),
    )
    return moved, +notes


def normalised_texts(labels: pl.DataFrame, form: Form) -> pl.DataFrame:
    """The labels with their own texts (transcripts, captions) in one form."""
    texts = labels["text"].drop_nulls().unique().sort()
    new = [normalise(text, form).text for text in texts]
    return labels.with_columns(pl.col("text").replace(texts.to_list(), new))
