"""What is new in a revision, and where a forge shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from labelvc.core.checked import Place
from labelvc.core.errors import NotFound
from labelvc.repo.check_sets import check_sets, new_issues
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, revision
from tests.cli.shell import coco
from tests.repo.project import Project

TRAIN = "labels/train.json"


def with_boxes(boxes: Mapping[int, list[float]], *, sizes: tuple[int, int] = (100, 80)) -> Any:
    """Two images of two boxes each, some of them replaced."""
    content = coco({"a.jpg": ["cat", "cat"], "b.jpg": ["dog", "dog"]})
    for at, place in boxes.items():
        content["annotations"][at]["bbox"] = place
    for image in content["images"]:
        image["width"], image["height"] = sizes
    return content


def committed(project: Project, *versions: Any) -> Repository:
    """DVC tracks the label set, with a commit a version."""
    project.write("labelvc.yaml", f"sets:\n  train: {{path: {TRAIN}, format: coco}}\n")
    project.tracked(TRAIN, *versions)
    return Repository.find(project.path)


def found(repo: Repository, before: str, after: str = "HEAD") -> tuple[list[str], int]:
    told = new_issues(repo, revision(repo, before), revision(repo, after))
    assert not told.notes
    return [issue.code for name, issue in told.new if name == "train"], told.gone


def test_new_and_gone(project: Project):
    bad, worse = with_boxes({0: [300, 1, 9, 9]}), with_boxes({0: [300, 1, 9, 9], 3: [95, 1, 9, 9]})
    repo = committed(project, bad, worse, with_boxes({}))
    assert found(repo, "HEAD~2", "HEAD~1") == (["overhang"], 0)
    assert found(repo, "HEAD~1") == ([], 2)
    assert found(repo, "HEAD", "HEAD") == ([], 0)


def test_renamed_samples_keep_their_issues(project: Project):
    before = with_boxes({0: [300, 1, 9, 9], 3: [95, 1, 9, 9]})
    after = json.loads(json.dumps(before).replace("a.jpg", "new/1.jpg"))
    assert found(committed(project, before, after), "HEAD~1") == ([], 0)


def test_what_the_samples_did_is_told_from_what_the_labels_did(project: Project):
    before, after = with_boxes({}), with_boxes({0: [300, 1, 9, 9]}, sizes=(21, 80))
    repo = committed(project, before, after)
    (one,) = check_sets(repo, revision(repo, "HEAD"), against=revision(repo, "HEAD~1")).sets
    touched = {told.issue.label: told.is_touched for told in one.issues}
    assert touched == {"1": True, "2": False, "3": False, "4": False}


def test_a_category_whose_share_jumps(project: Project):
    before = coco({f"{at}.jpg": ["cat", "cat", "dog"] for at in range(20)})
    after = coco({f"{at}.jpg": ["cat", "dog", "dog", "dog"] for at in range(20)})
    assert "share-change" in found(committed(project, before, after), "HEAD~1")[0]


def test_a_new_set_has_new_issues_only(project: Project):
    repo = committed(project, with_boxes({0: [300, 1, 9, 9]}))
    project.write("labels/val.json", with_boxes({0: [300, 1, 9, 9]}))
    project.track("labels/val.json")
    project.write(
        "labelvc.yaml", f"sets:\n  train: {{path: {TRAIN}}}\n  val: {{path: labels/val.json}}\n"
    )
    project.commit()
    told = new_issues(repo, revision(repo, "HEAD~1"), revision(repo, "HEAD"))
    assert [(name, issue.code) for name, issue in told.new] == [("val", "outside")]


def test_labels_that_are_not_at_hand_are_a_note(project: Project):
    repo = committed(project, with_boxes({}), with_boxes({0: [300, 1, 9, 9]}))
    for file in (project.path / ".dvc/cache/files").rglob("*"):
        if file.is_file():
            file.unlink()
    told = new_issues(repo, revision(repo, "HEAD~1"), revision(repo, "HEAD"))
    assert told.new == [] and told.notes[0].startswith("train was not checked: ")
    with pytest.raises(NotFound):
        new_issues(repo, revision(repo, "HEAD~1"), revision(repo, "HEAD"), ["vall"])


def in_git(project: Project, files: Mapping[str, str], path: str, format: str) -> Repository:
    for name, content in files.items():
        project.write(name, content)
    project.write("labelvc.yaml", f"sets:\n  train: {{path: {path}, format: {format}}}\n")
    project.commit()
    return Repository.find(project.path)


def places(repo: Repository) -> dict[str, Place]:
    (one,) = check_sets(repo, WORKING_TREE).sets
    return {told.issue.code: told.place for told in one.issues}


def test_labels_in_git_have_their_line(project: Project):
    content = json.dumps(with_boxes({2: [300, 1, 9, 9]}), indent=1)
    place = places(in_git(project, {"train.json": content}, "train.json", "coco"))["outside"]
    assert place.path == "train.json"
    lines = content.splitlines()
    # the object begins there, and has the box at fault
    assert lines[place.line - 1].strip() == "{"
    assert "300," in "".join(lines[place.line : place.line + 7])


def test_a_line_is_of_the_right_one_of_equal_rows(project: Project):
    rows = [{"text": "a b", "label": [[0, 2, "X"]]}, {"text": "c", "label": [[0, 1, "X"]]}]
    content = "".join(json.dumps(row) + "\n" for row in (rows[1], rows[0]))
    found = places(in_git(project, {"x.jsonl": content}, "x.jsonl", "spans"))
    assert found["span-space"] == Place("x.jsonl", 2)


def test_files_of_a_folder_in_git(project: Project):
    files = {
        "set/data.yaml": "names: [cat, dog]\n",
        "set/labels/a.txt": "0 0.5 0.5 0.2 0.2\n1 1.5 0.5 0.1 0.1\n",
        "set/labels/b.txt": "0 0.5 0.5 0.2 0.2\n",
    }
    found = places(in_git(project, files, "set", "yolo"))
    assert found["outside"] == Place("set/labels/a.txt", 2)


def test_what_cannot_be_read_has_the_line_of_the_error(project: Project):
    files = {"x.conll": "Anna B-PER\nBell\n\nRome B-LOC\n"}
    assert places(in_git(project, files, "x.conll", "conll")) == {"unreadable": Place("x.conll", 2)}


def test_a_project_below_the_top_has_paths_from_the_top(project: Project):
    project.root = "sub"
    project.write(".dvc/config", "")
    repo = in_git(
        project, {"x.jsonl": '{"text": "a b", "label": [[0, 2, "X"]]}\n'}, "x.jsonl", "spans"
    )
    assert places(Repository.find(repo.git.top / "sub"))["span-space"] == Place("sub/x.jsonl", 1)
