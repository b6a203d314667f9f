"""`labelvc stats` as a person calls it."""

from __future__ import annotations

import json

from tests.cli.shell import SECOND, Shell, coco
from tests.repo.project import Project


def test_the_working_tree_and_its_drift(labels: Project, run: Shell):
    labels.write("labels/train.json", SECOND)
    found = run("stats", "--json").json
    assert (found["rev"], found["commit"]) == (None, None)
    one = found["sets"]["train"]
    assert one["totals"] == {"samples": 3, "labels": 4, "unlabelled": 0}
    assert {row["name"]: row["labels"] for row in one["categories"]} == {"cat": 3, "dog": 1}
    assert one["against"] == {"rev": "HEAD", "commit": labels.git("rev-parse", "HEAD")}
    assert {row["distribution"] for row in one["drift"]} >= {"categories", "box_size"}
    text = run("stats").out
    assert "4 labels, 3 samples" in text and "Drift since HEAD" in text


def test_a_first_version_has_no_drift(labels: Project, run: Shell):
    one = run("stats", "HEAD", "--json", "--", "train").json["sets"]["train"]
    assert one["against"] is None and one["drift"] == [] and "notes" not in one


def test_against_a_revision(labels: Project, run: Shell):
    one = run("stats", "HEAD", "--against", "side", "--json").json["sets"]["train"]
    assert one["against"]["commit"] == labels.git("rev-parse", "side")
    drift = {row["distribution"]: row for row in one["drift"]}
    assert (drift["categories"]["before"], drift["categories"]["after"]) == (4, 3)
    assert drift["categories"]["distance"] > 0
    assert "Drift since side" in run("stats", "--against", "side").out


def test_files_for_dvc(labels: Project, run: Shell):
    run("stats", "--out", "metrics/train", "--", "train")
    folder = labels.path / "metrics/train"
    assert json.loads((folder / "stats.json").read_text())["labels"] == 3
    assert (folder / "categories.csv").read_text().startswith("category,split,labels,samples\n")
    assert (folder / "plots/categories.png").read_bytes().startswith(b"\x89PNG")
    assert run("stats", "--quiet", "--out", "metrics/train").out == ""


def test_files_are_of_one_set(labels: Project, run: Shell):
    labels.write("labels/val.json", coco({"a.jpg": ["cat"]}))
    run("add", "labels/val.json")
    assert "one label set, not 2" in run.refused("stats", "--out", "m")
    assert not (labels.path / "m").exists()


def test_pictures_for_people(labels: Project, run: Shell):
    run("stats", "--plots", "pictures", "--quiet")
    assert (labels.path / "pictures/train/box_size.png").exists()


def test_what_is_no_revision_or_set(labels: Project, run: Shell):
    assert "unknown revision 'mian'" in run.refused("stats", "mian")
    assert "unknown revision 'v1'" in run.refused("stats", "--against", "v1")
    assert "no label set 'vall'" in run.refused("stats", "--", "vall")
    assert "one revision" in run.refused("stats", "HEAD", "side")


def test_a_repository_without_labels(project: Project, run: Shell):
    project.commit("Empty")
    assert run("stats", "--json", at=project.path).json["sets"] == {}
    assert run("stats").out == "No label sets.\n"
