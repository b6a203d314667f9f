"""What is to be evaluated, from params.yaml and the command line."""

from __future__ import annotations

import pytest

from labelvc.core.errors import LabelvcError
from labelvc.stages.plan import Plan, parse_plan


def test_nothing_said_is_the_baseline():
    plan = parse_plan({}, "params.yaml")
    assert (plan.spec, plan.called, plan.wants_features) == ("baseline", "baseline", True)


def test_the_command_line_counts_first():
    plan = parse_plan({"model": "m:f", "seed": 3}, "params.yaml", seed=4, split=None)
    assert (plan.model, plan.seed, plan.split) == ("m:f", 4, None)


def test_predictions_take_the_place_of_a_model_and_the_other_way_round():
    plan = parse_plan({"model": "m:f"}, "params.yaml", predictions="out/said.v2.json")
    assert (plan.spec, plan.called, plan.wants_features) == ("predictions", "said", False)
    plan = parse_plan({"predictions": "said.json"}, "params.yaml", model="m:f")
    assert (plan.spec, plan.predictions) == ("m:f", None)


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ({"model": "net.models:Tiny"}, "net.models.Tiny"),
        ({"model": "models:/digits/3"}, "digits-3"),
        ({"model": "baseline", "name": "mine"}, "mine"),
    ],
)
def test_a_model_is_called_by_a_name_that_can_be_a_folder(given: dict[str, str], called: str):
    assert parse_plan(given, "params.yaml").called == called


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"modle": "x"}, "no such parameter: modle\n  Did you mean model?"),
        ({"seed": "x"}, "seed: expected int, found 'x'"),
        ({"seed": True}, "seed: expected int, found True"),
        ({"options": []}, "options: expected dict, found []"),
        ({"holdout": 1.5}, "holdout: expected a share between 0 and 1, found 1.5"),
    ],
)
def test_what_is_not_understood_is_told(given: dict[str, object], said: str):
    with pytest.raises(LabelvcError) as caught:
        parse_plan(given, "params.yaml: evaluate")
    assert f"params.yaml: evaluate: {said}" in str(caught.value)


def test_a_plan_comes_back_from_what_is_told_of_it():
    plan = Plan(model="m:f", split="test", options={"epochs": 3}, name="x")
    assert parse_plan(plan.told(), "record", name="x") == plan


def test_a_plan_without_options_is_told_as_well():
    assert Plan(name="x").told() == {
        "model": "baseline", "holdout": 0.2, "seed": 0, "options": {},
    }  # fmt: skip
