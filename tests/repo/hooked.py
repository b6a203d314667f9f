"""A repository after `labelvc init`, with branches whose pointers differ."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from labelvc.repo.repository import Repository
from labelvc.repo.scaffold import init
from labelvc.repo.sync import remember
from tests.repo.project import Project, apart, make_project

CONFIG = """version: 1
sets:
  train: {path: labels/train.json, format: coco}
  val: {path: labels/val.json, format: coco}
  boxes: {path: labels/boxes, format: yolo}
"""


def coco(*categories: str) -> dict[str, Any]:
    """One image with a box for each category given."""
    names = sorted({"cat", "dog", *categories})
    boxes = [
        {"id": n, "image_id": 1, "category_id": names.index(name), "bbox": [n, 2, 30, 20]}
        for n, name in enumerate(categories)
    ]
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}],
        "annotations": boxes,
        "categories": [{"id": n, "name": name} for n, name in enumerate(names)],
    }


FIRST, SECOND, THIRD = coco("cat", "cat"), coco("cat", "dog"), coco("bird", "bird", "bird")
EDITED = coco("dog")  # never stored


def write_boxes(project: Project, images: int) -> None:
    """The folder-type label set, with a label file for each of so many images."""
    shutil.rmtree(project.path / "labels/boxes", ignore_errors=True)
    project.write("labels/boxes/data.yaml", "names: [cat, dog]\n")
    for image in range(images):
        project.write(f"labels/boxes/labels/{image}.txt", "0 0.5 0.5 0.1 0.1\n")


def build(path: Path) -> Project:
    """Branches: main, `trained` and `rival` (train and boxes changed), `valued` (val changed)."""
    with apart(path.parent / "surroundings"):  # what the hooks do is what is tested later
        project = make_project(path)
        init(project.path)
        project.write("labelvc.yaml", CONFIG)
        _commit(project, "main", train=FIRST, val=FIRST, images=1)
        project.git("branch", "valued")
        for branch, train, images in (("trained", SECOND, 2), ("rival", THIRD, 3)):
            project.git("checkout", "-q", "-b", branch, "main")
            _commit(project, branch, train=train, images=images)
        project.git("checkout", "-q", "valued")
        _commit(project, "valued", val=SECOND)
        project.git("checkout", "-q", "main")
        with project.dvc_repo() as dvc:
            dvc.checkout(force=True)
    return project


def _commit(project: Project, message: str, *, images: int = 0, **labels: Any) -> None:
    names = [f"labels/{name}.json" for name in labels]
    for name, content in zip(names, labels.values(), strict=True):
        project.write(name, content)
    if images:
        write_boxes(project, images)
        names.append("labels/boxes")
    project.track(*names)
    project.commit(message)


def copy(built: Project, to: Path) -> Project:
    """A repository of a test's own, after a first look at it."""
    shutil.copytree(built.path, to, symlinks=True)
    remember(Repository.find(to))
    return Project(to)


def git(project: Project, *args: str, fails: bool = False) -> str:
    """Run git, and give what it and its hooks said on either stream."""
    done = subprocess.run(
        ["git", *args], cwd=project.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = os.fsdecode(done.stdout)
    assert bool(done.returncode) == fails, said
    return said


def assert_in_line(project: Project) -> None:
    """Each label file is what its pointer says, by DVC's own judgement."""
    with project.dvc_repo() as dvc:
        assert dvc.status() == {}


def pointed(project: Project, name: str) -> str:
    """The md5 that a pointer names."""
    pointer = yaml.safe_load((project.path / f"labels/{name}.dvc").read_text())
    return str(pointer["outs"][0]["md5"])
