"""A database that a test may fill: one of its own for each, of every kind that labelvc knows."""

from __future__ import annotations

import contextlib
import socket
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pymongo
import sqlalchemy
from sqlalchemy import Connection, column, table

from labelvc.adapters.database import Database
from labelvc.adapters.mongo_store import MongoDatabase
from labelvc.adapters.sql_store import SqlDatabase
from labelvc.adapters.sql_url import engine_of, parse_address
from labelvc.repo.database_config import Layout
from tests.adapters import servers


@dataclass(frozen=True)
class Place:
    """Where an app edits rows with the database's own means; labelvc has no part in it."""

    kind: str
    url: str

    def open(self, layout: Layout | None = None) -> Database:
        address = parse_address(self.url)
        store = MongoDatabase if address.is_mongo else SqlDatabase
        return store(address, layout or Layout())

    @contextlib.contextmanager
    def connected(self) -> Iterator[Connection]:
        with engine_of(parse_address(self.url), writes=True).begin() as connection:
            yield connection

    @contextlib.contextmanager
    def base(self) -> Iterator[Any]:
        with pymongo.MongoClient(self.url) as client:
            yield client.get_default_database()

    def update(self, name: str, key: int, /, **values: Any) -> None:
        """Change columns of the row of that key."""
        if self.kind == "mongodb":
            with self.base() as base:
                assert base[name].update_one({"_id": key}, {"$set": values}).matched_count == 1
            return
        rows = _table(name, "key", *values)
        with self.connected() as connection:
            changed = sqlalchemy.update(rows).where(rows.c.key == key).values(**values)
            assert connection.execute(changed).rowcount == 1

    def insert(self, name: str, /, **values: Any) -> None:
        if self.kind == "mongodb":
            with self.base() as base:
                base[name].insert_one(values)
            return
        with self.connected() as connection:
            connection.execute(sqlalchemy.insert(_table(name, *values)).values(**values))

    def delete(self, name: str, key: int) -> None:
        if self.kind == "mongodb":
            with self.base() as base:
                assert base[name].delete_one({"_id": key}).deleted_count == 1
            return
        rows = _table(name, "key")
        with self.connected() as connection:
            assert connection.execute(sqlalchemy.delete(rows).where(rows.c.key == key)).rowcount

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All rows of a table, sorted by key; without columns that are null."""
        if self.kind == "mongodb":
            with self.base() as base:
                found = [dict(one) for one in base[name].find()]
            return sorted(found, key=lambda row: str(row["_id"]))
        with self.connected() as connection:
            there = sqlalchemy.Table(name, sqlalchemy.MetaData(), autoload_with=connection)
            found = [dict(row) for row in connection.execute(sqlalchemy.select(there)).mappings()]
        plain = [{k: v for k, v in row.items() if v is not None} for row in found]
        return sorted(plain, key=lambda row: row.get("key", 0))

    def names(self) -> set[str]:
        """The tables that are there."""
        if self.kind == "mongodb":
            with self.base() as base:
                return set(base.list_collection_names())
        with self.connected() as connection:
            return set(sqlalchemy.inspect(connection).get_table_names())

    def run(self, statement: str) -> None:
        """A statement in the database's own language."""
        with self.connected() as connection:
            connection.exec_driver_sql(statement)


def fresh(server: servers.Server) -> Place:
    """An empty database on a server."""
    name = f"labels_{uuid.uuid4().hex[:12]}"
    servers.create_database(server, name)
    return Place(server.kind, server.url(name))


def _table(name: str, /, *columns: str) -> Any:
    return table(name, *map(column, columns))


class Proxy:
    """Passes on what a client and a server say, up to a number of bytes; then cuts both off.

    With `once`, who connects anew gets through, as after a short failure of the network.
    """

    def __init__(
        self,
        port: int,
        *,
        sent: int | None = None,
        received: int | None = None,
        once: bool = False,
    ) -> None:
        self._left = {"sent": sent, "received": received}
        self._once = once
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def url(self, place: Place) -> str:
        """The address of a database by way of the proxy."""
        return place.url.replace(f":{self._to}/", f":{self.port}/")

    @property
    def has_cut(self) -> bool:
        return any(left is not None and left <= 0 for left in self._left.values())

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.has_cut and not self._once:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._to))
                unlimited = self.has_cut
                for name, one, two in (("sent", client, server), ("received", server, client)):
                    threading.Thread(
                        target=self._pass_on, args=(name, one, two, unlimited), daemon=True
                    ).start()

    def _pass_on(self, name: str, one: socket.socket, two: socket.socket, unlimited: bool) -> None:
        with contextlib.suppress(OSError):
            while content := one.recv(65536):
                left = self._left[name]
                if left is not None:
                    self._left[name] = left - len(content)
                if self.has_cut and not unlimited:
                    break
                two.sendall(content)
        for end in (one, two):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


Rows = Mapping[str, list[dict[str, Any]]]


def everything(place: Place) -> Rows:
    """All that a database holds."""
    return {name: place.rows(name) for name in sorted(place.names())}
