"""Proof that Open Images files say what was meant."""

from __future__ import annotations

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import CONTENT, SAMPLES, Snapshot
from labelvc.formats.fragments import resolved

_DIGITS = 9  # places of numbers that two readings have to agree in


def refuse_difference(meant: Snapshot, found: Snapshot, where: str) -> None:
    """Raise LossError where the files do not say what was meant.

    Classes nobody declared are there as long as labels have them.
    """
    columns = [name for name in SAMPLES if name != "record"]
    pairs = (
        ("samples", meant.samples.select(columns), found.samples.select(columns)),
        ("labels", resolved(meant).select(CONTENT), found.labels.select(CONTENT)),
    )
    for table, one, two in pairs:
        for mine, its in ((one, two), (two, one)):
            left = _counted(mine).join(
                _counted(its), on=list(_counted(mine).columns), how="anti", nulls_equal=True
            )
            if left.height:
                raise LossError(
                    f"{where}: sample {left['sample'].min()!r} cannot be written as it is: no file"
                    f" has a place for what its {table} say",
                    hint=_unheld(left),
                )
    known = {row["name"]: row for row in found.categories.iter_rows(named=True)}
    for row in meant.categories.iter_rows(named=True):
        there = known.get(row["name"])
        lost = (
            row["id"] is not None
            if there is None
            else any(there[name] != row[name] for name in ("parent", "attributes"))
        )
        if lost:
            raise LossError(
                f"{where}: category {row['name']!r} cannot be written as it is",
                hint="Change class descriptions and hierarchy in their files.",
            )


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    table = rows.with_columns((pl.col(pl.Float64) + 0.0).round(_DIGITS))
    content = pl.struct(table.columns).hash()
    return table.with_columns(pl.int_range(pl.len()).over(content).alias("_nth"))


def _unheld(left: pl.DataFrame) -> str:
    return (
        "A sample needs a row of its own in a list of images where no label tells of it."
        if ("kind" not in left.columns)
        else "Look at its verdict, confidence and attributes."
    )
