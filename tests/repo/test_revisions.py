"""Which label sets of two revisions belong together, and what words mean."""

import pytest

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import (
    WORKING_TREE,
    Revision,
    candidates,
    ends,
    find_set,
    head,
    set_pairs,
    split_words,
)
from tests.repo.hooked import FIRST, SECOND
from tests.repo.project import Project


def config(**paths: str) -> str:
    lines = [f"  {name}: {{path: {path}, format: coco}}\n" for name, path in paths.items()]
    return "sets:\n" + "".join(lines)


@pytest.fixture
def repo(project: Project) -> Repository:
    """Three commits: a tracked file, declared as `train`, then renamed to `training`."""
    project.tracked("labels/train.json", FIRST)
    for name in ("train", "training"):
        project.write("labelvc.yaml", config(**{name: "labels/train.json"}))
        project.commit(f"As {name}")
    return Repository.find(project.path)


def names(repo: Repository, before: str, after: str):
    pair = (Revision(rev, repo.git.commit(rev)) for rev in (before, after))
    return [
        (one.before and one.before.name, one.after and one.after.name)
        for one in candidates(repo, *pair)
    ]


def test_sets_belong_together_by_name_else_by_path(repo: Repository):
    assert names(repo, "HEAD~1", "HEAD") == [("train", "training")]
    assert names(repo, "HEAD~2", "HEAD") == [(None, "training")]
    assert names(repo, "HEAD~2", "HEAD~2") == [("train", "train")]  # from the .dvc file


def test_what_only_one_end_declares_is_there_at_both_if_tracked(repo: Repository):
    first = Revision("HEAD~2", repo.git.commit("HEAD~2"))
    (pair,) = set_pairs(repo, first, WORKING_TREE)
    assert pair.before and pair.after and pair.is_equal and pair.declared


def test_a_set_that_is_no_longer_tracked(project: Project, repo: Repository):
    (project.path / "labels/train.json.dvc").unlink()
    project.write("labelvc.yaml", "version: 1\n")
    fresh = Repository.find(project.path)
    (pair,) = set_pairs(fresh, head(fresh), WORKING_TREE)
    assert pair.before and pair.after is None and not pair.is_equal


def test_without_label_files_the_pointer_speaks(project: Project, repo: Repository):
    (project.path / "labels/train.json").unlink()
    (pair,) = set_pairs(repo, head(repo), WORKING_TREE)
    assert pair.is_equal and pair.after and pair.after.source.only()[1].read()


def test_ends_as_git_diff_reads_them(project: Project, repo: Repository):
    sha = {rev: repo.git.commit(rev) for rev in ("HEAD", "HEAD~1", "HEAD~2")}
    assert ends(repo, []) == (Revision("HEAD", sha["HEAD"]), WORKING_TREE)
    assert ends(repo, ["HEAD~1"]) == (Revision("HEAD~1", sha["HEAD~1"]), WORKING_TREE)
    both = Revision("HEAD~2", sha["HEAD~2"]), Revision("HEAD", sha["HEAD"])
    assert ends(repo, ["HEAD~2", "HEAD"]) == ends(repo, ["HEAD~2.."]) == both
    project.git("checkout", "-q", "-b", "side", "HEAD~2")
    project.tracked("labels/train.json", SECOND)
    base, side = ends(repo, ["main...side"])
    assert base.commit == sha["HEAD~2"] and side.rev == "side"
    with pytest.raises(LabelvcError, match="two revisions can be compared, not 3"):
        ends(repo, ["a", "b", "c"])


def test_words_without_dashes_are_revisions_or_label_sets(repo: Repository, monkeypatch):
    monkeypatch.chdir(repo.root / "labels")
    assert split_words(repo, ["HEAD~1", "training"], None) == (["HEAD~1"], ["training"])
    assert split_words(repo, ["HEAD~1..HEAD", "train.json"], None)[1] == ["train.json"]
    assert split_words(repo, ["a"], ["b"]) == (["a"], ["b"])
    with pytest.raises(NotFound, match="'trainin', nor is it a label set"):
        split_words(repo, ["trainin"], None)


def test_label_sets_are_found_by_name_and_by_path(repo: Repository, monkeypatch):
    monkeypatch.chdir(repo.root / "labels")
    sets = repo.sets(None)
    for word in ("training", "train.json", "train.json.dvc", "labels/train.json"):
        assert find_set(repo, sets, word).name == "training"
    with pytest.raises(NotFound, match="no label set 'val'"):
        find_set(repo, sets, "val")
