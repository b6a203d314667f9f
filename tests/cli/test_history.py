"""`labelvc log` and `labelvc show`."""

import shutil

import pytest

from tests.cli.shell import SECOND, Shell, coco
from tests.repo.project import Project

THIRD = coco({"a.jpg": ["cat", "cat"], "b.jpg": ["dog"], "c.jpg": []})


@pytest.fixture
def history(labels: Project, run: Shell) -> Project:
    """Three commits of labels on main, the last one made with `dvc add` and `git commit`."""
    labels.write("labels/train.json", SECOND)
    run("commit", "-m", "Second labels")
    labels.write("notes.txt", "not labels")
    labels.commit("Notes")
    labels.tracked("labels/train.json", THIRD)
    return labels


def told(run: Shell, *args: str) -> dict[str, dict[str, str]]:
    commits = run("log", "--json", *args).json["commits"]
    return {commit["subject"]: commit["sets"] for commit in commits}


def test_commits_that_touched_labels_newest_first(history: Project, run: Shell):
    assert told(run) == {
        "Version 1 of labels/train.json": {"train": "-1 ~1 (relabelled 1)"},
        "Second labels": {"train": "+1 ~1 (relabelled 1)"},
        "First labels": {"train": "+3 (new)"},
    }
    entry = run("log", "--json", "-n", "1").json["commits"][0]
    assert entry["commit"] == history.git("rev-parse", "HEAD") and entry["author"] == "Ada"
    assert entry["date"].startswith("2024-01-")
    text = run("log").out
    assert "Second labels" in text and "+1 ~1 (relabelled 1)" in text


def test_where_it_begins_and_how_many(history: Project, run: Shell):
    assert list(told(run, "HEAD~1")) == ["Second labels", "First labels"]
    assert list(told(run, "-n", "1")) == ["Version 1 of labels/train.json"]
    assert told(run, "-n", "0") == {}
    assert list(told(run, "HEAD~1", "--", "labels/train.json")) == ["Second labels", "First labels"]
    assert "no label set 'vall'" in run.refused("log", "--", "vall")
    assert "begins at one revision" in run.refused("log", "HEAD", "HEAD~1")


def test_one_samples_history(history: Project, run: Shell):
    assert told(run, "--sample", "b.jpg") == {
        "Version 1 of labels/train.json": {"train": "~1 (relabelled 1): cat to dog"},
        "First labels": {"train": "+1"},
    }
    assert list(told(run, "--sample", "c.jpg")) == [
        "Version 1 of labels/train.json", "Second labels",
    ]  # fmt: skip
    assert "ever had, a sample 'nobody.jpg'" in run("log", "--sample", "nobody.jpg", code=2).err


def test_one_labels_history(history: Project, run: Shell):
    assert told(run, "--label", "2") == {
        "Second labels": {"train": "~1 (relabelled 1): dog to cat"},
        "First labels": {"train": "+1"},
    }


def test_labels_that_cannot_be_had_are_told_by_their_pointers(history: Project, run: Shell):
    run("status")  # sees the pointer of the last commit
    history.write("labels/train.json", SECOND)
    run("commit", "-m", "Second again")
    history.git("commit", "-q", "--amend", "-m", "Without trailer")
    shutil.rmtree(history.path / ".dvc/cache")
    # what was compared before was counted then
    assert told(run)["Version 1 of labels/train.json"]["train"].startswith("4 to 3 labels")
    shutil.rmtree(history.path / ".git/labelvc/tallies")
    text = told(run)
    assert text["Second labels"] == {"train": "+1 ~1 (relabelled 1)"}  # its trailer says so
    assert "cannot be compared" in text["Version 1 of labels/train.json"]["train"]
    assert "labels" in text["Without trailer"]["train"]


def test_a_branch_without_labels(project: Project, run: Shell):
    project.commit("Empty")
    assert run("log", "--json", at=project.path).json == {"commits": []}
    assert run("show", "--json").json["sets"] == {}


def test_before_the_first_commit(project: Project, run: Shell):
    assert run("log", "--json", at=project.path).json == {"commits": []}


def test_show_is_the_working_tree_or_a_revision(history: Project, run: Shell):
    now = run("show", "--json").json
    assert (now["rev"], now["commit"]) == (None, None)
    one = now["sets"]["train"]
    assert one["totals"] == {"samples": 3, "labels": 3}
    assert {row["name"]: row["labels"] for row in one["categories"]} == {"cat": 2, "dog": 1}
    first = run("show", "--json", "HEAD~3", "--", "train").json
    assert first["commit"] == history.git("rev-parse", "HEAD~3")
    assert first["sets"]["train"]["totals"] == {"samples": 2, "labels": 3}
    label = first["sets"]["train"]["labels"][1]
    assert (label["sample"], label["category"], label["id"]) == ("a.jpg", "dog", "2")


def test_show_stat_and_sample(history: Project, run: Shell):
    stat = run("show", "--stat", "--json").json["sets"]["train"]
    assert "labels" not in stat and stat["totals"]["labels"] == 3
    one = run("show", "--sample", "a.jpg", "--json", "HEAD~3").json["sets"]["train"]
    assert [row["sample"] for row in one["samples"]] == ["a.jpg"]
    assert one["totals"] == {"samples": 1, "labels": 2}
    assert "no label set has a sample 'x.jpg'" in run.refused("show", "--sample", "x.jpg")
    assert "a.jpg" in run("show").out


def test_unknown_revisions(history: Project, run: Shell):
    message = run.refused("show", "mian")
    assert "unknown revision 'mian'" in message and "Did you mean main?" in message
    assert "unknown revision 'v1'" in run.refused("log", "v1")
