"""A repository for tests of reports and reviews."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from labelvc.repo.repository import Repository
from tests.repo.project import Project, apart
from tests.review.reviewed import Reviewed, reviewed


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The repository of `reviewed`, built once a module; tests work on copies or only read."""
    folder = tmp_path_factory.mktemp("reviewed")
    with apart(folder):
        reviewed(folder / "repo")
        yield folder / "repo"


@pytest.fixture
def change(built: Path, tmp_path: Path) -> Iterator[Reviewed]:
    """A copy of it, open."""
    import shutil

    shutil.copytree(built, tmp_path / "repo", symlinks=True)
    with apart(tmp_path):
        repo = Repository.find(tmp_path / "repo")
        try:
            yield Reviewed(Project(tmp_path / "repo"), repo)
        finally:
            repo.close()
