"""A separate working tree of a past commit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labelvc.core.errors import NotFound
from labelvc.repo.linked import bring, past
from labelvc.repo.repository import Repository
from tests.repo.project import Project


def worktrees(project: Project) -> list[str]:
    return project.git("worktree", "list", "--porcelain").split("\n\n")


def test_the_commit_is_there_with_the_cache_and_the_users_tree_is_not_touched(project: Project):
    first, _ = project.tracked("media/a.txt", "one", "two")
    project.write("media/a.txt", "edited")
    before = project.git("status", "--porcelain")
    repo = Repository.find(project.path)
    with past(repo, first) as then:
        assert then.git.commit("HEAD") == first
        bring(then, ["media/a.txt"])
        assert (then.root / "media/a.txt").read_text() == "one"
        assert str(then.dvc.cache_folder()) == str(project.path / ".dvc/cache")
        place = then.root
    assert not place.exists() and len(worktrees(project)) == 1
    assert project.read("media/a.txt") == b"edited"
    assert project.git("status", "--porcelain") == before


def test_the_local_configuration_is_lent_with_paths_that_hold(project: Project, tmp_path: Path):
    (first,) = project.tracked("a.txt", "one")
    project.remote(Path("../../remote"), config="config.local")
    project.dvc("push", "-q")
    repo = Repository.find(project.path)
    repo.objects.path_of(
        repo.sets(first)[0] and repo.stored(repo.sets(first)[0], first).hash
    ).unlink()
    with past(repo, first) as then:
        bring(then, ["a.txt"])
        assert (then.root / "a.txt").read_text() == "one"


def test_media_that_are_gone_are_told(project: Project):
    (first,) = project.tracked("a.txt", "one")
    repo = Repository.find(project.path)
    repo.objects.path_of(repo.stored(repo.sets(first)[0], first).hash).unlink()
    with past(repo, first) as then, pytest.raises(NotFound, match=r"a\.txt: neither the cache"):
        bring(then, ["a.txt"])


def test_what_git_keeps_or_nobody_tracks_needs_no_bringing(project: Project):
    project.write("plain.txt", "x")
    first = project.commit()
    with past(Repository.find(project.path), first) as then:
        bring(then, ["plain.txt", "nowhere"])
        assert (then.root / "plain.txt").exists()


def test_what_a_killed_process_left_is_swept_by_the_next(project: Project):
    (first,) = project.tracked("a.txt", "one")
    script = (
        "import os, signal, sys; from pathlib import Path;"
        "from labelvc.repo.linked import past; from labelvc.repo.repository import Repository;"
        "context = past(Repository.find(Path(sys.argv[1])), sys.argv[2]); context.__enter__();"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(project.path), first])
    assert done.returncode == -9
    assert len(worktrees(project)) == 2
    with past(Repository.find(project.path), first):
        assert len(worktrees(project)) == 2
    assert len(worktrees(project)) == 1
    assert os.listdir(project.path / ".git/labelvc/worktrees") == []


def test_a_commit_before_dvc_is_told(project: Project):
    project.git("rm", "-rq", "--cached", ".dvc")
    project.git("commit", "-qm", "Without DVC")
    with (
        pytest.raises(NotFound, match="there is no DVC project"),
        past(Repository.find(project.path), project.git("rev-parse", "HEAD")),
    ):
        pass
    assert len(worktrees(project)) == 1
