"""From the rows of a database to snapshots: those that were changed, or all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from labelvc.adapters.database import Changes, Laid
from labelvc.adapters.database_rows import Origin, check_labels, frame, with_units
from labelvc.adapters.sql_errors import DatabaseError
from labelvc.core.errors import SchemaError
from labelvc.core.snapshot import CATEGORIES, LABELS, SAMPLES, Snapshot
from labelvc.core.tally import Tally
from labelvc.formats.registry import by_name

TABLES = ("labels", "samples", "categories")
# The columns of each table besides its key.
COLUMNS: dict[str, dict[str, pl.DataType]] = {
    name: {column: kind for column, kind in schema.items() if column not in ("key", "record")}
    for name, schema in zip(TABLES, (LABELS, SAMPLES, CATEGORIES), strict=True)
}
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Differing:
    """The rows of a table that differ: as they were laid down, and as they are.

    `keys` and `raw` are as `labelvc.adapters.database.Changes` has them.
    """

    before: Rows
    after: Rows
    keys: Sequence[Any]
    raw: Sequence[Any]


class Reading(Protocol):
    """What a database is asked, all of it of one moment. A row has its key first, then COLUMNS."""

    def origin(self, name: str) -> Origin:
        """How messages name a table."""

    def differing(self, name: str) -> Differing:
        """The rows that were changed, added or removed."""

    def rows(self, name: str, *, kept: bool) -> Iterator[Rows]:
        """All rows as they are, or as they were laid down (`kept`), in parts."""

    def having(self, name: str, column: str, values: Sequence[str]) -> Rows:
        """The rows as they are that have one of the values in a column."""

    def units(self) -> Mapping[str, str]:
        """The unit of each kind of labels as they were laid down, where it is one only."""

    def tally(self, *, kept: bool) -> Tally:
        """Counts of the whole."""


def changes_of(reading: Reading, laid: Laid) -> Changes:
    """What was changed since a version was laid down. Raises DatabaseError."""
    found = {name: reading.differing(name) for name in TABLES}
    before = {name: _frame(reading, name, one.before) for name, one in found.items()}
    after = {name: _frame(reading, name, one.after) for name, one in found.items()}
    before["categories"] = _all(reading, "categories", kept=True)
    after["categories"] = _all(reading, "categories", kept=False)
    others = _unchanged_samples(reading, before, after)
    one, two = _snapshot(reading, before, others), _snapshot(reading, after, others, now=True)
    tallies = reading.tally(kept=True), reading.tally(kept=False)
    check_labels(two.labels, two.samples["sample"], reading.origin("labels"))
    _refuse_orphans(reading, "sample", {*one.samples["sample"]} - {*two.samples["sample"]})
    if laid.format is not None and by_name(laid.format).CARRIES.taxonomy:
        _refuse_orphans(
            reading, "category", tallies[1].categories.keys() - {*two.categories["name"]}
        )
    return Changes(
        laid,
        _checked(reading, one),
        _checked(reading, two),
        tallies,
        {name: differing.keys for name, differing in found.items()},
        {name: differing.raw for name, differing in found.items()},
    )


def snapshot_of(reading: Reading) -> Snapshot:
    """All rows as they are. Raises DatabaseError."""
    tables = {name: _all(reading, name, kept=False) for name in TABLES}
    snapshot = _snapshot(reading, tables, tables["samples"].clear(), now=True)
    check_labels(snapshot.labels, snapshot.samples["sample"], reading.origin("labels"))
    return _checked(reading, snapshot)


def _frame(reading: Reading, name: str, rows: Rows) -> pl.DataFrame:
    return frame(rows, {"key": pl.Int64(), **COLUMNS[name]}, reading.origin(name))


def _all(reading: Reading, name: str, *, kept: bool) -> pl.DataFrame:
    parts = [_frame(reading, name, rows) for rows in reading.rows(name, kept=kept)]
    return pl.concat(parts or [_frame(reading, name, [])])


def _unchanged_samples(
    reading: Reading, before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The other samples that labels in the two parts are of."""
    named = {*before["labels"]["sample"], *after["labels"]["sample"]} - {None}
    known = {*before["samples"]["sample"], *after["samples"]["sample"]}
    wanted = sorted(named - known)
    found = _frame(reading, "samples", reading.having("samples", "sample", wanted))
    # a database may take more texts for equal than we do
    return found.filter(pl.col("sample").is_in(wanted))


def _snapshot(
    reading: Reading,
    tables: Mapping[str, pl.DataFrame],
    other_samples: pl.DataFrame,
    *,
    now: bool = False,
) -> Snapshot:
    no_record = pl.lit(None, pl.Int64).alias("record")
    labels = tables["labels"].with_columns(pl.col("verdict").fill_null("present"), no_record)
    if now and labels["unit"].null_count():
        labels = with_units(labels, reading.units())
    samples = pl.concat([tables["samples"], other_samples])
    for name, rows, column in (
        ("samples", samples, "sample"),
        ("categories", tables["categories"], "name"),
    ):
        _refuse_repeated(reading.origin(name), rows, column)
    return Snapshot(
        labels,
        samples.drop("key").with_columns(no_record),
        tables["categories"].with_columns(key=pl.col("name")),
    )


def _refuse_repeated(origin: Origin, rows: pl.DataFrame, column: str) -> None:
    odd = rows.filter(pl.col(column).is_null() | pl.col(column).is_duplicated())
    if odd.height:
        key, value = odd.select("key", column).row(-1)
        raise origin.wrong(key, column, "a value that no other row has", value)


def _refuse_orphans(reading: Reading, column: str, gone: Collection[str]) -> None:
    """Raise DatabaseError where a label names a sample or category that is not in its table."""
    for row in reading.having("labels", column, sorted(gone)):
        value = row[1 + list(COLUMNS["labels"]).index(column)]
        if value in gone:
            table = reading.origin("samples" if column == "sample" else "categories").table
            raise reading.origin("labels").wrong(row[0], column, f"one of table {table}", value)


def _checked(reading: Reading, snapshot: Snapshot) -> Snapshot:
    try:
        return snapshot.check()
    except SchemaError as error:
        shown = reading.origin("labels").shown
        raise DatabaseError(f"{shown}: {error.message}", hint=error.hint) from None
