"""Models on real sounds, texts and boxes: scored, and had again."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import run
from tests.cli.shell import Shell
from tests.data import data
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "run", "surroundings"]


def begin(project: Project, run: Shell, task: str, *add: str) -> None:
    """A label set that is committed with all that it is evaluated by."""
    run("init", "-q", "--task", task, at=project.path)
    project.commit("Set up")
    run("add", *add, "-q")
    run("commit", "-m", "Labels", "-q")
    project.commit("All of it")


def write(path: Path, rows: list[tuple[str, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def evaluate(run: Shell, name: str, *more: str):
    return run("evaluate", name, "--no-log", "--json", *more).json["score"]


def assert_had_again_twice(run: Shell) -> None:
    for _ in range(2):
        (told,) = run("reproduce", "HEAD", "--json").json["scores"]
        assert told["verdict"] == "identical" and told["same_predictions"]


@pytest.mark.parametrize("task", ["audio-classification", "automatic-speech-recognition"])
def test_spoken_digits(project: Project, run: Shell, task: str):
    sounds = sorted(data("fsdd/recordings").glob("*.wav"))[::3]  # a third, as this is a test
    (project.path / "sounds").mkdir()
    for sound in sounds:
        shutil.copy(sound, project.path / "sounds")
    project.track("sounds")
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    column = "label" if task == "audio-classification" else "transcript"
    rows = [(sound.name, words[int(sound.name[0])]) for sound in sounds]
    write(project.path / "digits.csv", [("audio", column), *rows])
    (project.path / ".gitignore").write_text("/digits.csv\n/sounds\n")
    begin(project, run, task, "digits.csv", "--media", "sounds")
    score = evaluate(run, "digits", "--option", "epochs=6")
    assert score["task"] == task and score["split"] == "holdout"
    if task == "audio-classification":
        assert score["metrics"]["accuracy"] > 0.2  # of ten classes, after four epochs
    else:
        assert score["lower_is_better"] and 0 < score["metrics"]["wer"] <= 1.5
    assert_had_again_twice(run)


def test_questions_of_bank_customers(project: Project, run: Shell):
    with data("banking77/banking_data/train.csv").open(newline="", encoding="utf-8") as file:
        read = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    chosen = sorted({category for _, category in read})[:8]
    rows = [(str(at), *row) for at, row in enumerate(read) if row[1] in chosen]
    write(project.path / "questions.csv", [("id", "text", "label"), *rows])
    (project.path / ".gitignore").write_text("/questions.csv\n")
    begin(project, run, "text-classification", "questions.csv")
    score = evaluate(run, "questions")
    assert score["metrics"]["f1_macro"] > 0.8
    assert_had_again_twice(run)


def test_blood_cells_with_a_predictions_file_and_no_picture(project: Project, run: Shell):
    """The boxes of test.csv are those of the XML files, so they are perfect predictions."""
    shutil.copytree(data("bccd/BCCD/Annotations"), project.path / "cells")
    shutil.copytree(data("bccd/BCCD/Annotations"), project.path / "said")
    for file in sorted((project.path / "said").glob("*.xml"))[:36]:
        text = file.read_text()
        file.write_text(text.replace("<name>WBC</name>", "<name>RBC</name>"))
    (project.path / ".gitignore").write_text("/cells\n/said\n")
    begin(project, run, "object-detection", "cells", "--no-check")
    score = evaluate(run, "cells", "--predictions", "said")
    categories = {row["category"]: row for row in score["categories"]}
    assert categories["WBC"]["AP50"] < categories["Platelets"]["AP50"] == pytest.approx(1)
    assert 0.8 < score["metrics"]["AP50"] < 1
