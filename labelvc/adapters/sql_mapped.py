"""A table that the user already has, in which each row is a label, read and written by columns.

labelvc keeps nothing of its own there. The table is compared with the label set as HEAD has it;
what the table has no column for stays as it is in the label set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from sqlalchemy import Connection, MetaData, Table, delete, insert, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError

from labelvc.adapters.database import Changes, Laid
from labelvc.adapters.database_rows import Origin, check_labels, frame
from labelvc.adapters.sql_connecting import Connecting
from labelvc.adapters.sql_errors import DatabaseError
from labelvc.adapters.sql_mapped_rows import (
    OF_SAMPLES,
    changes_between,
    completed,
    corners,
    differ,
    dtype_of,
    given_columns,
    keyed_alike,
    mapped_labels,
    mapped_samples,
    new_names,
)
from labelvc.adapters.sql_url import Address
from labelvc.core.errors import LossError, SchemaError
from labelvc.core.snapshot import Snapshot, categories_frame
from labelvc.repo.database_config import Layout

Base = Callable[[], tuple[Snapshot, Laid] | None]
_ASKED_AT_ONCE = 500


class MappedTable(Connecting):
    """A database as labelvc uses every other, with `base` for what HEAD holds (None: nothing)."""

    def __init__(self, address: Address, layout: Layout, base: Base) -> None:
        super().__init__(address)
        self._layout = layout
        self._base = base

    def laid(self) -> Laid | None:
        """The version it is compared with; None without one, and where the table is empty."""
        found = self._base()
        return found[1] if found is not None and self.snapshot().labels.height else None

    def changes(self) -> Changes:
        """How the table differs from the label set."""
        found = self._base()
        if found is None:
            raise DatabaseError(
                f"{self.shown}: no commit has the label set, to compare the table with",
                hint="`labelvc import URL --name N` makes it, `labelvc commit` commits it.",
            )
        base, laid = found
        before, after = keyed_alike(self._held(base), self._read(base))
        return changes_between(base, before, after, laid)

    def snapshot(self) -> Snapshot:
        """All that the table holds, by itself."""
        return self._read(Snapshot())

    def lay_down(self, snapshot: Snapshot, laid: Laid) -> None:
        """Make the table say what the snapshot says: by the rows that differ, in one transaction.

        Raises LossError for labels that its columns cannot hold.
        """
        wanted = self._wanted(snapshot)
        with self._connected(writes=True) as connection, connection.begin():
            table = self._table(connection)
            column = table.c[self._layout.columns["id"]]
            names = list(self._layout.columns.values())
            here = {
                str(row[0]): dict(zip(names, row[1:], strict=True))
                for row in connection.execute(select(column, *(table.c[one] for one in names)))
            }
            gone = [key for key in here if key not in wanted]
            for start in range(0, len(gone), _ASKED_AT_ONCE):
                native = [here[key][column.name] for key in gone[start : start + _ASKED_AT_ONCE]]
                connection.execute(delete(table).where(column.in_(native)))
            new = [values for key, values in wanted.items() if key not in here]
            if new:
                connection.execute(insert(table), new)
            for key, values in wanted.items():
                if key in here and (differing := differ(values, here[key], column.name)):
                    same = column == here[key][column.name]
                    connection.execute(update(table).where(same).values(differing))

    def move_on(self, changes: Changes, laid: Laid) -> None:
        """Nothing is noted in the user's own table: it is compared with HEAD again."""

    def _held(self, base: Snapshot) -> Snapshot:
        """The part of the label set that the table is about: labels of its kind."""
        return base.with_labels(base.labels.filter(pl.col("kind") == self._layout.kind))

    def _read(self, base: Snapshot) -> Snapshot:
        with self.reading() as connection:
            table, columns = self._table(connection), self._layout.columns
            meanings = ["id", *(name for name in columns if name != "id")]
            chosen = [table.c[columns[meaning]] for meaning in meanings]
            rows = [tuple(row) for row in connection.execute(select(*chosen).order_by(chosen[0]))]
        origin = Origin(self.shown, self._layout.table or "", columns["id"])
        found = frame(rows, {meaning: dtype_of(meaning) for meaning in meanings}, origin)
        odd = found.filter(pl.col("id").is_null() | pl.col("id").is_duplicated())
        if odd.height:
            raise origin.wrong(odd["id"][0], columns["id"], "an id of its own", odd["id"][0])
        labels = mapped_labels(found, self._layout)
        check_labels(labels.with_columns(key=pl.col("id")), labels["sample"].unique(), origin)
        labels = completed(labels, self._held(base).labels, given_columns(columns))
        samples = mapped_samples(found, base.samples, columns)
        names = [*base.categories["name"], *sorted(new_names(labels, base))]
        categories = pl.concat([base.categories, categories_frame(names[base.categories.height :])])
        try:
            return Snapshot(labels, samples, categories, base.format).check()
        except SchemaError as error:
            raise DatabaseError(f"{self.shown}: {error.message}", hint=error.hint) from None

    def _table(self, connection: Connection) -> Table:
        """The user's table. Raises DatabaseError where it, or a column of it, is not there."""
        layout = self._layout
        there = inspect(connection)
        names = {*there.get_table_names(layout.schema), *there.get_view_names(layout.schema)}
        if layout.table not in names:
            raise DatabaseError(
                f"{self.shown}: no table {layout.table}",
                hint="Look at `database:` of the label set in labelvc.yaml.",
            )
        try:
            table = Table(layout.table, MetaData(schema=layout.schema), autoload_with=connection)
        except SQLAlchemyError as error:
            raise DatabaseError(f"{self.shown}: table {layout.table}: {error}") from None
        for meaning, name in layout.columns.items():
            if name not in table.c:
                raise DatabaseError(
                    f"{self.shown}: table {layout.table} has no column {name} (for {meaning}); "
                    f"it has {', '.join(table.c.keys())}",
                    hint="Look at `database:` of the label set in labelvc.yaml.",
                )
        return table

    def _wanted(self, snapshot: Snapshot) -> dict[str, dict[str, Any]]:
        """By id, what the columns of each row are to say."""
        columns = self._layout.columns
        samples = {row["sample"]: row for row in snapshot.samples.iter_rows(named=True)}
        wanted: dict[str, dict[str, Any]] = {}
        for row in self._held(snapshot).labels.iter_rows(named=True):
            if row["id"] is None or row["id"] in wanted:
                raise LossError(
                    f"label {row['key']} of sample {row['sample']!r} has no id of its own, which "
                    f"column {columns['id']} of table {self._layout.table} needs"
                )
            told = {**row, **corners(row)}
            told |= {name: samples[row["sample"]][one] for name, one in OF_SAMPLES.items()}
            wanted[row["id"]] = {columns[name]: told[name] for name in columns}
        return wanted
