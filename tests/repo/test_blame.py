"""Who changed each label last, in real histories."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from labelvc.core.errors import NotFound
from labelvc.core.filtering import Filter
from labelvc.core.told import Blame
from labelvc.repo.blaming import blamed
from labelvc.repo.history import log
from labelvc.repo.repository import Repository
from tests.repo.project import Project, make_project

PATH = "labels/train.json"
CATEGORIES = ("cat", "dog", "bird")
# By native id: image, category, where the box begins.
Boxes = Mapping[int, tuple[str, str, float]]
FIRST: Boxes = {1: ("a.jpg", "cat", 10), 2: ("a.jpg", "dog", 200), 3: ("b.jpg", "cat", 10)}


def coco(boxes: Boxes, categories: tuple[str, ...] = CATEGORIES) -> dict[str, Any]:
    images = sorted({image for image, _, _ in boxes.values()})
    return {
        "images": [
            {"id": at, "file_name": image, "width": 640, "height": 480}
            for at, image in enumerate(images)
        ],
        "annotations": [
            {"id": id, "image_id": images.index(image), "category_id": categories.index(category),
             "bbox": [x, 5, 40, 40], "area": 1600, "iscrowd": 0}
            for id, (image, category, x) in boxes.items()
        ],
        "categories": [{"id": at, "name": name} for at, name in enumerate(categories)],
    }  # fmt: skip


def save(project: Project, boxes: Boxes, categories: tuple[str, ...] = CATEGORIES) -> str:
    project.write(PATH, coco(boxes, categories))
    project.track(PATH)
    return project.commit()


def told(blame: Blame) -> dict[str, tuple[str | None, list[str]]]:
    """By native id the commit and the kinds of change."""
    rows = blame.labels.select("id", "commit", "kinds").iter_rows()
    return {id: (commit, kinds) for id, commit, kinds in rows}


def of(project: Project, rev: str | None = "HEAD", **more: Any) -> Blame:
    return blamed(Repository.find(project.path), "train", rev, **more)


def test_each_label_is_laid_to_the_commit_that_changed_it_last(project: Project) -> None:
    first = save(project, FIRST)
    second = save(project, {**FIRST, 1: ("a.jpg", "dog", 10)})
    third = save(project, {**FIRST, 1: ("a.jpg", "dog", 10), 4: ("c.jpg", "bird", 5)})
    assert told(of(project)) == {
        "1": (second, ["relabelled"]), "2": (first, ["added"]), "3": (first, ["added"]),
        "4": (third, ["added"]),
    }  # fmt: skip
    assert told(of(project, second)).keys() == {"1", "2", "3"}


def test_what_is_not_committed_is_told_as_such(project: Project) -> None:
    first = save(project, FIRST)
    project.write(PATH, coco({**FIRST, 2: ("a.jpg", "dog", 203)}))
    assert told(of(project, None)) == {
        "1": (first, ["added"]), "2": (None, ["moved"]), "3": (first, ["added"]),
    }  # fmt: skip


def test_ids_that_are_given_anew_hide_no_trail(project: Project) -> None:
    first = save(project, FIRST)
    save(project, {id + 100: box for id, box in FIRST.items()})
    third = save(project, {**{id + 7: box for id, box in FIRST.items()}, 8: ("a.jpg", "bird", 10)})
    assert told(of(project)) == {
        "8": (third, ["relabelled"]), "9": (first, ["added"]), "10": (first, ["added"]),
    }  # fmt: skip


def test_a_category_that_is_renamed_changes_no_label(project: Project) -> None:
    first = save(project, FIRST)
    renamed = {id: (image, category.replace("cat", "kitten"), x)
               for id, (image, category, x) in FIRST.items()}  # fmt: skip
    save(project, renamed, ("kitten", "dog", "bird"))
    assert {commit for commit, _ in told(of(project)).values()} == {first}


def test_a_merge_answers_for_nothing_that_a_side_did(project: Project) -> None:
    first = save(project, FIRST)
    project.git("branch", "side")
    ours = save(project, {**FIRST, 1: ("a.jpg", "bird", 10)})
    project.git("checkout", "-q", "side")
    theirs = save(project, {**FIRST, 3: ("b.jpg", "dog", 10)})
    project.git("checkout", "-q", "main")
    project.git("merge", "-q", "-s", "ours", "--no-commit", "side")
    merge = save(project, {1: ("a.jpg", "bird", 10), 2: ("a.jpg", "dog", 222),
                           3: ("b.jpg", "dog", 10)})  # fmt: skip
    assert told(of(project)) == {
        "1": (ours, ["relabelled"]), "2": (merge, ["moved"]), "3": (theirs, ["relabelled"]),
    }  # fmt: skip
    assert first not in {commit for commit, _ in told(of(project)).values()}


def test_labels_that_were_taken_out_and_came_back_are_new(project: Project) -> None:
    save(project, FIRST)
    save(project, {1: FIRST[1]})
    third = save(project, FIRST)
    assert told(of(project))["2"] == (third, ["added"])


def test_it_can_be_narrowed(project: Project) -> None:
    save(project, FIRST)
    assert told(of(project, wanted=Filter(samples=("a.jpg",)))).keys() == {"1", "2"}
    assert told(of(project, wanted=Filter(categories=("cat",)))).keys() == {"1", "3"}
    assert told(of(project, wanted=Filter(labels=("2",)))).keys() == {"2"}
    with pytest.raises(NotFound, match=r"has no label of 'z\.jpg'"):
        of(project, wanted=Filter(samples=("z.jpg",)))


def test_narrowed_and_kept_answers_agree(project: Project) -> None:
    save(project, FIRST)
    save(project, {**FIRST, 1: ("a.jpg", "dog", 10)})
    narrowed = Filter(categories=("dog",))
    before = told(of(project, wanted=narrowed))
    whole = told(of(project))
    assert told(of(project, wanted=narrowed)) == before
    assert before == {id: whole[id] for id in ("1", "2")}


def history(project: Project, versions: int = 6) -> dict[int, str]:
    """Each commit moves one of so many boxes; the commits by the box."""
    boxes = {at: ("a.jpg", "cat", 50.0 * at) for at in range(versions)}
    commits = dict.fromkeys(boxes, save(project, boxes))
    for at in range(1, versions):
        boxes[at] = ("a.jpg", "cat", 50.0 * at + 4)
        commits[at] = save(project, boxes)
    return commits


def test_a_second_call_reads_no_old_label_file(project: Project) -> None:
    commits = history(project)
    first = told(of(project))
    assert {id: commit for id, (commit, _) in first.items()} == {
        str(at): commit for at, commit in commits.items()
    }
    shutil.rmtree(project.path / ".dvc/cache")
    project.track(PATH)  # only what the working tree has
    assert told(of(project)) == first


def test_a_kept_answer_that_is_damaged_is_worked_out_again(project: Project) -> None:
    history(project)
    first = told(of(project))
    kept = list((project.path / ".git/labelvc/blame").iterdir())
    assert kept
    for number, file in enumerate(kept):
        content = file.read_bytes()
        file.write_bytes((content[:-5], b"", content.replace(b"a", b"b"))[number % 3])
    assert told(of(project)) == first


def test_one_commit_more_goes_on_from_the_kept_answer(project: Project) -> None:
    commits = history(project)
    of(project)
    boxes = {at: ("a.jpg", "cat", 50.0 * at + 4 * (at > 0)) for at in commits}
    boxes[0] = ("a.jpg", "bird", 0.0)
    newest = save(project, boxes)
    found = told(of(project))
    assert found["0"] == (newest, ["relabelled"])
    assert {int(id): commit for id, (commit, _) in found.items()} == {**commits, 0: newest}


def test_where_versions_are_missing_the_trail_says_so(project: Project) -> None:
    first = save(project, FIRST)
    second = save(project, {**FIRST, 1: ("a.jpg", "dog", 10)})
    third = save(project, {**FIRST, 1: ("a.jpg", "dog", 10), 2: ("a.jpg", "bird", 200)})
    shutil.rmtree(project.path / ".dvc/cache")
    project.track(PATH)
    blame = of(project, third)
    rows = {row["id"]: row for row in blame.labels.iter_rows(named=True)}
    assert all(row["reached"] == "not at hand" or row["through"] for row in rows.values())
    assert any(second[:9] in note for note in blame.notes)
    assert not {first, second} & {row["commit"] for row in rows.values() if not row["reached"]}


def test_a_shallow_clone_marks_its_oldest_commit(project: Project, tmp_path: Path) -> None:
    save(project, FIRST)
    second = save(project, {**FIRST, 1: ("a.jpg", "dog", 10)})
    third = save(project, {**FIRST, 1: ("a.jpg", "dog", 10), 2: ("a.jpg", "bird", 200)})
    clone = tmp_path / "clone"
    project.git("clone", "-q", "--depth", "2", f"file://{project.path}", str(clone))
    shutil.copytree(project.path / ".dvc/cache", clone / ".dvc/cache")
    rows = {row["id"]: row for row in of(Project(clone)).labels.iter_rows(named=True)}
    assert (rows["2"]["commit"], rows["2"]["reached"]) == (third, None)
    assert (rows["1"]["commit"], rows["1"]["reached"]) == (second, "shallow")


def test_labels_in_plain_git_have_a_history_too(tmp_path: Path) -> None:
    project = make_project(tmp_path / "plain", dvc=False)
    project.write("labelvc.yaml", "version: 1\nsets: {train: {path: labels/train.json}}\n")
    project.write(PATH, coco(FIRST))
    first = project.commit()
    project.write(PATH, coco({**FIRST, 3: ("b.jpg", "bird", 10)}))
    second = project.commit()
    assert told(of(project)) == {
        "1": (first, ["added"]), "2": (first, ["added"]), "3": (second, ["relabelled"]),
    }  # fmt: skip


def test_a_folder_of_label_files_and_equal_labels(project: Project) -> None:
    project.write("labelvc.yaml", "version: 1\nsets: {train: {path: labels, format: yolo}}\n")
    project.write("labels/data.yaml", "names: [cat, dog]\n")
    project.write("labels/a.txt", "0 0.5 0.5 0.2 0.2\n0 0.5 0.5 0.2 0.2\n")
    project.write("labels/b.txt", "1 0.5 0.5 0.2 0.2\n")
    project.track("labels")
    first = project.commit()
    project.write("labels/b.txt", "0 0.5 0.5 0.2 0.2\n")
    project.track("labels")
    second = project.commit()
    rows = of(project).labels.select("sample", "commit").rows()
    assert sorted(rows) == [("a", first), ("a", first), ("b", second)]


def test_spans_keep_their_bounds(project: Project) -> None:
    project.write("labelvc.yaml", "version: 1\nsets: {train: {path: labels/spans.jsonl}}\n")
    line = {"text": "Ann met Bob", "entities": [[0, 3, "PERSON"], [8, 11, "PERSON"]]}
    for version in (line, {**line, "entities": [[0, 3, "PERSON"], [8, 11, "DOG"]]}):
        project.write("labels/spans.jsonl", json.dumps(version) + "\n")
        project.track("labels/spans.jsonl")
        project.commit()
    rows = of(project).labels.select("start", "end", "category", "commit").rows()
    first, second = project.commits[-2:]
    assert sorted(rows) == [(0.0, 3.0, "PERSON", first), (8.0, 11.0, "DOG", second)]


def test_a_label_is_followed_through_other_ids(project: Project) -> None:
    save(project, FIRST)
    save(project, {id + 100: box for id, box in FIRST.items()})
    save(project, {**{id + 100: box for id, box in FIRST.items()}, 101: ("a.jpg", "bird", 10)})
    repo = Repository.find(project.path)
    entries = list(log(repo, wanted=Filter(labels=("101",))))
    kinds = [[kind for row in e.changes["train"].labels for kind in row["kinds"]] for e in entries]
    assert kinds[0] == ["relabelled"] and kinds[-1] == ["added"]
    notes = [note for entry in entries for note in entry.changes["train"].notes]
    assert notes == ["its id was 1 then"]


def moved_on(boxes: Boxes, names: Mapping[str, str]) -> dict[str, Any]:
    """The file of an export that gives its images new file names, which their URLs contradict."""
    content = coco(boxes)
    for image in content["images"]:
        image["coco_url"] = f"https://example.org/{image['file_name']}"
        image["file_name"] = names.get(image["file_name"], image["file_name"])
    return content


def test_file_names_that_are_given_anew_hide_no_trail(project: Project) -> None:
    boxes = {**FIRST, 4: ("c.jpg", "dog", 99)}
    changed = {**boxes, 1: ("a.jpg", "bird", 10)}
    names = {"a.jpg": "b.jpg", "b.jpg": "c.jpg", "c.jpg": "a.jpg"}
    commits = []
    for version, names_then in ((boxes, {}), (changed, {}), (changed, names)):
        project.write(PATH, moved_on(version, names_then))
        project.track(PATH)
        commits.append(project.commit())
    assert told(of(project)) == {
        "1": (commits[1], ["relabelled"]), "2": (commits[0], ["added"]),
        "3": (commits[0], ["added"]), "4": (commits[0], ["added"]),
    }  # fmt: skip
    entries = list(log(Repository.find(project.path), wanted=Filter(samples=("b.jpg",))))
    assert [entry.commit for entry in entries] == commits[::-1]
    assert entries[0].changes["train"].notes == ("renamed from a.jpg",)


def test_names_that_need_their_folders_from_a_commit_on_hide_no_trail(project: Project) -> None:
    project.write("labelvc.yaml", "version: 1\nsets: {train: {path: labels, format: yolo}}\n")
    project.write("labels/data.yaml", "names: [cat, dog]\n")
    commits = []
    for name, line in (
        ("train/a", "0 0.5 0.5 0.2 0.2\n"), ("train/a", "1 0.5 0.5 0.2 0.2\n"),
        ("val/a", "0 0.1 0.1 0.2 0.2\n"),
    ):  # fmt: skip
        project.write(f"labels/{name}.txt", line)
        project.track("labels")
        commits.append(project.commit())
    rows = dict(of(project).labels.select("category", "commit").rows())
    assert rows == {"dog": commits[1], "cat": commits[2]}


def test_a_set_that_is_not_there(project: Project) -> None:
    save(project, FIRST)
    with pytest.raises(NotFound):
        blamed(Repository.find(project.path), "nobody")
