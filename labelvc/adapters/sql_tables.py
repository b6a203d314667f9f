"""The tables that labelvc lays down in a database, and how older ones are brought up to date.

`labels`, `samples` and `categories` are for everyone to read and edit. `labelvc_labels`,
`labelvc_samples` and `labelvc_categories` hold the same rows as they were laid down, so that the
database itself can tell what was changed since; `labelvc_version` says which version that was.
Each row has a `key` that counts from 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Identity,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateColumn, CreateSchema
from sqlalchemy.types import TypeEngine

from labelvc.adapters.database_parts import COLUMNS, TABLES
from labelvc.adapters.sql_errors import DatabaseError
from labelvc.repo.database_config import Layout

VERSION = 1
_NEEDED = {"labels": ("sample", "kind", "verdict"), "samples": ("sample",), "categories": ("name",)}
_WORDS = ("kind", "verdict", "unit")
_KINDS = {pl.String(): "a text", pl.Float64(): "a number", pl.Int64(): "a whole number"}


@dataclass(frozen=True)
class Tables:
    """What is laid down: `open` for everyone, `kept` as it was exported, by table; `version`."""

    open: Mapping[str, Table]
    kept: Mapping[str, Table]
    version: Table
    schema: str | None

    @property
    def all(self) -> list[Table]:
        """Every one of them."""
        return [*self.open.values(), *self.kept.values(), self.version]


def tables_of(layout: Layout, dialect: str) -> Tables:
    """The tables of a layout. Raises DatabaseError for a schema where there are none."""
    if dialect == "sqlite" and layout.schema:
        raise DatabaseError(
            "SQLite has no schemas", hint="Give the tables a prefix instead: --prefix P."
        )
    metadata = MetaData(schema=layout.schema)
    prefix = layout.prefix
    return Tables(
        {name: _table(metadata, f"{prefix}{name}", name, open=True) for name in TABLES},
        {name: _table(metadata, f"{prefix}labelvc_{name}", name, open=False) for name in TABLES},
        Table(
            f"{prefix}labelvc_version",
            metadata,
            Column("version", Integer, primary_key=True, autoincrement=False),
            *(Column(name, _text()) for name in ("name", "format", "sample_key", "settings")),
            *(Column(name, _text()) for name in ("rev", "commit", "digest")),
        ),
        layout.schema,
    )


def present(connection: Connection, tables: Tables) -> set[str]:
    """The names of those tables that are there."""
    there = set(inspect(connection).get_table_names(schema=tables.schema))
    return {table.name for table in tables.all if table.name in there}


def missing(connection: Connection, tables: Tables) -> list[Table]:
    """The tables that are to be made. Raises DatabaseError where others have their names."""
    there = present(connection, tables)
    if tables.version.name not in there and (taken := there & {t.name for t in tables.all}):
        raise DatabaseError(
            f"the tables {', '.join(sorted(taken))} are there already and are not labelvc's",
            hint="Choose other names for labelvc's with --prefix P or --schema S.",
        )
    return [table for table in tables.all if table.name not in there]


def create(connection: Connection, tables: Tables, made: Sequence[Table]) -> None:
    """Make those tables, and give those of an older labelvc the columns they lack."""
    if tables.schema is not None:
        connection.execute(CreateSchema(tables.schema, if_not_exists=True))
    for table in tables.all:
        if table not in made:
            _add_columns(connection, table)
    tables.version.metadata.create_all(connection, tables=list(made), checkfirst=False)


def check_columns(connection: Connection, tables: Tables, shown: str) -> None:
    """Raise DatabaseError where somebody took a column away or gave it another type.

    SQLite holds any value in any column, so there the values are looked at instead.
    """
    inspector = inspect(connection)
    there = set(inspector.get_table_names(schema=tables.schema))
    for name, table in tables.open.items():
        if table.name not in there:
            raise DatabaseError(
                f"{shown}: no table {table.name}", hint="`labelvc export` makes it anew."
            )
        found = {
            one["name"]: one["type"] for one in inspector.get_columns(table.name, table.schema)
        }
        wanted: dict[str, pl.DataType] = {"key": pl.Int64(), **COLUMNS[name]}
        for column, kind in wanted.items():
            if column not in found:
                raise DatabaseError(
                    f"{shown}: table {table.name} has no column {column}, expected {_KINDS[kind]}",
                    hint="Put the column back, or run `labelvc export --force` to lay all down.",
                )
            if connection.dialect.name != "sqlite" and not _holds(found[column], kind):
                raise DatabaseError(
                    f"{shown}: table {table.name}: column {column} is {found[column]}, "
                    f"expected {_KINDS[kind]}",
                    hint="Give the column its former type: "
                    f"{table.c[column].type.compile(connection.dialect)}.",
                )


def _holds(found: TypeEngine[Any], kind: pl.DataType) -> bool:
    try:
        python = found.python_type
    except NotImplementedError:
        return False
    return python in {pl.String(): (str,), pl.Float64(): (float, Decimal), pl.Int64(): (int,)}[kind]


def _add_columns(connection: Connection, table: Table) -> None:
    found = {one["name"] for one in inspect(connection).get_columns(table.name, table.schema)}
    preparer = connection.dialect.identifier_preparer
    for column in table.columns:
        if column.name not in found:
            told = CreateColumn(column).compile(dialect=connection.dialect)
            name = preparer.format_table(table)
            connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {told}")


def _table(metadata: MetaData, name: str, kind: str, *, open: bool) -> Table:
    number = BigInteger().with_variant(Integer(), "sqlite")
    counts = (Identity(always=False),) if open else ()
    key = Column("key", number, *counts, primary_key=True, autoincrement=open)
    columns = [
        Column(
            column,
            Double() if dtype == pl.Float64() else String(32) if column in _WORDS else _text(),
            nullable=not open or column not in _NEEDED[kind],
            server_default="present" if open and column == "verdict" else None,
        )
        for column, dtype in COLUMNS[kind].items()
    ]
    # a key that was taken once is never given again: it would make two labels one
    return Table(name, metadata, key, *columns, sqlite_autoincrement=open)


def _text() -> Text:
    long = mysql.LONGTEXT(charset="utf8mb4", collation="utf8mb4_bin")
    return Text().with_variant(long, "mysql", "mariadb")
