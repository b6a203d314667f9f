"""labelvc evaluate: a score is of labels that are in a commit, recorded once, and never lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.scoring import built_pets, pets, records
from tests.cli.shell import Shell
from tests.repo.project import Project

__all__ = ["built_pets", "pets"]


def evaluate(run: Shell, *more: str, file: str = "new.csv"):
    return run("evaluate", "pets", "--predictions", file, "--no-log", "--json", *more).json


def test_a_score_is_told_and_recorded_with_its_predictions(pets: Project, run: Shell):
    told = evaluate(run)
    assert told["score"]["metrics"]["accuracy"] == 7 / 8
    assert told["run"] is None
    kept = json.loads((pets.path / told["path"]).read_text())["labelvc.score/v1"]
    assert kept["commit"] == pets.git("rev-parse", "HEAD") and kept["dirty"] == []
    assert (pets.path / f"{kept['predictions']['path']}.dvc").exists()
    shown = run("show", "--json", "--stat").json["sets"]["pets"]
    assert kept["confusion"]["counts"] == [[5, 1], [0, 2]]
    assert sum(map(sum, kept["confusion"]["counts"])) == shown["totals"]["labels"]


def test_a_second_time_nothing_new_is_recorded(pets: Project, run: Shell):
    first = evaluate(run)
    pets.commit("Scores")
    assert evaluate(run)["path"] == first["path"]
    assert pets.git("status", "--porcelain") == ""
    told = run("evaluate", "pets", "--predictions", "new.csv", "--no-log").out
    assert "evaluated before, with the same result" in told


def test_each_label_version_has_a_record_of_its_own(pets: Project, run: Shell):
    now = evaluate(run)["score"]
    then = evaluate(run, "--rev", "HEAD~1")["score"]
    assert (then["metrics"]["accuracy"], then["commit"]) == (5 / 8, pets.git("rev-parse", "HEAD~1"))
    assert now["digest"] != then["digest"] and len(records(pets)) == 2


def test_labels_that_are_in_no_commit_are_refused_or_marked(pets: Project, run: Shell):
    pets.write("labels/pets.csv", "id,label\n0,cat\n")
    message = run.refused("evaluate", "pets", "--predictions", "new.csv", "--no-log")
    assert "differs from HEAD: labels/pets.csv" in message and "--allow-dirty" in message
    assert records(pets) == []
    told = evaluate(run, "--allow-dirty")
    assert told["score"]["dirty"] == ["labels/pets.csv"]


def test_files_for_dvc_are_written_with_the_record(pets: Project, run: Shell):
    for _ in range(2):  # DVC removes them before each run
        evaluate(run, "--out", "metrics/pets")
        folder = pets.path / "metrics/pets"
        assert json.loads((folder / "scores.json").read_text())["accuracy"] == 7 / 8
        assert (folder / "categories.csv").read_text().startswith("category,")
        pairs = (folder / "confusion.csv").read_text().splitlines()
        assert pairs[0] == "actual,predicted" and len(pairs) == 9
        for file in folder.iterdir():
            file.unlink()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("sample,p:cat,p:dog\n0,0.5,0.6\n", "sum to"),
        ("sample,p:cat,p:dog\n0,-0.5,1.5\n", "1.5, expected a number from 0 to 1"),
        ("sample,p:cat,p:dog\n0,nan,1\n", "found NaN"),
        ("id,label\nx,cat\ny,dog\n", "no sample"),
        ("", "new.csv"),
        ("{", "new.csv"),
    ],
)
def test_bad_predictions_are_one_message_and_leave_nothing(
    pets: Project, run: Shell, content: str, said: str
):
    pets.write("new.csv", content)
    before = pets.git("status", "--porcelain", "--untracked-files=all")
    message = run.refused("evaluate", "pets", "--predictions", "new.csv", "--no-log")
    assert said in message
    assert pets.git("status", "--porcelain", "--untracked-files=all") == before


def test_what_does_not_fit_is_counted(pets: Project, run: Shell):
    pets.write("new.csv", "id,label\n0,cat\n1,bird\n99,cat\n")
    warnings = evaluate(run)["score"]["warnings"]
    assert warnings["missing_predictions"] == 6
    assert warnings["unknown_samples"] == 1 and warnings["unknown_categories"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pest"], "Did you mean pets"),
        (["pets", "--predictions", "nowhere.csv"], "nowhere.csv: No such file"),
        (["pets", "--model", "nowhere:model"], "nowhere"),
        (["pets", "--predictions", "new.csv", "--split", "test"], "no sample is in split 'test'"),
        (["pets", "--predictions", "new.csv", "--rev", "nope"], "unknown revision"),
        (["pets", "--model", "a:b", "--predictions", "new.csv"], "not allowed with"),
        (["pets", "--option", "epochs"], "expected NAME=VALUE"),
    ],
)
def test_what_is_not_understood_is_one_message(pets: Project, run: Shell, arguments, said):
    assert said in run.refused("evaluate", *arguments)


def test_a_model_is_called_as_it_is_told_and_stays_in_its_folder(pets: Project, run: Shell):
    told = evaluate(run, "--name", "../../up and/away")
    assert told["score"]["model"] == "../../up and/away"
    assert Path(told["path"]).parts[:2] == ("scores", "up-and-away")


def test_mlflow_gets_the_score_once_and_again_where_another_store_lacks_it(
    pets: Project, run: Shell, monkeypatch
):
    told = run("evaluate", "pets", "--predictions", "new.csv", "--json").json
    assert told["run"]["was_there"] is False
    again = run("evaluate", "pets", "--predictions", "new.csv", "--json").json
    assert again["run"] == {**told["run"], "was_there": True}
    assert pets.git("status", "--porcelain", "mlflow.db") == ""  # ignored
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{pets.path}/other.db")
    (found,) = run("evaluate", "--resume-log", "--json").json["runs"]
    assert found["was_there"] is False and found["id"] != told["run"]["id"]
    assert "MLflow has all 1 recorded scores" in run("evaluate", "--resume-log").out


def test_where_no_server_answers_the_score_is_kept_and_sent_later(
    pets: Project, run: Shell, monkeypatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    ended = run("evaluate", "pets", "--predictions", "new.csv")
    assert "the score is kept, but not logged" in ended.err and "--resume-log" in ended.err
    assert len(records(pets)) == 1
    run("evaluate", "--resume-log", code=2)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert "logged new on pets" in run("evaluate", "--resume-log").out


def test_a_killed_evaluation_is_made_whole_by_the_next(pets: Project, run: Shell, monkeypatch):
    for point in ("keep", "write_record"):

        def stop(*args, **options):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(f"labelvc.stages.evaluate.{point}", stop)
            run("evaluate", "pets", "--predictions", "new.csv", "--no-log", code=130)
        assert records(pets) == []
    evaluate(run)
    assert len(records(pets)) == 1


def test_predictions_alone_need_neither_torch_nor_mlflow(pets: Project, run: Shell):
    import subprocess
    import sys

    script = (
        "import sys; from labelvc.cli.main import main;"
        "code = main(sys.argv[1:]);"
        "print(code, sorted({'torch', 'mlflow', 'sklearn', 'pandas', 'matplotlib'}"
        " & set(sys.modules)), file=sys.stderr)"
    )
    evaluate(run)
    for arguments in (
        ["evaluate", "pets", "--predictions", "old.csv", "--no-log"],
        ["scores"],
        ["scores", "HEAD~1", "HEAD"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=pets.path, env=os.environ, capture_output=True, text=True,
        )  # fmt: skip
        assert done.stderr.splitlines()[-1] == "0 []", (arguments, done.stderr)


def test_without_label_sets_or_records_there_is_nothing_to_do(project: Project, run: Shell):
    run("init", "-q", at=project.path)
    assert "`labelvc add PATH` declares one" in run.refused("evaluate")
    assert run("evaluate", "--resume-log").out == "No recorded scores.\n"
