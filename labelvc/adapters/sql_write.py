"""Writing many rows at once: COPY for PostgreSQL, long INSERTs elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Connection, Table, delete, func, insert, select

from labelvc.adapters.database_parts import COLUMNS, TABLES
from labelvc.adapters.sql_tables import Tables
from labelvc.core.errors import LossError, shorten
from labelvc.core.snapshot import Snapshot

if TYPE_CHECKING:
    import psycopg

_ROWS_COPIED = 50_000
_ROWS_INSERTED = 2_000


def fill(connection: Connection, tables: Tables, snapshot: Snapshot) -> None:
    """Put the rows of a snapshot in place of those in the tables, and keep a second copy there.

    Raises LossError for what the database cannot hold.
    """
    for table in (*tables.open.values(), *tables.kept.values(), tables.version):
        connection.execute(delete(table))
    for name in TABLES:
        rows = getattr(snapshot, name)
        rows = rows.select(_key(rows), *COLUMNS[name])
        write_rows(connection, tables.open[name], rows, name)
        columns = [column.name for column in tables.kept[name].columns]
        chosen = select(*(tables.open[name].c[column] for column in columns))
        connection.execute(insert(tables.kept[name]).from_select(columns, chosen))
        _count_on(connection, tables.open[name], rows.height)


def write_rows(connection: Connection, table: Table, rows: pl.DataFrame, name: str) -> None:
    """Add rows to a table. `name` is what messages call it."""
    if rows.is_empty():
        return
    if connection.dialect.name == "postgresql":
        _refuse_nul(rows, name)
        _copy(connection, table, rows)
        return
    for part in _parts(rows, _ROWS_INSERTED):
        connection.execute(insert(table), part.to_dicts())


def _key(rows: pl.DataFrame) -> pl.Series:
    return pl.int_range(1, rows.height + 1, eager=True).alias("key")


def _parts(rows: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    for start in range(0, rows.height, size):
        yield rows.slice(start, size)


def _copy(connection: Connection, table: Table, rows: pl.DataFrame) -> None:
    from psycopg import sql

    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    place = sql.Identifier(*([table.schema] if table.schema else []), table.name)
    names = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, ENCODING 'UTF8')").format(place, names)
    with driver.cursor() as cursor, cursor.copy(command) as copy:
        # polars writes a null as nothing and an empty text as "", which is what COPY reads
        for part in _parts(rows, _ROWS_COPIED):
            copy.write(part.write_csv(include_header=False))


def _refuse_nul(rows: pl.DataFrame, name: str) -> None:
    """PostgreSQL is the one database whose texts cannot hold the character NUL."""
    for column in rows.select(pl.col(pl.String)).get_columns():
        for at in column.str.contains("\0", literal=True).fill_null(False).arg_true().head(1):
            what = "sample" if "sample" in rows.columns else "name"
            raise LossError(
                f"{name}: {what} {shorten(rows[what][at])}: {column.name} holds the character NUL, "
                "which PostgreSQL cannot hold",
                hint="Nothing was written. Remove the character from the labels.",
            )


def _count_on(connection: Connection, table: Table, last: int) -> None:
    """Have PostgreSQL number new rows from there; the others look at the keys by themselves."""
    if connection.dialect.name != "postgresql":
        return
    name = connection.dialect.identifier_preparer.format_table(table)
    sequence = func.pg_get_serial_sequence(name, "key")
    connection.execute(select(func.setval(sequence, last + 1, False)))
