"""The job that reports a pull request, run against a real origin and DVC remote."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from labelvc.repo.committing import commit
from labelvc.repo.repository import Repository
from tests.repo.forged import CONFIG, FORGES, Forge, built, forge, run
from tests.repo.project import Project

__all__ = ["built", "forge"]

JOB = "labelvc-report"
BOXES = f"{CONFIG}  boxes: {{path: boxes.json, format: coco, media: images}}\n"
EDGE = 40  # of the pictures, in pixels


def report(clone: Project, ci: str, name: str = "report.md") -> str:
    """What the job wrote."""
    folder = clone.path if ci == "gitlab" else clone.path.parent / "temporary"
    return (folder / "labels-report" / name).read_text()


def about(clone: Project, ci: str) -> Any:
    return json.loads(report(clone, ci, "about.json"))


def problems(clone: Project, ci: str, said: str) -> str:
    """Where the forge shows the problems of the labels."""
    return (clone.path / "problems.json").read_text() if ci == "gitlab" else said


def boxes(x: int = 1, width: int = 9) -> str:
    """Labels of three pictures; `x` and `width` are of the last one's."""
    placed = [[1, 1, 9, 9], [1, 1, 9, 9], [x, 1, width, 9]]
    coco = {
        "images": [
            {"id": n, "file_name": f"{n}.png", "width": EDGE, "height": EDGE} for n in range(3)
        ],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 0, "bbox": box} for n, box in enumerate(placed)
        ],
        "categories": [{"id": 0, "name": "cell"}],
    }
    return json.dumps(coco)


def picture(n: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (EDGE, EDGE), (50 * n, 90, 90)).save(made, "PNG")
    return made.getvalue()


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@pytest.fixture
def pictured(forge: Forge) -> Forge:
    """On `main` also boxes with their pictures, all of it on the DVC remote."""
    forge.branch("main")
    author = forge.author
    author.write("labelvc.yaml", BOXES)
    author.write("boxes.json", boxes())
    for n in range(3):
        author.write(f"images/{n}.png", picture(n))
    author.track("boxes.json", "images")
    forge.push()
    return forge


def correct(forge: Forge, content: str) -> Project:
    """The clone of a branch that changed the boxes."""
    forge.branch("correction", "main")
    forge.author.write("boxes.json", content)
    forge.author.track("boxes.json")
    forge.push()
    return forge.clone("correction")


def noted(forge: Forge) -> None:
    """`labelvc commit`, which notes the counts in the pointers, and `git push`."""
    commit(Repository.find(forge.author.path), "Correct labels")
    forge.push()


def push(forge: Forge) -> Path:
    """Everything goes to the DVC remote; the empty cache of the clones."""
    cache = forge.remote.parent / "cache"
    cache.rename(forge.remote)  # both keep objects in the same way
    return cache


@pytest.mark.parametrize("ci", FORGES)
def test_the_report_tells_what_the_branch_changed_since_it_parted(forge: Forge, ci: str) -> None:
    clone = forge.clone("night")
    done = run(clone, ci, JOB)
    assert done.returncode == 0, done.stdout
    told = report(clone, ci)
    assert "train" in told and "dog" in told
    assert "val" not in told.split("Unchanged")[0]  # main's own change
    assert "<html" in report(clone, ci, "report.html")
    assert about(clone, ci) == {
        "pull_request": 7,
        "head": clone.git("rev-parse", "HEAD"),
        "run": 9,
        "changed": True,
    }
    if ci == "github":
        assert (clone.path.parent / "temporary/summary.md").read_text() == told


def test_a_branch_without_label_changes_is_told_to_who_posts_the_comment(forge: Forge) -> None:
    forge.branch("code", "main")
    forge.author.write("train.py", "print()\n")
    forge.push()
    clone = forge.clone("code")
    done = run(clone, "github", JOB)
    assert done.returncode == 0, done.stdout
    assert about(clone, "github")["changed"] is False


@pytest.mark.parametrize("ci", FORGES)
def test_new_problems_fail_the_job_after_the_report(pictured: Forge, ci: str) -> None:
    clone = correct(pictured, boxes(width=-9))
    done = run(clone, ci, JOB)
    assert done.returncode == 1, done.stdout
    assert "boxes" in report(clone, ci)
    assert about(clone, ci)["changed"]
    assert "boxes.json.dvc" in problems(clone, ci, done.stdout)


def test_problems_of_before_do_not_fail_the_job(pictured: Forge) -> None:
    pictured.author.write("boxes.json", boxes(width=-9))
    pictured.author.track("boxes.json")
    pictured.push()
    done = run(correct(pictured, boxes(width=-9).replace("cell", "Cell")), "github", JOB)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("ci", FORGES)
def test_labels_that_cannot_be_read_are_told(pictured: Forge, ci: str) -> None:
    clone = correct(pictured, '{"images": [')
    done = run(clone, ci, JOB)
    assert done.returncode, done.stdout
    assert "Traceback" not in done.stdout
    if ci == "gitlab":
        assert "boxes.json" in problems(clone, ci, done.stdout)


def test_a_fork_without_the_labels_gets_the_report_of_the_pointers(pictured: Forge) -> None:
    pictured.author.write("boxes.json", boxes(x=2))
    noted(pictured)
    pictured.branch("correction", "main")
    fewer = json.loads(boxes())
    fewer["annotations"].pop()
    pictured.author.write("boxes.json", json.dumps(fewer))
    noted(pictured)
    shutil.rmtree(pictured.remote.parent / "cache")
    clone = pictured.clone("correction")
    done = run(clone, "github", JOB)
    assert "Traceback" not in done.stdout
    told = report(clone, "github")
    assert re.search(r"boxes.*3 -> 2", told)
    assert about(clone, "github")["changed"] is True


def test_only_what_differs_and_is_shown_is_fetched(pictured: Forge) -> None:
    clone = correct(pictured, boxes(x=20))
    cache = push(pictured)
    done = run(clone, "github", JOB)
    assert done.returncode == 0, done.stdout
    fetched = {f"{path.parent.name}{path.name}" for path in cache.rglob("*") if path.is_file()}
    labels = {md5(boxes().encode()), md5(boxes(x=20).encode())}
    assert {name for name in fetched if not name.endswith(".dir")} == {*labels, md5(picture(2))}
    assert not (clone.path / "images").exists()
    assert "data:image" in report(clone, "github", "report.html")
