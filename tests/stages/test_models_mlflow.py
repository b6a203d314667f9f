"""Models of a real MLflow store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from labelvc.core.errors import LabelvcError
from labelvc.stages.collect import collect
from labelvc.stages.interface import Model, Sample
from labelvc.stages.models import load_model
from labelvc.stages.registered import table

TASK = "text-classification"
SAMPLES = [Sample("a", text="meow meow"), Sample("b", Path("b.wav"), "woof", duration=2.0)]


class Lengths(mlflow.pyfunc.PythonModel):  # type: ignore[name-defined,misc]
    """Probabilities of cat and dog, as the table of samples tells."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
        assert list(model_input.columns) == [
            "sample",
            "path",
            "text",
            "width",
            "height",
            "duration",
        ]
        is_cat = model_input["text"].str.contains("meow").to_numpy()
        return pd.DataFrame({"dog": 1.0 - is_cat, "cat": is_cat * 1.0})


class Broken(mlflow.pyfunc.PythonModel):  # type: ignore[name-defined,misc]
    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
        raise ValueError("out of ideas")


def sklearn_model() -> Any:
    found = make_pipeline(CountVectorizer(), LogisticRegression())
    return found.fit(["meow", "meow purr", "woof", "woof bark"], ["cat", "cat", "dog", "dog"])


class OfText(mlflow.pyfunc.PythonModel):  # type: ignore[name-defined,misc]
    """scikit-learn's names, from the one column that its signature asks for."""

    def load_context(self, context: Any) -> None:
        self.model = sklearn_model()

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
        assert list(model_input.columns) == ["text"]
        return self.model.predict(model_input["text"])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose MLflow store has three registered models, one of them by an alias."""
    root = tmp_path_factory.mktemp("project")
    uri = f"sqlite:///{root}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    try:
        client = mlflow.MlflowClient()
        experiment = client.create_experiment("models", artifact_location=(root / "kept").as_uri())
        text = ModelSignature(inputs=Schema([ColSpec("string", "text")]))
        with mlflow.start_run(experiment_id=experiment) as run:
            for name, model, signature in (
                ("lengths", Lengths(), None),
                ("broken", Broken(), None),
                ("oftext", OfText(), text),
            ):
                mlflow.pyfunc.log_model(
                    name=name,
                    python_model=model,
                    signature=signature,
                    registered_model_name=name,
                    pip_requirements=[],
                )
        client.set_registered_model_alias("lengths", "best", 1)
        (root / "run").write_text(run.info.run_id)
        yield root
    finally:
        mlflow.set_tracking_uri(None)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    """MLflow as a user of labelvc has it: its own settings tell of no store."""
    mlflow.set_tracking_uri(None)  # type: ignore[arg-type]
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def load(root: Path, spec: str, **options: Any) -> Model:
    return load_model(
        spec,
        task=TASK,
        categories=["cat", "dog"],
        seed=0,
        options=options,
        weights=None,
        root=root,
    )


def said(root: Path, spec: str) -> list[str]:
    found = collect(load(root, spec).predict(SAMPLES), SAMPLES, TASK, ["cat", "dog"])
    return found.labels["category"].to_list()


def test_a_version_of_a_registered_model_predicts(root: Path):
    assert said(root, "models:/lengths/1") == ["cat", "dog"]
    assert not mlflow.is_tracking_uri_set()


def test_what_a_run_keeps_predicts(root: Path):
    assert said(root, f"runs:/{(root / 'run').read_text()}/lengths") == ["cat", "dog"]


def test_a_signature_picks_its_columns(root: Path):
    assert said(root, "models:/oftext/1") == ["cat", "dog"]


def test_a_name_that_may_mean_another_model_tomorrow_is_refused(root: Path):
    for spec in ("models:/lengths@best", "models:/lengths/latest"):
        with pytest.raises(LabelvcError, match="does not tell one version"):
            load(root, spec)


def test_a_model_that_is_not_there_is_one_message(root: Path):
    with pytest.raises(LabelvcError, match="nothing"):
        load(root, "models:/nothing/1")
    with pytest.raises(LabelvcError, match="9"):
        load(root, "models:/lengths/9")


def test_a_store_that_is_not_there_is_one_message_and_none_is_made(tmp_path: Path):
    with pytest.raises(LabelvcError, match="is not there"):
        load(tmp_path, "models:/lengths/1")
    assert list(tmp_path.iterdir()) == []


def test_what_a_model_of_mlflow_raises_is_one_message(root: Path):
    with pytest.raises(LabelvcError, match=r"models:/broken/1 could not predict: .*out of ideas"):
        load(root, "models:/broken/1").predict(SAMPLES)


def test_models_of_mlflow_take_no_options_and_no_weights(root: Path, tmp_path: Path):
    with pytest.raises(LabelvcError, match="takes no options"):
        load(root, "models:/lengths/1", width=3)
    with pytest.raises(LabelvcError, match="takes no weights"):
        load_model("models:/lengths/1", task=TASK, categories=[], seed=0, options={},
                   weights=tmp_path / "w.pt", root=root)  # fmt: skip


def test_the_table_has_a_row_a_sample_and_tells_what_is_not_known():
    found = table(SAMPLES)
    assert found["sample"].tolist() == ["a", "b"]
    assert pd.isna(found["path"][0]) and found["path"][1] == "b.wav"
    assert found["text"].tolist() == ["meow meow", "woof"]
    assert found.dtypes[["width", "height", "duration"]].tolist() == [np.float64] * 3
    assert np.isnan(found["duration"][0]) and found["duration"][1] == 2.0
    assert table([]).empty
