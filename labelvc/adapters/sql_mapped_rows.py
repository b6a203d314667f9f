"""The rows of a table of the user's own as labels and samples, and how they differ from others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from labelvc.adapters.database import Changes, Laid
from labelvc.core.snapshot import CONTENT, LABELS, SAMPLES, Snapshot
from labelvc.repo.database_config import CORNERS, Layout

# What the rows of labels say of their samples: the meaning of a column, and where it goes.
OF_SAMPLES = {
    "path": "path",
    "split": "split",
    "sample_width": "width",
    "sample_height": "height",
    "sample_text": "text",
}


def mapped_labels(found: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The rows as labels, with what the layout says of all of them."""
    corners = all(name in found.columns for name in CORNERS)
    if corners:
        xmin, ymin, xmax, ymax = (pl.col(name) for name in CORNERS)
        found = found.with_columns(x=xmin, y=ymin, width=xmax - xmin, height=ymax - ymin)
    known = [pl.col(name) for name in LABELS if name in found.columns]
    labels = found.select(known).with_columns(
        *(pl.lit(None, dtype).alias(n) for n, dtype in LABELS.items() if n not in found.columns)
    )
    return labels.select(
        pl.int_range(pl.len()).alias("key") if name == "key"
        else pl.lit(layout.kind).alias("kind") if name == "kind"
        else pl.lit(layout.unit, pl.String).alias("unit") if name == "unit"
        else pl.col("verdict").fill_null("present") if name == "verdict"
        else pl.col(name)
        for name in LABELS
    )  # fmt: skip


def completed(labels: pl.DataFrame, base: pl.DataFrame, given: set[str]) -> pl.DataFrame:
    """The labels with what the table has no column for, as the label of that id has it."""
    rest = [name for name in CONTENT if name not in given]
    known = base.filter(~pl.col("id").is_duplicated()).select("id", *rest)
    joined = labels.join(known, on="id", how="left", suffix="_base", maintain_order="left")
    return joined.select(
        pl.coalesce(f"{name}_base", name).alias(name) if name in rest else pl.col(name)
        for name in labels.columns
    )


def given_columns(columns: Mapping[str, str]) -> set[str]:
    """The columns of labels that the table speaks of."""
    box = {"x", "y", "width", "height"} if "xmin" in columns else set()
    return {*columns, "kind"} | box


def mapped_samples(
    found: pl.DataFrame, base: pl.DataFrame, columns: Mapping[str, str]
) -> pl.DataFrame:
    """The samples of the label set, with what the rows say of them, and those that are new."""
    told = {name: one for name, one in OF_SAMPLES.items() if name in columns}
    rows = found.select("sample", *(pl.col(name).alias(one) for name, one in told.items()))
    rows = rows.unique("sample", keep="first", maintain_order=True)
    new = rows.join(base, on="sample", how="anti", maintain_order="left")
    old = base.update(rows, on="sample", how="left") if told else base
    added = new.select(
        pl.col(name) if name in new.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in SAMPLES.items()
    )
    return pl.concat([old.select(list(SAMPLES)), added])


def new_names(labels: pl.DataFrame, base: Snapshot) -> set[str]:
    """The categories that the label set does not have."""
    return {*labels["category"].drop_nulls()} - {*base.categories["name"]}


def keyed_alike(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Both, with one key for labels of one id."""
    known = before.labels.filter(pl.col("id").is_not_null() & ~pl.col("id").is_duplicated())
    keys = dict(known.select("id", "key").iter_rows())
    free = 1 + max(before.labels["key"], default=-1)
    new = [keys.get(one, free + at) for at, one in enumerate(after.labels["id"])]
    return before, after.with_labels(after.labels.with_columns(pl.Series("key", new, pl.Int64)))


def changes_between(base: Snapshot, before: Snapshot, after: Snapshot, laid: Laid) -> Changes:
    """The rows that differ, and the samples they are of."""
    content = ["key", *CONTENT]
    one = before.labels.join(after.labels, on=content, how="anti", nulls_equal=True)
    two = after.labels.join(before.labels, on=content, how="anti", nulls_equal=True)
    compared = [name for name in SAMPLES if name != "record"]
    changed = after.samples.join(base.samples, on=compared, how="anti", nulls_equal=True)
    named = pl.concat([one["sample"], two["sample"], changed["sample"]]).unique()
    parts = [
        Snapshot(labels, side.samples.filter(pl.col("sample").is_in(named.implode())),
                 side.categories, base.format)
        for labels, side in ((one, before), (two, after))
    ]  # fmt: skip
    keys = {"labels": [*{*one["key"], *two["key"]}], "samples": changed["sample"].to_list()}
    counted = before.tally(), after.tally()
    return Changes(laid, parts[0], parts[1], counted, keys)


def corners(row: Mapping[str, Any]) -> dict[str, Any]:
    """The box of a label by its corners; all None where it has none."""
    if row["x"] is None:
        return dict.fromkeys(CORNERS)
    x, y = row["x"], row["y"]
    return dict(zip(CORNERS, (x, y, x + row["width"], y + row["height"]), strict=True))


def differ(wanted: Mapping[str, Any], here: Mapping[str, Any], key: str) -> dict[str, Any]:
    """What a row is to say and does not yet; `key` is the column with its id."""
    return {name: value for name, value in wanted.items() if name != key and here[name] != value}


def dtype_of(meaning: str) -> pl.DataType:
    """The type of what a column means."""
    if meaning in CORNERS:
        return pl.Float64()
    return LABELS.get(meaning) or SAMPLES[OF_SAMPLES[meaning]]
