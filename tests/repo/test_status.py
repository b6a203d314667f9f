"""The rows of status, as values."""

from labelvc.repo.repository import Repository
from labelvc.repo.status import status
from tests.repo.hooked import FIRST, SECOND, THIRD
from tests.repo.project import Project


def rows(project: Project, *names: str):
    return {row.name: row for row in status(Repository.find(project.path), names)}


def test_counts_are_those_of_the_comparison(project: Project):
    project.tracked("labels/train.json", FIRST)
    project.write("labels/train.json", SECOND)
    row = rows(project)["train"]
    assert (row.path, row.state) == ("labels/train.json", "changed")
    assert row.counts is not None and row.counts["relabelled"] == 1


def test_a_pointer_in_conflict(project: Project):
    project.tracked("labels/train.json", FIRST)
    project.git("checkout", "-q", "-b", "side")
    project.tracked("labels/train.json", SECOND)
    project.git("checkout", "-q", "main")
    project.tracked("labels/train.json", THIRD)
    project.write("labelvc.yaml", "sets:\n  train: {path: labels/train.json}\n")
    project.commit("Declare")
    Repository.find(project.path).git.run("merge", "side", check=False)
    row = rows(project)["train"]
    assert row.state == "merge unfinished" and "labels/train.json.dvc" in row.detail


def test_a_removed_label_set(project: Project):
    project.tracked("labels/train.json", FIRST)
    (project.path / "labels/train.json.dvc").unlink()
    row = rows(project)["train"]
    assert (row.state, row.detail) == ("missing", "`labelvc commit` takes it out")


def test_an_old_version_that_cannot_be_had(project: Project):
    _, second = project.tracked("labels/train.json", FIRST, SECOND)
    project.write("labels/train.json", THIRD)
    for file in (project.path / ".dvc/cache/files/md5").rglob("*"):
        if file.is_file():
            file.unlink()
    row = rows(project, "train")["train"]
    assert row.state == "not in cache" and second == project.git("rev-parse", "HEAD")
