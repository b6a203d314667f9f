"""labelvc scores: models by label versions, and what a change of labels does to them."""

from __future__ import annotations

import json

import pytest

from tests.cli.scoring import built_pets, pets, records
from tests.cli.shell import Shell
from tests.repo.project import Project

__all__ = ["built_pets", "pets"]


@pytest.fixture
def scored(pets: Project, run: Shell) -> Project:
    """Both models on the labels as they are, and `old` on the first ones."""
    for file, more in (("new.csv", []), ("old.csv", []), ("old.csv", ["--rev", "HEAD~1"])):
        run("evaluate", "pets", "--predictions", file, "--no-log", "-q", *more)
    pets.commit("Scores")
    return pets


def test_without_scores_the_way_to_one_is_told(pets: Project, run: Shell):
    assert "labelvc evaluate SET" in run("scores").out
    assert "No kept predictions" in run("scores", "HEAD~1", "HEAD").out


def test_models_by_label_versions(scored: Project, run: Shell):
    told = run("scores").out
    first, second = (scored.git("rev-parse", "--short=9", rev) for rev in ("HEAD~2", "HEAD~1"))
    assert "First labels" in told and "Two cats" in told
    rows = {line.split()[0]: line for line in told.splitlines() if line.startswith("    ")}
    assert rows["model"].split() == ["model", first, second]
    assert "0.8750" in rows["new"] and "-" in rows["new"].split()
    assert "1.0000" in rows["old"] and "0.7500" in rows["old"]
    assert told.index("new") < told.index("old ")  # the best first


def test_the_same_as_json(scored: Project, run: Shell):
    told = run("scores", "--json", "--", "pets").json["sets"]["pets"]
    assert [version["subject"] for version in told["versions"]] == ["First labels", "Two cats"]
    assert {(one["model"], one["metrics"]["accuracy"]) for one in told["scores"]} == {
        ("old", 1.0), ("old", 0.75), ("new", 0.875),
    }  # fmt: skip


def test_a_label_change_moves_scores_and_turns_the_ranking(scored: Project, run: Shell):
    told = run("scores", "HEAD~2", "HEAD~1", "--json").json
    models = {one["model"]: one for one in told["sets"]["pets"]["models"]}
    assert (models["old"]["before"], models["old"]["after"]) == (1.0, 0.75)
    assert (models["new"]["before"], models["new"]["after"]) == (0.625, 0.875)
    assert models["new"]["rank"] == {"before": 2, "after": 1} and models["new"]["flips"] == ["old"]
    low, high = models["old"]["interval"]
    assert low <= models["old"]["difference"] == -0.25 <= high <= 0
    assert "ranking flips: new overtakes old" in run("scores", "HEAD~2..HEAD~1").out


def test_equal_labels_are_no_effect(scored: Project, run: Shell):
    for one in run("scores", "HEAD~1", "HEAD", "--json").json["sets"]["pets"]["models"]:
        assert one["difference"] == 0 and one["interval"] == [0, 0] and one["flips"] == []


def test_samples_that_no_model_saw_are_left_out_and_told(scored: Project, run: Shell):
    scored.write("labels/pets.csv", (scored.read("labels/pets.csv") + b"8,dog\n").decode())
    told = run("scores", "HEAD", "--json").json["sets"]["pets"]["models"]
    assert {one["difference"] for one in told} == {0}
    assert {one["unpredicted"]["after"] for one in told} == {1}
    assert "never saw 0 samples of the one and 1 of the other" in run("scores", "HEAD").out


def test_predictions_that_are_gone_are_a_note_and_the_other_models_are_told(
    scored: Project, run: Shell
):
    for record in records(scored):
        told = json.loads(record.read_text())["labelvc.score/v1"]
        if told["model"] == "old":
            (scored.path / told["predictions"]["path"]).unlink(missing_ok=True)
            hash = told["predictions"]["hash"]
            object = scored.path / ".dvc/cache/files/md5" / hash[:2] / hash[2:]
            object.unlink(missing_ok=True)
    told = run("scores", "HEAD~2", "HEAD~1", "--json").json
    assert [one["model"] for one in told["sets"]["pets"]["models"]] == ["new"]
    assert any("old on pets" in note for note in told["notes"])


def test_a_record_that_is_none_is_told_and_left_out(scored: Project, run: Shell):
    scored.write("scores/old/broken.json", "{")
    ended = run("scores")
    assert "scores/old/broken.json" in ended.err and "0.8750" in ended.out


def test_a_fresh_clone_has_all_scores(scored: Project, run: Shell, tmp_path):
    for rev in ("HEAD~2", "main"):
        scored.git("checkout", "-q", rev)
        scored.dvc("push", "-q")
    clone = Project(tmp_path / "clone")
    scored.git("clone", "-q", ".", str(clone.path))
    run("init", "-q", at=clone.path)
    assert "0.8750" in run("scores").out
    told = run("scores", "HEAD~2", "HEAD", "--json").json
    assert told["notes"] == []
    assert len(told["sets"]["pets"]["models"]) == 2
