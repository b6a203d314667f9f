"""Labels in the units that a target takes, as far as that is exact."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.losses import CHANGED, DROPPED, Loss, told
from labelvc.core.snapshot import Snapshot, canonical_json

_SPATIAL = ("pixel", "fraction", "percent")
_TEXTUAL = ("character", "token")
# No more digits than a float holds beside the product of two numbers.
_DECIMALS = {"pixel": 6, "fraction": 12, "percent": 10}
_SIZELESS = "the size of the image is not known"
_CUT = "its bounds are not between words of the text"


def in_units(snapshot: Snapshot, units: Collection[str]) -> tuple[Snapshot, list[Loss]]:
    """The snapshot with every label in one of the units; labels for which that fails go.

    Pixels, fractions and percent by the samples' width and height; characters and tokens by the
    samples' text, whose tokens are what white space separates. Empty `units` stand for any.
    """
    if not units:
        return snapshot, []
    snapshot = _unplaced(snapshot, units)
    losses: list[Loss] = []
    for unit in snapshot.labels["unit"].drop_nulls().unique().sort():
        if unit in units:
            continue
        family = _SPATIAL if unit in _SPATIAL else _TEXTUAL if unit in _TEXTUAL else ()
        wanted = next((one for one in family if one in units), None)
        if wanted is None:
            snapshot, more = _dropped(snapshot, pl.col("unit") == unit, unit, None)
        elif family is _SPATIAL:
            snapshot, more = _scaled(snapshot, unit, wanted)
        elif wanted == "token":
            snapshot, more = _tokens(snapshot)
        else:
            snapshot, more = _characters(snapshot)
        losses += more
    return snapshot, losses


def _unplaced(snapshot: Snapshot, units: Collection[str]) -> Snapshot:
    """Labels without a place have no unit that could matter."""
    placeless = pl.all_horizontal(pl.col(name).is_null() for name in ("x", "geometry", "start"))
    known = pl.col("unit").is_in(sorted(units))
    unit = pl.when(placeless & ~known).then(None).otherwise(pl.col("unit")).alias("unit")
    return snapshot.with_labels(snapshot.labels.with_columns(unit))


def _dropped(
    snapshot: Snapshot, which: pl.Expr, unit: str, reason: str | None
) -> tuple[Snapshot, list[Loss]]:
    gone = which.fill_null(False)
    losses = told(snapshot.labels.filter(gone), f"unit {unit}", DROPPED, reason=reason)
    return snapshot.with_labels(snapshot.labels.filter(~gone)), losses


def _converted(rows: pl.DataFrame, unit: str, wanted: str) -> list[Loss]:
    return told(rows, f"unit {unit}", f"turned into {wanted}", refused=False)


def _scaled(snapshot: Snapshot, unit: str, wanted: str) -> tuple[Snapshot, list[Loss]]:
    """From one spatial unit to another."""
    sizes = snapshot.samples.select(
        "sample", pl.col("width").alias("_wide"), pl.col("height").alias("_high")
    )
    labels = snapshot.labels.join(sizes, on="sample", how="left", maintain_order="left")
    mine = pl.col("unit") == unit
    across, down = (_factor(name, unit, wanted) for name in ("_wide", "_high"))
    sized = across.is_not_null() & down.is_not_null()
    losses = told(labels.filter(mine & ~sized), f"unit {unit}", DROPPED, reason=_SIZELESS)
    labels = labels.filter(~mine | sized)
    losses += _converted(labels.filter(mine), unit, wanted)
    decimals = _DECIMALS[wanted]
    scaled = [
        pl.when(mine).then((pl.col(name) * by).round(decimals)).otherwise(pl.col(name)).alias(name)
        for name, by in (("x", across), ("y", down), ("width", across), ("height", down))
    ]
    shapes = pl.Series("geometry", _scaled_shapes(labels, unit, (across, down), decimals))
    labels = labels.with_columns(
        *scaled,
        shapes.cast(pl.String),
        pl.when(mine).then(pl.lit(wanted)).otherwise(pl.col("unit")).alias("unit"),
    )
    return snapshot.with_labels(labels.drop("_wide", "_high")), losses


def _factor(size: str, unit: str, wanted: str) -> pl.Expr:
    """What numbers along a side are multiplied with; null where the size is needed and missing."""
    scale = {"fraction": pl.lit(1.0), "percent": pl.lit(100.0)}
    side = pl.when(pl.col(size) > 0).then(pl.col(size))
    return scale.get(wanted, side) / scale.get(unit, side)


def _scaled_shapes(
    labels: pl.DataFrame, unit: str, factors: Sequence[pl.Expr], decimals: int
) -> list[str | None]:
    rows = labels.select(
        "geometry", "unit", *(one.alias(f"_{at}") for at, one in enumerate(factors))
    )
    return [
        text if text is None or its != unit else _scaled_shape(text, (across, down), decimals)
        for text, its, across, down in rows.iter_rows()
    ]


def _scaled_shape(text: str, by: tuple[float, float], decimals: int) -> str:
    shape: dict[str, Any] = json.loads(text)

    def pairs(numbers: Sequence[float]) -> list[float]:
        return [round(number * by[at % 2], decimals) for at, number in enumerate(numbers)]

    for name in ("polygon", "polyline"):
        if name in shape:
            shape[name] = [pairs(part) for part in shape[name]]
    if "keypoints" in shape:
        shape["keypoints"] = [[*pairs(point[:2]), *point[2:]] for point in shape["keypoints"]]
    if "cuboid" in shape:
        shape["cuboid"] = pairs(shape["cuboid"])
    if "ellipse" in shape:  # as with a box, its unturned axes are what is measured
        shape["ellipse"] = [*pairs(shape["ellipse"][:4]), *shape["ellipse"][4:]]
    return canonical_json(shape)


def _bounds(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in re.finditer(r"\S+", text)]


def _tokens(snapshot: Snapshot) -> tuple[Snapshot, list[Loss]]:
    """From characters to tokens. The text becomes its tokens with single blanks between."""
    texts = _texts(snapshot)
    starts, ends = {}, {}
    for sample, text in texts.items():
        words = _bounds(text)
        starts[sample] = {start: at for at, (start, _) in enumerate(words)}
        ends[sample] = {end: at + 1 for at, (_, end) in enumerate(words)}
    snapshot, losses = _moved(snapshot, "character", "token", (starts, ends))
    spaced = {sample: " ".join(text.split()) for sample, text in texts.items()}
    changed = [sample for sample, text in texts.items() if spaced[sample] != text]
    rows = snapshot.samples.filter(pl.col("sample").is_in(changed))
    losses += told(rows, "white space of the text", CHANGED, table="samples")
    told_again = [
        spaced.get(sample, text)
        for sample, text in snapshot.samples.select("sample", "text").iter_rows()
    ]
    samples = snapshot.samples.with_columns(pl.Series("text", told_again, dtype=pl.String))
    return replace(snapshot, samples=samples), losses


def _characters(snapshot: Snapshot) -> tuple[Snapshot, list[Loss]]:
    """From tokens to characters."""
    starts, ends = {}, {}
    for sample, text in _texts(snapshot).items():
        words = _bounds(text)
        starts[sample] = {at: start for at, (start, _) in enumerate(words)}
        ends[sample] = {at + 1: end for at, (_, end) in enumerate(words)}
    return _moved(snapshot, "token", "character", (starts, ends))


def _texts(snapshot: Snapshot) -> dict[str, str]:
    """The texts of samples whose tokens are what white space separates."""
    rows = snapshot.samples.filter(pl.col("text").is_not_null())
    return {
        sample: text
        for sample, text, attributes in rows.select("sample", "text", "attributes").iter_rows()
        if "tokens" not in (json.loads(attributes) if attributes else {})
    }


def _moved(
    snapshot: Snapshot,
    unit: str,
    wanted: str,
    places: tuple[Mapping[str, Mapping[int, int]], Mapping[str, Mapping[int, int]]],
) -> tuple[Snapshot, list[Loss]]:
    """The labels of a unit with their bounds looked up by sample; those without any go."""
    rows = snapshot.labels.select("sample", "start", "end", "unit").iter_rows()
    starts: list[float | None] = []
    ends: list[float | None] = []
    for sample, start, end, its in rows:
        both = (start, end)
        if its == unit:
            both = (places[0].get(sample, {}).get(start), places[1].get(sample, {}).get(end))
        starts.append(None if both[0] is None else float(both[0]))
        ends.append(None if both[1] is None else float(both[1]))
    mine = pl.col("unit") == unit
    found = pl.DataFrame({"_start": starts, "_end": ends}, schema_overrides={
        "_start": pl.Float64, "_end": pl.Float64
    })  # fmt: skip
    labels = pl.concat([snapshot.labels, found], how="horizontal")
    lost = mine & (pl.col("_start").is_null() | pl.col("_end").is_null())
    losses = told(labels.filter(lost), f"unit {unit}", DROPPED, reason=_CUT)
    labels = labels.filter((~lost).fill_null(True))
    losses += _converted(labels.filter(mine), unit, wanted)
    labels = labels.with_columns(
        pl.col("_start").alias("start"),
        pl.col("_end").alias("end"),
        pl.when(mine).then(pl.lit(wanted)).otherwise(pl.col("unit")).alias("unit"),
    )
    return snapshot.with_labels(labels.drop("_start", "_end")), losses
