"""Comparing label sets of revisions and of files, as functions."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from labelvc.core.errors import LabelvcError
from labelvc.core.filtering import Filter
from labelvc.formats.pair import Wanted
from labelvc.repo.compare import diff_files, diff_pairs, known
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, ends, set_pairs
from tests.repo.hooked import FIRST, SECOND, coco
from tests.repo.project import Project

BOXES = "sets:\n  boxes: {path: boxes, format: yolo, settings: {task: detect}}\n"


def diff(repo: Repository, *revs: str, **options):
    both = ends(repo, revs)
    return diff_pairs(repo, both, set_pairs(repo, *both), **options)


def test_equal_sets_are_named_and_nothing_of_them_is_read(project: Project, monkeypatch):
    first, second = project.tracked("labels/train.json", FIRST, SECOND)
    project.tracked("labels/val.json", FIRST)
    repo = Repository.find(project.path)
    told = diff(repo, first, "HEAD")
    assert [one.name for one in told.sets] == ["train", "val"] and told.unchanged == ()
    assert (told.before.rev, told.before.commit) == (first, first)
    monkeypatch.setattr("labelvc.repo.compare.compare", lambda *args, **options: 1 / 0)
    assert diff(repo, second, second).unchanged == ("train",)


def test_what_is_no_label_set_is_told_unless_it_was_declared(project: Project):
    first, _ = project.tracked("model.bin", b"\0\1", b"\0\2")
    told: list[str] = []
    assert diff(Repository.find(project.path), first, "HEAD", warn=told.append).sets == []
    assert len(told) == 1 and told[0].startswith("model.bin: left out")
    project.write("labelvc.yaml", "sets:\n  model: {path: model.bin, format: coco}\n")
    with pytest.raises(LabelvcError, match=r"model\.bin"):
        diff(Repository.find(project.path), first)


def test_narrowed(project: Project):
    first, _ = project.tracked("labels/train.json", FIRST, SECOND)
    repo = Repository.find(project.path)
    assert diff(repo, first, wanted=Filter(kinds=("relabelled",))).sets[0].counts["changed"] == 1
    assert diff(repo, first, wanted=Filter(kinds=("moved",))).sets[0].is_empty


def test_counts_are_known_once_noted(project: Project):
    project.tracked("labels/train.json", FIRST)
    repo = Repository.find(project.path)
    head = Revision("HEAD", repo.git.commit("HEAD"))
    (pair,) = set_pairs(repo, head, head)
    assert known(repo, pair.after) is None and known(repo, None) is None


def test_what_a_comparison_counted_is_known_afterwards(project: Project):
    first, _ = project.tracked("labels/train.json", FIRST, SECOND)
    project.write("labels/train.json", coco("dog", "dog", "dog"))
    repo = Repository.find(project.path)
    both = ends(repo, [first])
    told = diff_pairs(repo, both, set_pairs(repo, *both)).sets[0]
    (pair,) = set_pairs(Repository.find(project.path), *both)
    assert known(repo, pair.before, "coco") == told.before
    # the working tree's version too, though no pointer names it
    assert pair.after.stored.hash != pair.after.hash
    assert known(repo, pair.after, "coco") == told.after
    assert known(repo, pair.after, "yolo") is None
    other = replace(pair.before.label_set, settings={"names": "x"})
    assert known(repo, replace(pair.before, label_set=other), "coco") is None
    assert diff(repo, first).sets[0].categories == told.categories


@pytest.mark.parametrize("with_names", [True, False])
def test_equal_files_of_a_counted_folder_are_not_opened(project: Project, with_names: bool):
    project.write("labelvc.yaml", BOXES)
    for name, size in {"b": 0.2, "a": 0.3, "c/d": 0.4}.items():
        project.write(f"boxes/{name}.txt", f"0 0.5 0.5 {size} {size}\n")
    if with_names:
        project.write("boxes/classes.txt", "cat\ndog\n")
    project.track("boxes")
    first = project.commit()
    project.write("boxes/a.txt", "1 0.5 0.5 0.3 0.3\n")
    repo = Repository.find(project.path)
    told = diff(repo, first).sets[0]
    source = repo.source(repo.sets(first)[0], first)
    equal = repo.objects.path_of(source.files["b.txt"].digest)
    equal.unlink()
    (project.path / "boxes/b.txt").chmod(0)
    assert diff(Repository.find(project.path), first).sets[0].counts == told.counts
    files = list(repo.working(repo.sets(None)[0])[0].files)
    assert files == ["a.txt", "b.txt", "c/d.txt", *["classes.txt"] * with_names]


def test_files(tmp_path: Path):
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text(json.dumps(FIRST))
    two.write_text(json.dumps(SECOND))
    told = diff_files(one, two, reading=Wanted())
    assert (told.before.rev, told.after.rev) == (str(one), str(two))
    assert told.sets[0].name == str(two) and told.sets[0].counts["relabelled"] == 1
    narrow = diff_files(one, two, reading=Wanted("coco"), wanted=Filter(categories=("bird",)))
    assert narrow.sets[0].is_empty


def test_media_is_never_fetched(project: Project, tmp_path: Path):
    """A label set of folders of images is compared by names and hashes alone."""
    project.remote(tmp_path / "remote")
    for number, name in enumerate(("cat", "cat", "dog", "dog")):
        project.write(f"images/{name}/{number}.png", f"picture {number}")
    project.track("images")
    first = project.commit()
    (project.path / "images/cat/0.png").rename(project.path / "images/dog/0.png")
    project.write("images/dog/2.png", "another picture")
    project.track("images")
    project.commit()
    with project.dvc_repo() as dvc:
        dvc.push(all_commits=True)
    shutil.rmtree(project.path / ".dvc/cache")
    (compared,) = diff(Repository.find(project.path), first, "HEAD").sets
    assert (compared.format, compared.counts["relabelled"]) == ("imagefolder", 1)
    assert compared.counts["samples_media"] == 1
    here = [path for path in (project.path / ".dvc/cache").rglob("*") if path.is_file()]
    assert here and all(path.name.endswith(".dir") for path in here)
