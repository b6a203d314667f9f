"""Which version of a label set was the one before."""

from __future__ import annotations

import json

import pytest

from labelvc.core.errors import LabelvcError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.reading import read
from labelvc.repo.previous import previous
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, revision, set_pairs
from tests.repo.hooked import FIRST, SECOND, THIRD, coco
from tests.repo.project import Project

TRAIN = "labels/train.json"


def before(project: Project, rev: str | None = None, name: str = "train"):
    """The commit and the labels of the version before the one at `rev`, or None."""
    repo = Repository.find(project.path)
    end = WORKING_TREE if rev is None else revision(repo, rev)
    (pair,) = set_pairs(repo, end, end, [name])
    assert pair.after is not None
    snapshot, fmt, _ = read(pair.after.source, "coco", {}, None)
    found = previous(repo, pair.after, end, snapshot, fmt.NAME)
    return None if found is None else (found[0].commit, names(found[1]))


def names(snapshot: Snapshot) -> list[str]:
    return sorted(snapshot.labels["category"])


def test_a_committed_version_has_the_one_before_its_last_change(project: Project):
    first, second = project.tracked(TRAIN, FIRST, SECOND)
    project.write("notes.txt", "x")
    project.commit("Notes")
    assert before(project) == before(project, "HEAD") == (first, ["cat", "cat"])
    (third,) = project.tracked(TRAIN, THIRD)
    notes = project.git("rev-parse", "HEAD~1")
    assert before(project) == (notes, ["cat", "dog"])  # the last commit that had it
    assert before(project, third) == before(project)
    assert before(project, second) == (first, ["cat", "cat"])


def test_an_edited_working_tree_has_head_before_it(project: Project):
    _, second = project.tracked(TRAIN, FIRST, SECOND)
    project.write(TRAIN, THIRD)
    assert before(project) == (second, ["cat", "dog"])


def test_the_answer_is_the_same_before_a_commit_and_after_it(project: Project):
    project.tracked(TRAIN, FIRST, SECOND)
    project.write(TRAIN, THIRD)
    uncommitted = before(project)
    project.track(TRAIN)
    project.commit()
    assert before(project) == uncommitted


def test_a_first_version_has_none_before_it(project: Project):
    (first,) = project.tracked(TRAIN, FIRST)
    assert before(project) is None
    assert before(project, first) is None


def test_what_is_not_committed_yet_has_none_before_it(project: Project):
    project.write("labelvc.yaml", "sets: {train: {path: labels/train.json}}")
    project.write(TRAIN, FIRST)
    assert before(project) is None  # no commit at all
    project.git("add", "labelvc.yaml")
    project.git("commit", "-q", "-m", "The labels are not in it")
    assert before(project) is None


def test_other_bytes_of_the_same_labels_are_no_version(project: Project):
    spelt = json.dumps(SECOND, indent=1)
    first, *_ = project.tracked(TRAIN, FIRST, SECOND, spelt)
    assert before(project) == (first, ["cat", "cat"])
    project.write(TRAIN, json.dumps(SECOND, indent=3))
    assert before(project) == (first, ["cat", "cat"])


def test_labels_that_came_back_have_the_others_before_them(project: Project):
    _, second, _ = project.tracked(TRAIN, FIRST, SECOND, FIRST)
    assert before(project) == (second, ["cat", "dog"])


def test_a_merge_counts_by_its_first_parent(project: Project):
    (first,) = project.tracked(TRAIN, FIRST)
    project.git("checkout", "-q", "-b", "side")
    project.tracked(TRAIN, SECOND, THIRD)
    project.git("checkout", "-q", "main")
    project.git("merge", "-q", "--no-ff", "side", "-m", "Merge side")
    assert before(project, "HEAD") == (first, ["cat", "cat"])


def test_a_set_that_moved_is_followed(project: Project):
    project.write("labelvc.yaml", "sets: {train: {path: labels/old.json}}")
    first, _ = project.tracked("labels/old.json", FIRST, SECOND)
    for name in ("old.json", "old.json.dvc"):
        (project.path / "labels" / name).unlink()
    project.write("labelvc.yaml", "sets: {train: {path: labels/train.json}}")
    project.tracked(TRAIN, SECOND)
    assert before(project) == (first, ["cat", "cat"])
    project.tracked(TRAIN, THIRD)
    assert before(project)[1] == ["cat", "dog"]


def test_plain_git_files_have_versions_too(plain: Project):
    plain.write("labelvc.yaml", "sets: {train: {path: labels/train.json, format: coco}}")
    commits = []
    for content in (FIRST, SECOND):
        plain.write(TRAIN, content)
        commits.append(plain.commit())
    assert before(plain) == (commits[0], ["cat", "cat"])


def test_labels_that_cannot_be_had_are_trouble(project: Project):
    project.tracked(TRAIN, coco("cat"), SECOND)
    repo = Repository.find(project.path)
    pointer = repo.git.show("HEAD~1", f"{TRAIN}.dvc").decode()
    md5 = pointer.split("md5: ")[1][:32]
    (project.path / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    with pytest.raises(LabelvcError):
        before(project)
