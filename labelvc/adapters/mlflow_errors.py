"""What MLflow raises, as one message: what is wrong, where, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labelvc.core.errors import LabelvcError


class StoreUnreachable(LabelvcError):
    """The MLflow server does not answer; what should be logged can be sent later."""


def without_password(uri: str) -> str:
    """A URI, or a text with URIs in it, without what gives access.

    The user of an `ssh://` address stays, as it is a part of the address.
    """
    uri = re.sub(r"(?<=ssh://)([^/@:\s]*):[^/@\s]*@", r"\1@", uri)
    uri = re.sub(r"(?<!ssh)://[^/\s]*@", "://", uri)
    return re.sub(r"(://[^\s?]*)\?[^\s]*", r"\1", uri)


def told(error: Exception, where: str) -> LabelvcError | None:
    """The error a user can mend that stands behind one of MLflow's; None where it is a bug.

    `where` is the store's address as messages show it.
    """
    import requests
    from alembic.util.exc import CommandError
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    chain = list(_chain(error))
    # of OSError's family too, so it is looked at first
    silent = (requests.ConnectionError, requests.Timeout, requests.exceptions.RetryError)
    if any(isinstance(one, silent) for one in chain):
        return StoreUnreachable(
            f"MLflow at {where} does not answer: {_said(chain[-1])}",
            hint="Start it, or set MLFLOW_TRACKING_URI to a server that runs.",
        )
    ours = (MlflowException, SQLAlchemyError, CommandError, OSError, ImportError)
    if not any(isinstance(one, ours) for one in chain):
        return None
    # SQLAlchemy puts its own advice before what the database said
    said = without_password(_said(next((o for o in map(_database_error, chain) if o), error)))
    code = str(getattr(error, "error_code", ""))
    for sign, message, hint in _KNOWN:
        if re.search(sign, f"{code}: {said}"):
            return LabelvcError(f"MLflow at {where} {message}", hint=hint.format(uri=where))
    return LabelvcError(f"MLflow at {where}: {said}")


_KNOWN = (
    (
        "^(UNAUTHENTICATED|PERMISSION_DENIED)",
        "does not let us in",
        "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
    ),
    (
        "^ENDPOINT_NOT_FOUND|not in a valid JSON format",
        "answers, but not as an MLflow server does",
        "Set MLFLOW_TRACKING_URI to the address of the server, as `mlflow` commands use it.",
    ),
    (
        "out-of-date database schema|locate revision",
        "was made by another version of MLflow",
        "Make a copy of it, then bring it up to date with `mlflow db upgrade {uri}`; where that "
        "does not know the version found, install the newer MLflow.",
    ),
    (
        "readonly database|read-only",
        "is read-only",
        "Give yourself the right to write there, or set MLFLOW_TRACKING_URI to another store.",
    ),
    (
        "No module named",
        "needs a database driver that is not installed",
        "Install it (psycopg2-binary, pymysql, pymssql), or go through an MLflow server.",
    ),
)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and, one by one, what it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _database_error(error: BaseException) -> BaseException | None:
    found = getattr(error, "orig", None)
    return found if isinstance(found, BaseException) else None


def _said(error: BaseException) -> str:
    """The first line, as SQLAlchemy and MLflow go on with statements and advice."""
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}"
    lines = str(error).strip().splitlines()
    return lines[0][:400] if lines else type(error).__name__
