"""`labelvc init` and `labelvc uninstall`: what they lay down, and taking exactly that out again."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from labelvc.core.errors import LabelvcError, RepositoryError
from labelvc.repo import attributes, clone, hooks, ignoring, params, pipeline
from labelvc.repo.config import FILE, TASKS
from labelvc.repo.git import Git
from labelvc.repo.layout import CI, lay_down, take_up
from labelvc.repo.remote import dvc_errors
from labelvc.repo.repository import Repository
from labelvc.repo.sync import remember

_WOULD = {
    "chained": "would chain",
    "configured": "would configure",
    "created": "would create",
    "left": "would leave",
    "updated": "would update",
}


def init(
    directory: Path, *, ci: str = "none", task: str | None = None, dry_run: bool = False
) -> list[str]:
    """Make or complete a Git and DVC repository for labels. Tells what was done, a line each.

    What is there is never overwritten. A second run changes nothing; an interrupted one is
    completed by the next. Raises LabelvcError for an unknown task or ci, and RepositoryError
    where Git or DVC says no.
    """
    _choose("--ci", ci, CI)
    if task is not None:
        _choose("--task", task, TASKS)
    told = _make_git(directory, dry_run=dry_run)
    if told and dry_run:  # there is no repository yet to ask
        top = root = directory.resolve()
        told += ["created a DVC repository", "configured this clone: drivers, attributes, hooks"]
    else:
        git = Git.find(directory)
        top, root = git.top, _dvc_root(git, directory.resolve())
        told += _make_dvc(git, root, dry_run=dry_run)
        told += clone.prepare(git, root, dry_run=dry_run)
    own = root / ".gitattributes"
    if attributes.put(own, dry_run=dry_run):
        told.append(f"configured {own.relative_to(top).as_posix()}")
    if ignoring.put(root, dry_run=dry_run):
        ignored = (root / ignoring.FILE).relative_to(top).as_posix()
        told.append(f"configured {ignored}: what evaluations make stays out of Git")
    told += lay_down(top, root, ci=ci, task=task, dry_run=dry_run)
    if verb := pipeline.steer(root, task, dry_run=dry_run):
        told.append(f"{verb} {(root / params.FILE).relative_to(top).as_posix()}")
    if not dry_run:
        remember(Repository.find(root))
    if all(line.startswith("left alone") for line in told):
        told.append("nothing to change: this clone is ready for labels")
    return [_in_dry_run(line) for line in told] if dry_run else told


def uninstall(directory: Path) -> list[str]:
    """Take out what `init` put in; an ordinary Git and DVC repository stays.

    Files changed since are left alone. Tells what was done, a line each.
    """
    git = Git.find(directory)
    projects = hooks.projects(Repository.find(directory))
    roots = [_dvc_root(git, directory.resolve()), *(project.root for project in projects)]
    told = clone.restore(git)
    for root in dict.fromkeys(roots):
        told += _take_params(root, git.top)
        own = root / ".gitattributes"
        told += attributes.take(own, own.relative_to(git.top).as_posix())
        if ignoring.take(root):
            ignored = (root / ignoring.FILE).relative_to(git.top).as_posix()
            told.append(f"removed the lines in {ignored}")
        told += take_up(git.top, root)
    for scratch in (git.common_dir / "labelvc", *git.common_dir.glob("worktrees/*/labelvc")):
        shutil.rmtree(scratch, ignore_errors=True)
    return told or ["nothing to take out: labelvc was not set up here"]


def installed(repo: Repository) -> list[str]:
    """What this clone lacks of what `labelvc init` sets up; cheap enough for every command.

    Empty where labelvc.yaml is not used at all: such a repository never asked for it.
    """
    return clone.missing(repo.git) if (repo.root / FILE).exists() else []


def _take_params(root: Path, top: Path) -> list[str]:
    file = root / params.FILE
    if not file.exists():
        return []
    where = file.relative_to(top).as_posix()
    if not pipeline.is_untouched(root):
        return [f"left alone {where}: it was changed since"]
    file.unlink()
    return [f"removed {where}"]


def _choose(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise LabelvcError(
            f"{option} {value}: no such choice", hint=f"Choose one of {', '.join(choices)}."
        )


def _make_git(directory: Path, *, dry_run: bool) -> list[str]:
    if directory.is_dir() and _in_git(directory):
        return []
    if directory.exists() and not directory.is_dir():
        raise RepositoryError(f"{directory}: not a folder", hint="Name a folder, or none for here.")
    if not dry_run:
        directory.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["git", "init", "--quiet"], cwd=directory, capture_output=True)
        if done.returncode:
            raise RepositoryError(f"git init failed: {os.fsdecode(done.stderr).strip()}")
    return [f"created a Git repository in {directory}"]


def _in_git(directory: Path) -> bool:
    try:
        Git.find(directory)
    except RepositoryError as error:
        if not error.message.startswith("not a Git repository"):
            raise
        return False
    return True


def _dvc_root(git: Git, start: Path) -> Path:
    """The folder of the nearest `.dvc` up to the top of the Git tree; without one, that top."""
    for folder in (start, *start.parents):
        if (folder / ".dvc").is_dir() or folder == git.top:
            return folder
    return git.top


def _make_dvc(git: Git, root: Path, *, dry_run: bool) -> list[str]:
    there = root / ".dvc"
    half_made = there.is_dir() and not any(there.iterdir())  # `dvc init` was interrupted
    if there.is_dir() and not half_made:
        return []
    if not dry_run:
        with dvc_errors(f"set up DVC in {root}"):
            from dvc.repo import Repo

            Repo.init(str(root), subdir=root != git.top, force=half_made).close()
    return ["created a DVC repository (DVC staged its own files for the next commit)"]


def _in_dry_run(line: str) -> str:
    verb, _, rest = line.partition(" ")
    return f"{_WOULD[verb]} {rest}" if verb in _WOULD else line
