"""Connections to a SQL database, each for one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection

from labelvc.adapters.sql_errors import WrongPassword, telling
from labelvc.adapters.sql_url import Address, engine_of


class Connecting:
    """What is at an address; raises DatabaseError for what the server or its driver get wrong."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._password: str | None = None

    @property
    def shown(self) -> str:
        """Its address without a password."""
        return self._address.shown

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in which all is of one moment and nothing can be changed."""
        with self._connected(writes=False) as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def _connected(self, *, writes: bool) -> Iterator[Connection]:
        with telling(self._address):
            connection = self._connect(writes=writes)
            with contextlib.closing(connection):
                yield connection

    def _connect(self, *, writes: bool) -> Connection:
        """A new connection; who sits at the terminal is asked once for a password that lacks."""
        address = self._address
        try:
            with telling(address):
                return engine_of(address, writes=writes, password=self._password).connect()
        except WrongPassword:
            if address.ask is None or self._password is not None or address.url().password:
                raise
        self._password = address.ask(f"Password for {address.shown}: ")
        return engine_of(address, writes=writes, password=self._password).connect()
