"""What an evaluation reads and no commit has."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelvc.core.errors import LabelvcError
from labelvc.repo.dirty import dirty, refuse_dirty
from labelvc.repo.experiment import home_of
from labelvc.repo.repository import Repository
from tests.repo.project import Project

CONFIG = "sets: {train: {path: t.csv, format: table}}\n"


@pytest.fixture
def clean(project: Project) -> Project:
    project.write("labelvc.yaml", CONFIG)
    project.write("params.yaml", "evaluate: {seed: 0}\nsets: {train: {path: t.csv}}\n")
    project.write("code.py", "x = 1\n")
    project.tracked("t.csv", "image,label\na,cat\n")
    return project


def found(project: Project, **given: str) -> list[str]:
    repo = Repository.find(project.path)
    return dirty(repo, repo.config(None).sets, [project.path / "code.py"], **given)


def test_a_clean_tree_and_what_never_counts(clean: Project):
    assert found(clean) == []
    for name in (
        "dvc.lock",
        "scores/m/1.json",
        "metrics/a.json",
        ".gitignore",
        "mlflow.db",
        "b.py",
    ):
        clean.write(name, "schema: '2.0'\n" if name == "dvc.lock" else "{}")
    clean.write("params.yaml", "evaluate: {seed: 0}\nsets: {train: {path: t.csv}, b: {path: c}}\n")
    assert found(clean) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "image,label\na,dog\n"),
        ("labelvc.yaml", "sets: {train: {path: t.csv, format: table, key: image}}\n"),
        ("params.yaml", "evaluate: {seed: 1}\nsets: {train: {path: t.csv}}\n"),
        ("code.py", "x = 2\n"),
    ],
)
def test_what_is_read_and_changed_counts(clean: Project, name: str, content: str):
    clean.write(name, content)
    assert found(clean) == [name]
    clean.git("add", "-A")  # staged is not committed
    assert found(clean) == [name]


def test_a_pointer_that_is_not_committed_counts(clean: Project):
    clean.write("t.csv", "image,label\na,dog\n")
    clean.track("t.csv")
    assert found(clean) == ["t.csv"]


def test_untracked_code_counts_and_code_elsewhere_does_not(clean: Project, tmp_path: Path):
    repo = Repository.find(clean.path)
    new = clean.write("new.py", "")
    (tmp_path / "elsewhere.py").write_text("")
    assert dirty(repo, [], [new, tmp_path / "elsewhere.py"]) == ["new.py"]


def test_an_experiment_keeps_its_parameters_itself(clean: Project, monkeypatch):
    clean.write("params.yaml", "evaluate: {seed: 1}\n")
    clean.write("code.py", "x = 2\n")
    monkeypatch.setenv("DVC_EXP_NAME", "young-hawk")
    assert found(clean) == ["code.py"]


def test_at_a_revision_its_labels_are_read_but_code_has_to_be_as_it_was(clean: Project):
    first = clean.commits[-1]
    clean.write("t.csv", "image,label\na,dog\n")
    clean.write("params.yaml", "evaluate: {seed: 1}\n")
    assert found(clean, commit=first) == []
    clean.write("code.py", "x = 2\n")
    clean.commit("Other code")
    assert found(clean, commit=first) == ["code.py"]


def test_the_refusal_names_paths_and_the_way_out():
    refuse_dirty([])
    with pytest.raises(LabelvcError, match="a0, a1, a2, a3, a4 and 2 more") as caught:
        refuse_dirty([f"a{number}" for number in range(7)])
    assert "--allow-dirty" in str(caught.value)


def test_a_temporary_copy_of_an_experiment_belongs_to_the_project_it_is_of(tmp_path, monkeypatch):
    copy = tmp_path / ".dvc" / "tmp" / "exps" / "standalone" / "tmp1"
    copy.mkdir(parents=True)
    assert home_of(copy) == copy
    monkeypatch.setenv("DVC_EXP_NAME", "young-hawk")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert home_of(copy) == tmp_path
    assert home_of(tmp_path) == tmp_path
    assert home_of(tmp_path.parent) == tmp_path.parent
