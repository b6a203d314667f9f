"""Label sets for Keras, and its models in `labelvc evaluate`, on each backend."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.adapters.tensorflow_there import need_tensorflow
from tests.adapters.torch_sets import cells, commit_again, declare, png
from tests.data import ROOT
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]

BACKENDS = ["torch", pytest.param("tensorflow", marks=pytest.mark.tensorflow)]
each_backend = pytest.mark.parametrize("backend", BACKENDS)


def run(backend: str, project: Project, *command: str) -> subprocess.CompletedProcess[str]:
    """A Python command beside the tests, with Keras on a backend."""
    if backend == "tensorflow":
        need_tensorflow()
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=project.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def labelvc(backend: str, project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    return run(backend, project, "-m", "labelvc", *words)


def pets(project: Project) -> None:
    """Dark cats and light dogs, two of each and one that nobody labelled; other labels at HEAD."""
    rows = ["path,label"]
    for name, label, grey in (
        ("a", "cat", 10),
        ("b", "cat", 30),
        ("c", "dog", 220),
        ("d", "dog", 240),
    ):
        project.write(f"pictures/{name}.png", png(grey, mode="L"))
        rows.append(f"{name}.png,{label}")
    project.write("pictures/e.png", png(100, mode="L"))
    project.write("labels/pets.csv", "\n".join([*rows, "e.png,"]) + "\n")
    declare(
        project,
        "labels/pets.csv",
        media="pictures",
        task="image-classification",
        format="table",
        settings={"path": "path", "label": "label"},
    )
    project.git("tag", "v1")
    project.write("labels/pets.csv", "\n".join([rows[0], "a.png,dog", *rows[2:], "e.png,"]) + "\n")
    commit_again(project, "labels/pets.csv")


@each_backend
def test_a_model_is_fed_trained_and_evaluated(project: Project, backend: str) -> None:
    cells(project)
    for name, size in (("cat/1", (4, 4)), ("dog/2", (5, 3))):
        project.write(f"sizes/{name}.png", png(9, size))
    declare(project, "sizes")
    project.write("labels/reviews.csv", "id,text,label\n1,good,pos\n2,very bad,neg\n")
    declare(project, "labels/reviews.csv", task="text-classification")
    pets(project)
    commit = project.git("rev-parse", "v1").strip()

    done = run(backend, project, "-m", "tests.adapters.keras_work", str(project.path))

    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["backend"] == backend
    # e.png has no class and is left out
    assert found["shapes"] == [[3, 4, 4, 1], [1, 4, 4, 1], [3, 12, 16, 3]]
    assert found["dtypes"] == ["float32", "int64"]
    assert found["grey"] == [10, 220]
    assert found["answers"] == [0, 0, 1]
    names = ["a.png", "b.png", "c.png", "d.png"]
    assert found["told"] == [["cat", "dog"], names, commit, "v1:"]
    # images of 8 x 6 were scaled by two; what is missing is -1
    assert found["boxes"][0] == [[2, 4, 8, 8], [0, 0, 16, 12]]
    assert found["boxes"][1] == [[-1] * 4] * 2
    assert found["labels"] == [[0, 1], [-1, -1], [0, -1]]
    assert len({tuple(order) for order in found["orders"]}) > 1
    assert found["pickled"] is True
    assert found["epoch"] == 4
    assert found["beyond"] == "batch 2: there are 2"
    assert "images of several sizes (5 x 3 and 4 x 4 pixels)" in found["sizes"]
    assert found["evaluated"]["accuracy"] == 1
    assert found["predicted"] == [0, 0, 1, 1]
    assert found["texts"] == [1, 0]

    project.git("add", "net.keras")
    project.commit("A model")
    first = labelvc(
        backend,
        project,
        "evaluate",
        "pets",
        "--model",
        "net.keras",
        "--no-log",
        "--rev",
        "v1",
        "--allow-dirty",
        "--json",
    )
    assert first.returncode == 0, first.stderr
    (record,) = records(project)
    assert record["metrics"]["accuracy"] == 1
    assert record["metrics"]["keras_accuracy"] == 1
    assert record["metrics"]["keras_loss"] == pytest.approx(found["evaluated"]["loss"], abs=1e-5)

    second = labelvc(backend, project, "evaluate", "pets", "--model", "net.keras", "--no-log")
    assert second.returncode == 0, second.stderr
    newest = max(records(project), key=lambda one: one["metrics"]["keras_loss"])
    assert newest["metrics"]["accuracy"] == newest["metrics"]["keras_accuracy"] == 0.75
    assert "keras_accuracy" in second.stdout
    project.commit("Scores")
    again = labelvc(backend, project, "reproduce", "HEAD")
    assert again.returncode == 0, again.stderr + again.stdout
    assert "keras_loss" in again.stdout


def records(project: Project) -> list[dict[str, Any]]:
    found = sorted((project.path / "scores").rglob("*.json"))
    return [json.loads(path.read_text())["labelvc.score/v1"] for path in found]


def saved(project: Project, layers: str, *, compiled: str = "") -> None:
    """net.keras of these layers, made by PyTorch's Keras."""
    code = (
        f"import keras\nmodel = keras.Sequential([{layers}])\n{compiled}\nmodel.save('net.keras')"
    )
    done = run("torch", project, "-c", code)
    assert done.returncode == 0, done.stderr


IMAGE = "keras.Input((4, 4, 1)), keras.layers.Flatten()"


