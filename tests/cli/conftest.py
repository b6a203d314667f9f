"""Fixtures: real repositories, and the program called as a person calls it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelvc.cli.main import main
from tests.cli.shell import FIRST, SECOND, Shell
from tests.repo.conftest import plain, project, surroundings
from tests.repo.project import Project, apart, make_project

__all__ = ["labels", "plain", "project", "run", "surroundings"]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Calls labelvc; see `Shell`. Hooks stay idle: each verb brings label files in line itself."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LABELVC_IN_HOOK", "1")
    return Shell(capfd, monkeypatch)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """After `labelvc init`, with the label set `train` committed, and again on branch `side`."""
    folder = tmp_path_factory.mktemp("built")
    with apart(folder / "surroundings") as patch:
        built = make_project(folder / "project")
        patch.chdir(built.path)
        built.write("labels/train.json", FIRST)
        for arguments in (["init"], ["add", "labels/train.json"], ["commit", "-m", "First labels"]):
            assert main([*arguments, "--quiet"]) == 0
        built.git("checkout", "-q", "-b", "side")
        built.write("labels/train.json", SECOND)
        assert main(["commit", "-m", "Second labels", "--quiet"]) == 0
        built.git("checkout", "-q", "main")
        built.commit("Set up")
    yield built.path


@pytest.fixture
def labels(built: Path, tmp_path: Path, run: Shell) -> Project:
    """A copy of `built` of the test's own, which is the current folder."""
    path = tmp_path / "labels"
    shutil.copytree(built, path, symlinks=True)
    run("status", at=path)
    return Project(path, commits=["", ""])
