"""Numbers that differ by less than their format can say are the same number."""

from __future__ import annotations

from typing import Any

import msgspec
import polars as pl

from labelvc.core.snapshot import BOX

# By unit, what a round trip through a tool may add: six written decimals for fractions (YOLO),
# float32 for pixels up to some thousands, four decimals for percent, microseconds for time.
NOISE = {"fraction": 1e-6, "pixel": 1e-3, "percent": 1e-4, "second": 1e-6}
_TOLERANCE = pl.col("unit").replace_strict(NOISE, default=0.0, return_dtype=pl.Float64)


def settle_noise(before: pl.DataFrame, after: pl.DataFrame, how: pl.DataFrame) -> pl.DataFrame:
    """`after` with the values of `before` wherever a matched pair differs by noise only.

    A box counts as a whole: either all four numbers are within the noise or none is replaced.
    """
    inexact = how.filter(pl.col("rung") != "content").select("key")
    if inexact.is_empty():
        return after
    columns = ["key", "unit", *BOX, "start", "end", "geometry"]
    both = (
        after.select(columns)
        .join(inexact, on="key", how="semi")
        .join(before.select(columns), on=["key", "unit"], suffix="_before", nulls_equal=True)
    )
    within = [_within(group) for group in (BOX, ("start", "end"))]
    settled = both.select(
        "key",
        *(
            pl.when(group).then(pl.col(f"{name}_before")).otherwise(pl.col(name)).alias(name)
            for group, names in zip(within, (BOX, ("start", "end")), strict=True)
            for name in names
        ),
        pl.Series("geometry", _settled_shapes(both), dtype=pl.String),
    )
    return after.update(settled, on="key", how="left", include_nulls=False)


def _within(names: tuple[str, ...]) -> pl.Expr:
    return pl.all_horizontal(
        (pl.col(name) - pl.col(f"{name}_before")).abs() <= _TOLERANCE for name in names
    ).fill_null(False)


def _settled_shapes(both: pl.DataFrame) -> list[str | None]:
    shapes = both["geometry"].to_list()
    differ = both.with_row_index("_row").filter(
        pl.col("geometry").is_not_null()
        & pl.col("geometry_before").is_not_null()
        & (pl.col("geometry") != pl.col("geometry_before"))
    )
    for row, unit, now, was in differ.select(
        "_row", "unit", "geometry", "geometry_before"
    ).iter_rows():
        if _alike(msgspec.json.decode(now), msgspec.json.decode(was), NOISE.get(unit, 0.0)):
            shapes[row] = was
    return shapes


def _alike(one: Any, two: Any, tolerance: float) -> bool:
    """Whether two JSON values are equal but for numbers within the tolerance."""
    if isinstance(one, float) and isinstance(two, float):
        return abs(one - two) <= tolerance
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(
            _alike(left, right, tolerance) for left, right in zip(one, two, strict=True)
        )
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(
            _alike(one[name], two[name], tolerance) for name in one
        )
    return bool(one == two)
