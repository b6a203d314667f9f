"""A folder is brought in line by the files that differ; whoever is killed on the way resumes."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelvc.repo import checkout
from labelvc.repo.repository import Repository
from labelvc.repo.sync import sync
from tests.repo.project import Project, make_project

HEAD = "names: [cat, dog]\n"


def fill(project: Project, *classes: int) -> None:
    for number, index in enumerate(classes):
        path = project.path / f"labels/boxes/labels/{number}.txt"
        path.unlink(missing_ok=True)
        project.write(f"labels/boxes/labels/{number}.txt", f"{index} 0.5 0.5 0.1 0.1\n")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_project(tmp_path / "project")
    made.write("labelvc.yaml", "sets:\n  boxes: {path: labels/boxes, format: yolo}\n")
    made.write("labels/boxes/data.yaml", HEAD)
    made.write("labels/boxes/.keep", "")
    for classes in ((0, 0, 0, 0), (1, 1, 1)):
        fill(made, *classes)
        if len(classes) == 3:
            (made.path / "labels/boxes/labels/3.txt").unlink()
        made.track("labels/boxes")
        made.commit("Labels")
    sync(Repository.find(made.path))
    return made


def held(project: Project) -> list[str]:
    folder = project.path / "labels/boxes/labels"
    return [path.read_text()[0] for path in sorted(folder.iterdir())]


def moved(project: Project) -> Repository:
    project.git("checkout", "-q", "HEAD~1", "--", "labels/boxes.dvc")
    return Repository.find(project.path)


def test_only_what_differs_is_written(project: Project) -> None:
    kept = project.path / "labels/boxes/data.yaml"
    before = kept.stat().st_ino
    assert sync(moved(project)) == []
    assert held(project) == ["0", "0", "0", "0"]
    assert kept.stat().st_ino == before
    assert (project.path / "labels/boxes/.keep").exists()


def test_what_was_interrupted_is_completed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = moved(project)
    write, calls = checkout.write_atomic, []

    def dying(path: Path, content: bytes, *, durable: bool) -> None:
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt
        write(path, content, durable=durable)

    monkeypatch.setattr(checkout, "write_atomic", dying)
    with pytest.raises(KeyboardInterrupt):
        sync(repo)
    assert sorted(held(project)) != ["0", "0", "0", "0"]
    monkeypatch.setattr(checkout, "write_atomic", write)
    sync(Repository.find(project.path))
    assert held(project) == ["0", "0", "0", "0"]


def test_an_edit_made_after_an_interruption_is_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = moved(project)

    def dying(path: Path, content: bytes, *, durable: bool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checkout, "write_atomic", dying)
    with pytest.raises(KeyboardInterrupt):
        sync(repo)
    monkeypatch.undo()
    edited = project.path / "labels/boxes/labels/0.txt"
    edited.unlink()
    edited.write_text("1 0.4 0.4 0.3 0.3\n")
    sync(Repository.find(project.path))
    assert edited.read_text() == "1 0.4 0.4 0.3 0.3\n"
