"""`labelvc add`: what it declares, tracks, stages and refuses."""

import json

import pytest
import yaml

from labelvc.repo import storing
from tests.cli.shell import FIRST, SECOND, Shell, coco
from tests.repo.project import Project


@pytest.fixture
def ready(project: Project, run: Shell) -> Project:
    """An empty repository after `labelvc init`, committed."""
    run("init", at=project.path)
    project.commit("Set up")
    return project


def declared(project: Project, name: str):
    return yaml.safe_load(project.read("labelvc.yaml"))["sets"][name]


def staged(project: Project) -> set[str]:
    return set(project.git("diff", "--cached", "--name-only").splitlines())


def test_a_new_label_set_is_read_declared_tracked_and_staged(ready: Project, run: Shell):
    ready.write("labels/train.json", FIRST)
    ended = run("add", "labels/train.json", "--task", "object-detection", "--key", "file_name")
    assert "added train: labels/train.json (coco; 2 samples, 3 labels, 2 categories)" in ended.out
    assert declared(ready, "train") == {
        "path": "labels/train.json", "format": "coco", "key": "file_name",
        "task": "object-detection",
    }  # fmt: skip
    pointer = yaml.safe_load(ready.read("labels/train.json.dvc"))
    noted = pointer["meta"]["labelvc"]["train"]
    assert (noted["samples"], noted["labels"]) == (2, 3)
    assert noted["categories"] == {"cat": 2, "dog": 1}
    assert noted["md5"] == pointer["outs"][0]["md5"] and noted["digest"].startswith("v1:")
    assert staged(ready) == {
        "labelvc.yaml",
        "labels/train.json.dvc",
        "labels/.gitignore",
        "params.yaml",
    }
    ready.git("add", "-A")
    assert "labels/train.json" not in ready.git("ls-files").splitlines()


def test_json_answer(ready: Project, run: Shell):
    ready.write("labels/train.json", FIRST)
    told = run("add", "labels/train.json", "--json").json
    assert (told["name"], told["format"], told["tracked"]) == ("train", "coco", "new")
    assert told["totals"] == {"samples": 2, "labels": 3}


def test_names_are_made_from_paths_and_may_be_given(ready: Project, run: Shell):
    for path in ("labels/Mein Satz (1).json", "labels/été.json", "labels/val.json"):
        ready.write(path, FIRST)
    run("add", "labels/Mein Satz (1).json")
    run("add", "labels/été.json")
    run("add", "labels/val.json", "--name", "validation")
    told = run("status", "--json").json["sets"]
    assert list(told) == ["Mein-Satz-1", "été", "validation"]


def test_what_dvc_tracks_already_is_declared_as_it_is(ready: Project, run: Shell):
    ready.tracked("labels/train.json", FIRST)
    pointer = yaml.safe_load(ready.read("labels/train.json.dvc"))
    assert "DVC tracks it already" in run("add", "labels/train.json.dvc").out
    after = yaml.safe_load(ready.read("labels/train.json.dvc"))
    assert after["outs"] == pointer["outs"] and after["meta"]["labelvc"]["train"]["labels"] == 3
    assert staged(ready) == {"labelvc.yaml", "labels/train.json.dvc", "params.yaml"}


def test_edits_since_the_last_dvc_add_are_told_and_not_stored(ready: Project, run: Shell):
    ready.tracked("labels/train.json", FIRST)
    ready.write("labels/train.json", SECOND)
    before = ready.read("labels/train.json.dvc")
    assert "labels differ from what is stored" in run("add", "labels/train.json").out
    assert ready.read("labels/train.json.dvc") == before
    assert run("status", "--json").json["sets"]["train"]["counts"]["added"] == 1


def test_inside_a_tracked_folder(ready: Project, run: Shell):
    ready.write("data/labels/train.json", FIRST)
    ready.write("data/images/a.jpg", "x")
    ready.track("data")
    ready.commit("Data")
    assert "inside a folder that DVC tracks" in run("add", "data/labels/train.json").out
    assert staged(ready) == {"labelvc.yaml", "data.dvc", "params.yaml"}
    assert not (ready.path / "data/labels/train.json.dvc").exists()


def test_a_plain_git_file_stays_one(ready: Project, run: Shell):
    ready.write("labels/train.json", FIRST)
    ready.commit("In Git")
    assert "plain file in Git" in run("add", "labels/train.json").out
    assert staged(ready) == {"labelvc.yaml", "params.yaml"}


