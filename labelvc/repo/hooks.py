"""The Git hooks: label files follow their pointers, and nothing undecided is committed.

They are chained with what stands there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from labelvc.core.errors import LabelvcError
from labelvc.repo.following import Mover
from labelvc.repo.git import Git
from labelvc.repo.guard import pushed, staged
from labelvc.repo.merge_check import one_sided
from labelvc.repo.repository import Repository
from labelvc.repo.sync import sync
from labelvc.repo.templates import template
from labelvc.repo.writing import write_atomic

# They refuse what has open conflicts: a clean cherry-pick skips pre-commit, --no-verify does too,
# and a rebase runs nothing but prepare-commit-msg.
GUARDS = ("pre-applypatch", "pre-commit", "pre-push", "prepare-commit-msg")
# Between them they follow every operation that moves a pointer (post-index-change alone sees
# stash, reset and --abort; a checkout of single paths fires only post-checkout).
FOLLOWERS = (
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-rewrite",
)
NAMES = (*FOLLOWERS, *GUARDS)
# Where each project (folder of .dvc, relative to the top) of this clone is listed.
PROJECTS = "labelvc.project"

_OURS = b"# From `labelvc init`: "
_EARLIER = ".before-labelvc"


def folder(git: Git) -> Path:
    """Where Git looks for this working tree's hooks; `core.hooksPath` counts."""
    asked = git.run("rev-parse", "--git-path", "hooks").stdout
    return git.top / os.fsdecode(asked.removesuffix(b"\n"))


def install(git: Git, *, dry_run: bool = False) -> list[str]:
    """Lay the hooks down; a hook that is there runs first from then on. Tells what was done."""
    reason = _not_ours_to_change(git)
    if reason:
        return [reason]
    at = folder(git)
    return [told for name in NAMES if (told := _install(at / name, _shim(name), dry_run=dry_run))]


def _shim(name: str) -> bytes:
    return template("guard.sh" if name in GUARDS else "hook.sh", NAME=name)


def _install(path: Path, content: bytes, *, dry_run: bool) -> str | None:
    there = _read(path)
    if there == content and os.access(path, os.X_OK):
        return None
    if _is_ours(_legacy(path)):
        return None  # pre-commit renamed our hook and runs it
    told = f"created the hook {path.name}"
    earlier = path.with_name(path.name + _EARLIER)
    if there is not None and not _is_ours(path):
        if earlier.exists():
            return (
                f"left alone the hook {path.name}: another tool replaced it after labelvc; add to "
                f'it: labelvc hook {path.name} "$@"'
            )
        told = f"chained the hook {path.name}: the one that stood there runs first"
        if not dry_run:
            os.rename(path, earlier)
    if not dry_run:
        write_atomic(path, content)
        path.chmod(0o755)
    return told


def uninstall(git: Git) -> list[str]:
    """Take the hooks out and put back those that stood there. Tells what was done."""
    told = []
    at = folder(git)
    for name in NAMES:
        path = at / name
        earlier = path.with_name(name + _EARLIER)
        ours = next((found for found in (path, _legacy(path)) if _is_ours(found)), None)
        if ours is None:
            continue
        if earlier.exists() or earlier.is_symlink():
            os.replace(earlier, ours)
            told.append(f"put back the hook {name}")
        else:
            ours.unlink()
            told.append(f"removed the hook {name}")
    return told


def missing(at: Path) -> list[str]:
    """The names of the hooks in a folder that do not reach labelvc."""
    return [name for name in NAMES if not any(map(_reaches_us, (at / name, _legacy(at / name))))]


def run(repo: Repository, name: str, args: Sequence[str], lines: Iterable[str] = ()) -> int:
    """What a hook calls: bring label files in line, or refuse what is undecided.

    `name`, `args` and `lines` (its input) are the hook's as Git gives them. Only guards return
    other than 0.
    """
    if name in GUARDS:
        return refuse(pushed(repo.git, lines) if name == "pre-push" else staged(repo.git))
    if name == "post-index-change" and args[:1] == ["0"]:
        return 0
    merged = name == "post-merge" or (name == "post-commit" and _is_merge(repo.git))
    mover = Mover.USER if name == "post-commit" and not merged else Mover.GIT
    for project in projects(repo):
        try:
            told = sync(project, mover=mover)
            if merged:
                told += one_sided(project)
        except (LabelvcError, OSError) as error:
            told = [f"label files were not brought up to date: {error}"]
        for line in told:
            tell(line)
    return 0


def refuse(reasons: Sequence[str]) -> int:
    """Tell the reasons; 1 where there are any."""
    for line in reasons:
        tell(line)
    return int(bool(reasons))


def tell(line: str) -> None:
    """Say something beside what Git says."""
    sys.stderr.write(f"labelvc: {line}\n")


def projects(repo: Repository) -> Iterator[Repository]:
    """The projects of this clone: hooks run at the top, where a subfolder's is not found."""
    listed = repo.git.run("config", "-z", "--get-all", PROJECTS, check=False).stdout
    roots = {repo.git.top / os.fsdecode(rel) for rel in listed.split(b"\0")[:-1]} | {repo.root}
    for root in sorted(roots):
        if root == repo.root:
            yield repo
        elif (root / ".dvc").is_dir():  # not on this branch otherwise
            yield Repository.find(root)


def _is_merge(git: Git) -> bool:
    return git.run("rev-parse", "-q", "--verify", "HEAD^2", check=False).returncode == 0


def _not_ours_to_change(git: Git) -> str | None:
    """Why the hooks folder is left alone: it is not this repository's, or a tool rewrites it."""
    asked = git.run("config", "--show-scope", "--get", "core.hooksPath", check=False)
    scope, _, value = os.fsdecode(asked.stdout).strip().partition("\t")
    if scope in ("global", "system"):
        why = "is shared with other repositories"
    elif Path(value).name == "_":
        why = "is rewritten by husky"
    else:
        return None
    return (
        f"left alone the hooks: core.hooksPath ({value}) {why}; call from its "
        f'{", ".join(NAMES)}: labelvc hook NAME "$@"'
    )


def _legacy(path: Path) -> Path:
    """Where the pre-commit framework puts a hook it found, to run it before its own."""
    return path.with_name(f"{path.name}.legacy")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b"" if path.is_symlink() else None


def _is_ours(path: Path) -> bool:
    return _OURS in (_read(path) or b"")


def _reaches_us(path: Path) -> bool:
    return b"labelvc" in (_read(path) or b"")
