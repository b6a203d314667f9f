"""The dataset of a run opened again, from the repository it was made in and from a clone."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labelvc.adapters import mlflow as scores
from labelvc.adapters.mlflow_dataset import LabelvcDatasetSource
from labelvc.adapters.mlflow_run import tags, write_artifacts
from labelvc.core.errors import LabelvcError, NotFound, ParseError
from tests.adapters.stores import client, no_settings
from tests.core.score_records import SCORED, record
from tests.data import ROOT
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project, make_project

__all__ = ["project", "surroundings"]

FIRST, SECOND = "sample,label\na,cat\n", "sample,label\na,dog\n"


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    with no_settings():
        yield


def source(repository: Path | str, commit: str, **fields: str) -> LabelvcDatasetSource:
    told = {"repository": str(repository), "commit": commit, "set": "test", **fields}
    return LabelvcDatasetSource.from_dict({"path": "labels/test.csv", **told})


def registered() -> None:
    """As the entry point does where the package is installed with it."""
    from mlflow.data.dataset_source_registry import get_registered_sources, register_dataset_source

    if LabelvcDatasetSource not in get_registered_sources():
        register_dataset_source(LabelvcDatasetSource)


def test_mlflow_opens_the_labels_that_a_run_was_scored_on(
    project: Project, blank_store: Path, tmp_path: Path
) -> None:
    import mlflow.data

    first, _ = project.tracked("labels/test.csv", FIRST, SECOND)
    pointer = project.git("show", f"{first}:labels/test.csv.dvc")
    labels = {**SCORED, "hash": pointer.split("md5: ")[1].split()[0]}
    uri = f"sqlite:///{shutil.copy(blank_store, tmp_path)}"
    logged = scores.log(
        record(labels=[labels], commit=first),
        uri=uri,
        experiment="x",
        source={"repository": str(project.path)},
    )
    registered()
    (used,) = client(uri).get_run(logged.run_id).inputs.dataset_inputs
    opened = mlflow.data.get_source(used)
    path = Path(opened.load(tmp_path / "then"))
    assert path == tmp_path / "then" / "labels" / "test.csv"
    assert path.read_text() == FIRST
    assert project.read("labels/test.csv").decode() == SECOND
    assert project.git("status", "--porcelain") == ""


def test_the_examples_of_the_page_run(
    project: Project,
    blank_store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import mlflow

    shutil.copy(blank_store, project.path)
    (commit,) = project.tracked("labels/test.csv", FIRST)
    told = record(labels=[{**SCORED, "hash": ""}], commit=commit)
    monkeypatch.chdir(project.path)
    uri, experiment = scores.tracking(project.path, {"experiment": "cells"})
    scores.log(told, uri=uri, experiment=experiment, source={"repository": str(project.path)})
    registered()
    names: dict[str, Any] = {}
    page = (ROOT / "docs" / "mlflow.md").read_text()
    try:
        for example in re.findall("```python\n(.*?)```", page, re.DOTALL):
            exec(compile(example, "docs/mlflow.md", "exec"), names)
    finally:
        mlflow.set_tracking_uri(None)
    assert capsys.readouterr().out == f"test {commit} then/labels/test.csv\naccuracy 0.7\n"
    assert (project.path / "then/labels/test.csv").read_text() == FIRST
    assert names["record"] == told


def test_the_page_lists_what_a_run_has(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "mlflow.md").read_text()
    whole = record(split="val", dirty=("x",), experiment="lean-kiwi")
    write_artifacts(whole, tmp_path)
    named = {re.sub(r"^labelvc\.labels\..*", "labelvc.labels.<set>", tag) for tag in tags(whole)}
    for name in named | {path.name for path in tmp_path.iterdir()}:
        assert f"`{name}`" in page, name


def test_without_a_folder_a_new_one_is_made(project: Project) -> None:
    first, second = project.tracked("labels/test.csv", FIRST, SECOND)
    paths = [Path(source(project.path, commit).load()) for commit in (first, second)]
    assert [path.read_text() for path in paths] == [FIRST, SECOND]


def test_a_folder_of_labels_comes_with_the_file_beside_it(project: Project, tmp_path: Path) -> None:
    project.write("yolo/labels/a.txt", "0 0.5 0.5 0.1 0.1\n")
    project.write("yolo/labels/deep/b.txt", "1 0.5 0.5 0.1 0.1\n")
    project.write("yolo/data.yaml", "names: [cat, dog]\n")
    project.write(
        "labelvc.yaml",
        "sets:\n  test:\n    path: yolo/labels\n    format: yolo\n"
        "    settings: {names: ../data.yaml}\n",
    )
    project.track("yolo/labels")
    commit = project.commit()
    folder = Path(source(project.path, commit, path="yolo/labels").load(tmp_path / "then"))
    files = sorted(path.relative_to(folder.parent) for path in folder.parent.rglob("*.*"))
    assert [str(path) for path in files] == ["data.yaml", "labels/a.txt", "labels/deep/b.txt"]


def test_labels_in_git_itself_are_opened(project: Project, tmp_path: Path) -> None:
    project.write("labels/test.csv", FIRST)
    commit = project.commit()
    assert Path(source(project.path, commit).load(tmp_path / "x")).read_text() == FIRST


def test_labels_of_a_project_in_a_subfolder_are_opened(tmp_path: Path) -> None:
    inner = make_project(tmp_path / "whole", root="cells")
    (commit,) = inner.tracked("labels/test.csv", FIRST)
    for repository, root in ((inner.path, "cells"), (inner.path / "cells", "")):
        opened = source(repository, commit, root=root)
        assert Path(opened.load(tmp_path / root)).read_text() == FIRST


@pytest.mark.parametrize(("root", "protocol"), [("", "file://"), ("cells", "")])
def test_a_repository_elsewhere_is_cloned(tmp_path: Path, root: str, protocol: str) -> None:
    made = make_project(tmp_path / "made", root=root)
    made.remote(tmp_path / "remote")
    first, _ = made.tracked("labels/test.csv", FIRST, SECOND)
    made.write("labels/more/deep/a.csv", SECOND)
    made.write("labels/more/b.csv", FIRST)
    made.track("labels/more")
    last = made.commit()
    with made.dvc_repo() as repo:
        repo.push(all_commits=True)
    made.git("clone", "-q", "--bare", str(made.path), str(tmp_path / "bare.git"))
    url = f"{protocol}{tmp_path}/bare.git"
    path = source(url, first, root=root).load(tmp_path / "then")
    assert path == str(tmp_path / "then" / "labels" / "test.csv")
    assert Path(path).read_text() == FIRST
    folder = Path(source(url, last, root=root, path="labels/more").load(tmp_path / "last"))
    assert (folder / "deep" / "a.csv").read_text() == SECOND
    assert (folder / "b.csv").read_text() == FIRST
    with pytest.raises(LabelvcError, match="not what was scored"):
        source(url, last, root=root, hash="0" * 32).load(tmp_path / "other")


def test_labels_that_were_never_committed_are_told(project: Project, tmp_path: Path) -> None:
    (commit,) = project.tracked("labels/test.csv", FIRST)
    with pytest.raises(LabelvcError, match="not what was scored") as error:
        source(project.path, commit, hash="0" * 32).load(tmp_path / "x")
    assert "--allow-dirty" in str(error.value.hint)


def test_what_is_gone_is_told(project: Project, tmp_path: Path) -> None:
    (commit,) = project.tracked("labels/test.csv", FIRST)
    with pytest.raises(NotFound):
        source(project.path, "0" * 40).load(tmp_path / "x")
    with pytest.raises(NotFound):
        source(project.path, commit, path="labels/other.csv").load(tmp_path / "x")
    with pytest.raises(LabelvcError, match="nowhere"):
        source(tmp_path / "nowhere", commit).load(tmp_path / "x")


@pytest.mark.parametrize(
    "fields",
    [
        {"commit": "HEAD"},
        {"commit": "--upload-pack=touch x"},
        {"commit": "a" * 40 + "\n"},
        {"repository": "--upload-pack=touch x"},
        {"repository": ""},
        {"path": "../../etc/passwd"},
        {"path": "/etc/passwd"},
        {"path": ""},
        {"root": "../.."},
        {"set": 3},
        {"surprise": "x"},
    ],
)
def test_a_hostile_source_is_refused(fields: dict[str, Any]) -> None:
    told = {"repository": "x", "commit": "a" * 40, "set": "test", "path": "labels/test.csv"}
    with pytest.raises(ParseError):
        LabelvcDatasetSource.from_json(json.dumps({**told, **fields}))


def test_a_source_is_the_same_as_json() -> None:
    told = source("https://example.org/x.git", "a" * 40, hash="b" * 32, root="cells")
    assert LabelvcDatasetSource.from_json(told.to_json()).to_dict() == told.to_dict()
