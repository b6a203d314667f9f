"""Media that the working tree lacks: found in DVC, and only those fetched that are asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from labelvc.repo.media import Media
from labelvc.repo.repository import Repository
from labelvc.repo.stored_media import StoredMedia
from tests.repo.project import Project


@pytest.fixture
def stored(project: Project, tmp_path: Path) -> Project:
    """Three images tracked as a folder, on a remote alone."""
    for name in ("a.jpg", "sub/b.png", "c.jpg"):
        project.write(f"images/{name}", name.encode())
    project.remote(tmp_path / "remote")
    project.track("images")
    project.commit()
    with project.dvc_repo() as dvc:
        dvc.push()
    shutil.rmtree(project.path / ".dvc/cache")
    shutil.rmtree(project.path / "images")
    return project


def opened(project: Project) -> StoredMedia:
    repo = Repository.find(project.path)
    return StoredMedia(repo, "images", repo.git.commit("HEAD"), Media(project.path / "images"))


def objects(project: Project) -> int:
    found = (project.path / ".dvc/cache/files/md5").rglob("*")
    return sum(one.is_file() and one.suffix != ".dir" for one in found)


def test_only_what_is_asked_for_is_fetched(stored: Project):
    media = opened(stored)
    assert media.find("a.jpg", "a.jpg").reason == "missing"
    assert media.bring([("a.jpg", "a.jpg", None), (None, "images/sub/b.png", None)]) is None
    assert objects(stored) == 2
    found = media.find("a.jpg", "a.jpg").path
    assert found is not None and found.read_bytes() == b"a.jpg"
    named = media.find(None, "images/sub/b.png").path
    assert named is not None and named.read_bytes() == b"sub/b.png"
    assert media.find("c.jpg", "c.jpg").reason == "missing"


def test_what_the_working_tree_has_is_taken_from_there(stored: Project):
    stored.write("images/a.jpg", b"changed")
    media = opened(stored)
    assert media.bring([("a.jpg", "a.jpg", None)]) is None
    found = media.find("a.jpg", "a.jpg").path
    assert found == stored.path / "images/a.jpg" and objects(stored) == 0


def test_a_path_that_leads_out_is_not_looked_for(stored: Project):
    media = opened(stored)
    assert media.bring([("../../secret", "../../secret", None), ("no.jpg", "no", None)]) is None
    assert media.find("../../secret", "../../secret").path is None
    assert objects(stored) == 0


def test_a_remote_that_is_gone_is_told(stored: Project, tmp_path: Path):
    media = opened(stored)
    assert media.bring([("a.jpg", "a.jpg", None)]) is None
    stored.write(".dvc/config", "")
    again = opened(stored)
    assert "no DVC remote" in str(again.bring([("c.jpg", "c.jpg", None)]))


def test_a_folder_that_nobody_tracks_has_nothing(project: Project):
    project.commit()
    media = opened(project)
    assert media.find("a.jpg", "a.jpg").reason == "missing"
    assert media.bring([("a.jpg", "a.jpg", None)]) is None
