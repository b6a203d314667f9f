"""Hooks are chained with what stands there, run it first, and never get in Git's way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labelvc.repo import hooks
from labelvc.repo.repository import Repository
from labelvc.repo.scaffold import init, installed, uninstall
from tests.repo.hooked import FIRST, SECOND, build, copy, git
from tests.repo.project import Project, make_project


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return build(tmp_path_factory.mktemp("hooked") / "built")


def write_hook(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {p.name: (p.read_bytes(), p.stat().st_mode) for p in folder.iterdir() if p.is_file()}


def test_a_hook_that_is_there_runs_first_and_decides(plain: Project) -> None:
    folder = plain.path / ".git/hooks"
    write_hook(folder / "post-checkout", 'echo "earlier $1 $3" >> ran; exec sh -c "exit 3"')
    write_hook(folder / "post-merge", "exec dvc git-hook post-merge $@")
    before = contents(folder)
    told = init(plain.path)
    assert "chained the hook post-checkout: the one that stood there runs first" in told
    plain.commit("first")
    said = git(plain, "checkout", "-q", "-b", "other", fails=True)  # git checkout gives the 3 on
    assert said == ""
    head = plain.git("rev-parse", "HEAD")
    assert (plain.path / "ran").read_text() == f"earlier {head} 1\n"
    uninstall(plain.path)
    assert contents(folder) == before


def test_hooks_that_are_not_executable_stay_silent(plain: Project) -> None:
    hook = write_hook(plain.path / ".git/hooks/post-commit", "echo loud")
    hook.chmod(0o644)
    init(plain.path)
    plain.git("add", "-A")
    assert "loud" not in git(plain, "commit", "-m", "first")
    uninstall(plain.path)
    assert hook.stat().st_mode & 0o777 == 0o644


def test_core_hooks_path_is_respected(plain: Project) -> None:
    plain.git("config", "core.hooksPath", "my hooks")
    write_hook(plain.path / "my hooks/post-commit", "echo earlier")
    init(plain.path)
    assert (plain.path / "my hooks/post-checkout").exists()
    assert not (plain.path / ".git/hooks/post-checkout").exists()
    plain.git("add", "-A")
    assert "earlier" in git(plain, "commit", "-m", "first")


def test_a_shared_hooks_folder_is_left_alone(plain: Project, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    plain.git("config", "--global", "core.hooksPath", str(shared))
    told = init(plain.path)
    assert any("left alone the hooks" in line and "labelvc hook" in line for line in told)
    assert list(shared.iterdir()) == []


def test_pre_commit_may_come_afterwards(plain: Project) -> None:
    init(plain.path)
    hook = plain.path / ".git/hooks/post-checkout"
    hook.rename(hook.with_name("post-checkout.legacy"))  # what `pre-commit install` does
    write_hook(hook, '"$0.legacy" "$@"')
    told = init(plain.path)
    assert told == ["nothing to change: this clone is ready for labels"]
    assert hooks.missing(hook.parent) == []
    uninstall(plain.path)
    assert hook.exists() and not hook.with_name("post-checkout.legacy").exists()


def test_a_hook_replaced_by_another_tool_is_told(plain: Project) -> None:
    write_hook(plain.path / ".git/hooks/post-merge", "echo first")
    init(plain.path)
    write_hook(plain.path / ".git/hooks/post-merge", "echo second")
    told = init(plain.path)
    assert 'add to it: labelvc hook post-merge "$@"' in told[0]
    assert hooks.missing(plain.path / ".git/hooks") == ["post-merge"]


def test_hooks_without_labelvc_are_silent(built: Project, tmp_path: Path) -> None:
    project = copy(built, tmp_path / "project")
    project.git("config", "labelvc.program", str(tmp_path / "gone/labelvc"))
    script = "PATH=/usr/bin:/bin git checkout -q trained"
    done = subprocess.run(["sh", "-c", script], cwd=project.path, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    project.git("config", "--unset", "labelvc.program")
    assert git(project, "checkout", "-q", "main") == ""


def test_a_broken_labelvc_yaml_never_fails_git(built: Project, tmp_path: Path) -> None:
    project = copy(built, tmp_path / "project")
    project.write("labelvc.yaml", "sets: [")
    said = git(project, "checkout", "trained")
    assert "labelvc: label files were not brought up to date: labelvc.yaml" in said


def test_nothing_heavy_is_loaded_where_no_pointer_moved(built: Project, tmp_path: Path) -> None:
    project = copy(built, tmp_path / "project")
    script = (
        "import sys; from labelvc.cli.main import main; "
        "print(main(['hook', 'post-checkout', 'a', 'b', '1']), "
        "{'polars', 'dvc', 'pandas'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0 set()\n", "")


def test_a_submodule_has_its_own_hooks(tmp_path: Path) -> None:
    inner, outer = make_project(tmp_path / "inner"), make_project(tmp_path / "outer", dvc=False)
    inner.write("labelvc.yaml", "sets:\n  train: {path: labels/train.json, format: coco}\n")
    inner.tracked("labels/train.json", FIRST, SECOND)
    outer.git("submodule", "--quiet", "add", str(inner.path), "data")
    module = Project(outer.path / "data")
    module.write(".dvc/config", f"[cache]\n    dir = {inner.path}/.dvc/cache\n")
    told = init(module.path)
    assert "created the hook post-checkout" in told
    assert (outer.path / ".git/modules/data/hooks/post-checkout").exists()
    assert not (outer.path / ".git/hooks/post-checkout").exists()
    with module.dvc_repo() as dvc:
        dvc.checkout([str(module.path / "labels/train.json.dvc")])
    git(module, "checkout", "-q", "HEAD~1", "--", "labels")
    assert json.loads(module.read("labels/train.json")) == FIRST


def test_every_clone_is_told_what_it_lacks(built: Project, tmp_path: Path) -> None:
    built.git("clone", "-q", str(built.path), str(tmp_path / "clone"))
    clone = Repository.find(tmp_path / "clone")
    assert installed(clone) == ["the configuration of this clone"]
    init(clone.root)
    assert installed(clone) == []
    (clone.git.common_dir / "hooks/post-merge").unlink()
    assert installed(clone) == ["the hook post-merge"]


def test_dvc_s_own_hooks_go_on_working(
    built: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy(built, tmp_path / "project")
    uninstall(project.path)
    with project.dvc_repo() as dvc:
        dvc.install()
    told = init(project.path)
    (project.path / "dvc.yaml").unlink()  # DVC's hook wants outputs of stages, which never ran
    assert "chained the hook post-checkout: the one that stood there runs first" in told
    assert b"exec dvc git-hook" in project.read(".git/hooks/pre-push.before-labelvc")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    (project.path / "labels/val.json").unlink()
    assert "labelvc" not in git(project, "checkout", "trained")
    assert json.loads(project.read("labels/train.json")) == SECOND
    assert (project.path / "labels/val.json").exists()  # only DVC's hook brings it back


def test_git_called_without_a_working_tree_has_nothing_to_follow(project: Project) -> None:
    init(project.path)
    done = subprocess.run(
        [project.git("config", "labelvc.program"), "hook", "post-commit"],
        cwd=project.path / ".git",
        env={**os.environ, "GIT_DIR": str(project.path / ".git")},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
