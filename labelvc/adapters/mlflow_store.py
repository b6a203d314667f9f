"""Getting to an MLflow store: which one, within which time, and what is wrong with it."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import socket
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from labelvc.adapters.mlflow_errors import StoreUnreachable, told, without_password
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.repo.writing import lock

if TYPE_CHECKING:
    from mlflow import MlflowClient

_SQLITE = "sqlite:///"
ARTIFACTS = "mlartifacts"
# MLflow waits up to 8 x 120 s for a server; values that the user has set stay.
_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}
_FIRST_ANSWER = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
_LOGGERS = ("mlflow", "alembic", "sqlalchemy", "urllib3")
_SECONDS_TO_KNOCK = 5.0
_SECONDS_TO_WAIT = 60.0  # for another labelvc that logs to the same store


def tracking(root: Path, configured: Mapping[str, str]) -> tuple[str, str]:
    """The URI of the store and the name of the experiment that the runs of a project go to.

    MLflow's own MLFLOW_TRACKING_URI and MLFLOW_EXPERIMENT_NAME, else `tracking_uri` and
    `experiment` of labelvc.yaml, else mlflow.db in `root` and the name of that folder.
    """
    told_uri = os.environ.get("MLFLOW_TRACKING_URI")
    uri = told_uri or configured.get("tracking_uri") or f"{_SQLITE}mlflow.db"
    experiment = os.environ.get("MLFLOW_EXPERIMENT_NAME") or configured.get("experiment")
    base = Path.cwd() if told_uri else root  # what the environment says is meant from here
    return _absolute(uri, base), experiment or root.resolve().name or "labelvc"


def database(uri: str) -> Path | None:
    """The file of an SQLite store; None for every other kind.

    Raises LabelvcError where its path would be read as something else.
    """
    path = uri.removeprefix(_SQLITE)
    if path == uri or path.startswith((":memory:", "file:")):
        return None
    # SQLAlchemy 2.1 decodes %XX, 2.0 does not, and both end the path at `?`
    if "?" in path or unquote(path) != path:
        raise LabelvcError(
            f"MLflow cannot keep its database at {path}: '?' and '%' mean something in its address",
            hint="Name another place in MLFLOW_TRACKING_URI, or rename the folder.",
        )
    return Path(path).absolute()


@contextlib.contextmanager
def connected(uri: str, *, create: bool) -> Iterator[MlflowClient]:
    """A client of the store, while MLflow is quiet and patient for seconds only.

    What MLflow raises meanwhile becomes one LabelvcError: StoreUnreachable where no server
    answers, NotFound where a file is not there and may not be created.
    """
    with _errors_told(uri):
        _look_first(uri, create=create)
    with _surroundings({**_QUIET, **_FIRST_ANSWER}):
        client_class = _mlflow()
        with _silence(), _errors_told(uri):
            client = client_class(tracking_uri=uri)
            client.search_experiments(max_results=1)
    with _surroundings({**_QUIET, **_PATIENCE}), _silence(), _errors_told(uri):
        yield client


@contextlib.contextmanager
def alone(uri: str) -> Iterator[None]:
    """Be the only one of this user's processes here that writes to the store."""
    name = hashlib.sha256(os.fsencode(database(uri) or uri)).hexdigest()[:16]
    place = Path(tempfile.gettempdir(), f"labelvc-{os.getuid()}-mlflow-{name}.lock")
    with lock(place, wait=_SECONDS_TO_WAIT):
        yield


def artifact_location(uri: str) -> str | None:
    """Where a new experiment keeps its artifacts; None where a server decides.

    MLflow's own default for a database is a folder in the current one. Raises LabelvcError for a
    database that is reached without a server, as nothing says where artifacts belong.
    """
    file = database(uri)
    if file is not None:
        return (file.parent / ARTIFACTS).as_uri()
    if _kind(uri) in (*_PORTS, "sqlite"):
        raise LabelvcError(
            "the MLflow experiment is not there yet, and a database does not say where its "
            "artifacts belong",
            hint="Make it: `mlflow experiments create -n NAME -l ARTIFACT_LOCATION`.",
        )
    return None


def _absolute(uri: str, base: Path) -> str:
    path = uri.removeprefix(_SQLITE)
    if path == uri or path.startswith((":memory:", "file:")):
        return uri
    return f"{_SQLITE}{base.resolve() / path}"


def _mlflow() -> type[MlflowClient]:
    try:
        from mlflow import MlflowClient
    except ImportError:
        raise LabelvcError(
            "MLflow is not installed", hint="Install it with `pip install 'labelvc[eval]'`."
        ) from None
    return MlflowClient


def _look_first(uri: str, *, create: bool) -> None:
    """Refuse what cannot be opened: MLflow tries for two minutes. Raises LabelvcError."""
    file = database(uri)
    if file is not None:
        _check_file(file, create=create)
        return
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port or _PORTS.get(_kind(uri))
    except ValueError as error:
        raise _no_server(uri, str(error)) from None
    if parts.scheme in ("http", "https") and not host:
        raise _no_server(uri, "there is no host in it")
    if _kind(uri) in _PORTS and host and port:
        _knock(host, port)


def _no_server(uri: str, reason: str) -> LabelvcError:
    return LabelvcError(
        f"{without_password(uri)!r} names no MLflow server: {reason}",
        hint="http://HOST:PORT does.",
    )


def _kind(uri: str) -> str:
    """The database that a URI names: "mysql" of `mysql+pymysql://...`."""
    return uri.partition(":")[0].partition("+")[0]


_PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}


def _knock(host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), timeout=_SECONDS_TO_KNOCK).close()
    except OSError as error:
        raise StoreUnreachable(
            f"the database of MLflow at {host}:{port} does not answer: {error.strerror or error}",
            hint="Start it, or set MLFLOW_TRACKING_URI to another store.",
        ) from None


def _check_file(file: Path, *, create: bool) -> None:
    """Look at an SQLite store first: MLflow tries for two minutes to open what it cannot."""
    where = f"the MLflow store {file}"
    if not file.exists():
        if not create:
            raise NotFound(
                f"{where} is not there", hint="`labelvc evaluate --resume-log` makes it."
            )
        if not (file.parent.is_dir() and os.access(file.parent, os.W_OK)):
            raise LabelvcError(
                f"{where} cannot be made: its folder is not there or read-only", hint=_ELSEWHERE
            )
        return
    if create and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        raise LabelvcError(f"{where} is read-only", hint=_ELSEWHERE)
    try:
        with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as opened:
            opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):  # for that MLflow waits itself
            raise LabelvcError(f"{where} cannot be opened: {error}", hint=_ELSEWHERE) from None
    except sqlite3.DatabaseError as error:
        raise LabelvcError(
            f"{where} is damaged: {error}",
            hint="Move it aside: `labelvc evaluate --resume-log` writes it anew from scores/.",
        ) from None


_ELSEWHERE = "Give yourself the right to write there, or set MLFLOW_TRACKING_URI to another store."


@contextlib.contextmanager
def _errors_told(uri: str) -> Iterator[None]:
    try:
        yield
    except LabelvcError:
        raise
    except Exception as error:
        found = told(error, without_password(uri))
        if found is None:
            raise
        raise found from error


@contextlib.contextmanager
def _surroundings(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set those environment variables that the user has not set, for a while."""
    ours = [name for name in wanted if name not in os.environ]
    os.environ.update({name: wanted[name] for name in ours})
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep MLflow's log lines and warnings off the screen."""
    before = {name: logging.getLogger(name).level for name in _LOGGERS}
    try:
        for name in _LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