def test_a_folder_with_its_settings(ready: Project, run: Shell):
    ready.write("boxes/data.yaml", "names: [cat, dog]\n")
    ready.write("boxes/labels/a.txt", "0 0.5 0.5 0.1 0.1\n")
    told = run("add", "boxes", "--json").json
    assert (told["format"], told["totals"]["labels"]) == ("yolo", 1)
    assert (ready.path / "boxes.dvc").exists()


def test_an_interrupted_add_is_completed_by_the_next(ready: Project, run: Shell, monkeypatch):
    ready.write("labels/train.json", FIRST)
    for point in ("describe", "write_atomic", "remember"):

        def stop(*args, **options):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(f"labelvc.repo.adding.{point}", stop)
            run("add", "labels/train.json", code=130)
        if point == "remember":  # everything is written and staged
            break
        assert "train" not in (yaml.safe_load(ready.read("labelvc.yaml")).get("sets") or {})
    ready.git("reset", "-q")  # as if it had stopped before staging
    run("add", "labels/train.json")
    assert staged(ready) == {
        "labelvc.yaml",
        "labels/train.json.dvc",
        "labels/.gitignore",
        "params.yaml",
    }
    assert "already declared, as train" in run.refused("add", "labels/train.json")


WRONG = coco({"a.jpg": ["cat"]})
WRONG["annotations"][0]["bbox"] = [500, 500, 10, 10]


def test_wrong_labels_are_refused_before_anything_is_written(ready: Project, run: Shell):
    ready.write("labels/train.json", WRONG)
    message = run.refused("add", "labels/train.json")
    assert "labels/train.json: an error in the labels" in message
    assert "sample a.jpg: label 1: box (500, 500, 10, 10) lies outside" in message
    assert "--no-check" in message
    assert ready.git("status", "--porcelain", "-uall") == "?? labels/train.json"
    run("add", "labels/train.json", "--no-check")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"images": [], "annotations": [}', "labels/train.json: line 1"),
        ("", "the file is empty"),
        (b"\x89PNG\0\0", "binary"),
    ],
    ids=["broken", "empty", "binary"],
)
def test_what_cannot_be_read_is_refused_before_anything_is_written(
    ready: Project, run: Shell, content, said
):
    ready.write("labels/train.json", content)
    assert said in run.refused("add", "labels/train.json")
    assert ready.git("status", "--porcelain", "-uall") == "?? labels/train.json"


def test_places_where_no_label_set_can_be(ready: Project, run: Shell, tmp_path):
    (tmp_path / "outside.json").write_text(json.dumps(FIRST))
    assert "nothere.json: no such file" in run.refused("add", "nothere.json")
    assert "not inside the project" in run.refused("add", str(tmp_path / "outside.json"))
    assert "not inside the project" in run.refused("add", ".")
    assert "no place for labels" in run.refused("add", ".git/config")
    assert "no place for labels" in run.refused("add", ".dvc/config")


def test_names_and_paths_that_are_taken(ready: Project, run: Shell):
    for path in ("labels/train.json", "other/train.json", "labels/more/x.json"):
        ready.write(path, FIRST)
    run("add", "labels/train.json")
    message = run.refused("add", "other/train.json")
    assert "the name 'train' is taken by labels/train.json" in message and "--name" in message
    assert "overlaps the label set train" in run.refused("add", "labels")
    assert "already declared, as train" in run.refused("add", "labels/train.json", "--name", "x")
    assert "cannot be the name" in run.refused("add", "other/train.json", "--name", "a b")


def test_without_dvc_and_without_git(plain: Project, run: Shell, tmp_path):
    plain.write("train.json", FIRST)
    message = run.refused("add", "train.json", at=plain.path)
    assert "no DVC project here" in message and "labelvc init" in message
    (tmp_path / "loose.json").write_text(json.dumps(FIRST))
    message = run.refused("add", "loose.json", at=tmp_path)
    assert "not a Git repository" in message and "labelvc init" in message


def test_a_held_dvc_lock_is_told(ready: Project, run: Shell):
    import fcntl

    ready.write("labels/train.json", FIRST)
    with open(ready.path / ".dvc/tmp/lock", "a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        message = run.refused("add", "labels/train.json")
    assert "another DVC process" in message and ".dvc/tmp/lock" in message
    assert ready.git("status", "--porcelain", "-uall") == "?? labels/train.json"
    run("add", "labels/train.json")


def test_many_categories_do_not_swell_the_pointer(ready: Project, run: Shell, monkeypatch):
    monkeypatch.setattr(storing, "MOST_CATEGORIES", 1)
    ready.write("labels/train.json", FIRST)
    run("add", "labels/train.json")
    assert "categories" not in ready.read("labels/train.json.dvc").decode()
