"""params.yaml: read for a label set, and kept up by `labelvc add`."""

from __future__ import annotations

import pytest
import yaml

from labelvc.core.errors import ParseError
from labelvc.repo.config import TASKS, LabelSet
from labelvc.repo.params import named_sets, params_of, with_entry
from labelvc.repo.pipeline import params_for, pipeline
from tests.data import ROOT

CONTENT = b"""\
# ours
evaluate: {model: baseline, seed: 1}
sets:
  train: {path: a.json, media: images, evaluate: {seed: 2}}
"""


def test_what_a_set_says_of_itself_counts_first():
    assert params_of(CONTENT, "train").evaluate == {"model": "baseline", "seed": 2}
    assert params_of(CONTENT, "other").evaluate == {"model": "baseline", "seed": 1}
    assert params_of(None, "train").evaluate == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"evaluate: 3", "evaluate: expected keys with values, found 3"),
        (b"sets: {train: x}", "train: expected keys with values, found 'x'"),
        (b"- 1", "expected keys with values"),
        (b"a: [", "line 2: expected YAML"),
        (b"a: \xff", "expected UTF-8"),
        (b"a: !!python/object:os.system {}", "expected YAML"),
    ],
)
def test_what_is_no_params_file_is_one_message(content: bytes, said: str):
    with pytest.raises(ParseError, match=r"params\.yaml") as caught:
        params_of(content, "train")
    assert said in str(caught.value)


def test_a_label_set_is_named_and_all_else_stays():
    label_set = LabelSet("val", "b.csv", media="sounds")
    named = with_entry(CONTENT, label_set)
    assert named.startswith(b"# ours\n")
    assert named_sets(named) == ["train", "val"]
    assert yaml.safe_load(named)["sets"]["val"] == {"path": "b.csv", "media": "sounds"}
    assert with_entry(named, label_set) == named


def test_a_set_without_media_has_its_labels_there():
    named = with_entry(b"sets: {}\n", LabelSet("texts", "t.csv"))
    assert yaml.safe_load(named)["sets"]["texts"] == {"path": "t.csv", "media": "t.csv"}


def test_a_file_without_sets_is_somebody_elses():
    assert with_entry(b"lr: 0.1\n", LabelSet("texts", "t.csv")) == b"lr: 0.1\n"


@pytest.mark.parametrize("task", [None, *TASKS])
def test_every_task_has_parameters_that_the_stages_take(task: str | None):
    from labelvc.stages.plan import parse_plan
    from labelvc.stages.preprocess_params import parse_params

    content = yaml.safe_load(params_for(task))
    parse_params(content["preprocess"], "params.yaml")
    assert parse_plan(content["evaluate"], "params.yaml").seed == 0


def test_the_example_is_the_pipeline_with_comments():
    example = yaml.safe_load((ROOT / "dvc.yaml.example").read_text())
    assert example == yaml.safe_load(pipeline())
