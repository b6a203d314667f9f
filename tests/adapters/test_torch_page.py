"""The example of docs/loaders.md runs, and reads the labels of the revision that it names."""

from __future__ import annotations

import re

import pytest

from tests.adapters.torch_sets import declare, png
from tests.data import ROOT
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]


def test_the_example_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/loaders.md").read_text(), re.S)
    for at, split in enumerate(("train", "train", "val")):
        project.write(f"cells/images/{split}/{at}.png", png(at, (10, 20)))
        project.write(f"cells/labels/{split}/{at}.txt", "1 0.5 0.5 0.2 0.1\n")
    project.write("cells/classes.txt", "RBC\nWBC\n")
    commit = declare(project, "cells", format="yolo")
    project.git("tag", "v1")
    project.write("cells/labels/train/0.txt", "")
    monkeypatch.chdir(project.path)

    exec(compile(example, "docs/loaders.md", "exec"), {"__name__": "__main__"})

    first, second, last = capsys.readouterr().out.splitlines()
    assert first == second == "['WBC'] tensor([[ 4.,  9.,  6., 11.]])"
    assert re.fullmatch(rf"trained on v1:[0-9a-f]{{64}} of commit {commit}", last)
