"""A MongoDB database as a working copy of a label set.

Collections `labels`, `samples` and `categories` hold a document a row; columns that are null are
left out, `attributes` and `geometry` are documents. `labelvc_labels`, `labelvc_samples` and
`labelvc_categories` hold the same documents as they were laid down, `labelvc_version` says which
version that was.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from labelvc.adapters.database import Changes, Laid
from labelvc.adapters.database_parts import COLUMNS, TABLES, changes_of, snapshot_of
from labelvc.adapters.mongo_read import Document, MongoReading, Session
from labelvc.adapters.sql_errors import DatabaseError, nothing_laid, telling
from labelvc.adapters.sql_url import Address
from labelvc.core.errors import LossError, shorten
from labelvc.core.snapshot import Snapshot
from labelvc.repo.database_config import Layout

if TYPE_CHECKING:
    from pymongo import MongoClient

VERSION = 1
_MILLISECONDS = 10_000  # to wait for a server's first answer
_DOCUMENTS = ("geometry", "attributes")
_NO_TRANSACTIONS = 20  # MongoDB's number for "only allowed on a replica set"


class MongoDatabase:
    """Raises DatabaseError for whatever the server, its driver or its documents get wrong."""

    def __init__(self, address: Address, layout: Layout) -> None:
        if layout.schema or layout.table:
            raise DatabaseError(
                f"{address.shown}: MongoDB has no {'schemas' if layout.schema else 'tables'}",
                hint="Give the collections a prefix instead: --prefix P.",
            )
        self._address = address
        self._prefix = layout.prefix
        self._password: str | None = None

    @property
    def shown(self) -> str:
        """Its address without a password."""
        return self._address.shown

    def laid(self) -> Laid | None:
        """Which version it holds; None where labelvc has laid none down."""
        with self._transaction() as session:
            return self._laid(session)

    def changes(self) -> Changes:
        """What was changed since a version was laid down, all of one moment."""
        with self._transaction() as session:
            laid = self._needed(session)
            return changes_of(MongoReading(session, self.shown), laid)

    def snapshot(self) -> Snapshot:
        """All of it as it is now."""
        with self._transaction() as session:
            self._needed(session)
            return snapshot_of(MongoReading(session, self.shown))

    def lay_down(self, snapshot: Snapshot, laid: Laid) -> None:
        """Put a version in place of what is there, in one transaction."""
        with self._transaction() as session:
            self._refuse_others(session)
        with self._transaction(writes=True) as session:
            for name in TABLES:
                documents = list(_documents(getattr(snapshot, name), name))
                for collection in (name, f"labelvc_{name}"):
                    session.remove(collection)
                    session.put(collection, documents)
            self._note(session, laid)

    def move_on(self, changes: Changes, laid: Laid) -> None:
        """Take the documents that were read for those laid down: they are committed."""
        with self._transaction(writes=True) as session:
            for name in TABLES:
                session.remove(f"labelvc_{name}", changes.keys[name])
                session.put(f"labelvc_{name}", changes.rows[name])
            self._note(session, laid)

    @contextlib.contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[Session]:
        """What is read in it is of one moment; what is written stays only if all goes well."""
        from pymongo.errors import OperationFailure
        from pymongo.read_concern import ReadConcern
        from pymongo.write_concern import WriteConcern

        with telling(self._address), self._client() as client:
            base = client.get_default_database()
            try:
                with client.start_session() as session:
                    moment = ReadConcern("snapshot"), WriteConcern("majority")
                    with session.start_transaction(*moment):
                        yield Session(base, session, self._prefix)
                        if not writes:
                            session.abort_transaction()
            except OperationFailure as error:
                if error.code == _NO_TRANSACTIONS:
                    raise DatabaseError(
                        f"{self.shown}: this server knows no transactions, as it is no replica set",
                        hint="Start it with --replSet NAME and call rs.initiate() once; a single "
                        "server is enough.",
                    ) from None
                raise

    @contextlib.contextmanager
    def _client(self) -> Iterator[MongoClient[Document]]:
        """A client that has reached its server; who sits at the terminal may be asked once."""
        from pymongo.errors import OperationFailure

        client = self._made()
        try:
            try:
                client.admin.command("ping")
                client.get_default_database().list_collection_names()
            except OperationFailure as error:
                if self._address.ask is None or self._password or error.code != 18:
                    raise
                client.close()
                self._password = self._address.ask(f"Password for {self.shown}: ")
                client = self._made()
            yield client
        finally:
            client.close()

    def _made(self) -> MongoClient[Document]:
        from pymongo import MongoClient

        further: dict[str, Any] = {"password": self._password} if self._password else {}
        return MongoClient(
            self._address.given, serverSelectionTimeoutMS=_MILLISECONDS, tz_aware=True, **further
        )

    def _laid(self, session: Session) -> Laid | None:
        row = next(session.all("labelvc_version"), None)
        if row is None:
            return None
        if row["version"] > VERSION:
            raise DatabaseError(
                f"{self.shown}: its collections were made by a newer labelvc (version "
                f"{row['version']} of them, {VERSION} is known here)",
                hint="Bring labelvc up to date: pip install --upgrade labelvc",
            )
        return Laid(**{name: row.get(name) for name in Laid.__dataclass_fields__})

    def _needed(self, session: Session) -> Laid:
        laid = self._laid(session)
        if laid is None:
            raise nothing_laid(self.shown, f"{self._prefix}labelvc_version")
        return laid

    def _refuse_others(self, session: Session) -> None:
        if self._laid(session) is not None:
            return
        taken = [name for name in TABLES if next(session.all(name), None) is not None]
        if taken:
            named = ", ".join(f"{self._prefix}{name}" for name in taken)
            raise DatabaseError(
                f"{self.shown}: collections {named} are there already and are not labelvc's",
                hint="Choose other names for labelvc's with --prefix P.",
            )

    def _note(self, session: Session, laid: Laid) -> None:
        session.remove("labelvc_version")
        told = {**vars(laid), "settings": dict(laid.settings)}
        session.put("labelvc_version", [{"_id": VERSION, "version": VERSION, **told}])


def _documents(rows: pl.DataFrame, name: str) -> Iterator[Document]:
    """A document a row, in which what is null does not stand. Raises LossError."""
    for number, row in enumerate(rows.select(list(COLUMNS[name])).iter_rows(named=True), start=1):
        told = {column: value for column, value in row.items() if value is not None}
        for column in _DOCUMENTS:
            if column in told:
                told[column] = msgspec.json.decode(told[column])
                if not _fits(told[column]):
                    what = row.get("sample") or row.get("name")
                    raise LossError(
                        f"{name}: {shorten(what)}: {column} holds a number of more than 64 bits, "
                        "which MongoDB cannot hold"
                    )
        yield {"_id": number, **told}


def _fits(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_fits, value.values()))
    if isinstance(value, list):
        return all(map(_fits, value))
    return not isinstance(value, int) or -(2**63) <= value < 2**63
