"""Database addresses: which driver they need, and how messages show them."""

from __future__ import annotations

import importlib
import os
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.passwords import without_passwords

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

# Scheme: SQLAlchemy's name of it, the driver's module, the extra that installs it.
_DRIVERS = {
    "postgresql": ("postgresql+psycopg", "psycopg", "postgresql"),
    "postgres": ("postgresql+psycopg", "psycopg", "postgresql"),
    "mysql": ("mysql+pymysql", "pymysql", "mysql"),
    "mariadb": ("mariadb+pymysql", "pymysql", "mysql"),
    "sqlite": ("sqlite", "sqlite3", ""),
    "mongodb": ("mongodb", "pymongo", "mongodb"),
    "mongodb+srv": ("mongodb+srv", "pymongo", "mongodb"),
}
_SECONDS = 10  # to wait for a server's first answer
Ask = Callable[[str], str]


@dataclass(frozen=True)
class Address:
    """Where a database is. `given` may hold a password and is never shown; `shown` has none.

    `ask` gets a password from whoever sits at the terminal; None where nobody does.
    """

    given: str
    scheme: str
    shown: str
    ask: Ask | None = None

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"

    @property
    def is_mongo(self) -> bool:
        """Whether it is MongoDB's."""
        return self.scheme.startswith("mongodb")

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.scheme == "sqlite"

    @property
    def database(self) -> str:
        """The name of the database; of SQLite the path of its file."""
        if self.is_mongo:
            return unquote(urlsplit(self.given).path.lstrip("/"))
        return self.url().database or ""

    def url(self) -> URL:
        """The address as SQLAlchemy takes it."""
        from sqlalchemy import make_url

        return make_url(self.given).set(drivername=_DRIVERS[self.scheme][0])


def is_address(word: str) -> bool:
    """Whether a word of the command line names a database and no file or revision."""
    return "://" in word


def parse_address(given: str, ask: Ask | None = None) -> Address:
    """The address a word means. Raises LabelvcError, without the word's password."""
    scheme = given.partition("://")[0].lower()
    if scheme not in _DRIVERS:
        known = ", ".join(f"{name}://" for name in _DRIVERS if name != "postgres")
        raise LabelvcError(
            f"{without_passwords(given)}: no database that labelvc knows is called {scheme}://",
            hint=f"It knows {known}.",
        )
    _need_driver(scheme)
    address = Address(_escaped(given), scheme, without_passwords(given), ask)
    if address.is_mongo:
        _check_mongo(address)
        return address
    from sqlalchemy.exc import ArgumentError

    try:
        url = address.url()
    except (ArgumentError, ValueError):
        raise _misspelt(address.shown) from None
    if not url.database or url.database == ":memory:":
        raise LabelvcError(
            f"{address.shown}: no database is named",
            hint=f"Put it after the host: {_example(scheme)}",
        )
    return replace(address, shown=_shown(url, scheme))


def engine_of(address: Address, *, writes: bool = False, password: str | None = None) -> Engine:
    """What connects to the address, each time anew; nothing has been connected yet.

    A read-only engine does not even make the file of a SQLite database that is not there.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    url = address.url()
    options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
    if address.is_sqlite:
        return _sqlite_engine(url, options, address, writes=writes)
    if password is not None:
        url = url.set(password=password)
    elif url.get_backend_name() != "postgresql" and url.password is None:
        url = url.set(password=os.environ.get("MYSQL_PWD"))  # libpq looks for its own by itself
    connect: dict[str, Any] = (
        {} if "connect_timeout" in url.query else {"connect_timeout": _SECONDS}
    )
    if url.get_backend_name() != "postgresql":
        connect["charset"] = "utf8mb4"
    level = "REPEATABLE READ"
    return create_engine(url, connect_args=connect, isolation_level=level, **options)


def _sqlite_engine(url: URL, options: dict[str, Any], address: Address, *, writes: bool) -> Engine:
    from sqlalchemy import create_engine, event

    path = os.path.abspath(url.database or "")
    if not writes and not os.path.exists(path):
        raise NotFound(f"{address.shown}: no such file {path}", hint="Check the path.")
    mode = "rwc" if writes else "ro"

    def connect() -> sqlite3.Connection:
        made = sqlite3.connect(
            f"file:{quote(path)}?mode={mode}", uri=True, timeout=_SECONDS, isolation_level=None
        )
        # what is no UTF-8 comes as bytes, to be told with its place
        made.text_factory = _text
        return made

    engine = create_engine(url, creator=connect, **options)

    # sqlite3 itself begins no transaction before it reads or before DDL
    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _text(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _escaped(given: str) -> str:
    """The address with its password as addresses have it, where people wrote it as it is."""
    whole, mark, query = (
        given.partition("?") if "@" not in given.partition("?")[2] else (given, "", "")
    )
    found = re.match(r"([^:]*://[^:/@]*:)(.*)(@[^@]*)$", whole, re.DOTALL)
    if found is None:
        return given
    start, password, rest = found.groups()
    return f"{start}{quote(password, safe='%')}{rest}{mark}{query}"


def _need_driver(scheme: str) -> None:
    _, module, extra = _DRIVERS[scheme]
    for needed in (module,) if scheme.startswith("mongodb") else ("sqlalchemy", module):
        try:
            importlib.import_module(needed)
        except ImportError:
            extra = extra or "postgresql"
            raise LabelvcError(
                f"{scheme}:// needs the package {needed}, which is not installed",
                hint=f"pip install 'labelvc[{extra}]'",
            ) from None


def _check_mongo(address: Address) -> None:
    try:
        parts = urlsplit(address.given)
    except ValueError:
        raise _misspelt(address.shown) from None
    if not parts.path.strip("/"):
        raise LabelvcError(
            f"{address.shown}: no database is named",
            hint=f"Put it after the host: {_example(address.scheme)}",
        )


def _shown(url: URL, scheme: str) -> str:
    hidden = [name for name in url.query if "pass" in name.lower()]
    plain = url.set(drivername=scheme, password=None).difference_update_query(hidden)
    return plain.render_as_string(hide_password=True)


def _misspelt(shown: str) -> LabelvcError:
    return LabelvcError(
        f"{shown}: this is no address of a database",
        hint="It is SCHEME://USER@HOST:PORT/DATABASE; write @, / and : in names as %40, %2F, %3A.",
    )


def _example(scheme: str) -> str:
    if scheme == "sqlite":
        return "sqlite:///labels.db (sqlite:////data/labels.db for an absolute path)"
    return f"{scheme}://ann@localhost/labels"
