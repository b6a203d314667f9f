"""What databases cost: `python -m benchmarks.databases [--small] [NAME ...]`.

Prints a Markdown table: whole processes that export, diff and import a million boxes, each to a
real server on this machine; names: sqlite, postgresql, mysql, and mongodb where
LABELVC_TEST_MONGODB_URL names a server of one's own (a database `labelvc_benchmark` of it is used).
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pymongo
import sqlalchemy

from benchmarks import data
from benchmarks.measure import Measured, measure
from labelvc.adapters.sql_url import engine_of, parse_address
from tests.adapters import servers

CHANGED = 100
MONGODB = "LABELVC_TEST_MONGODB_URL"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(prog="benchmarks.databases", description=__doc__)
    arguments.add_argument("names", nargs="*", choices=[[], *DATABASES], metavar="NAME")
    arguments.add_argument("--small", action="store_true", help="a tenth of every size")
    arguments.add_argument(
        "--data", type=Path, default=Path(tempfile.gettempdir()) / "labelvc-bench-databases"
    )
    given = arguments.parse_args()
    labels = 100_000 if given.small else 1_000_000
    print(f"### A working copy of {labels:,} boxes in a database\n")
    print("| database | export | diff, 100 rows changed | import of these | import as a new set |")
    print("|---|---|---|---|---|")
    for name in given.names or DATABASES:
        # in a process of its own, as those measured are charged with the memory of this one
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            root = pool.apply(repository, (given.data / name, labels))
        with DATABASES[name](root) as url:
            told = " | ".join(map(str, steps(root, url)))
            print(f"| {name} | {told} |", flush=True)


def repository(root: Path, labels: int) -> Path:
    """A new repository with a label set `train` of so many boxes, committed."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    first, *_ = data.coco_pair(root.parent, labels)
    (root / "labels").mkdir()
    shutil.copy(first, root / "labels" / "train.json")
    for command in ("init", "add labels/train.json --no-check", "commit -m First --no-check"):
        subprocess.run(["labelvc", "-q", *command.split()], cwd=root, check=True)
    return root


def steps(root: Path, url: str) -> Iterator[Measured]:
    """Each command by itself, run once: the database is another one afterwards."""

    def run(*words: str) -> Measured:
        return measure(["labelvc", *words], cwd=root, runs=1)

    yield run("export", "train", url)
    edit(url)
    yield run("diff", "train", url)
    yield run("import", url, "--name", "train", "--no-check")
    yield run("import", url, "--name", "fresh", "--no-check")


def edit(url: str) -> None:
    """Move a hundred boxes, as a program would that knows nothing of labelvc."""
    if url.startswith("mongodb"):
        with pymongo.MongoClient(url) as client:
            chosen = {"_id": {"$lte": CHANGED}}
            client.get_default_database()["labels"].update_many(chosen, {"$inc": {"x": 7.0}})
        return
    engine = engine_of(parse_address(url), writes=True)
    labels = sqlalchemy.table("labels", sqlalchemy.column("key"), sqlalchemy.column("x"))
    with engine.begin() as connection:
        moved = sqlalchemy.update(labels).values(x=labels.c.x + 7)
        connection.execute(moved.where(labels.c.key <= CHANGED))


@contextlib.contextmanager
def _sqlite(root: Path) -> Iterator[str]:
    yield f"sqlite:///{root / 'labels.db'}"


@contextlib.contextmanager
def _postgresql(root: Path) -> Iterator[str]:
    with servers.postgresql() as server:
        yield server.url("postgres")


@contextlib.contextmanager
def _mysql(root: Path) -> Iterator[str]:
    with servers.mariadb() as server:
        servers.create_database(server, "labels")
        yield server.url("labels")


@contextlib.contextmanager
def _mongodb(root: Path) -> Iterator[str]:
    host, _, query = os.environ[MONGODB].partition("?")
    url = f"{host.rstrip('/')}/labelvc_benchmark?{query}"
    yield url
    with pymongo.MongoClient(url) as client:
        client.drop_database("labelvc_benchmark")


DATABASES: dict[str, Callable[[Path], contextlib.AbstractContextManager[str]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
    **({"mongodb": _mongodb} if MONGODB in os.environ else {}),
}

if __name__ == "__main__":
    main()
