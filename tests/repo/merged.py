"""A repository after `labelvc init` whose branches changed one label set, and what merges make."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from labelvc.repo.committing import commit
from labelvc.repo.repository import Repository
from labelvc.repo.scaffold import init
from labelvc.repo.status import status
from tests.cli.shell import Shell
from tests.repo.hooked import assert_in_line, copy, git
from tests.repo.project import Project, apart, make_project

__all__ = ["assert_in_line", "copy", "git"]

PATH = "labels/train.json"
POINTER = f"{PATH}.dvc"
CONFIG = "version: 1\nsets:\n  train: {path: labels/train.json, format: coco}\n"
CATEGORIES = ("cat", "dog", "bird")

# One label a line, with spacing, number texts and a key of its own that no writer would choose.
LABELS = {
    n: f'{{"id": {n}, "image_id": {n % 3},  "category_id":0, "bbox": [{n}0.50, 2e0, 8, 8.0], '
    f'"area": 64.0, "iscrowd":0, "note": "n{n}"}}'
    for n in range(1, 9)
}


def relabelled(n: int, category: str) -> dict[int, str]:
    """An edit: label `n` is of another category."""
    return {n: LABELS[n].replace('_id":0', f'_id":{CATEGORIES.index(category)}')}


def moved(n: int, x: float) -> dict[int, str]:
    """An edit: the box of label `n` begins at another x."""
    return {n: LABELS[n].replace(f"[{n}0.50", f"[{x}")}


# What each branch changed of what `base` has; `clash` is against `ours`.
EDITS: Mapping[str, dict[int, str]] = {
    "ours": relabelled(2, "dog"),
    "theirs": {**relabelled(1, "dog"), **moved(5, 300.25)},
    "third": relabelled(7, "bird"),
    "clash": relabelled(2, "bird"),
}


def text(*edits: str | dict[int, str]) -> str:
    """The label file with the edits of branches, or any others."""
    labels = dict(LABELS)
    for edit in edits:
        labels.update(EDITS[edit] if isinstance(edit, str) else edit)
    images = ",\n  ".join(
        f'{{"id": {n}, "file_name": "{n}.jpg", "width": 640, "height": 480}}' for n in range(3)
    )
    names = ", ".join(f'{{"id": {n}, "name": "{name}"}}' for n, name in enumerate(CATEGORIES))
    rows = ",\n  ".join(label for label in labels.values() if label)
    return (
        f'{{"images": [\n  {images}\n ],\n "annotations": [\n  {rows}\n ],\n '
        f'"categories": [{names}]}}\n'
    )


def build(path: Path) -> Project:
    """Branch `base` and one for each of EDITS above it, and `gone`; `ours` is checked out."""
    with apart(path.parent / "surroundings"):  # what the hooks do is what is tested later
        project = make_project(path)
        init(project.path)
        (project.path / "dvc.yaml").unlink()  # its stages never ran: `dvc status` would tell
        project.write("labelvc.yaml", CONFIG)
        project.write("other.txt", "1\n")
        project.git("checkout", "-q", "-b", "base")
        save(project, "base", text())
        project.commit("Set up")
        for name in EDITS:
            project.git("checkout", "-q", "-b", name, "base")
            save(project, name, text(name))
        project.git("checkout", "-q", "-b", "gone", "base")
        project.git("rm", "-q", POINTER)
        project.write("labelvc.yaml", "version: 1\nsets: {}\n")
        project.commit("gone")
        project.git("checkout", "-q", "ours")
        project.write(PATH, text("ours"))
    return project


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What `build` makes, for all tests of a module."""
    return build(tmp_path_factory.mktemp("merged") / "built")


@pytest.fixture
def merging(built: Project, tmp_path: Path) -> Project:
    """On branch `ours`, hooks at work."""
    return copy(built, tmp_path / "project")


@pytest.fixture
def run(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, merging: Project
) -> Shell:
    """Calls labelvc in the repository."""
    monkeypatch.chdir(merging.path)
    return Shell(capfd, monkeypatch)


def save(project: Project, message: str, content: str | bytes, path: str = PATH) -> str:
    """Write the label file and commit it as `labelvc commit` does; a minute after the last."""
    project.write(path, content)
    minute = len(project.commits) + 1
    os.environ["GIT_AUTHOR_DATE"] = f"2024-01-01T13:{minute:02d}:00+0000"
    os.environ["GIT_COMMITTER_DATE"] = os.environ["GIT_AUTHOR_DATE"]
    repo = Repository.find(project.path)
    sha = commit(repo, message).sha
    repo.close()
    assert sha is not None
    project.commits.append(sha)
    return sha


def labels(project: Project, path: str = PATH) -> str:
    """The label file of the working tree."""
    return project.read(path).decode()


def assert_clean(project: Project) -> None:
    """DVC and labelvc both find every label file to be what its pointer says."""
    assert_in_line(project)
    repo = Repository.find(project.path)
    told = [(row.name, row.state, row.detail) for row in status(repo)]
    repo.close()
    assert all(state in ("unchanged", "changed") for _, state, _ in told), told


def assert_merged(project: Project, *edits: str | dict[int, str]) -> None:
    """The label file has the very bytes with these edits, and everything is in line."""
    assert labels(project) == text(*edits)
    assert_clean(project)


def forget_objects(project: Project) -> Path:
    """Take DVC's cache away; where it is now."""
    away = project.path.parent / "cache-away"
    shutil.move(str(project.path / ".dvc/cache"), away)
    return away


def merge_commit(project: Project, branch: str, parents: tuple[str, str], content: str) -> None:
    """A branch with a merge whose labels are the content given, whatever a merge would make."""
    project.git("checkout", "-q", "-B", branch, parents[0])
    project.write(PATH, content)
    project.track(PATH)
    if project.git("status", "--porcelain"):
        save(project, "merged", content)
    sha = project.git(
        "commit-tree", "HEAD^{tree}", "-p", parents[0], "-p", parents[1], "-m", "merged"
    )
    project.git("reset", "-q", "--soft", sha)
