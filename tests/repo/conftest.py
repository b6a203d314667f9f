"""Fixtures: real repositories, each in its own folder with no configuration from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.repo.project import Project, make_project, quiet_surroundings


@pytest.fixture(autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("GIT_", "DVC_"))]:
        monkeypatch.delenv(name)
    for name, value in quiet_surroundings(tmp_path_factory.mktemp("surroundings")).items():
        monkeypatch.setenv(name, value)
    # Set here so that what commits set is undone after the test.
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2024-01-01T12:00:00+0000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-01-01T12:00:00+0000")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty Git and DVC repository."""
    return make_project(tmp_path / "project")


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    """An empty Git repository without DVC."""
    return make_project(tmp_path / "plain", dvc=False)
