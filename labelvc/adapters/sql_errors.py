"""What databases and their drivers raise, as one message: what is wrong, where, what to do."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from labelvc.adapters.sql_url import Address
from labelvc.core.errors import LabelvcError
from labelvc.core.passwords import HIDDEN, password_of, without_passwords

_FAMILIES = ("sqlalchemy", "psycopg", "pymysql", "sqlite3", "pymongo", "bson")


class DatabaseError(LabelvcError):
    """A database that does not do what it was asked."""


class WrongPassword(DatabaseError):
    """A server that lets nobody in with that user and password."""


_WHERE_FROM = (
    "The password comes from the address, PGPASSWORD or ~/.pgpass (PostgreSQL), MYSQL_PWD (MySQL "
    "and MariaDB), or is asked for on a terminal."
)
# What the message says: what we say, and what to do about it.
_KNOWN: tuple[tuple[str, type[DatabaseError], str, str], ...] = (
    (
        r"password authentication failed|no password supplied|access denied for user .*@"
        r"|authentication failed|\b1045\b|\b1698\b",
        WrongPassword,
        "the server lets this user in with no such password",
        _WHERE_FROM,
    ),
    (
        r"connection refused|could not translate host|can't connect to|name or service not known"
        r"|connection timeout expired|serverselectiontimeout|no route to host|\b2003\b"
        r"|nodename nor servname|timed out",
        DatabaseError,
        "no server answers there",
        "Check host and port, and that the server runs.",
    ),
    (
        r"server closed the connection|lost connection|gone away|connection (?:was |is )?(?:lost|"
        r"reset|closed)|terminating connection|broken pipe|\b2006\b|\b2013\b|ssl syscall"
        r"|connection pool paused|consuming input failed|sending query failed",
        DatabaseError,
        "the connection was cut",
        "The database is as it was before. Run the same command again.",
    ),
    (
        r"database \"[^\"]*\" does not exist|unknown database",
        DatabaseError,
        "there is no such database",
        "Make it with the server's own tools (CREATE DATABASE); labelvc makes tables only.",
    ),
    (
        r"permission denied|command denied|access denied|not authorized|insufficient privilege",
        DatabaseError,
        "this user may not do that",
        "Ask for the right to read and write there; with --schema or --prefix elsewhere.",
    ),
    (
        r"database is locked|lock wait timeout|deadlock",
        DatabaseError,
        "another program is writing there",
        "Wait until it has ended, then run the same command again.",
    ),
    (
        r"file is not a database|file is encrypted",
        DatabaseError,
        "this is no SQLite database",
        "Check the path.",
    ),
    (
        r"readonly database|read-only|unable to open database file",
        DatabaseError,
        "it cannot be opened for that",
        "Check the path, and the right to write there.",
    ),
    (
        r"disk is full|no space left|database or disk is full",
        DatabaseError,
        "its disk is full",
        "Free some space. The database is as it was before.",
    ),
)


def nothing_laid(shown: str, table: str) -> DatabaseError:
    """The error for a database where labelvc has laid no version down."""
    return DatabaseError(
        f"{shown}: no label set was exported to it: there is no version in table {table}",
        hint="`labelvc export SET URL` does that; --schema S or --prefix P say where it is.",
    )


@contextlib.contextmanager
def telling(address: Address) -> Iterator[None]:
    """Raises what a database or its driver raises as DatabaseError, without any password."""
    try:
        yield
    except LabelvcError:
        raise
    except UnicodeDecodeError as error:
        raise DatabaseError(
            f"{address.shown}: a text is no UTF-8: {error.object[:40]!r}",
            hint="Mend it there; `labelvc` reads UTF-8 only.",
        ) from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _FAMILIES:
            raise
        raise told(error, address) from None


def told(error: BaseException, address: Address) -> DatabaseError:
    """The error a user can mend that stands behind one of a driver's."""
    said = _said(error, address)
    for sign, kind, message, hint in _KNOWN:
        if re.search(sign, said, re.IGNORECASE):
            return kind(f"{address.shown}: {message} ({said})", hint=hint)
    return DatabaseError(f"{address.shown}: {said}")


def _said(error: BaseException, address: Address) -> str:
    """The first line of what the database said, without the statement and our password."""
    original = getattr(error, "orig", None) or error
    arguments: list[object] = list(getattr(original, "args", ()))
    if len(arguments) > 1 and isinstance(arguments[0], int):  # MySQL: number, text
        text = f"{arguments[1]} [{arguments[0]}]"
    else:
        text = str(original)
    line = next((line for line in text.splitlines() if line.strip()), type(original).__name__)
    line = without_passwords(line.strip())[:300]
    password = password_of(address.given)
    return line.replace(password, HIDDEN) if password and len(password) > 3 else line
