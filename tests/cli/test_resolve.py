"""`labelvc conflicts` and `labelvc resolve` on a real merge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.shell import Shell, coco
from tests.cli.terminal import INTERRUPT, at_a_terminal
from tests.repo.project import Project

# By image the categories of its boxes: first, on main, on side. Three boxes are in conflict.
SIDES = (
    {"a.jpg": ["cat", "dog"], "b.jpg": ["cat"]},
    {"a.jpg": ["dog", "cat"], "b.jpg": ["dog"]},
    {"a.jpg": ["cow", "cow"], "b.jpg": ["cow"]},
)


def content(number: int) -> dict[str, object]:
    return coco({**SIDES[number], "z.jpg": ["cow"]})


@pytest.fixture
def merging(labels: Project, run: Shell) -> Project:
    """In the middle of a merge with three open conflicts about categories."""

    def committed(number: int) -> None:
        labels.write("labels/train.json", content(number))
        run("commit", "-m", f"Labels {number}", "--quiet")

    committed(0)
    labels.git("checkout", "-q", "-b", "other")
    committed(2)
    labels.git("checkout", "-q", "main")
    run("status", "--quiet")
    committed(1)
    bin = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": bin}
    merge = subprocess.run(["git", "merge", "other"], cwd=labels.path, env=environment)
    assert merge.returncode == 1
    run("status", "--quiet")
    return labels


def now(project: Project) -> list[str]:
    """The categories of the boxes in the label file."""
    told = json.loads(project.read("labels/train.json"))
    names = {one["id"]: one["name"] for one in told["categories"]}
    return [names[box["category_id"]] for box in told["annotations"]]


def test_conflicts_are_shown_and_counted(merging: Project, run: Shell):
    told = run("conflicts", "--exit-code", code=1).out
    assert "3 open conflicts (edit/edit)" in told and "a.jpg: box #1" in told
    assert len(run("conflicts", "--json").json["sets"]["train"]["conflicts"]) == 3
    assert "1 open conflict" in run("conflicts", "train", "--sample", "b.jpg").out
    assert "2 other conflicts open" in run("conflicts", "--sample", "b.jpg").err
    assert run("conflicts", "--kind", "add/add", "--exit-code").out == "no conflicts\n"
    run("conflicts", "--output", "html", "-o", "page.html")
    assert "<!DOCTYPE html>" in (merging.path / "page.html").read_text()
    assert "no label set 'x'" in run.refused("conflicts", "x")


def test_they_are_settled_in_part_and_altogether(merging: Project, run: Shell):
    assert now(merging) == ["cat", "dog", "cat", "cow"]
    assert run("resolve", "a.*", "--with", "theirs", "--dry-run").out == (
        "train: would settle 2 (theirs), 1 left\n"
    )
    assert now(merging) == ["cat", "dog", "cat", "cow"]
    assert run("resolve", "1", "--with", "theirs").out == "train: settled 1 (theirs), 2 left\n"
    assert now(merging) == ["cow", "dog", "cat", "cow"]
    ended = run("resolve", "--all", "--with", "ours", "--json").json
    assert ended["sets"]["train"]["left"] == 0 and ended["next"] == "`labelvc merge --continue`"
    assert now(merging) == ["cow", "cat", "dog", "cow"]
    assert run("resolve", "--all", "--with", "ours").out == "no conflicts\n"
    assert run("conflicts", "--exit-code").out == "no conflicts\n"


def test_what_is_not_said_is_asked_for(merging: Project, run: Shell):
    assert "nothing says which conflicts" in run.refused("resolve", "--with", "ours")
    assert "on a terminal" in run.refused("resolve")
    assert "Did you mean ours?" in run.refused("resolve", "--all", "--with", "our")
    assert "Did you mean split/split?" in run.refused("conflicts", "--kind", "split/splt")
    assert "no open conflict is meant by '99'" in run.refused("resolve", "99", "--with", "ours")
    assert "exclude each other" in run.refused("resolve", "1", "--all", "--with", "ours")


def test_ctrl_c_at_a_question_applies_what_was_decided(merging: Project):
    """The terminal sends it to the processes of Git that labelvc holds, too."""
    steps = [("[?]: ", b"t\n"), ("[?]: ", INTERRUPT)]
    code, told = at_a_terminal(["-m", "labelvc", "resolve"], steps, merging.path)
    assert "interrupted: what was decided is kept (1 conflict)" in told
    assert "train: settled 1 (theirs), 2 left" in told and code == 0
    assert now(merging) == ["cow", "dog", "cat", "cow"]
