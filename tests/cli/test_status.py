"""`labelvc status`: each state a label set can be in."""

import shutil

from tests.cli.shell import FIRST, SECOND, Shell
from tests.repo.project import Project


def state(run: Shell, name: str = "train"):
    row = run("status", "--json").json["sets"][name]
    return row["state"], row["detail"]


def test_unchanged_and_changed(labels: Project, run: Shell):
    assert state(run) == ("unchanged", "")
    run("status", "--exit-code")
    labels.write("labels/train.json", SECOND)
    assert "+1 ~1 (relabelled 1)" in run("status").out
    assert run("status", "--json").json["sets"]["train"]["counts"]["relabelled"] == 1
    run("status", "--exit-code", code=1)


def test_only_written_differently(labels: Project, run: Shell):
    content = labels.read("labels/train.json")
    labels.write("labels/train.json", content.replace(b": ", b":  "))
    assert state(run) == ("changed", "only written differently")


def test_new(labels: Project, run: Shell):
    labels.write("labels/val.json", FIRST)
    run("add", "labels/val.json")
    assert state(run, "val") == ("not committed", "`labelvc commit` commits it")


def test_missing_and_not_in_cache(labels: Project, run: Shell):
    (labels.path / "labels/train.json").unlink()
    shutil.rmtree(labels.path / ".git/labelvc")  # as in a clone that never saw the file
    shutil.move(labels.path / ".dvc/cache", labels.path / "cache")
    assert state(run) == ("not in cache", "`dvc pull labels/train.json` brings it")
    shutil.move(labels.path / "cache", labels.path / ".dvc/cache")
    (labels.path / "labels/train.json").unlink(missing_ok=True)
    assert state(run)[0] == "missing"


def test_declared_but_nowhere(labels: Project, run: Shell):
    labels.write("labelvc.yaml", "sets:\n  gone: {path: labels/gone.json}\n")
    assert state(run, "gone") == ("missing", "nothing is at labels/gone.json")


def test_labels_that_cannot_be_read_do_not_hide_the_others(labels: Project, run: Shell):
    labels.write("labels/val.json", FIRST)
    run("add", "labels/val.json")
    run("commit", "-m", "Val")
    labels.write("labels/train.json", '{"images": [')
    labels.write("labels/val.json", SECOND)
    told, detail = state(run)
    assert told == "changed" and "labels/train.json: line 1" in detail
    assert state(run, "val")[0] == "changed"


def test_a_clone_that_is_not_set_up_is_told(labels: Project, run: Shell, tmp_path):
    labels.git("clone", "-q", ".", str(tmp_path / "clone"))
    ended = run("status", at=tmp_path / "clone")
    assert "run `labelvc init` once" in ended.err
    assert "labelvc init" not in run("status", "--quiet").err
    run("init")
    assert "labelvc init" not in run("status").err


def test_by_name_and_path(labels: Project, run: Shell):
    assert list(run("status", "--json", "train").json["sets"]) == ["train"]
    assert list(run("status", "--json", "--", "labels/train.json").json["sets"]) == ["train"]
    assert "no label set 'x'" in run.refused("status", "x")
