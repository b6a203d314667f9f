"""From score records to MLflow: the store is written from the records, and can be again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from labelvc.adapters import mlflow as store
from labelvc.adapters.mlflow import Logged, without_password
from labelvc.core.record import ScoreRecord
from labelvc.repo.experiment import home_of
from labelvc.repo.repository import Repository
from labelvc.repo.scorebook import scorebook


def send(repo: Repository, record: ScoreRecord) -> Logged:
    """The MLflow run of a record, made where the store has none yet.

    Raises LabelvcError where MLflow is not installed or its store cannot be reached.
    """
    uri, experiment = _store(repo)
    return store.log(record, uri=uri, experiment=experiment, source=_source(repo, record))


def send_all(repo: Repository) -> Iterator[tuple[ScoreRecord, Logged]]:
    """Each record of the repository with its run: those the store lacks are sent."""
    for record in scorebook(repo).records.values():
        yield record, send(repo, record)


def record_of(repo: Repository, run_id: str) -> ScoreRecord:
    """The record that an MLflow run was written from. Raises NotFound."""
    return store.record_of_run(run_id, uri=_store(repo)[0])


def _store(repo: Repository) -> tuple[str, str]:
    """Where runs go: in the main working tree, whichever this is."""
    home = home_of(repo.main_root or repo.root)
    return store.tracking(home, repo.config(None).mlflow)


def _source(repo: Repository, record: ScoreRecord) -> Mapping[str, str]:
    """From where anybody can open the labels again: where the repository came from, else itself."""
    origin = repo.git.run("config", "--get", "remote.origin.url", check=False).stdout
    home = home_of(repo.main_root or repo.root)
    inside = repo.prefix.rstrip("/")
    top = home.parents[inside.count("/")] if inside else home
    return {
        "repository": without_password(origin.decode().strip()) or str(top),
        "root": inside,
        "commit": record.commit,
        "set": record.set,
        "path": record.scored["path"],
        "hash": record.scored["hash"],
    }
