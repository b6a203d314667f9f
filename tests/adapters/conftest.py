"""What tests of several modules need, made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters import servers
from tests.adapters.places import Place, fresh
from tests.adapters.stores import client, no_settings
from tests.cli.conftest import built, labels, run

__all__ = ["built", "labels", "run"]


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty MLflow database, to be copied: making one takes MLflow seconds."""
    file = tmp_path_factory.mktemp("blank") / "mlflow.db"
    with no_settings():
        client(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[servers.Server]:
    with servers.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[servers.Server]:
    with servers.mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def mongodb_server() -> Iterator[servers.Server]:
    with servers.mongodb() as server:
        yield server


SQL = ("sqlite", "postgresql", "mysql")
KINDS = (*SQL, "mongodb", "real mongodb")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty database; a test runs once with each kind, or with those it names."""
    return _place(request, request.param, tmp_path)


@pytest.fixture(params=SQL)
def sql_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return _place(request, request.param, tmp_path)


def _place(request: pytest.FixtureRequest, kind: str, folder: Path) -> Place:
    if kind == "sqlite":
        return Place(kind, f"sqlite:///{folder / 'labels.db'}")
    if kind == "real mongodb":
        return _real_mongodb()
    return fresh(request.getfixturevalue(f"{kind}_server"))


def _real_mongodb() -> Place:
    """A database of its own on the server that LABELVC_TEST_MONGODB_URL names."""
    given = os.environ.get("LABELVC_TEST_MONGODB_URL")
    if not given:
        pytest.skip("LABELVC_TEST_MONGODB_URL is not set")
    start, _, rest = given.partition("://")
    host, _, query = rest.partition("?")
    name = f"labels_{os.urandom(6).hex()}"
    found = f"{start}://{host.split('/')[0]}/{name}"
    return Place("mongodb", f"{found}?{query}" if query else found)
