"""MLflow stores for tests: what is in them, and processes that log to them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from labelvc.adapters import mlflow as scores
from labelvc.core.record import ScoreRecord
from tests.data import ROOT

EXPERIMENT = "cells"
SOURCE = {"repository": "https://example.org/cells.git"}


@contextmanager
def no_settings() -> Iterator[None]:
    """Nothing of the user's own MLflow settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
            patch.delenv(name)
        yield


def client(uri: str):  # type: ignore[no-untyped-def]
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)


def runs(uri: str, record: ScoreRecord, *, status: str | None = None) -> list:  # type: ignore[type-arg]
    """The runs of a record that are not deleted."""
    asked = client(uri)
    experiment = asked.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        return []
    wanted = f"tags.`labelvc.score` = '{record.digest}'"
    if status:
        wanted += f" and attributes.status = '{status}'"
    return list(asked.search_runs([experiment.experiment_id], wanted))


def log(record: ScoreRecord, uri: str, predictions: Path | None = None) -> scores.Logged:
    return scores.log(
        record, uri=uri, experiment=EXPERIMENT, source=SOURCE, predictions=predictions
    )


_SCRIPT = """
import os, sys, signal, platform
import mlflow as heavy
from pathlib import Path
from labelvc.adapters import mlflow
from labelvc.core.record import parse_record
uri, experiment, text, how = sys.argv[1:]
class Deadly:
    def __str__(self):
        os.kill(os.getpid(), signal.SIGKILL)
predictions = Deadly() if how == "killed" else None  # when all the rest is there
if how == "elsewhere":
    platform.node = lambda: "another machine"
source = {"repository": "https://example.org/cells.git"}
options = {"uri": uri, "experiment": experiment, "source": source, "predictions": predictions}
print("ready", flush=True)
input()
print(mlflow.log(parse_record(text), **options).run_id)
"""


@dataclass
class Other:
    """Another process that logs a record, once it is told to go."""

    process: subprocess.Popen[str]

    @classmethod
    def ready(cls, record: ScoreRecord, uri: str, folder: Path, how: str = "") -> Other:
        """Started, with MLflow imported: to be "killed" when it is nearly done, or "elsewhere",
        as if on another machine."""
        temporary = {"TMPDIR": str(folder)} if how == "elsewhere" else {}
        process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, uri, EXPERIMENT, record.to_json(), how],
            cwd=ROOT,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", **temporary},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return cls(process)

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> tuple[int, str]:
        """How it ended, and the run that it told of; it must say nothing else."""
        out, err = self.process.communicate(timeout=90)
        assert err == ""
        return self.process.returncode, out.strip()
