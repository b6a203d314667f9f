"""A model's own numbers stand beside the scores, and only numbers do."""

from __future__ import annotations

import pytest

from tests.cli.scoring import built_pets, pets, records
from tests.cli.shell import Shell
from tests.repo.project import Project

__all__ = ["built_pets", "pets"]

CODE = """
class Model:
    def __init__(self, *, task, categories, seed):
        pass

    def predict(self, samples):
        return ["cat"] * len(samples)

    def own_metrics(self, samples):
        return {}
"""


def with_model(pets: Project, gives: str) -> None:
    pets.write("own.py", CODE.format(gives))
    pets.commit("A model")


def test_they_are_recorded_and_made_again(pets: Project, run: Shell) -> None:
    labelled = "sum(len(sample.labels) for sample in samples)"
    with_model(pets, f"{{'labels': {labelled}, 'accuracy': 9, 'half': 0.5}}")
    given = ("evaluate", "pets", "--model", "own:Model", "--no-log")
    score = run(*given, "--json").json["score"]
    assert (score["metrics"]["labels"], score["metrics"]["half"]) == (8, 0.5)
    assert score["metrics"]["accuracy"] < 1  # ours count where names meet
    assert score["headline"] == "accuracy"
    assert len(records(pets)) == 1
    pets.commit("Scores")
    assert "labels" in run("reproduce", "HEAD").out


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        ("3", "own_metrics gave 3, expected numbers by name"),
        ("{'a': 'b'}", "own_metrics gave 'b' for 'a', expected a finite number"),
        ("{'a': float('nan')}", "own_metrics gave nan for 'a', expected a finite number"),
        ("{'a': True}", "own_metrics gave True for 'a'"),
        ("1 / 0", "own:Model failed in own_metrics: ZeroDivisionError"),
    ],
)
def test_what_is_no_number_is_refused(pets: Project, run: Shell, gives: str, told: str) -> None:
    with_model(pets, gives)
    assert told in run.refused("evaluate", "pets", "--model", "own:Model", "--no-log")
    assert records(pets) == []
