"""The examples of docs/frameworks.md run, and read the labels of the revision that they name."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.adapters.tensorflow_there import need_tensorflow
from tests.adapters.torch_sets import commit_again, declare, png
from tests.data import ROOT
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]

PAGE = (ROOT / "docs/frameworks.md").read_text(encoding="utf-8")
SECTION = r"^## ([^\n]+)\n(?:(?!^## ).)*?^```python\n(.*?)^```$"
EXAMPLES: dict[str, str] = dict(re.findall(SECTION, PAGE, re.MULTILINE | re.DOTALL))


def reviews(project: Project) -> None:
    project.write("labels/reviews.csv", "id,text,label\n1,good film,pos\n2,bad film,neg\n")
    declare(project, "labels/reviews.csv", task="text-classification")
    project.git("tag", "v1")
    project.write(
        "labels/reviews.csv", "id,text,label\n1,good film,pos\n2,bad film,pos\n3,so,neg\n"
    )
    commit_again(project, "labels/reviews.csv")
    project.git("tag", "v2")


def cells(project: Project) -> None:
    for at, split in enumerate(("train", "train", "val")):
        project.write(f"cells/images/{split}/{at}.png", png(at, (10, 20)))
        project.write(f"cells/labels/{split}/{at}.txt", "1 0.5 0.5 0.2 0.1\n")
    project.write("cells/classes.txt", "RBC\nWBC\n")
    declare(project, "cells", format="yolo")
    project.git("tag", "v1")
    project.write("cells/labels/train/0.txt", "")


def run(project: Project, title: str, **environment: str) -> list[str]:
    """What the example prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[title]],
        cwd=project.path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_framework_has_an_example_of_about_ten_lines() -> None:
    titles = [
        "pandas, NumPy, scikit-learn",
        "Samplers for PyTorch",
        "Hugging Face",
        "TensorFlow",
        "Keras 3",
    ]
    assert list(EXAMPLES) == titles == re.findall(r"^## (.+)$", PAGE, re.M)
    for example in EXAMPLES.values():
        assert len([line for line in example.splitlines() if line]) <= 10


def test_scikit_learn(project: Project) -> None:
    reviews(project)
    predicted, trained = run(project, "pandas, NumPy, scikit-learn")
    assert predicted == "['pos'] ['pos', 'neg']"
    commit = project.git("rev-parse", "v1").strip()
    assert re.fullmatch(rf"trained on v1:[0-9a-f]{{64}} of commit {commit}", trained)


def test_samplers(project: Project) -> None:
    reviews(project)
    assert run(project, "Samplers for PyTorch") == ["3 torch.int64", "['2', '3']"]


def test_hugging_face(project: Project) -> None:
    cells(project)
    size, names, told, splits = run(project, "Hugging Face")
    assert size == "(10, 20) [[4.0, 9.0, 2.0, 2.0]]"
    assert names == "['WBC']"
    assert told.startswith(f"Label set cells of commit {project.git('rev-parse', 'v1').strip()}")
    assert splits == "{'train': 2, 'val': 1}"


@pytest.mark.tensorflow
def test_tensorflow(project: Project) -> None:
    need_tensorflow()
    cells(project)
    boxes, told, written = run(project, "TensorFlow")
    assert boxes == "(2, 20, 10, 3) [[[4.0, 9.0, 6.0, 11.0]], [[4.0, 9.0, 6.0, 11.0]]]"
    assert told.startswith("['RBC', 'WBC'] of v1:")
    names = [f"train.tfrecord-0000{at}-of-00002" for at in range(2)]
    assert written == str([*names, "label_map.pbtxt"])


def test_keras(project: Project) -> None:
    for name in ("cat/1", "cat/2", "dog/3"):
        project.write(f"pets/{name}.png", png(7))
    declare(project, "pets")
    project.git("tag", "v1")
    (told,) = run(project, "Keras 3", KERAS_BACKEND="torch")
    assert told.startswith("['accuracy', 'loss'] v1:")
    assert (project.path / "net.keras").exists()
