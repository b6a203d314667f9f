from __future__ import annotations

import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelvc.adapters import mlflow as scores
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.scored import Confusion
from tests.adapters.stores import EXPERIMENT, Other, client, log, no_settings, runs
from tests.core.score_records import numbered, record


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    with no_settings():
        yield


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> str:
    """A store with the run of `record()` in it."""
    file = shutil.copy(blank_store, tmp_path_factory.mktemp("store"))
    store = f"sqlite:///{file}"
    with no_settings():
        log(record(), store)
    return store


@pytest.fixture
def copy(uri: str, tmp_path: Path) -> Path:
    """The database of a copy of that store."""
    return Path(shutil.copy(uri.removeprefix("sqlite:///"), tmp_path / "mlflow.db"))


def test_a_run_tells_what_was_measured(uri: str) -> None:
    (run,) = runs(uri, record(), status="FINISHED")
    assert run.info.run_name == "baseline test@ddddddddd"
    assert run.data.metrics == {
        "accuracy": 0.7,
        "accuracy_low": 0.55,
        "accuracy_high": 0.85,
        "macro_f1": 0.65,
        "val/accuracy": 0.5,
    }
    assert run.data.params == {
        "evaluate.seed": "0",
        "evaluate.lr": "0.1",
        "evaluate.layers": "[8, 16]",
    }


def test_a_run_names_its_labels(uri: str) -> None:
    (run,) = runs(uri, record())
    tags = {name: value for name, value in run.data.tags.items() if name.startswith("labelvc.")}
    assert tags == {
        "labelvc.score": record().digest,
        "labelvc.commit": "d" * 40,
        "labelvc.digest": "v1:" + "1" * 64,
        "labelvc.labels.test": "a" * 32,
        "labelvc.labels.train": "a" * 32,
        "labelvc.set": "test",
        "labelvc.model": "baseline",
        "labelvc.spec": "baseline",
        "labelvc.task": "image-classification",
        "labelvc.headline": "accuracy",
        "labelvc.evaluator": "labelvc 0.1.0 metrics/1",
    }
    assert run.data.tags["mlflow.source.git.commit"] == "d" * 40


def test_a_run_has_its_label_sets_as_datasets(uri: str) -> None:
    (run,) = runs(uri, record())
    found = {
        one.dataset.name: (one.dataset.digest, [(tag.key, tag.value) for tag in one.tags])
        for one in run.inputs.dataset_inputs
    }
    digest = "v1:" + "1" * 32
    assert found == {
        "test": (digest, [("mlflow.data.context", "evaluation")]),
        "train": (digest, [("mlflow.data.context", "training")]),
    }
    (scored,) = [one.dataset for one in run.inputs.dataset_inputs if one.dataset.name == "test"]
    assert scored.source_type == "labelvc"
    assert json.loads(scored.source) == {
        "repository": "https://example.org/cells.git",
        "root": "",
        "commit": "d" * 40,
        "set": "test",
        "path": "labels/test.csv",
        "hash": "a" * 32,
    }


def test_a_run_has_its_artifacts(uri: str, tmp_path: Path) -> None:
    (run,) = runs(uri, record())
    folder = Path(client(uri).download_artifacts(run.info.run_id, "", str(tmp_path)))
    assert (folder / "score.json").read_text() == record().to_json()
    assert json.loads((folder / "environment.json").read_text()) == record().environment
    matrix = json.loads((folder / "confusion.json").read_text())
    assert matrix == {"categories": ["cat", "dog"], "counts": [[1, 2], [1, 6]]}
    assert (folder / "confusion.png").read_bytes().startswith(b"\x89PNG")
    assert len(list(folder.iterdir())) == 5


def test_mlflow_shows_the_table_of_categories(uri: str) -> None:
    import mlflow

    (run,) = runs(uri, record())
    mlflow.set_tracking_uri(uri)
    try:
        number = run.info.experiment_id
        table = client(uri).load_table(number, "categories.json", [run.info.run_id])
    finally:
        mlflow.set_tracking_uri(None)
    assert list(table.columns) == ["category", "f1", "support"]
    assert table["category"].tolist() == ["cat", "dog"] and table["support"].tolist() == [3, 7]


