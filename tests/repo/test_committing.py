"""What a commit leaves behind when it is cut off, at every step; and what it goes by."""

import pytest

from labelvc.core.errors import RepositoryError
from labelvc.repo.adding import add
from labelvc.repo.committing import commit
from labelvc.repo.config import LabelSet
from labelvc.repo.git import Git
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, head, set_pairs
from tests.repo.hooked import FIRST, SECOND
from tests.repo.project import Project


@pytest.fixture
def repo(project: Project) -> Repository:
    """With a label set `train` committed, and edited since."""
    project.write("labels/train.json", FIRST)
    with_first = Repository.find(project.path)
    add(with_first, LabelSet("", "labels/train.json"))
    commit(with_first, "First")
    project.commit("Set up")
    project.write("labels/train.json", SECOND)
    return Repository.find(project.path)


class Cut(BaseException):
    """Stands for a killed process: nothing catches it."""


STEPS = [
    "labelvc.repo.committing.read",
    "labelvc.repo.committing.store",
    "labelvc.repo.storing.remember_tally",
    "labelvc.repo.storing.write_atomic",
    "labelvc.repo.committing._differing",
    "labelvc.repo.git.Git.stage",
    "labelvc.repo.git.Git.commit_paths",
    "labelvc.repo.committing.remember",
]


@pytest.mark.parametrize("step", STEPS)
def test_a_second_call_completes_what_was_cut_off(
    project: Project, repo: Repository, step: str, monkeypatch: pytest.MonkeyPatch
):
    def cut(*args: object, **options: object) -> None:
        raise Cut

    labels = project.read("labels/train.json")
    with monkeypatch.context() as patch, pytest.raises(Cut):
        patch.setattr(step, cut)
        commit(repo, "Second")
    assert project.read("labels/train.json") == labels
    fresh = Repository.find(project.path)
    made = commit(fresh, "Second")
    if step.endswith("committing.remember"):  # the commit itself had been made
        assert made.sha is None
    else:
        assert made.sha == project.git("rev-parse", "HEAD")
        assert made.summaries == {"train": "~1 (relabelled 1)"}
    assert project.git("status", "--porcelain") == ""
    assert project.git("log", "-1", "--format=%(trailers:key=Labels,valueonly)") == (
        "train ~1 (relabelled 1)"
    )
    assert all(pair.is_equal for pair in set_pairs(fresh, head(fresh), WORKING_TREE))


def test_labels_edited_meanwhile_are_not_committed_unseen(
    project: Project, repo: Repository, monkeypatch: pytest.MonkeyPatch
):
    from labelvc.repo import committing

    def read_and_edit(*args: object):
        found = original(*args)
        project.write("labels/train.json", FIRST | {"info": "edited while it was read"})
        return found

    original = committing.read
    head_before = project.git("rev-parse", "HEAD")
    monkeypatch.setattr(committing, "read", read_and_edit)
    with pytest.raises(RepositoryError, match="changed while it was being committed"):
        commit(repo, "Second")
    assert project.git("rev-parse", "HEAD") == head_before


@pytest.mark.parametrize("state", ["CHERRY_PICK_HEAD", "MERGE_HEAD", "rebase-merge"])
def test_nothing_is_committed_in_the_middle_of_something(
    project: Project, repo: Repository, state: str
):
    (Git.find(project.path).git_dir / state).write_text(project.git("rev-parse", "HEAD"))
    with pytest.raises(RepositoryError, match="in progress") as error:
        commit(repo, "Second")
    assert "--abort" in (error.value.hint or "")


def test_a_commit_tells_what_a_clone_would_lack(project: Project):
    project.write("labels/train.json", FIRST)
    repo = Repository.find(project.path)
    add(repo, LabelSet("", "labels/train.json"))
    (told,) = commit(repo, "First").notes
    assert told.startswith("DVC's own files are in no commit yet")
    project.commit("Set up")
    project.write("labels/train.json", SECOND)
    assert not commit(Repository.find(project.path), "Second").notes
