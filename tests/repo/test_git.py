"""Questions to real Git repositories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelvc.core.errors import NotFound, RepositoryError
from labelvc.repo.git import Git
from tests.repo.project import Project


@pytest.fixture
def git(plain: Project) -> Iterator[Git]:
    found = Git.find(plain.path)
    yield found
    found.close()


def test_no_repository(tmp_path: Path):
    with pytest.raises(
        RepositoryError, match=r"not a Git repository: .*\n.*labelvc init.*no-index"
    ):
        Git.find(tmp_path)
    with pytest.raises(NotFound, match="no such file or folder"):
        Git.find(tmp_path / "nothing" / "here")


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="git was not found"):
        Git.find(tmp_path)


def test_revisions(plain: Project, git: Git):
    first, second = plain.commit("One"), plain.commit("Two")
    plain.git("tag", "-a", "v1", "-m", "first release", first)
    plain.git("branch", "feature/boxes", first)
    assert git.commit("HEAD") == git.commit("main") == git.commit(second[:8]) == second
    assert git.commit("v1") == git.commit("HEAD~1") == git.commit("feature/boxes") == first
    assert git.commit(":/One") == first
    with pytest.raises(NotFound, match=r"unknown revision 'feature/boxs'\n.*feature/boxes"):
        git.commit("feature/boxs")
    for rev in ("", "--all", "HEAD\nHEAD", "HEAD:README", "0" * 40):
        with pytest.raises(NotFound, match="unknown revision"):
            git.commit(rev)


def test_an_empty_repository_has_no_head(git: Git):
    with pytest.raises(NotFound, match="unknown revision 'HEAD'"):
        git.commit("HEAD")


def test_merge_base(plain: Project, git: Git):
    base = plain.commit("Base")
    plain.git("switch", "-q", "-c", "side")
    plain.commit("Side")
    plain.git("switch", "-q", "main")
    plain.commit("Main")
    assert git.merge_base("main", "side") == base
    plain.git("switch", "-q", "--orphan", "lonely")
    plain.commit("Lonely")
    with pytest.raises(NotFound, match=r"main and lonely have no common commit\n.*unshallow"):
        git.merge_base("main", "lonely")


def test_content_with_names_that_trip_parsers(plain: Project, git: Git):
    names = {"a b.json": b"1\n", "ünïcode/訓.txt": b"", "odd\nname": b"\0\n\n", "x missing": b"m"}
    for name, content in names.items():
        plain.write(name, content)
    sha = plain.commit()
    assert {name: git.show(sha, name) for name in names} == names
    assert git.show(sha, "nothing here") is None
    assert git.show(sha, "ünïcode") is None  # a folder
    assert git.files(sha) == git.files(None) == sorted(names)
    assert git.files(sha, suffix=(".json", ".txt")) == ["a b.json", "ünïcode/訓.txt"]
    assert git.files(sha, under="ünïcode") == ["ünïcode/訓.txt"]
    assert git.blob_ids(sha) == git.index_ids("a b.json") | git.blob_ids(sha)


def test_files_of_the_working_tree(plain: Project, git: Git):
    plain.write(".gitignore", "*.tmp\n")
    plain.write("gone.txt", "x")
    plain.commit()
    plain.write("new.txt", "x")
    plain.write("new.tmp", "x")
    (plain.path / "gone.txt").unlink()
    assert git.files(None) == [".gitignore", "new.txt"]


def test_log(plain: Project, git: Git):
    plain.write("a", "1")
    first = plain.commit("Add a\n\nBecause.\n\nLabels: train +1\nLabels: val -2")
    plain.write("b", "1")
    plain.commit("Add b")
    plain.write("a", "2")
    third = plain.commit("Change ä")
    newest, oldest = git.log(paths=["a"])
    assert (newest.sha, newest.subject, newest.body) == (third, "Change ä", "")
    assert newest.date == "2024-01-03T12:00:00+00:00"
    assert (newest.author, newest.email) == ("Ada", "ada@example.org")
    assert (oldest.sha, oldest.parents) == (first, ())
    assert oldest.trailers("Labels") == ["train +1", "val -2"]
    assert [commit.subject for commit in git.log(["HEAD", f"^{first}"])] == ["Change ä", "Add b"]
    assert len(list(git.log(limit=1))) == 1
    assert list(git.log(paths=["nothing"])) == []
    assert next(git.log()).sha == third  # and the rest is not waited for


def test_a_commit_of_chosen_paths_keeps_other_staged_work(plain: Project, git: Git):
    plain.write("labels.dvc", "1")
    plain.write("code.py", "1")
    plain.commit()
    plain.write("labels.dvc", "2")
    plain.write("code.py", "2")
    plain.write("new [1].dvc", "1")
    plain.git("add", "code.py")
    git.stage(["new [1].dvc"])
    sha = git.commit_paths("Subject\n\nLabels: train +1", ["labels.dvc", "new [1].dvc"])
    assert plain.git("show", "--name-only", "--format=%B", sha).splitlines() == [
        *("Subject", "", "Labels: train +1", "", "labels.dvc", "new [1].dvc")
    ]
    assert plain.git("diff", "--cached", "--name-only") == "code.py"


def test_a_refused_commit_tells_what_the_hook_said(plain: Project, git: Git):
    plain.write("a", "1")
    plain.commit()
    hook = plain.write(".git/hooks/pre-commit", "#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    plain.write("a", "2")
    with pytest.raises(RepositoryError, match="git commit failed: not today"):
        git.commit_paths("Change", ["a"])


def conflict(plain: Project) -> None:
    plain.write("a", "base")
    plain.commit("Base")
    plain.git("switch", "-q", "-c", "side")
    plain.write("a", "side")
    plain.commit("Side")
    plain.git("switch", "-q", "main")
    plain.write("a", "main")
    plain.commit("Main")


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (["merge", "side"], "merge"),
        (["cherry-pick", "side"], "cherry-pick"),
        (["revert", "--no-edit", "HEAD~1"], "revert"),
        (["rebase", "side"], "rebase"),
        (["rebase", "--apply", "side"], "rebase"),
    ],
)
def test_nothing_is_committed_while_something_is_under_way(
    plain: Project, git: Git, command: list[str], state: str
):
    conflict(plain)
    if state == "revert":
        plain.write("a", "more")
        plain.commit("More")
    assert git.state() is None
    subprocess.run(["git", *command], cwd=plain.path, capture_output=True)
    assert git.state() == state
    with pytest.raises(RepositoryError, match=f"a {state} is under way.*\n.*git {state} --abort"):
        git.commit_paths("Change", ["a"])


def test_configuration(plain: Project, git: Git):
    git.config_set("diff.labelvc.textconv", "labelvc textconv 'ä b'")
    assert plain.git("config", "diff.labelvc.textconv") == "labelvc textconv 'ä b'"
    git.config_remove_section("diff.labelvc")
    assert "labelvc" not in (plain.path / ".git/config").read_text()


def test_in_a_hook_the_repository_is_the_one_of_the_folder(
    plain: Project, project: Project, monkeypatch: pytest.MonkeyPatch
):
    """Hooks run with GIT_DIR (and GIT_INDEX_FILE) of their repository in the environment."""
    plain.write("deep/a", "1")
    sha = plain.commit()
    monkeypatch.chdir(plain.path)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index.lock")
    here, there = Git.find(plain.path / "deep"), Git.find(project.path)
    assert here.top == plain.path and there.top == project.path
    assert here.commit("HEAD") == sha
    plain.write("deep/b", "1")
    here.stage(["deep/b"])  # into the index of the commit that is being made
    assert (plain.path / ".git/next-index.lock").exists()
    there.stage([])
    assert there.files(None)
    here.close()
    there.close()


def test_a_work_tree_apart_from_its_git_folder(plain: Project, tmp_path: Path, monkeypatch):
    (sha,) = [plain.commit()]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("GIT_DIR", str(plain.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "elsewhere"))
    git = Git.find(tmp_path / "elsewhere")
    assert (git.top, git.commit("HEAD")) == (tmp_path / "elsewhere", sha)
    git.close()


def test_linked_worktree(plain: Project, tmp_path: Path):
    plain.commit()
    plain.git("worktree", "add", "-q", str(tmp_path / "linked"))
    git = Git.find(tmp_path / "linked")
    assert git.common_dir == plain.path / ".git"
    assert git.git_dir == plain.path / ".git/worktrees/linked"
    assert git.main_worktree() == plain.path
    assert Git.find(plain.path).main_worktree() is None


def test_other_locales_do_not_matter(plain: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    with pytest.raises(RepositoryError, match="not a Git repository"):
        Git.find(Path(os.environ["HOME"]))
