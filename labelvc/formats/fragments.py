"""Helpers for writing a snapshot back: which rows are still what their fragment says."""

from __future__ import annotations

import polars as pl

from labelvc.core.snapshot import CONTENT, LABELS, SAMPLES, Snapshot


def resolved(snapshot: Snapshot) -> pl.DataFrame:
    """The labels with category names in place of category keys."""
    names = snapshot.categories.filter(pl.col("key") != pl.col("name"))
    if names.is_empty():
        return snapshot.labels
    return snapshot.labels.with_columns(
        pl.col("category").replace(dict(names.select("key", "name").iter_rows()))
    )


def edited(now: pl.DataFrame, read: pl.DataFrame) -> pl.Series:
    """For each row of `now` (labels), whether it differs from what its record was read as.

    Both tables carry `record`; of several labels in one record the n-th is compared with the n-th.
    True as well where there is no record, or where the record's numbers of rows differ.
    """
    content = [name for name in CONTENT if name in LABELS]
    return _differs(now, read, content)


def edited_samples(now: pl.DataFrame, read: pl.DataFrame) -> pl.Series:
    """The same for samples."""
    return _differs(now, read, [name for name in SAMPLES if name != "record"])


def _differs(now: pl.DataFrame, read: pl.DataFrame, content: list[str]) -> pl.Series:
    def numbered(table: pl.DataFrame) -> pl.DataFrame:
        return table.with_columns(
            pl.int_range(pl.len()).over("record").alias("_nth"),
            pl.len().over("record").alias("_rows"),
        )

    same = numbered(now).join(
        numbered(read).select("record", "_nth", "_rows", *content, pl.lit(False).alias("_edited")),
        on=["record", "_nth", "_rows", *content],
        how="left",
        maintain_order="left",
        nulls_equal=True,
    )
    with_record = pl.col("record").is_not_null()
    return same.select(
        pl.when(with_record).then(pl.col("_edited").fill_null(True)).otherwise(True)
    ).to_series()
