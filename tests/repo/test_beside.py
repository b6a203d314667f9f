"""Label sets whose class list lies outside of their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from labelvc.core.errors import LabelvcError
from labelvc.formats.pair import Wanted
from labelvc.repo.adding import add
from labelvc.repo.committing import commit
from labelvc.repo.compare import diff_files, diff_pairs
from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import ends, set_pairs
from labelvc.repo.textconv import render
from tests.repo.project import Project

LABELS = "0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1\n"
CAT_DOG = "names: [cat, dog]\n"
DOG_CAT = "names: [dog, cat]\n"
DECLARED = "sets:\n  pets: {path: data/labels, format: yolo, settings: {names: ../data.yaml}}\n"


@pytest.fixture
def pets(project: Project) -> Project:
    """Labels in DVC, the class list beside them in Git."""
    project.write("labelvc.yaml", DECLARED)
    project.write("data/data.yaml", CAT_DOG)
    project.write("data/labels/a.txt", LABELS)
    project.track("data/labels")
    project.commit()
    return project


def only_diff(project: Project, *revs: str):
    repo = Repository.find(project.path)
    both = ends(repo, revs)
    told = diff_pairs(repo, both, set_pairs(repo, *both))
    return told.sets[0] if told.sets else None


def beside(project: Project, name: str, commit: str | None = None):
    return Repository.find(project.path).beside(
        LabelSet("pets", "data/labels", settings={"names": name}), commit
    )


def test_the_class_list_is_read_at_the_same_revision(pets: Project):
    pets.write("data/data.yaml", CAT_DOG.replace("dog", "wolf"))
    pets.write("data/labels/a.txt", LABELS.replace("0.2", "0.21"))
    second = pets.commit()
    told = only_diff(pets, "HEAD~1")
    assert dict(told.before.categories) == {"cat": 1, "dog": 1}
    assert dict(told.after.categories) == {"cat": 1, "wolf": 1}
    assert told.counts["moved"] == 1
    assert dict(only_diff(pets, second).before.categories) == {"cat": 1, "wolf": 1}


def test_a_reordered_class_list_relabels_what_nobody_touched(pets: Project):
    assert only_diff(pets) is None
    pets.write("data/data.yaml", DOG_CAT)
    for _ in range(2):  # the counts of the first time are not taken for those of other classes
        told = only_diff(pets)
        assert told.counts["relabelled"] == 2 and told.counts["removed"] == 0


def test_a_commit_holds_the_class_list_too(pets: Project):
    pets.write("data/data.yaml", DOG_CAT)
    pets.write("other.txt", "not a label")
    made = commit(Repository.find(pets.path), "Swap")
    assert sorted(made.paths) == ["data/data.yaml", "data/labels.dvc"]
    assert only_diff(pets) is None
    assert only_diff(pets, "HEAD~1", "HEAD").counts["relabelled"] == 2


def test_both_in_one_folder_that_dvc_tracks(project: Project):
    project.write("labelvc.yaml", DECLARED)
    project.write("data/data.yaml", CAT_DOG)
    project.write("data/labels/a.txt", LABELS)
    project.track("data")
    first = project.commit()
    project.write("data/data.yaml", DOG_CAT)
    project.track("data")
    project.commit()
    assert only_diff(project, first, "HEAD").counts["relabelled"] == 2
    assert beside(project, "../data.yaml", first)["../data.yaml"].read() == CAT_DOG.encode()


def test_the_lines_of_git_diff_name_the_classes(pets: Project):
    text = render(pets.path / "data/labels.dvc", Repository.find(pets.path))
    assert "a  box  cat" in text and "a  box  dog" in text


def test_adding(project: Project):
    project.write("data.yaml", CAT_DOG)
    project.write("labels/a.txt", LABELS)
    repo = Repository.find(project.path)
    wanted = LabelSet("", "labels", settings={"names": "../data.yaml"})
    assert dict(add(repo, wanted).tally.categories) == {"cat": 1, "dog": 1}


@pytest.mark.parametrize(
    "name",
    ["../../../secret.yaml", "../../.git/config", "../link.yaml", "../images", "../gone.yaml"],
)
def test_what_is_hidden_or_outside_the_project_is_not_read(pets: Project, name: str):
    secret = pets.path.parent / "secret.yaml"
    secret.write_text(CAT_DOG)
    (pets.path / "data/link.yaml").symlink_to(secret)
    pets.write("data/images/1.jpg", b"")
    commit = pets.commit()
    assert beside(pets, "../data.yaml") and beside(pets, "../data.yaml", commit)
    assert beside(pets, name) == {}
    pets.write("labelvc.yaml", DECLARED.replace("../data.yaml", name))
    pets.write("data/labels/a.txt", LABELS.replace("0.2", "0.21"))
    if name.endswith(".yaml"):
        with pytest.raises(LabelvcError, match=r"class list|link\.yaml"):
            only_diff(pets)


def test_two_folders_without_a_repository(tmp_path: Path):
    for side, names in (("one", CAT_DOG), ("two", DOG_CAT)):
        (tmp_path / side / "labels").mkdir(parents=True)
        (tmp_path / side / "data.yaml").write_text(names)
        (tmp_path / side / "labels/a.txt").write_text(LABELS)
    before, after = (tmp_path / side / "labels" for side in ("one", "two"))
    told = diff_files(before, after, reading=Wanted("yolo", settings={"names": "../data.yaml"}))
    assert told.sets[0].counts["relabelled"] == 2
