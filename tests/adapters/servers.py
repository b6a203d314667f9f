"""Real database servers on free ports of this machine, in temporary folders.

They stop with the tests, also where these are killed. Where a server's programs are absent the
tests that need it are skipped, unless LABELVC_REQUIRE_DATABASES is set.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
import pymongo
import pymysql
import pytest
from psycopg.sql import SQL, Identifier

PASSWORD = "s3cret-Pa55"
USER = "ann"


@dataclass(frozen=True)
class Server:
    """A server that runs, with a user who may do everything."""

    kind: str
    port: int
    password: str | None

    def url(self, database: str, *, password: str | None = None, user: str = USER) -> str:
        """The address of a database; with another password where one is given."""
        secret = self.password if password is None else password
        login = f"{user}:{secret}@" if secret else ""
        return f"{self.kind}://{login}127.0.0.1:{self.port}/{database}"


def create_database(server: Server, name: str) -> None:
    """Make an empty database, in an encoding that is not Unicode where the server has such."""
    if server.kind == "postgresql":
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    elif server.kind == "mysql":
        login = {"host": "127.0.0.1", "port": server.port, "user": USER, "password": PASSWORD}
        with pymysql.connect(**login) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET latin1")


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextlib.contextmanager
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server that asks for passwords."""
    programs = _postgresql_programs()
    with _folder() as folder:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        _give(folder, "postgres")
        data = folder / "data"
        _run(
            "postgres",
            [programs / "initdb", "-D", data, "-U", USER, f"--pwfile={secret}", "-E", "UTF8",
             "--auth=scram-sha-256", "--no-sync", "--locale=C"],
        )  # fmt: skip
        port = free_port()
        options = {"listen_addresses": "127.0.0.1", "fsync": "off", "max_wal_size": "4GB"}
        command = [programs / "postgres", "-D", data, "-p", str(port), "-k", folder]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        server = Server("postgresql", port, PASSWORD)

        def knock() -> None:
            psycopg.connect(server.url("postgres"), connect_timeout=1).close()

        with _running("postgres", command, knock):
            yield server


@contextlib.contextmanager
def mariadb() -> Iterator[Server]:
    """A MariaDB server that asks for passwords."""
    program, install = _need("mariadbd", "mysqld"), _need("mariadb-install-db", "mysql_install_db")
    with _folder() as folder:
        _give(folder, "mysql")
        data = folder / "data"
        options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        _run("mysql", [install, "--no-defaults", f"--datadir={data}", *options])
        port = free_port()
        command = [program, "--no-defaults", f"--datadir={data}", f"--port={port}",
                   f"--socket={folder / 'socket'}", "--bind-address=127.0.0.1",
                   f"--tmpdir={folder}", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
                   "--innodb-buffer-pool-size=256M"]  # fmt: skip
        root = {"host": "127.0.0.1", "port": port, "user": "root"}

        def knock() -> None:
            pymysql.connect(**root, connect_timeout=1).close()

        with _running("mysql", command, knock):
            with pymysql.connect(**root) as connection, connection.cursor() as cursor:
                cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", (USER, PASSWORD))
                cursor.execute("GRANT ALL ON *.* TO %s@'%%' WITH GRANT OPTION", (USER,))
            yield Server("mysql", port, PASSWORD)


@contextlib.contextmanager
def mongodb() -> Iterator[Server]:
    """A server that speaks MongoDB's wire protocol, without passwords."""
    port = free_port()
    with _folder() as folder:
        command = [Path(sys.executable).parent / "nx-27017", "--host", "127.0.0.1", "--port",
                   str(port), "--data-dir", folder / "data", "--log-file", folder / "log",
                   "--pid-file", folder / "pid"]  # fmt: skip

        def knock() -> None:
            with pymongo.MongoClient(
                f"mongodb://127.0.0.1:{port}", serverSelectionTimeoutMS=500
            ) as client:
                client.admin.command("ping")

        with _running(None, command, knock):
            yield Server("mongodb", port, None)


def _postgresql_programs() -> Path:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists():
            return folder
    _absent("initdb")
    raise AssertionError


def _need(*names: str) -> Path:
    for name in names:
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        if found:
            return Path(found)
    _absent(names[0])
    raise AssertionError


def _absent(program: str) -> None:
    if os.environ.get("LABELVC_REQUIRE_DATABASES"):
        pytest.fail(f"{program} is not installed, and LABELVC_REQUIRE_DATABASES is set")
    pytest.skip(f"{program} is not installed")


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A folder with a short path, as that of a Unix socket may have 107 characters only."""
    folder = Path(tempfile.mkdtemp(prefix="lvc", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give(folder: Path, user: str) -> None:
    if os.getuid() == 0:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user, user)


def _as(user: str | None, command: Sequence[str | Path]) -> list[str]:
    """The command as that user, where we are root, as these servers refuse to run as root."""
    words = [str(word) for word in command]
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return words
    to_user = [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    change = to_user if user and os.getuid() == 0 else []
    return [setpriv, *change, "--pdeathsig=TERM", *words]


def _run(user: str, command: Sequence[str | Path]) -> None:
    done = subprocess.run(_as(user, command), capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def _running(
    user: str | None, command: Sequence[str | Path], knock: Callable[[], None]
) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        yield from _run_with(user, command, knock, log)


def _run_with(
    user: str | None, command: Sequence[str | Path], knock: Callable[[], None], log: IO[bytes]
) -> Iterator[None]:
    process = subprocess.Popen(_as(user, command), cwd="/", stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(process, knock, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], knock: Callable[[], None], log: IO[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            knock()
            return
        except Exception as error:
            if process.poll() is not None:
                log.seek(0)
                raise AssertionError(log.read().decode(errors="replace")) from error
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
