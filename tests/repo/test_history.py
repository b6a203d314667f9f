"""The log and the labels at a revision, as values."""

import pytest

from labelvc.core.errors import NotFound
from labelvc.core.filtering import Filter
from labelvc.repo.history import log, of_sample, show
from labelvc.repo.repository import Repository
from tests.repo.hooked import FIRST, SECOND, THIRD, coco
from tests.repo.project import Project


@pytest.fixture
def repo(project: Project) -> Repository:
    """Three versions of one label set, and a commit beside it."""
    project.tracked("labels/train.json", FIRST, SECOND)
    project.write("notes.txt", "x")
    project.commit("Notes")
    project.tracked("labels/train.json", THIRD)
    return Repository.find(project.path)


def test_without_trailers_the_counts_are_worked_out(repo: Repository):
    told = [entry.sets for entry in log(repo)]
    assert told == [{"train": "+1 ~2 (relabelled 2)"}, {"train": "~1 (relabelled 1)"},
                    {"train": "+2 (new)"}]  # fmt: skip


def test_no_more_is_compared_than_asked_for(repo: Repository, monkeypatch):
    entries = log(repo)
    assert next(entries).commit == repo.git.commit("HEAD")
    monkeypatch.setattr("labelvc.repo.history.compare_pair", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        next(entries)


def test_a_trailer_speaks_for_its_set_only(project: Project, repo: Repository):
    project.write("labels/train.json", FIRST)
    project.write("labels/val.json", FIRST)
    project.track("labels/train.json", "labels/val.json")
    project.commit("Both\n\nLabels: train said so")
    newest = next(log(Repository.find(project.path)))
    assert newest.sets == {"train": "said so", "val": "+2 (new)"}


def test_a_merge_is_told_against_its_first_parent(project: Project, repo: Repository):
    project.git("checkout", "-q", "-b", "side", "HEAD~1")
    project.tracked("labels/val.json", FIRST)
    project.git("checkout", "-q", "main")
    project.git("merge", "-q", "--no-ff", "side", "-m", "Merge side")
    told = {entry.subject: entry.sets for entry in log(Repository.find(project.path))}
    assert told["Version 1 of labels/val.json"] == {"val": "+2 (new)"}


def test_narrowed_to_a_sample_or_a_label(repo: Repository):
    assert len(list(log(repo, wanted=Filter(samples=("a.jpg",))))) == 3
    with pytest.raises(NotFound, match=r"no label set has, or ever had, a sample 'z\.jpg'"):
        list(log(repo, wanted=Filter(samples=("z.jpg",))))
    labels = [entry.sets["train"] for entry in log(repo, wanted=Filter(labels=("0",)))]
    assert labels == ["~1 (relabelled 1): cat to bird", "+1"]


def test_show(repo: Repository):
    table = show(repo, "HEAD")
    one = table.sets["train"]
    assert (one.format, one.tally.labels) == ("coco", 3)
    assert one.snapshot is not None and one.snapshot.labels.height == 3
    assert show(repo, "HEAD", stat=True).sets["train"].snapshot is None
    assert show(repo, "HEAD~3", ["train"]).sets["train"].tally.labels == 2
    with pytest.raises(NotFound, match=r"no label set has a sample 'z\.jpg'"):
        show(repo, sample="z.jpg")


def test_of_sample(project: Project):
    project.write("labels/train.json", coco("cat", "dog"))
    project.track("labels/train.json")
    snapshot = show(Repository.find(project.path)).sets["train"].snapshot
    assert snapshot is not None
    part = of_sample(snapshot, "a.jpg")
    assert (part.labels.height, part.samples.height, part.categories.height) == (2, 1, 2)
    assert of_sample(snapshot, "b.jpg").samples.is_empty()
