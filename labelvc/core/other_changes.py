"""From a patch to its changed samples and categories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from labelvc.core.comparison import CategoryChange
from labelvc.core.patch import Patch

_SAMPLE_COLUMNS = ("path", "split", "width", "height", "duration", "text", "digest", "attributes")


def sample_changes(patch: Patch) -> pl.DataFrame:
    """A row a changed sample: sample, kinds, before_/after_ columns."""
    rows = (
        patch.samples.before.select("sample", *_SAMPLE_COLUMNS)
        .with_columns(there=pl.lit(True))
        .join(
            patch.samples.after.select("sample", *_SAMPLE_COLUMNS).with_columns(there=pl.lit(True)),
            on="sample",
            how="full",
            coalesce=True,
            suffix="_after",
        )
    )
    added, removed = pl.col("there").is_null(), pl.col("there_after").is_null()
    both = ~added & ~removed

    def differs(*names: str) -> pl.Expr:
        return both & pl.any_horizontal(
            pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in names
        )

    # A digest that only one side knows says nothing about the medium.
    other_medium = (pl.col("digest") != pl.col("digest_after")).fill_null(False)
    flags = {
        "added": added,
        "removed": removed,
        "renamed": differs("path"),
        "resplit": differs("split"),
        "attributes": differs("attributes", "width", "height", "duration"),
        "media": differs("text") | (both & other_medium),
    }
    kinds = pl.concat_list(
        pl.when(flag).then(pl.lit(name)) for name, flag in flags.items()
    ).list.drop_nulls()
    return (
        rows.with_columns(kinds.alias("kinds"))
        .filter(pl.col("kinds").list.len() > 0)
        .select(
            "sample",
            "kinds",
            *(pl.col(name).alias(f"before_{name}") for name in _SAMPLE_COLUMNS),
            *(pl.col(f"{name}_after").alias(f"after_{name}") for name in _SAMPLE_COLUMNS),
        )
        .sort("sample")
    )


def category_changes(patch: Patch) -> list[CategoryChange]:
    """Categories added, removed, renamed, renumbered, or with other attributes."""
    before = {row["key"]: row for row in patch.categories.before.iter_rows(named=True)}
    after = {row["key"]: row for row in patch.categories.after.iter_rows(named=True)}
    told = []
    for key in sorted({**before, **after}):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            kind = "added" if old is None else "removed"
            told.append(_category_change(kind, old, new))
            continue
        if old["name"] != new["name"]:
            told.append(_category_change("renamed", old, new))
        if old["id"] != new["id"]:
            told.append(_category_change("renumbered", old, new))
        if (old["parent"], old["attributes"]) != (new["parent"], new["attributes"]):
            told.append(_category_change("attributes", old, new))
    return told


def _category_change(
    kind: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> CategoryChange:
    old, new = old or {}, new or {}
    return CategoryChange(kind, old.get("name"), new.get("name"), (old.get("id"), new.get("id")))
