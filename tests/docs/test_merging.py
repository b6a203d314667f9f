"""The sessions on the pages about merging and conflicts are real, and so is the configuration."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from labelvc.core.merge_policy import POLICIES
from labelvc.repo.config import parse_config
from tests.data import ROOT
from tests.docs import session
from tests.docs.test_readme import HASH, repository, steps

__all__ = ["repository"]

Boxes = dict[int, dict[str, Any]]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page(name), re.DOTALL)


def commit(root: Path, message: str) -> None:
    run = f"labelvc -q commit -m {message}; git add -A; git commit -q -m Rest || true"
    subprocess.run(run, shell=True, cwd=root, check=True, capture_output=True)


def edited(root: Path, edits: Any) -> None:
    content = session.first()
    boxes: Boxes = {box["id"]: dict(box) for box in content["annotations"]}
    edits(boxes)
    session.write(root / "labels" / "train.json", {**content, "annotations": [*boxes.values()]})


def two_branches(root: Path, ours: Any, theirs: Any) -> None:
    """`side` with theirs' edits, and `main`, checked out, with ours."""
    for command in ("labelvc -q init", "labelvc -q add labels/train.json"):
        subprocess.run(command, shell=True, cwd=root, check=True)
    commit(root, "First")
    subprocess.run("git checkout -q -b side", shell=True, cwd=root, check=True)
    edited(root, theirs)
    commit(root, "Theirs")
    subprocess.run("git checkout -q main", shell=True, cwd=root, check=True)
    edited(root, ours)
    commit(root, "Ours")


def play(block: str, root: Path) -> None:
    for command, expected in steps(block):
        done = subprocess.run(
            command,
            shell=True,
            cwd=root,
            env={**os.environ, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == int(command.startswith("git merge")), (command, done.stderr)
        assert HASH.sub("#", done.stdout) == HASH.sub("#", expected), command


def test_a_merge_with_one_conflict(repository: Path) -> None:
    def ours(boxes: Boxes) -> None:
        boxes[9]["category_id"] = 1

    def theirs(boxes: Boxes) -> None:
        boxes[9]["category_id"] = 3
        boxes[14]["bbox"] = [52, 203, 36, 34]
        del boxes[20]

    two_branches(repository, ours, theirs)
    (block,) = blocks("merging.md", "console")
    play(block, repository)


def test_three_conflicts_and_their_settling(repository: Path) -> None:
    def ours(boxes: Boxes) -> None:
        boxes[9]["category_id"] = 1
        boxes[14]["bbox"][1] += 20
        boxes[20]["category_id"] = 2

    def theirs(boxes: Boxes) -> None:
        boxes[9]["category_id"] = 3
        boxes[14]["bbox"][0] += 20
        boxes[15]["category_id"] = 2
        del boxes[20]

    two_branches(repository, ours, theirs)
    first, *_ = blocks("conflicts.md", "console")
    play(first, repository)


def test_the_configuration_can_be_read() -> None:
    (text,) = blocks("merging.md", "yaml")
    names = {one.name: one.merge.name for one in parse_config(text.encode()).sets}
    assert names == {"train": "manual", "crowd": "annotator", "nightly": "newest"}


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_is_told_of(policy: str) -> None:
    assert re.search(rf"^\| .*{policy}.* \|", page("merging.md"), re.MULTILINE)
