"""The example pipeline runs as it stands."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from labelvc.repo.scaffold import init
from tests.repo.hooked import FIRST, THIRD
from tests.repo.project import Project

EXAMPLE = Path(__file__).parents[2] / "dvc.yaml.example"


def test_the_counts_are_a_metric(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    init(project.path)
    project.write("labelvc.yaml", "sets: {train: {path: labels/train.json, format: coco}}\n")
    project.write("dvc.yaml", EXAMPLE.read_bytes())
    project.write("labels/train.json", FIRST)
    project.track("labels/train.json")
    with project.dvc_repo() as dvc:
        dvc.reproduce()
    project.commit("First")
    project.write("labels/train.json", THIRD)
    project.track("labels/train.json")
    with project.dvc_repo() as dvc:
        dvc.reproduce()
        (changes,) = dvc.metrics.diff()["diff"].values()
    counts = {key.rpartition("totals.")[2]: change["diff"] for key, change in changes.items()}
    assert counts["labels"] == 1
