"""Sizes, shapes and places of boxes.

Everything here takes a table of labels with `x`, `y`, `width`, `height`, `unit` and the size of
their image in pixels, `image_width` and `image_height`, null where it is not known.
"""

from __future__ import annotations

import numpy as np
import polars as pl

GRID = 10  # cells across and down in which centres are counted


def box_measures(labels: pl.DataFrame) -> pl.DataFrame:
    """A row for each label with a box; null where the image's size is needed and not known.

    `box_size` is the root of the box's share of the image's area and `box_pixels` the root of its
    area in pixels; `box_aspect` is width / height in pixels; `box_x` and `box_y` are the centre as
    fractions of the image from its top left corner. Boxes with a negative side have no size.
    """
    boxes = labels.filter(
        pl.all_horizontal(pl.col("x", "y", "width", "height", "unit").is_not_null())
    )
    sized = boxes.with_columns(
        pl.when(pl.col("image_width") > 0).then("image_width"),
        pl.when(pl.col("image_height") > 0).then("image_height"),
    )
    x, width = (_fraction(name, "image_width") for name in ("x", "width"))
    y, height = (_fraction(name, "image_height") for name in ("y", "height"))
    wide, high = _pixels("width", "image_width"), _pixels("height", "image_height")
    return sized.select(
        box_size=_root(width, height),
        box_pixels=_root(wide, high),
        box_aspect=pl.when((wide > 0) & (high > 0)).then(wide / high),
        box_x=x + width / 2,
        box_y=y + height / 2,
    )


def positions(boxes: pl.DataFrame) -> tuple[tuple[int, ...], ...]:
    """How many centres lie in each cell of a grid over the image, by rows from its top.

    `boxes` as `box_measures` gives them; empty where no centre lies within its image.
    """
    centres = boxes.select("box_x", "box_y").drop_nulls().to_numpy()
    inside = (0, 1)
    counts, _, _ = np.histogram2d(centres[:, 1], centres[:, 0], bins=GRID, range=(inside, inside))
    return tuple(tuple(map(int, row)) for row in counts) if counts.any() else ()


def _fraction(name: str, image: str) -> pl.Expr:
    unit = pl.col("unit")
    return (
        pl.when(unit == "fraction").then(name)
        .when(unit == "percent").then(pl.col(name) / 100)
        .when(unit == "pixel").then(pl.col(name) / pl.col(image))
    )  # fmt: skip


def _pixels(name: str, image: str) -> pl.Expr:
    return pl.when(pl.col("unit") == "pixel").then(name).otherwise(
        _fraction(name, image) * pl.col(image)
    )  # fmt: skip


def _root(width: pl.Expr, height: pl.Expr) -> pl.Expr:
    """The side of the square of equal area; each root by itself, as a product may overflow."""
    return pl.when((width >= 0) & (height >= 0)).then(width.sqrt() * height.sqrt())
