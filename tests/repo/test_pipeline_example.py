"""The pipeline that `init` lays down, run by real DVC as a DVC user would."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from labelvc.cli.main import main
from tests.cli.shell import coco
from tests.repo.project import Project

COLOURS = {"red": (220, 40, 40), "green": (40, 200, 40)}


@pytest.fixture
def ready(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """What DVC calls is on the PATH, and a current folder to be in."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("LABELVC_IN_HOOK", "1")
    monkeypatch.chdir(project.path)
    return project


def labelvc(*args: str) -> None:
    assert main([*args, "--quiet"]) == 0


def begin(project: Project, task: str, path: str, content: object, *options: str) -> None:
    """From `labelvc init` to the first commit of a label set."""
    labelvc("init", "--task", task)
    project.write(path, content)
    project.commit("Set up")
    project.git("rm", "-q", "--cached", path)
    labelvc("add", path, *options)
    project.commit("Declare")
    labelvc("commit", "-m", "First labels", "--allow-empty")


def dvc(project: Project, *args: str) -> str:
    """`dvc` as a process; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *args], cwd=project.path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def scores(project: Project, name: str) -> dict[str, float]:
    return json.loads(project.read(f"metrics/{name}/evaluate/scores.json"))


def texts(number: int, *, wrong: Sequence[int] = ()) -> str:
    """Sentences on weather or money; some with the other label."""
    rows = []
    for at in range(number):
        topic = ("weather", "money")[at % 2]
        words = ("rain sun wind cloud", "bank coin price euro")[at % 2].split()
        other = ("money", "weather")[at % 2]
        rows.append(f"{at},the {words[at % 4]} and {words[(at // 4) % 4]} {at},"
                    f"{other if at in wrong else topic}\n")  # fmt: skip
    return "id,text,label\n" + "".join(rows)


def squares(project: Project, number: int) -> dict[str, list[str]]:
    """Pictures of a coloured square each, by category."""
    folder = project.path / "images"
    folder.mkdir()
    found: dict[str, list[str]] = {name: [] for name in COLOURS}
    for at in range(number):
        name = tuple(COLOURS)[at % 2]
        picture = Image.new("RGB", (48, 40), (at % 50, 60, 90))
        left = at % 20
        ImageDraw.Draw(picture).rectangle((left, 8, left + 18, 28), fill=COLOURS[name])
        picture.save(folder / f"{at:03d}.png")
        found[name].append(f"{at:03d}.png")
    project.track("images")
    return found


def tones(project: Project, number: int) -> list[tuple[str, str]]:
    """Sounds of a high or a low tone."""
    folder = project.path / "sounds"
    folder.mkdir()
    found = []
    for at in range(number):
        name, pitch = (("low", 300), ("high", 1800))[at % 2]
        time = np.arange(4000) / 8000
        values = np.sin(2 * np.pi * (pitch + 5 * at) * time) * 9000
        with wave.open(str(folder / f"{at:02d}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(values.astype("<i2").tobytes())
        found.append((f"{at:02d}.wav", name))
    project.track("sounds")
    return found


def test_as_a_dvc_user_expects(ready: Project, tmp_path: Path) -> None:
    """repro, a no-op, metrics and params diff, plots, exp run in the workspace and with --temp."""
    begin(ready, "text-classification", "labels/topics.csv", texts(60, wrong=[0, 2, 4]))
    dvc(ready, "repro")
    first = scores(ready, "topics")
    assert first["accuracy"] > 0.6
    ready.commit("First scores")
    assert ready.git("ls-files", "scores").count(".json") == 1
    assert "Data and pipelines are up to date" in dvc(ready, "repro")

    ready.write("labels/topics.csv", texts(60))
    labelvc("commit", "-m", "Three corrections")
    dvc(ready, "repro")
    changed = json.loads(dvc(ready, "metrics", "diff", "--json", "HEAD"))
    counts = changed["metrics/topics/stats/stats.json"]
    assert any(told["diff"] == -3 for key, told in counts.items() if "money" in key)
    assert "metrics/topics/evaluate/scores.json" in changed
    ready.commit("Second scores")
    assert len(list((ready.path / "scores").rglob("*.json"))) == 2

    dvc(ready, "plots", "show", "-o", str(tmp_path / "plots"))
    page = (tmp_path / "plots/index.html").read_text()
    assert "confusion.csv" in page and "categories.png" in str(list(tmp_path.rglob("*.png")))
    dvc(ready, "plots", "diff", "HEAD~2", "-o", str(tmp_path / "plots"))

    dvc(ready, "exp", "run", "-S", "evaluate.seed=1")
    told = json.loads(dvc(ready, "params", "diff", "--json"))
    assert told["params.yaml"]["evaluate.seed"] == {"old": 0, "new": 1, "diff": 1}
    assert len(list((ready.path / "scores").rglob("*.json"))) == 3
    ready.git("checkout", "-q", ".")
    dvc(ready, "exp", "run", "--temp", "-S", "evaluate.seed=2")
    records = [
        json.loads(file.read_text())["labelvc.score/v1"]
        for file in (ready.path / "scores").rglob("*.json")
    ]
    assert {one["params"]["evaluate"]["seed"] for one in records} == {0, 1, 2}
    assert {one["experiment"] is None for one in records} == {True, False}
    assert all(not one["dirty"] for one in records)
    assert ready.git("diff", "--name-only") in ("", "predictions/topics/baseline/.gitignore")

    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{ready.path}/mlflow.db")
    runs = client.search_runs([one.experiment_id for one in client.search_experiments()])
    assert len(runs) == len(records)
    assert {run.data.tags["labelvc.score"][:16] for run in runs} == {
        file.stem for file in (ready.path / "scores").rglob("*.json")
    }


def test_uncommitted_labels_stop_the_pipeline_with_one_message(ready: Project) -> None:
    begin(ready, "text-classification", "labels/topics.csv", texts(20))
    ready.write("labels/topics.csv", texts(20, wrong=[1]))
    ready.track("labels/topics.csv")
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "repro"], cwd=ready.path, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "differs from HEAD: labels/topics.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (ready.path / "scores").exists()


@pytest.mark.parametrize(
    "task",
    [
        "image-classification",
        "object-detection",
        "token-classification",
        "audio-classification",
        "automatic-speech-recognition",
    ],
)
def test_every_task_runs_from_init_to_a_score(ready: Project, task: str) -> None:
    options: list[str] = []
    path = "labels/set.csv"
    if task == "image-classification":
        found = squares(ready, 40)
        rows = [(image, name) for name, images in found.items() for image in images]
        content: object = table(("image", "label"), rows)
        options = ["--media", "images"]
    elif task == "object-detection":
        found = squares(ready, 24)
        path = "labels/set.json"
        content = boxes(found)
        options = ["--media", "images"]
    elif task == "token-classification":
        path = "labels/set.jsonl"
        content = "".join(
            json.dumps({"text": f"{name} lives in Rome", "entities": [[0, len(name), "PER"]]})
            + "\n"
            for name in [f"Ada{number}" for number in range(40)]
        )
    else:
        sounds = tones(ready, 24)
        column = "label" if task == "audio-classification" else "transcript"
        content = table(("audio", column), sounds)
        options = ["--media", "sounds"]
    begin(ready, task, path, content, *options)
    params = ready.read("params.yaml").decode().replace("options: {}", "options: {epochs: 3}")
    ready.write("params.yaml", params)
    ready.commit("Few epochs, as this is a test")
    dvc(ready, "repro")
    found_scores = scores(ready, "set")
    assert found_scores and all(isinstance(value, float) for value in found_scores.values())
    (record,) = (ready.path / "scores").rglob("*.json")
    told = json.loads(record.read_text())["labelvc.score/v1"]
    assert (told["task"], told["split"], told["dirty"]) == (task, "holdout", [])
    assert told["labels"][0]["digest"].startswith("v1:")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A CSV file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue()


def boxes(images: dict[str, list[str]]) -> dict[str, object]:
    """A COCO file with the square of each picture."""
    content = coco({image: [name] for name, files in images.items() for image in files})
    for image in content["images"]:
        image.update(width=48, height=40)
    for box in content["annotations"]:
        name = content["images"][box["image_id"]]["file_name"]
        box["bbox"] = [int(name[:3]) % 20, 8, 19, 21]
    return content