def test_the_artifacts_lie_beside_the_database_and_nothing_in_the_current_folder(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    logged = log(numbered(1), uri)
    store = Path(uri.removeprefix("sqlite:///")).parent
    assert (store / "mlartifacts" / logged.run_id / "artifacts" / "score.json").is_file()
    assert list(tmp_path.iterdir()) == []


def test_a_second_time_the_run_is_there(uri: str) -> None:
    again = log(record(), uri)
    assert again.was_there and again.run_id in again.url
    assert len(runs(uri, record())) == 1
    assert scores.find(record().digest, uri=uri, experiment=EXPERIMENT) == again.run_id


def test_what_was_not_logged_is_not_found(uri: str) -> None:
    assert scores.find("0" * 64, uri=uri, experiment=EXPERIMENT) is None
    assert scores.find(record().digest, uri=uri, experiment="other") is None
    assert scores.find("' or 1 = 1", uri=uri, experiment=EXPERIMENT) is None


def test_another_experiment_has_its_own_run(uri: str) -> None:
    logged = scores.log(record(), uri=uri, experiment="other", source={"repository": "x"})
    assert not logged.was_there


def test_the_record_is_had_back_from_the_run(uri: str) -> None:
    found = scores.find(record().digest, uri=uri, experiment=EXPERIMENT)
    assert scores.record_of_run(str(found), uri=uri) == record()


@pytest.mark.parametrize("name", ["a" * 32, "../../etc/passwd", "", "x' or 1"])
def test_a_run_that_is_not_there_is_not_found(uri: str, name: str) -> None:
    with pytest.raises(NotFound, match="no run"):
        scores.record_of_run(name, uri=uri)


def test_a_run_of_somebody_else_has_no_record(uri: str) -> None:
    own = client(uri)
    run = own.create_run(own.create_experiment("somebody's"))
    own.set_terminated(run.info.run_id)
    with pytest.raises(NotFound, match="not written by labelvc"):
        scores.record_of_run(run.info.run_id, uri=uri)


def test_a_deleted_run_is_not_there_and_is_made_anew(uri: str) -> None:
    logged = log(numbered(2), uri)
    client(uri).delete_run(logged.run_id)
    with pytest.raises(NotFound):
        scores.record_of_run(logged.run_id, uri=uri)
    again = log(numbered(2), uri)
    assert not again.was_there and again.run_id != logged.run_id


def test_a_run_whose_files_are_gone_has_no_record(uri: str) -> None:
    logged = log(numbered(3), uri)
    store = Path(uri.removeprefix("sqlite:///")).parent
    shutil.rmtree(store / "mlartifacts" / logged.run_id)
    with pytest.raises(NotFound, match=r"no score\.json any more"):
        scores.record_of_run(logged.run_id, uri=uri)


def test_a_set_that_is_trained_on_and_scored_is_one_dataset_of_evaluation(uri: str) -> None:
    (scored, _) = record().labels
    both = numbered(4, labels=[scored, {**scored, "role": "trained"}])
    log(both, uri)
    (run,) = runs(uri, both)
    ((context,),) = [one.tags for one in run.inputs.dataset_inputs]
    assert context.value == "evaluation"


def test_labels_that_no_commit_holds_are_a_dataset_of_their_own(uri: str) -> None:
    dirty = numbered(5, dirty=("labels/test.csv", "model.py"))
    log(dirty, uri)
    (run,) = runs(uri, dirty)
    names = {one.dataset.name for one in run.inputs.dataset_inputs}
    assert names == {"test (not committed)", "train"}
    assert run.data.tags["labelvc.dirty"] == "labels/test.csv, model.py"


def test_predictions_can_lie_beside(uri: str, tmp_path: Path) -> None:
    (tmp_path / "said.parquet").write_bytes(b"PAR1")
    logged = log(numbered(6), uri, predictions=tmp_path / "said.parquet")
    (file,) = client(uri).list_artifacts(logged.run_id, "predictions")
    assert file.path == "predictions/said.parquet"


ODD = [
    "",
    "a/../b",
    "..",
    "/etc/passwd",
    "x" * 10_000,
    "x" * 10_001,
    "$\\frac",
    "漢字",
    "😀",
    "a\0b",
]


def test_hostile_names_are_taken(uri: str) -> None:
    names = [*ODD, "ap@50", "AP@50", "ap#50", "é\u0301", "\u202eabc", "a b", "a:b"]
    hostile = numbered(
        7,
        model="models:/digits/1 \n'\"`",
        metrics={"accuracy": 0.5, **{name: float(at) for at, name in enumerate(names)}},
        intervals={},
        params={name: {name: "v" * 20_000} for name in names},
        splits={name: {name: 0.5} for name in names},
        categories=[{"category": name, name: 1} for name in names],
        confusion=Confusion(names, [[1] * len(names)] * len(names)),
        environment={name: name for name in names},
    )
    logged = log(hostile, uri)
    (run,) = runs(uri, hostile, status="FINISHED")
    assert run.info.run_id == logged.run_id
    values = sorted(run.data.metrics.values())
    assert values == sorted([0.5, *[float(at) for at in range(len(names))], *[0.5] * len(names)])
    assert len(run.data.params) == len(names)
    assert {len(value) for value in run.data.params.values()} == {6000}
    assert run.data.metrics["漢字"] == 7.0
    assert scores.record_of_run(logged.run_id, uri=uri) == hostile


def test_thousands_of_metrics_and_parameters_are_logged(uri: str) -> None:
    metrics = {f"m{at}": float(at) for at in range(2_500)}
    many = numbered(
        8, metrics={"accuracy": 0.5, **metrics}, params={f"p{i}": i for i in range(250)}
    )
    log(many, uri)
    (run,) = runs(uri, many)
    assert len(run.data.params) == 250 and run.data.metrics["m2499"] == 2499.0


def test_a_record_without_confusion_and_categories_is_logged(uri: str) -> None:
    bare = numbered(9, confusion=None, categories=[], intervals={}, splits={}, params={})
    logged = log(bare, uri)
    names = {file.path for file in client(uri).list_artifacts(logged.run_id)}
    assert names == {"score.json", "environment.json", "categories.json"}


def test_what_goes_wrong_half_way_leaves_no_run(uri: str, tmp_path: Path) -> None:
    with pytest.raises(LabelvcError, match=r"gone\.parquet"):
        log(numbered(10), uri, predictions=tmp_path / "gone.parquet")
    assert runs(uri, numbered(10)) == []
    assert not log(numbered(10), uri).was_there


def test_a_killed_process_leaves_one_finished_run_after_the_next_attempt(
    uri: str, tmp_path: Path
) -> None:
    other = Other.ready(numbered(11), uri, tmp_path, "killed")
    other.go()
    assert other.end() == (-9, "")
    (left,) = runs(uri, numbered(11))
    assert left.info.status == "RUNNING"
    assert scores.find(numbered(11).digest, uri=uri, experiment=EXPERIMENT) is None
    with pytest.raises(NotFound):
        scores.record_of_run(left.info.run_id, uri=uri)
    logged = log(numbered(11), uri)
    assert not logged.was_there
    (run,) = runs(uri, numbered(11))
    assert (run.info.run_id, run.info.status) == (logged.run_id, "FINISHED")
    assert "labelvc.writer" not in run.data.tags


def test_a_run_that_another_machine_writes_is_left_alone(uri: str) -> None:
    own = client(uri)
    experiment = own.get_experiment_by_name(EXPERIMENT).experiment_id
    tags = {"labelvc.score": numbered(12).digest, "labelvc.writer": "another"}
    busy = own.create_run(experiment, tags=tags)
    dead = own.create_run(experiment, start_time=1_000, tags=tags)
    failed = own.create_run(experiment, tags=tags)
    own.set_terminated(failed.info.run_id, "FAILED")
    logged = log(numbered(12), uri)
    left = {run.info.run_id for run in runs(uri, numbered(12))}
    assert left == {busy.info.run_id, logged.run_id} and dead.info.run_id not in left


def test_of_two_finished_runs_the_earlier_stays(uri: str) -> None:
    own = client(uri)
    experiment = own.get_experiment_by_name(EXPERIMENT).experiment_id
    for ended in (3_000, 2_000, 4_000):
        run = own.create_run(experiment, tags={"labelvc.score": numbered(15).digest})
        own.set_terminated(run.info.run_id, end_time=ended)
    logged = log(numbered(15), uri)
    (run,) = runs(uri, numbered(15))
    assert logged.was_there and run.info.end_time == 2_000


def test_two_processes_make_a_store_and_one_run_in_silence(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    other = Other.ready(record(), uri, tmp_path)
    other.go()
    logged = log(record(), uri)
    assert other.end() == (0, logged.run_id)
    assert len(runs(uri, record())) == 1


def test_nothing_is_said_and_nothing_stays_changed(
    uri: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before, level = dict(os.environ), logging.getLogger("mlflow").level
    log(numbered(13), uri)
    assert capfd.readouterr() == ("", "")
    assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**before, "PYTEST_CURRENT_TEST": ""}
    assert logging.getLogger("mlflow").level == level


def test_a_file_that_is_no_database_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(LabelvcError, match="is damaged: file is not a database") as error:
        log(record(), f"sqlite:///{tmp_path}/mlflow.db")
    assert "--resume-log" in str(error.value.hint)


def test_a_damaged_database_is_told(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[100:8192] = b"\xff" * 8092
    copy.write_bytes(content)
    with pytest.raises(LabelvcError, match=r"mlflow\.db.*malformed"):
        log(record(), f"sqlite:///{copy}")


def test_a_store_of_another_version_is_told(copy: Path) -> None:
    with sqlite3.connect(copy) as database:
        database.execute("UPDATE alembic_version SET version_num = '451aebb31d03'")
    database.close()
    with pytest.raises(LabelvcError, match="another version of MLflow") as error:
        log(record(), f"sqlite:///{copy}")
    assert f"mlflow db upgrade sqlite:///{copy}" in str(error.value.hint)


def test_a_read_only_store_is_told(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy.parent)  # MLflow makes a folder `file:` where it is
    read_only = f"sqlite:///file:{copy}?mode=ro&uri=true"
    with pytest.raises(LabelvcError, match="is read-only"):
        log(numbered(14), read_only)
    assert runs(f"sqlite:///{copy}", numbered(14)) == []


def test_a_store_that_is_not_there_is_only_made_to_write(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    assert scores.find(record().digest, uri=uri, experiment=EXPERIMENT) is None
    with pytest.raises(NotFound, match="is not there"):
        scores.record_of_run("a" * 32, uri=uri)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(LabelvcError, match="cannot be made"):
        log(record(), f"sqlite:///{tmp_path}/no/mlflow.db")


@pytest.mark.parametrize("folder", ["what?", "100%25"])
def test_a_folder_whose_name_mlflow_misreads_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    with pytest.raises(LabelvcError, match="'\\?' and '%'"):
        log(record(), f"sqlite:///{tmp_path}/{folder}/mlflow.db")
    assert [path.name for path in tmp_path.iterdir()] == [folder]


def test_a_deleted_experiment_is_told(uri: str) -> None:
    own = client(uri)
    number = own.create_experiment("old")
    own.delete_experiment(number)
    with pytest.raises(LabelvcError, match=r"'old' in .* is deleted") as error:
        scores.log(record(), uri=uri, experiment="old", source={"repository": "x"})
    assert f"mlflow experiments restore -x {number}" in str(error.value.hint)


def test_stores_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    for uri, message in [
        ("foo://x", "foo://x"),
        ("http://", "names no MLflow server"),
        ("http://[x", "names no MLflow server: Invalid IPv6 URL"),
        ("mysql://host:99999999/x", "names no MLflow server: Port out of range"),
        (f"sqlite:///{'x' * 300}.db", "File name too long"),
        (f"file://{tmp_path}/mlruns", "maintenance mode"),
    ]:
        with pytest.raises(LabelvcError, match=message):
            log(record(), uri)


def test_a_database_server_that_is_down_is_told_without_its_password() -> None:
    with pytest.raises(scores.StoreUnreachable, match=r"127\.0\.0\.1:1 does not answer") as error:
        log(record(), "postgresql+psycopg2://ann:secret@127.0.0.1:1/scores")
    assert "secret" not in str(error.value)
    assert f"scores/baseline/{record().digest[:16]}.json" in str(error.value)


def test_where_runs_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "cells"
    root.mkdir()
    assert scores.tracking(root, {}) == (f"sqlite:///{root}/mlflow.db", "cells")
    set_there = {"tracking_uri": "http://localhost:5000", "experiment": "theirs"}
    assert scores.tracking(root, set_there) == ("http://localhost:5000", "theirs")
    relative = {"tracking_uri": "sqlite:///runs/mlflow.db"}
    assert scores.tracking(root, relative) == (f"sqlite:///{root}/runs/mlflow.db", "cells")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mine.db")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    monkeypatch.chdir(tmp_path)
    assert scores.tracking(root, set_there) == (f"sqlite:///{tmp_path}/mine.db", "mine")


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://ann:secret@host:5000/x", "http://host:5000/x"),
        ("https://token@host", "https://host"),
        ("mysql+pymysql://ann:p@ss@host/db?password=secret", "mysql+pymysql://host/db"),
        ("ssh://git@host/cells.git", "ssh://git@host/cells.git"),
        ("ssh://git:secret@host/cells.git", "ssh://git@host/cells.git"),
        ("git@host:cells.git", "git@host:cells.git"),
        ("sqlite:////a b/mlflow.db", "sqlite:////a b/mlflow.db"),
    ],
)
def test_what_gives_access_is_not_shown(uri: str, shown: str) -> None:
    assert scores.without_password(uri) == shown
    assert scores.without_password(f"asked {uri} in vain").startswith(f"asked {shown}")
