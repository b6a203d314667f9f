"""Writing an MLflow run: it is FINISHED only when all of it is there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from labelvc.adapters.mlflow_run import (
    inputs,
    metrics,
    params,
    run_name,
    tags,
    write_artifacts,
)
from labelvc.core.record import ScoreRecord

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

T = TypeVar("T")
# Whoever writes a run is named in it until it is finished.
WRITER = "labelvc.writer"
# MLflow takes 1000 and 100 in a request, and a megabyte, which 25 of the longest parameters fill.
_METRICS_AT_ONCE, _PARAMS_AT_ONCE = 1000, 25


def write(
    client: MlflowClient,
    experiment_id: str,
    record: ScoreRecord,
    source: Mapping[str, str],
    predictions: Path | None,
) -> Run:
    """A new run of a record; where anything goes wrong it is deleted."""
    named = {**tags(record), WRITER: writer()}
    with tempfile.TemporaryDirectory() as folder:
        write_artifacts(record, Path(folder))  # before there is a run that could stay half
        run = client.create_run(experiment_id, tags=named, run_name=run_name(record))
        run_id = run.info.run_id
        try:
            _log_values(client, run_id, record)
            _log_inputs(client, run_id, record, source)
            client.log_artifacts(run_id, folder)
            if predictions is not None:
                client.log_artifact(run_id, str(predictions), "predictions")
            client.delete_tag(run_id, WRITER)
            client.set_terminated(run_id)
        except BaseException:
            with contextlib.suppress(Exception):  # else it is found dead the next time
                client.delete_run(run_id)
            raise
    return run


def writer() -> str:
    """This machine and user, as a hash: it stands in runs that others see."""
    return hashlib.sha256(f"{platform.node()} {os.getuid()}".encode()).hexdigest()[:16]


def _log_values(client: MlflowClient, run_id: str, record: ScoreRecord) -> None:
    """Metrics and parameters, as many in a request as MLflow takes."""
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    measured = [Metric(name, value, now, 0) for name, value in metrics(record).items()]
    chosen = [Param(name, value) for name, value in params(record).items()]
    for some in _parts(measured, _METRICS_AT_ONCE):
        client.log_batch(run_id, metrics=some)
    for few in _parts(chosen, _PARAMS_AT_ONCE):
        client.log_batch(run_id, params=few)


def _log_inputs(
    client: MlflowClient, run_id: str, record: ScoreRecord, source: Mapping[str, str]
) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    datasets = [
        DatasetInput(Dataset(**dataset), [InputTag("mlflow.data.context", context)])
        for dataset, context in inputs(record, source)
    ]
    client.log_inputs(run_id, datasets=datasets)


def _parts(items: Sequence[T], size: int) -> Iterator[list[T]]:
    left = iter(items)
    while part := list(islice(left, size)):
        yield part