def refused(project: Project, *words: str) -> str:
    given = ("--model", "net.keras", "--no-log", "--allow-dirty")
    done = labelvc("torch", project, "evaluate", "pets", *given, *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


REFUSALS = """
import json, keras
from pathlib import Path
from labelvc.core.errors import LabelvcError
from labelvc.stages.interface import Sample
from labelvc.stages.models import code_files, load_model

def save(name, *layers):
    keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), *layers]).save(name)

save("three.keras", keras.layers.Dense(3, activation="softmax"))
save("code.keras", keras.layers.Lambda(lambda x: x[:, :2]))
save("net.keras", keras.layers.Dense(2, activation="softmax"))
Path("broken.keras").write_bytes(b"PK no zip")

def told(spec, task="image-classification", sample=Sample("a", Path("pictures/a.png")), **options):
    try:
        code_files(spec, Path("."))
        given = dict(task=task, categories=["cat", "dog"], seed=0, weights=None, root=Path("."))
        rows = load_model(spec, options=options, **given).predict([sample])
        print(json.dumps([sorted(row) for row in rows]))
    except LabelvcError as error:
        print(json.dumps(str(error)))

told("net.keras")
told("three.keras")
told("code.keras")
told("broken.keras")
told("gone.keras")
told("../out.keras")
told("net.keras", "object-detection")
told("net.keras", epochs=3)
told("net.keras", batch_size=0)
told("net.keras", categories=["cat", "cat"])
told("net.keras", own_metrics="yes")
told("net.keras", sample=Sample("gone"))
told("net.keras", "audio-classification")
"""


def test_a_model_that_does_not_fit_is_refused_in_one_message(project: Project) -> None:
    pets(project)
    done = run("torch", project, "-c", REFUSALS)
    assert done.returncode == 0, done.stderr
    first, *told = [json.loads(line) for line in done.stdout.splitlines()]
    assert first == [["cat", "dog"]]
    expected = [
        "outputs of shape (3,), expected one for each of 2 categories",
        "code.keras could not be loaded",
        "broken.keras could not be loaded",
        "there is no model at gone.keras",
        "lies outside of the project",
        "for classification only, not for object-detection",
        "no option 'epochs'",
        "batch_size: expected a number from 1, found 0",
        "categories: expected a list of names",
        "own_metrics: expected true or false",
        "the image of sample 'gone' is not here",
        "is given sounds",
    ]
    assert len(told) == len(expected)
    for found, part in zip(told, expected, strict=True):
        assert part in found


def test_one_output_tells_the_second_of_two_and_names_may_be_given(project: Project) -> None:
    pets(project)
    compiled = "model.compile(loss='binary_crossentropy', metrics=['accuracy'])"
    one = (
        "keras.layers.Dense(1, activation='sigmoid',"
        " kernel_initializer=keras.initializers.Constant(0.01),"
        " bias_initializer=keras.initializers.Constant(-16.0))"
    )
    saved(project, f"{IMAGE}, {one}", compiled=compiled)
    words = ("evaluate", "pets", "--model", "net.keras", "--no-log", "--allow-dirty", "--rev", "v1")
    done = labelvc("torch", project, *words)
    assert done.returncode == 0, done.stderr
    (record,) = records(project)
    assert record["metrics"]["accuracy"] == record["metrics"]["keras_accuracy"] == 1
    done = labelvc(
        "torch", project, *words, "--option", "categories=dog, cat", "--option", "own_metrics=false"
    )
    assert done.returncode == 0, done.stderr
    (swapped,) = [one for one in records(project) if "keras_loss" not in one["metrics"]]
    assert swapped["metrics"]["accuracy"] == 0


@pytest.mark.tensorflow
def test_a_model_that_cuts_texts_into_words_itself_needs_tensorflow(project: Project) -> None:
    project.write("labels/pets.csv", "id,text,label\n1,good film,pos\n2,bad film,neg\n3,good,pos\n")
    declare(project, "labels/pets.csv", task="text-classification")
    code = """
import keras, numpy as np
words = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=["good", "bad"])
start = keras.Input((), dtype="string")
dense = keras.layers.Dense(2, activation="softmax")
model = keras.Model(start, dense(words(start)))
dense.set_weights([np.array([[0., 0], [-9, 9], [9, -9]]), np.zeros(2)])
model.save("net.keras")
"""
    done = run("tensorflow", project, "-c", code)
    assert done.returncode == 0, done.stderr
    words = ("evaluate", "pets", "--model", "net.keras", "--no-log", "--allow-dirty")
    done = labelvc("tensorflow", project, *words)
    assert done.returncode == 0, done.stderr
    (record,) = records(project)
    assert record["metrics"]["accuracy"] == 1
    assert not [name for name in record["metrics"] if name.startswith("keras")]  # not compiled
    assert "on TensorFlow only" in refused(project, "--name", "other")


CHOICE = """
import importlib.util as util, sys
there = util.find_spec
util.find_spec = lambda name: None if name == "tensorflow" else there(name)
import labelvc.keras, keras
print(keras.backend.backend())
"""


def test_without_tensorflow_keras_runs_on_pytorch(project: Project) -> None:
    home = project.path / "keras"
    home.mkdir()
    (home / "keras.json").write_text('{"backend": "tensorflow"}')
    done = subprocess.run(
        [sys.executable, "-c", CHOICE],
        env={**os.environ, "KERAS_BACKEND": "", "KERAS_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["torch"], done.stderr


def test_without_the_package_one_line_says_so() -> None:
    code = "import sys; sys.modules['keras'] = None; import labelvc.keras"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: labelvc.keras needs Keras, which is not installed: "
        "pip install 'labelvc[keras]'"
    )
