"""labelvc reproduce: a past evaluation made again, with the user's tree untouched."""

from __future__ import annotations

import json

import pytest

from tests.cli.scoring import built_pets, pets, records
from tests.cli.shell import Shell
from tests.repo.project import Project

__all__ = ["built_pets", "pets"]

MODEL = '''\
"""A model that knows numbers."""

def predict(samples):
    return [("cat" if int(sample.key) % 2 else "dog") for sample in samples]
'''


@pytest.fixture
def modelled(pets: Project, run: Shell) -> Project:
    """A model of the project's own, scored; then changed, with uncommitted work about."""
    pets.write("numbers_model.py", MODEL)
    pets.commit("A model")
    run("evaluate", "pets", "--model", "numbers_model:predict", "--no-log", "-q")
    pets.commit("Its score")
    pets.write("numbers_model.py", MODEL.replace("dog", "cat"))
    pets.commit("Another model")
    pets.write("labels/pets.csv", "id,label\n0,dog\n")
    return pets


def test_a_model_is_run_as_it_was(modelled: Project, run: Shell):
    before = modelled.git("status", "--porcelain", "--untracked-files=all")
    ended = run("reproduce", "HEAD~2", "--json")
    (told,) = ended.json["scores"]
    assert told["verdict"] == "identical" and told["same_predictions"]
    assert {one["verdict"] for one in told["metrics"].values()} == {"identical"}
    assert told["environment"] == []
    assert modelled.git("status", "--porcelain", "--untracked-files=all") == before
    assert modelled.read("labels/pets.csv") == b"id,label\n0,dog\n"
    assert len(modelled.git("worktree", "list").splitlines()) == 1
    assert "identical" in run("reproduce", "HEAD~2").out


def test_by_the_digest_of_the_record_and_by_its_labels(modelled: Project, run: Shell):
    digest = json.loads(run("scores", "--json").out)["labelvc.scores/v1"]["sets"]["pets"]["scores"][
        0
    ]["digest"]
    assert run("reproduce", digest[:12], "--json").json["scores"][0]["digest"] == digest
    # at HEAD nothing was measured, but its labels were
    assert run("reproduce", "HEAD", "--json").json["scores"][0]["digest"] == digest


def test_a_different_result_is_told_and_ends_with_one(modelled: Project, run: Shell):
    (record,) = records(modelled)
    told = json.loads(record.read_text())
    told["labelvc.score/v1"]["metrics"]["accuracy"] = 0.9
    told["labelvc.score/v1"]["metrics"]["recall_macro"] += 0.0001
    told["labelvc.score/v1"]["environment"]["python"] = "2.7.18"
    record.write_text(json.dumps(told))
    (found,) = run("reproduce", "HEAD~2", "--json", code=1).json["scores"]
    assert found["verdict"] == found["metrics"]["accuracy"]["verdict"] == "differs"
    assert found["metrics"]["recall_macro"]["verdict"] == "within tolerance"
    assert any("2.7.18" in line for line in found["environment"])
    run("reproduce", "HEAD~2", "--tolerance", "0.9")


def test_labels_that_are_gone_are_told(modelled: Project, run: Shell):
    for object in (modelled.path / ".dvc/cache/files/md5").glob("??/*"):
        object.unlink()
    message = run.refused("reproduce", "HEAD~2")
    assert "neither in the cache" in message


def test_kept_predictions_are_scored_again_without_a_model(pets: Project, run: Shell):
    run("evaluate", "pets", "--predictions", "new.csv", "--no-log", "-q")
    run("evaluate", "pets", "--predictions", "old.csv", "--no-log", "-q")
    pets.commit("Scores")
    found = run("reproduce", "HEAD~1", "--json").json["scores"]
    assert [one["verdict"] for one in found] == ["identical"] * 2


def test_what_was_measured_on_uncommitted_labels_cannot_be_had_again(pets: Project, run: Shell):
    pets.write("labels/pets.csv", "id,label\n0,cat\n1,dog\n")
    told = run(
        "evaluate", "pets", "--predictions", "new.csv", "--no-log", "--allow-dirty", "--json"
    )
    message = run.refused("reproduce", told.json["score"]["digest"])
    assert "in no commit (--allow-dirty)" in message


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("nope", "no MLflow run, no score record and no revision"),
        ("HEAD~1", "no score was recorded"),
    ],
)
def test_what_there_is_no_score_of_is_told(pets: Project, run: Shell, what: str, said: str):
    assert said in run.refused("reproduce", what)


def test_an_mlflow_run_leads_to_its_record(pets: Project, run: Shell):
    told = run("evaluate", "pets", "--predictions", "new.csv", "--json").json
    found = run("reproduce", told["run"]["id"], "--json").json["scores"]
    assert [one["digest"] for one in found] == [told["score"]["digest"]]
    assert "f" * 32 in run.refused("reproduce", "f" * 32)


@pytest.mark.parametrize(("tolerance", "said"), [("2", "between 0 and 1"), ("x", "is no number")])
def test_a_tolerance_is_a_small_number(pets: Project, run: Shell, tolerance: str, said: str):
    assert said in run.refused("reproduce", "HEAD", "--tolerance", tolerance)
