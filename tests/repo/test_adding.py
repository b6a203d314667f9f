"""Paths and names of label sets to be."""

import pytest

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.repo.adding import path_in
from labelvc.repo.repository import Repository
from tests.repo.project import Project, make_project


def test_paths_are_taken_from_the_current_folder(project: Project, monkeypatch):
    project.write("labels/train.json", "{}")
    project.write("labels/old.json.dvc", "outs: []")
    repo = Repository.find(project.path)
    monkeypatch.chdir(project.path / "labels")
    for given in ("train.json", "../labels/train.json", str(project.path / "labels/train.json")):
        assert path_in(repo, given) == "labels/train.json"
    project.write("labels/train.json.dvc", "outs: []")
    assert path_in(repo, "train.json.dvc") == "labels/train.json"
    with pytest.raises(NotFound) as error:
        path_in(repo, "old.json")
    assert "dvc pull old.json.dvc" in (error.value.hint or "")


def test_a_link_into_dvcs_cache_is_the_label_file_itself(project: Project, monkeypatch):
    project.write(".dvc/cache/x", "{}")
    project.write("labels/.keep", "")
    (project.path / "labels/train.json").symlink_to(project.path / ".dvc/cache/x")
    monkeypatch.chdir(project.path)
    assert path_in(Repository.find(project.path), "labels/train.json") == "labels/train.json"


def test_paths_are_relative_to_the_project(tmp_path, monkeypatch):
    project = make_project(tmp_path / "top", root="sub")
    project.write("train.json", "{}")
    (project.path / "outside.json").write_text("{}")
    repo = Repository.find(project.path / "sub")
    monkeypatch.chdir(project.path)
    assert path_in(repo, "sub/train.json") == "train.json"
    with pytest.raises(LabelvcError, match="not inside the project"):
        path_in(repo, "outside.json")
