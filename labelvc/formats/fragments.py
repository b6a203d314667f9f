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
        # 64 bits of hash stand for the row: joining on some twenty columns takes ten times as long
        return table.select(
            "record",
            pl.int_range(pl.len()).over("record").alias("nth"),
            pl.len().over("record").alias("rows"),
            pl.struct(content).hash().alias("content"),
        )

    both = numbered(now).join(
        numbered(read),
        on=["record", "nth", "rows"],
        how="left",
        maintain_order="left",
        suffix="_read",
    )
    return both.select((pl.col("content") != pl.col("content_read")).fill_null(True)).to_series()
