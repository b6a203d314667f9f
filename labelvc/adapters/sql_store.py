"""A database of SQLite, PostgreSQL, MySQL or MariaDB as a working copy of a label set."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence

from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from labelvc.adapters.database import Changes, Laid
from labelvc.adapters.database_parts import COLUMNS, TABLES, changes_of, snapshot_of
from labelvc.adapters.sql_connecting import Connecting
from labelvc.adapters.sql_errors import DatabaseError, nothing_laid
from labelvc.adapters.sql_read import SqlReading
from labelvc.adapters.sql_tables import (
    VERSION,
    check_columns,
    create,
    missing,
    present,
    tables_of,
)
from labelvc.adapters.sql_url import Address
from labelvc.adapters.sql_write import fill
from labelvc.core.snapshot import Snapshot
from labelvc.repo.database_config import Layout

_ASKED_AT_ONCE = 500


class SqlDatabase(Connecting):
    """Raises DatabaseError for whatever the server, its driver or its rows get wrong."""

    def __init__(self, address: Address, layout: Layout) -> None:
        super().__init__(address)
        self._tables = tables_of(layout, "sqlite" if address.is_sqlite else "")

    def laid(self) -> Laid | None:
        """Which version it holds; None where labelvc has laid none down."""
        if self._address.is_sqlite and not os.path.exists(self._address.database):
            return None
        with self.reading() as connection:
            return self._laid(connection)

    def changes(self) -> Changes:
        """What was changed since a version was laid down, all of one moment."""
        with self.reading() as connection:
            laid = self._needed(connection)
            check_columns(connection, self._tables, self.shown)
            return changes_of(SqlReading(connection, self._tables, self.shown), laid)

    def snapshot(self) -> Snapshot:
        """All of it as it is now."""
        with self.reading() as connection:
            self._needed(connection)
            check_columns(connection, self._tables, self.shown)
            return snapshot_of(SqlReading(connection, self._tables, self.shown))

    def lay_down(self, snapshot: Snapshot, laid: Laid) -> None:
        """Put a version in place of what is there, in one transaction."""
        made: list[Table] = []
        was_there = self._address.is_sqlite and os.path.exists(self._address.database)
        try:
            with self._connected(writes=True) as connection, connection.begin():
                made = missing(connection, self._tables)
                create(connection, self._tables, made)
                fill(connection, self._tables, snapshot)
                self._note(connection, laid)
        except BaseException:
            self._take_back(made, new_file=self._address.is_sqlite and not was_there)
            raise

    def move_on(self, changes: Changes, laid: Laid) -> None:
        """Take the rows that were read for those laid down: they are committed."""
        with self._connected(writes=True) as connection, connection.begin():
            for name in TABLES:
                kept, keys = self._tables.kept[name], changes.keys[name]
                for start in range(0, len(keys), _ASKED_AT_ONCE):
                    some = keys[start : start + _ASKED_AT_ONCE]
                    connection.execute(delete(kept).where(kept.c.key.in_(some)))
                columns = ["key", *COLUMNS[name]]
                rows = [dict(zip(columns, row, strict=True)) for row in changes.rows[name]]
                if rows:
                    connection.execute(insert(kept), rows)
            connection.execute(delete(self._tables.version))
            self._note(connection, laid)

    def _laid(self, connection: Connection) -> Laid | None:
        if self._tables.version.name not in present(connection, self._tables):
            return None
        row = connection.execute(select(self._tables.version)).mappings().first()
        if row is None:
            return None
        if row["version"] > VERSION:
            raise DatabaseError(
                f"{self.shown}: its tables were made by a newer labelvc (version {row['version']} "
                f"of them, {VERSION} is known here)",
                hint="Bring labelvc up to date: pip install --upgrade labelvc",
            )
        told = {name: value for name, value in row.items() if name != "version"}
        return Laid(**{**told, "settings": json.loads(told["settings"] or "{}")})

    def _needed(self, connection: Connection) -> Laid:
        laid = self._laid(connection)
        if laid is None:
            raise nothing_laid(self.shown, self._tables.version.name)
        return laid

    def _note(self, connection: Connection, laid: Laid) -> None:
        row = {**vars(laid), "settings": json.dumps(dict(laid.settings)), "version": VERSION}
        connection.execute(insert(self._tables.version).values(row))

    def _take_back(self, made: Sequence[Table], *, new_file: bool) -> None:
        """Remove what a failed export made, where the database does not do so by itself."""
        if new_file:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._address.database)
            return
        if not made or self._address.scheme not in ("mysql", "mariadb"):
            return
        with contextlib.suppress(DatabaseError, SQLAlchemyError), self._connected(writes=True) as c:
            self._tables.version.metadata.drop_all(c, tables=list(made))
