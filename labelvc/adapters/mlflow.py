"""Scores in MLflow: one finished run a score record, never two. See docs/mlflow.md.

MLflow is imported by the functions that need it, as that takes seconds.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labelvc.adapters.mlflow_errors import StoreUnreachable, without_password
from labelvc.adapters.mlflow_run import RECORD, SCORE
from labelvc.adapters.mlflow_store import alone, artifact_location, connected, database, tracking
from labelvc.adapters.mlflow_writing import WRITER, write, writer
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.record import ScoreRecord, parse_record
from labelvc.repo.scorebook import path_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = [
    "Logged",
    "StoreUnreachable",
    "find",
    "log",
    "record_of_run",
    "tracking",
    "url_of",
    "without_password",
]

_GIVEN_UP = 3600.0  # seconds after which a run that another machine began is taken for dead


@dataclass(frozen=True)
class Logged:
    """A run and where to look at it; `was_there`: since before."""

    run_id: str
    url: str
    was_there: bool


def log(
    record: ScoreRecord,
    *,
    uri: str,
    experiment: str,
    source: Mapping[str, str],
    predictions: Path | None = None,
) -> Logged:
    """The finished run of a record in an experiment, made where there is none.

    `source` names the `repository` (path or URL) that holds the labels, and as `root` the project's
    folder in it; `predictions` is a file to lay beside. What an interrupted attempt left is
    deleted, and a run is FINISHED only when all of it is there. Raises StoreUnreachable where no
    server answers, LabelvcError for what else is wrong with the store.
    """
    source = {**source, "repository": without_password(source["repository"])}
    try:
        with alone(uri), connected(uri, create=True) as client:
            into = _experiment(client, uri, experiment)
            run = _settled(client, into, record.digest)
            if run is not None:
                return Logged(run.info.run_id, url_of(run, uri), was_there=True)
            own = write(client, into, record, source, predictions)
            # another machine may have been as fast
            run = _settled(client, into, record.digest) or own
            return Logged(run.info.run_id, url_of(run, uri), run.info.run_id != own.info.run_id)
    except StoreUnreachable as error:
        raise StoreUnreachable(
            error.message,
            hint=f"The score is kept in {path_of(record)}; `labelvc evaluate --resume-log` sends "
            "it when MLflow answers again.",
        ) from error


def find(digest: str, *, uri: str, experiment: str) -> str | None:
    """The id of the finished run of the record with that digest, or None."""
    file = database(uri)
    if file is not None and not file.exists():
        return None
    with connected(uri, create=False) as client:
        found = client.get_experiment_by_name(experiment)
        runs = _finished(_runs(client, found.experiment_id, digest)) if found else []
        return runs[0].info.run_id if runs else None


def record_of_run(run_id: str, *, uri: str) -> ScoreRecord:
    """The record that a run was written from.

    Raises NotFound where there is no such run or it is none of ours.
    """
    where = without_password(uri)
    with connected(uri, create=False) as client:
        run = _run(client, run_id, where)
        if SCORE not in run.data.tags or run.info.status != "FINISHED":
            raise NotFound(
                f"run {run_id} in {where} was not written by labelvc",
                hint=f"Runs that were have the tag {SCORE}.",
            )
        content = _artifact(client, run_id, where)
    return parse_record(content, f"run {run_id}: {RECORD}")


def url_of(run: Run, uri: str) -> str:
    """Where to look at a run: the page of a server, else the run and its store."""
    where = without_password(uri).rstrip("/")
    if not where.startswith(("http:", "https:")):
        return f"run {run.info.run_id} in {where}"
    return f"{where}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"


def _experiment(client: MlflowClient, uri: str, name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name, artifact_location(uri)))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        found = client.get_experiment_by_name(name)  # another machine was faster
    if found is None or found.lifecycle_stage != "active":
        number = f" -x {found.experiment_id}" if found else ""
        raise LabelvcError(
            f"the experiment {name!r} in {without_password(uri)} is deleted",
            hint=f"`mlflow experiments restore{number}` brings it back; or set "
            "MLFLOW_EXPERIMENT_NAME to another.",
        )
    return str(found.experiment_id)


def _runs(client: MlflowClient, experiment_id: str, digest: str) -> list[Run]:
    """The runs of a record, in whatever state."""
    if not re.fullmatch("[0-9a-f]{64}", digest):
        return []
    return list(client.search_runs([experiment_id], f"tags.`{SCORE}` = '{digest}'"))


def _finished(runs: Sequence[Run]) -> list[Run]:
    """The finished ones, first the one that stays if there are several: all see it alike."""
    finished = [run for run in runs if run.info.status == "FINISHED"]
    return sorted(finished, key=lambda run: (run.info.end_time, run.info.run_id))


def _settled(client: MlflowClient, experiment_id: str, digest: str) -> Run | None:
    """The one finished run of a record, or None; what is dead or too many is deleted."""
    runs = _runs(client, experiment_id, digest)
    finished = _finished(runs)
    dead = [run for run in runs if run.info.status != "FINISHED" and _is_dead(run)]
    for run in [*finished[1:], *dead]:
        _delete(client, run.info.run_id)
    return finished[0] if finished else None


def _is_dead(run: Run) -> bool:
    """Whether nobody writes an unfinished run any more. Whoever asks is `alone` on this machine."""
    ended = run.info.status != "RUNNING" or run.data.tags.get(WRITER) == writer()
    return bool(ended or time.time() - run.info.start_time / 1000 > _GIVEN_UP)


def _delete(client: MlflowClient, run_id: str) -> None:
    from mlflow.exceptions import MlflowException

    with contextlib.suppress(MlflowException):  # another one deleted it just now
        client.delete_run(run_id)


def _run(client: MlflowClient, run_id: str, where: str) -> Run:
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        run = None
    if run is None or run.info.lifecycle_stage != "active":
        raise NotFound(
            f"there is no run {run_id!r} in {where}",
            hint="MLFLOW_TRACKING_URI names the store to look in; `labelvc scores` lists the "
            "scores that are kept here.",
        )
    return run


def _artifact(client: MlflowClient, run_id: str, where: str) -> bytes:
    """The record among the files of a run. Raises NotFound where it is gone."""
    if RECORD not in [file.path for file in client.list_artifacts(run_id)]:
        raise NotFound(
            f"run {run_id} in {where} has no {RECORD} any more",
            hint="The record may still be under scores/ in Git: `labelvc scores` lists them.",
        )
    with tempfile.TemporaryDirectory() as folder:
        return Path(client.download_artifacts(run_id, RECORD, folder)).read_bytes()
