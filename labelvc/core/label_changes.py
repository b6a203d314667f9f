"""From a patch to its changed labels, each with its kinds of change."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import polars as pl

from labelvc.core.anchor import anchor
from labelvc.core.comparison import LABEL_COUNTS
from labelvc.core.geometry import box_iou
from labelvc.core.ladder import edited_texts
from labelvc.core.patch import Patch
from labelvc.core.snapshot import BOX, CONTENT, Snapshot

# Attributes that follow from the geometry; a change of both is a change of the geometry.
_DERIVED = ("area", "num_keypoints")
_SIDES = ("before", "after")


def label_changes(
    patch: Patch, before: Snapshot, after: Snapshot, how: pl.DataFrame
) -> pl.DataFrame:
    """A row a changed label, as `Comparison.changes` describes it.

    `how` says by which rung a key was matched (key, rung, iou).
    """
    rows = _both_sides(patch, before, after)
    rows = rows.join(how, on="key", how="left", maintain_order="left")
    flags = rows.select(
        "key", **{name: flag.fill_null(False) for name, flag in _flags(rows, patch).items()}
    )
    kinds = [pl.when(pl.col(name)).then(pl.lit(name)) for name in LABEL_COUNTS if name != "changed"]
    rows = rows.with_columns(
        flags.select(pl.concat_list(kinds).list.drop_nulls().alias("kinds")).to_series()
    )
    touched = pl.col("kinds").list.len() > 0
    boxes = box_iou("_before", "_after")
    renamed = {f"{name}_{side}": f"{side}_{name}" for name in ("id", *CONTENT) for side in _SIDES}
    return (
        rows.filter(touched)
        .with_columns(pl.coalesce("iou", boxes).alias("iou"), shift=_shift())
        .rename(renamed)
        .rename({"rung": "matched_by"})
        .drop("before_sample", "after_sample")
        .sort("sample", "key")
    )


def _both_sides(patch: Patch, before: Snapshot, after: Snapshot) -> pl.DataFrame:
    """The rows of the labels delta side by side, categories by name, with the sample's split."""
    sides = []
    for side, rows, snapshot in zip(
        _SIDES, (patch.labels.before, patch.labels.after), (before, after), strict=True
    ):
        names = dict(snapshot.categories.select("key", "name").iter_rows())
        sides.append(
            rows.select(
                "key",
                pl.col("id").alias(f"id_{side}"),
                pl.col("category").alias(f"category_key_{side}"),
                *(pl.col(name).alias(f"{name}_{side}") for name in CONTENT if name != "category"),
                pl.col("category").replace(names).alias(f"category_{side}"),
            )
        )
    splits = pl.concat([s.samples.select("sample", "split") for s in (after, before)])
    return (
        sides[0]
        .join(sides[1], on="key", how="full", coalesce=True)
        .with_columns(sample=pl.coalesce("sample_after", "sample_before"))
        .join(splits.unique("sample", keep="first"), on="sample", how="left")
    )


def _flags(rows: pl.DataFrame, patch: Patch) -> dict[str, pl.Expr | pl.Series]:
    """By kind of change, which rows bear it."""
    added, removed = pl.col("kind_before").is_null(), pl.col("kind_after").is_null()
    both = ~added & ~removed

    def differs(*names: str) -> pl.Expr:
        return both & pl.any_horizontal(
            pl.col(f"{name}_before").ne_missing(pl.col(f"{name}_after")) for name in names
        )

    return {
        "added": added,
        "removed": removed,
        "relabelled": differs("category_key"),
        "moved": differs(*BOX),
        "reshaped": differs("geometry", "kind"),
        "retimed": _retimed(rows, patch),
        "edited": differs("text"),
        "verdict": differs("verdict"),
        "attributes": _attributes_changed(
            rows, rows.select(differs("attributes")).to_series(), differs(*BOX, "geometry")
        ),
        "annotator": differs("annotator"),
        "confidence": differs("confidence"),
    }


def _retimed(rows: pl.DataFrame, patch: Patch) -> pl.Series:
    """Bounds that changed, other than by what was edited in the text before them."""
    changed = rows.select(
        pl.col("kind_before").is_not_null()
        & pl.col("kind_after").is_not_null()
        & (
            pl.col("start_before").ne_missing(pl.col("start_after"))
            | pl.col("end_before").ne_missing(pl.col("end_after"))
        )
    ).to_series()
    texts = edited_texts(patch.samples.before, patch.samples.after)
    if not texts or not changed.any():
        return changed
    result = changed.to_list()
    candidates = rows.with_row_index("_at").filter(
        changed & pl.col("unit_after").is_in(["character", "token"])
    )
    # one for all the tokens of a text: a document has ten thousand of them
    anchored = cache(lambda sample, unit: anchor(*texts[sample], unit))
    for at, sample, unit, *bounds in candidates.select(
        "_at", "sample", "unit_after", "start_before", "end_before", "start_after", "end_after"
    ).iter_rows():
        if sample in texts:
            result[at] = anchored(sample, unit)(*bounds[2:]) != tuple(bounds[:2])
    return pl.Series(result, dtype=pl.Boolean)


def _attributes_changed(rows: pl.DataFrame, differ: pl.Series, redrawn: pl.Expr) -> pl.Series:
    """Attributes that changed, other than those that follow from a changed geometry."""
    result = differ.fill_null(False).to_list()
    both = rows.with_row_index("_at").filter(differ & redrawn)
    for at, old, new in both.select("_at", "attributes_before", "attributes_after").iter_rows():
        result[at] = _own(old) != _own(new)
    return pl.Series(result, dtype=pl.Boolean)


def _own(attributes: str | None) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.json.decode(attributes or "{}")
    return {name: value for name, value in values.items() if name not in _DERIVED}


def _shift() -> pl.Expr:
    """How far the centre of the box went, in the set's unit."""
    across, down = (
        (pl.col(f"{at}_after") + pl.col(f"{size}_after") / 2)
        - (pl.col(f"{at}_before") + pl.col(f"{size}_before") / 2)
        for at, size in (("x", "width"), ("y", "height"))
    )
    return (across.pow(2) + down.pow(2)).sqrt()
