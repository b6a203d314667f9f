"""Predictions kept in DVC, and score records in Git."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from labelvc.core.errors import NotFound
from labelvc.core.predictions import Predictions
from labelvc.core.snapshot import labels_frame
from labelvc.repo.keeping import Kept, fetch, file_name, keep
from labelvc.repo.repository import Repository
from tests.repo.project import Project


def predictions(category: str) -> Predictions:
    labels = labels_frame(sample=["a"], kind=["class"], category=[category], confidence=[0.5])
    return Predictions(pl.Series(["a", "b"]), labels, [category])


def test_kept_predictions_are_tracked_and_come_back(project: Project):
    repo = Repository.find(project.path)
    kept = keep(repo, "my/model v1", "train", predictions("cat"))
    assert kept.path.startswith("predictions/train/my-model-v1/")
    assert (project.path / f"{kept.path}.dvc").exists()
    project.commit("Keep")
    assert kept.path not in project.git("ls-files").splitlines()
    assert fetch(repo, kept, label="them").digest() == predictions("cat").digest()


def test_the_same_predictions_are_kept_once_and_others_beside_them(project: Project):
    repo = Repository.find(project.path)
    first = keep(repo, "m", "train", predictions("cat"))
    project.commit("Keep")
    assert keep(repo, "m", "train", predictions("cat")) == first
    assert project.git("status", "--porcelain") == ""
    assert keep(repo, "m", "train", predictions("dog")).path != first.path


def test_a_clone_fetches_them_and_says_where_they_are_gone(project: Project, tmp_path: Path):
    remote = tmp_path / "remote"
    project.remote(remote)
    kept = keep(Repository.find(project.path), "m", "train", predictions("cat"))
    project.commit("Keep")
    project.dvc("push", "-q")
    clone = Project(tmp_path / "clone")
    project.git("clone", "-q", ".", str(clone.path))
    assert len(fetch(Repository.find(clone.path), kept, label="them").samples) == 2
    gone = Kept(kept.path, "0" * 32, kept.digest)
    with pytest.raises(NotFound, match="the predictions of m: object 0000"):
        fetch(Repository.find(clone.path), gone, label="the predictions of m")


def test_a_file_that_was_edited_is_not_taken_for_the_kept_one(project: Project):
    repo = Repository.find(project.path)
    kept = keep(repo, "m", "train", predictions("cat"))
    repo.objects.path_of(kept.hash).unlink()
    fetch(repo, kept, label="them")
    (project.path / kept.path).unlink()
    (project.path / kept.path).write_bytes(b"other")
    with pytest.raises(NotFound):
        fetch(repo, kept, label="them")


@pytest.mark.parametrize(
    ("name", "as_file"), [("../up", "up"), ("a b/c", "a-b-c"), ("///", "model"), ("v1.2", "v1.2")]
)
def test_a_models_name_makes_a_harmless_folder(name: str, as_file: str):
    assert file_name(name) == as_file
