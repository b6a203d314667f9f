"""From which MLflow store a model is taken, and what else names one than a registered version."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest

from labelvc.core.errors import LabelvcError
from labelvc.repo.repository import Repository
from labelvc.stages.collect import collect
from labelvc.stages.interface import Sample
from labelvc.stages.models import load_model
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]

SAMPLES = [Sample("x", text="now!"), Sample("y", text="later")]
# As a file, MLflow's "models from code": a pickled class would need this module when it is loaded
CODE = """
import mlflow
class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        box = {"category": "cat", "box": [0, 0, 9, 9], "confidence": 0.5}
        return [[box] * (text == "now!") for text in model_input["text"]]
mlflow.models.set_model(Model())
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Any]]:
    """A store with one model, and what MLflow tells of it."""
    home = tmp_path_factory.mktemp("store")
    (home / "finder.py").write_text(CODE)
    with variable(f"sqlite:///{home}/mlflow.db"):
        experiment = mlflow.create_experiment("models", artifact_location=f"{home}/artifacts")
        with mlflow.start_run(experiment_id=experiment):
            yield (
                home / "mlflow.db",
                mlflow.pyfunc.log_model(
                    name="finder",
                    python_model=str(home / "finder.py"),
                    registered_model_name="finder",
                    pip_requirements=[],
                ),
            )


@contextlib.contextmanager
def variable(uri: str | None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if uri is None:
            patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        else:
            patch.setenv("MLFLOW_TRACKING_URI", uri)
        yield


def load(spec: str, root: Path) -> Any:
    told: dict[str, Any] = {"options": {}, "weights": None, "root": root}
    return load_model(spec, task="object-detection", categories=["cat"], seed=0, **told)


def finds(spec: str, root: Path) -> bool:
    said = collect(load(spec, root).predict(SAMPLES), SAMPLES, "object-detection", ["cat"])
    return said.labels["sample"].to_list() == ["x"]


def test_a_model_may_be_named_by_version_by_id_and_by_run(
    kept: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store, model = kept
    monkeypatch.chdir(tmp_path)
    with variable(f"sqlite:///{os.path.relpath(store)}"):
        for spec in (
            "models:/finder/1",
            f"models:/{model.model_id}",
            f"runs:/{model.run_id}/finder",
        ):
            assert finds(spec, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_was_chosen_in_this_process_stays_chosen(
    kept: tuple[Path, Any], tmp_path: Path
) -> None:
    chosen = f"sqlite:///{tmp_path}/other.db"
    with variable(chosen):
        mlflow.set_tracking_uri(chosen)
        try:
            with variable(f"sqlite:///{kept[0]}"):
                assert finds("models:/finder/1", tmp_path)
            assert mlflow.get_tracking_uri() == chosen
        finally:
            mlflow.set_tracking_uri(None)  # type: ignore[arg-type]


def test_the_store_is_the_one_of_the_project(kept: tuple[Path, Any], project: Project):
    root = Repository.find(project.path).root
    with variable(None):
        project.write("labelvc.yaml", f"mlflow:\n  tracking_uri: sqlite:///{kept[0]}\n")
        assert finds("models:/finder/1", root)
        assert "MLFLOW_TRACKING_URI" not in os.environ
        project.write("labelvc.yaml", "mlflow:\n  tracking_uri: sqlite:///none.db\n")
        with pytest.raises(LabelvcError, match=r"none\.db is not there") as caught:
            load("models:/finder/1", root)
        assert "labelvc.yaml" in str(caught.value.hint)


def test_a_server_that_does_not_answer_is_one_message(tmp_path: Path):
    with variable("http://127.0.0.1:9"), pytest.raises(LabelvcError, match="does not answer"):
        load("models:/finder/1", tmp_path)


@pytest.mark.parametrize(
    "spec", ["models:/finder/2", "models:/nobody/1", f"models:/m-{'ab' * 16}", "runs:/ab12/m"]
)
def test_what_the_store_does_not_have_is_one_message(
    kept: tuple[Path, Any], tmp_path: Path, spec: str
):
    with variable(f"sqlite:///{kept[0]}"), pytest.raises(LabelvcError, match="MLflow at sqlite:"):
        load(spec, tmp_path)
