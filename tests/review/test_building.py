"""The report of a real change: put together from Git, DVC, the check and recorded scores."""

from __future__ import annotations

import shutil
from pathlib import Path

from labelvc.repo.revisions import ends
from labelvc.review.building import build, evaluation_splits
from labelvc.review.writing import Limits, write_report
from tests.review.reviewed import Reviewed, cells


def test_the_report_has_every_change_with_those_of_evaluation_first(change: Reviewed) -> None:
    report = build(change.repo, ends(change.repo, ["main...fix"]))
    assert [one.name for one in report.diff.sets] == ["cells", "texts"]
    told = [(item.label_set, item.what, list(item.kinds)) for item in report.items]
    assert told[0] == ("texts", "label", ["relabelled"])
    assert sorted(kinds for name, what, kinds in told if name == "cells" and what == "label") == [
        ["added"], ["moved"], ["relabelled"], ["removed"],
    ]  # fmt: skip
    assert report.items[0].is_evaluation and report.items[0].split == "test"
    assert report.items[0].text == "bad film"
    assert [item.number for item in report.items] == list(range(len(report.items)))
    assert report.tasks == {"cells": "object-detection", "texts": "text-classification"}


def test_new_problems_are_told_and_make_the_verdict_loud(change: Reviewed) -> None:
    report = build(change.repo, ends(change.repo, ["main...fix"]))
    errors = [(name, one.code) for name, one in report.found.new if one.severity == "error"]
    assert errors == [("cells", "outside")]
    assert report.level == "error"


def test_labels_that_are_not_at_hand_are_told_by_their_pointers(change: Reviewed) -> None:
    shutil.rmtree(change.project.path / ".dvc/cache")
    report = build(change.repo, ends(change.repo, ["main...fix"]))
    assert [one.name for one in report.pointers] == ["cells", "texts"]
    assert report.pointers[0].before is None  # these pointers have no note of labelvc
    assert not report.items and report.level == "notice"
    assert str(change.project.path) not in report.pointers[0].reason


def test_a_label_file_that_cannot_be_read_does_not_keep_the_rest_from_being_told(
    change: Reviewed,
) -> None:
    change.project.write("labels/cells.json", "{broken")
    report = build(change.repo, ends(change.repo, ["main"]))
    assert [one.name for one in report.diff.sets] == ["texts"]
    ((pointer),) = report.pointers
    assert pointer.name == "cells" and "labels/cells.json" in pointer.reason


def test_only_the_label_sets_that_are_named_are_told(change: Reviewed) -> None:
    report = build(change.repo, ends(change.repo, ["main...fix"]), ["texts"])
    assert [one.name for one in report.diff.sets] == ["texts"]
    assert {name for name, _ in report.found.new} <= {"texts"}


def test_of_a_very_large_change_the_weightiest_are_listed(change: Reviewed) -> None:
    report = build(change.repo, ends(change.repo, ["main...fix"]), ["cells"], most=3)
    assert report.left_out == 1
    kinds = {tuple(item.kinds) for item in report.items if item.what == "label"}
    assert kinds == {("added",), ("removed",), ("relabelled",)}
    assert report.diff.sets[0].counts["changed"] == 4


def test_what_params_say_of_the_split_counts_for_evaluation(change: Reviewed) -> None:
    def of(name: str, split: str | None) -> bool:
        return evaluation_splits(change.repo, ends(change.repo, [])[1])(name, split)

    assert of("texts", "test") and of("texts", "val") and not of("texts", "train")
    assert of("test", None) and not of("cells", None)
    change.project.write(
        "params.yaml",
        "evaluate: {split: gold}\nsets: {cells: {evaluate: {train_set: texts}}, texts: {}}\n",
    )
    assert of("texts", "gold") and not of("texts", "test")
    assert of("cells", None) and not of("texts", None)


def test_keypoints_are_drawn_with_the_skeleton_of_their_category(
    change: Reviewed, tmp_path: Path
) -> None:
    told = cells()
    told["categories"][0] |= {"keypoints": ["tip", "middle", "end"], "skeleton": [[1, 2], [2, 3]]}
    box = {
        **told["annotations"][0],
        "category_id": 1,
        "keypoints": [20, 20, 2, 30, 25, 2, 40, 30, 2],
    }
    change.project.write("labels/cells.json", {**told, "annotations": [box]})
    write_report(
        change.repo, ends(change.repo, ["main"]), ["cells"], str(tmp_path / "told"),
        limits=Limits(50, 10_000_000),
    )  # fmt: skip
    page = (tmp_path / "told" / "report.html").read_text()
    assert '"skeleton":[[0,1],[1,2]]' in page
