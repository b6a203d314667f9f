"""A label set of classes in two versions, and two models' predictions for it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from labelvc.cli.main import main
from tests.cli.shell import Shell
from tests.repo.project import Project, apart, make_project

BEFORE = ("cat", "cat", "dog", "dog", "dog", "cat", "dog", "cat")
AFTER = ("cat", "cat", "dog", "dog", "cat", "cat", "cat", "cat")  # two dogs were cats


def table(classes: Sequence[str]) -> str:
    """A CSV file of classes."""
    rows = [f"{number},{name}" for number, name in enumerate(classes)]
    return "\n".join(["id,label", *rows, ""])


@pytest.fixture(scope="session")
def built_pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Label set `pets` committed twice; `old.csv` and `new.csv` hold the predictions of models."""
    folder = tmp_path_factory.mktemp("pets")
    with apart(folder / "surroundings") as patch:
        pets = make_project(folder / "project")
        patch.chdir(pets.path)
        assert main(["init", "-q"]) == 0
        pets.write("old.csv", table(BEFORE))  # as good as the first labels
        pets.write("new.csv", table((*AFTER[:5], "dog", *AFTER[6:])))  # one wrong
        pets.remote(Path("../../remote"))  # beside the copy that a test works in
        pets.commit("Set up")
        pets.write("labels/pets.csv", table(BEFORE))
        assert main(["add", "labels/pets.csv", "--task", "text-classification", "-q"]) == 0
        assert main(["commit", "-m", "First labels", "-q"]) == 0
        pets.write("labels/pets.csv", table(AFTER))
        assert main(["commit", "-m", "Two cats", "-q"]) == 0
    return pets.path


@pytest.fixture
def pets(built_pets: Path, tmp_path: Path, run: Shell) -> Project:
    """A copy of `built_pets` of the test's own, which is the current folder."""
    path = tmp_path / "pets"
    shutil.copytree(built_pets, path, symlinks=True)
    run("status", at=path)
    return Project(path, commits=[""] * 3)


def records(project: Project) -> list[Path]:
    """The score records of the working tree."""
    return sorted((project.path / "scores").rglob("*.json"))
