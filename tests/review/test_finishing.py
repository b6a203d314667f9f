"""The end of a review in real repositories: the commit, who made it, and what was left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from labelvc.core.errors import LabelvcError
from labelvc.core.reported import Item
from labelvc.repo.revisions import ends
from labelvc.review.building import build
from labelvc.review.decisions import Decision
from labelvc.review.finishing import Finished, finish
from tests.review.reviewed import Reviewed, cells, corrected

BOB = "Bob Lee <bob@example.org>"
Accepts = Callable[[Item], bool]


def finished(
    change: Reviewed, revs: list[str], accepts: Accepts, message: str = "", **comments: str
) -> Finished:
    both = ends(change.repo, revs)
    report = build(change.repo, both)
    decided = {
        item.number: Decision(
            "accept" if accepts(item) else "reject", comments.get(item.kinds[0], "")
        )
        for item in report.items
    }
    return finish(change.repo, both, report, decided, message=message, reviewer=BOB)


def all_of(item: Item) -> bool:
    return True


def kinds(*wanted: str) -> Accepts:
    return lambda item: bool({*wanted} & {*item.kinds})


def boxes(told: dict) -> dict[int, dict]:
    return {box["id"]: box for box in told["annotations"]}


def test_what_was_rejected_is_taken_out_of_the_branch(change: Reviewed) -> None:
    done = finished(change, ["main...fix"], kinds("relabelled"), added="no such cell")
    now, before, after = change.boxes(), boxes(cells()), boxes(corrected())
    assert now == {**before, 1: after[1]}
    assert change.project.git("rev-parse", "HEAD") == done.commit
    assert change.project.git("log", "-1", "--format=%an %ae") == "Bob Lee bob@example.org"
    body = change.project.git("log", "-1", "--format=%B")
    assert body.startswith("Review labels: 2 accepted, 3 not\n")
    assert "Reviewed-by: Bob Lee <bob@example.org>" in body
    assert "Labels: cells +1 -1 ~1 (moved 1)" in body
    assert "* cells: 004.jpg: no such cell" in body
    assert (done.accepted, done.rejected, done.undecided) == (2, 3, 0)
    assert change.project.git("status", "--porcelain") == f"?? {done.patch}"


def test_the_patch_that_is_left_brings_back_what_was_rejected(change: Reviewed) -> None:
    done = finished(change, ["main...fix"], kinds("relabelled"))
    from labelvc.core.mailed import parse_patches
    from labelvc.repo.applying import apply_patches

    patches = parse_patches(change.project.read(str(done.patch)).decode())
    assert apply_patches(change.repo, patches).fits
    assert change.boxes() == boxes(corrected())


def test_all_accepted_is_an_empty_commit_that_names_the_reviewer(change: Reviewed) -> None:
    before = change.project.git("rev-parse", "HEAD^{tree}")
    done = finished(change, ["main...fix"], all_of, "Looks right")
    assert change.project.git("rev-parse", "HEAD^{tree}") == before
    assert done.patch is None and "empty" in done.text
    assert change.project.git("log", "-1", "--format=%s") == "Looks right"


def test_edits_of_the_working_tree_are_committed_as_far_as_accepted(change: Reviewed) -> None:
    change.project.git("checkout", "-q", "main")
    change.project.write("labels/cells.json", corrected())
    with change.project.dvc_repo() as dvc:  # back to the label files of main
        dvc.checkout("texts.csv.dvc", force=True)
    done = finished(change, [], kinds("moved", "removed"))
    after = boxes(corrected())
    expected = {**boxes(cells()), 2: after[2]}
    del expected[3]
    assert change.boxes() == expected
    assert done.patch is not None
    assert "cells -1 ~1 (moved 1)" in change.project.git("log", "-1", "--format=%B")


def test_a_branch_that_is_not_checked_out_is_put_in_as_far_as_accepted(change: Reviewed) -> None:
    change.project.git("checkout", "-q", "main")
    with change.project.dvc_repo() as dvc:
        dvc.checkout(force=True)
    finished(change, ["main...fix"], kinds("relabelled"))
    assert change.boxes() == {**boxes(cells()), 1: boxes(corrected())[1]}
    assert change.project.read("texts.csv").decode().splitlines()[2] == "2,bad film,neg,test"
    assert change.project.git("rev-parse", "HEAD^") == change.project.git("rev-parse", "main^")


def test_nothing_is_changed_where_labels_are_in_no_commit(change: Reviewed) -> None:
    change.project.write("labels/cells.json", cells())
    head = change.project.git("rev-parse", "HEAD")
    with pytest.raises(LabelvcError, match="in no commit: cells"):
        finished(change, ["main...fix"], kinds("relabelled"))
    assert change.project.git("rev-parse", "HEAD") == head
    assert change.boxes() == boxes(cells())
    assert not list(change.project.path.glob("labelvc-review*"))


def test_accepted_labels_with_errors_are_not_committed_and_nothing_is_changed(
    change: Reviewed,
) -> None:
    change.project.git("checkout", "-q", "main")
    with change.project.dvc_repo() as dvc:
        dvc.checkout(force=True)
    with pytest.raises(LabelvcError, match="lies outside its sample"):
        finished(change, ["main...fix"], kinds("added"))
    assert change.boxes() == boxes(cells())
    assert change.project.git("status", "--porcelain") == ""


def test_what_is_left_never_overwrites_a_file(change: Reviewed, tmp_path: Path) -> None:
    change.project.write("labelvc-review.patch.json", "mine")
    done = finished(change, ["main...fix"], kinds("relabelled"))
    assert done.patch == "labelvc-review-2.patch.json"
    assert change.project.read("labelvc-review.patch.json") == b"mine"
    assert "labelvc.patch" in next(iter(json.loads(change.project.read(done.patch))))
