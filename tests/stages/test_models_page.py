"""The page on models says what is so: its examples are run, its tables compared."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch

from labelvc.stages.collect import collect
from labelvc.stages.interface import Sample
from labelvc.stages.models import BASELINES, load_model
from tests.data import ROOT

TEXT = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^```python\n# (\w+)\.py\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
CATEGORIES = ["cat", "dog"]
SAMPLES = [
    Sample("a", text="meow", labels=[{"kind": "class", "category": "cat"}]),
    Sample("b", text="woof woof", labels=[{"kind": "class", "category": "dog"}]),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, code in EXAMPLES.items():
        (tmp_path / f"{name}.py").write_text(code)
    return tmp_path


def said(project: Path, spec: str, weights: str | None = None, **options: Any) -> list[str]:
    model: Any = load_model(
        spec,
        task="text-classification",
        categories=CATEGORIES,
        seed=0,
        options=options,
        weights=None if weights is None else project / weights,
        root=project,
    )
    if weights is None and hasattr(model, "fit"):
        model.fit(SAMPLES)
    found = collect(model.predict(SAMPLES), SAMPLES, "text-classification", CATEGORIES)
    return found.labels["category"].to_list()


def test_there_is_an_example_of_each_way() -> None:
    assert sorted(EXAMPLES) == ["memory", "nets", "register", "rules"]


def test_the_function_predicts_and_takes_an_option(project: Path) -> None:
    assert said(project, "rules:predict") == ["cat", "dog"]
    assert said(project, "rules:predict", word="woof") == ["dog", "cat"]


def test_the_class_is_trained_and_predicts(project: Path) -> None:
    assert said(project, "memory:Memory", smooth=0.5) == ["cat", "dog"]


def test_the_module_is_given_its_weights(project: Path) -> None:
    state = {"layer.weight": torch.tensor([[-1.0], [1.0]]), "layer.bias": torch.tensor([6.0, -6])}
    torch.save(state, project / "net.pt")
    assert said(project, "nets:Net", "net.pt") == ["cat", "dog"]


def test_the_model_of_mlflow_is_registered_and_predicts(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mlflow.db")
    ended = subprocess.run(
        [sys.executable, "register.py"], cwd=project, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert said(project, "models:/rules/1") == ["cat", "dog"]


def test_the_table_has_every_built_in_model_with_its_options() -> None:
    section = TEXT.split("## The built-in models")[1]
    rows = dict(re.findall(r"^\| `([\w-]+)` \| [^|]* \| ([^|]*) \|$", section, re.MULTILINE))
    assert list(rows) == list(BASELINES)
    for task, told in rows.items():
        module, _, name = BASELINES[task].partition(":")
        options = getattr(import_module(module), name).OPTIONS
        assert told == ", ".join(f"`{option}` {value:g}" for option, value in options.items())
