"""What belongs to one clone and is never cloned: configuration, attributes, hooks."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from labelvc.core.errors import RepositoryError
from labelvc.repo import attributes, hooks
from labelvc.repo.git import Git

PROGRAM = "labelvc.program"
TEXTCONV = "diff.labelvc.textconv"
# Without labelvc the pointer's own text is shown: a failing textconv would end `git diff`.
SHOW = (
    'show() { p=$(git config labelvc.program); test -x "$p" || p=labelvc; '
    '"$p" textconv "$1" 2>/dev/null || cat "$1"; }; show'
)
DRIVER = "merge.labelvc.driver"
DRIVER_NAME = "merge.labelvc.name"
# Where labelvc is missing or breaks down, Git's own merge leaves its conflict marks: a driver that
# only fails leaves ours without any mark, and the next commit would drop theirs. Python itself
# exits with 1 too, so that 1 counts only where ours is marked, or is gone to stop the merge.
MERGE = (
    'merge() { p=$(git config labelvc.program); test -x "$p" || p=labelvc; '
    '"$p" merge-driver "$@"; s=$?; test $s -eq 0 && return 0; '
    'if test $s -eq 1; then test -e "$2" || return 1; grep -q "unresolved: " "$2" && return 1; fi; '
    'git merge-file --marker-size="$4" -L ours -L base -L theirs "$2" "$1" "$3"; return 1; }; '
    "merge %O %A %B %L %P"
)


def prepare(git: Git, root: Path, *, dry_run: bool = False) -> list[str]:
    """Configure this clone for the project at `root`. Tells what was done."""
    return [
        *hooks.install(git, dry_run=dry_run),
        *_attributes(git, dry_run=dry_run),
        *_configure(git, root, dry_run=dry_run),
    ]


def restore(git: Git) -> list[str]:
    """Take out what `prepare` put in. Tells what was done."""
    told = hooks.uninstall(git)
    told += attributes.take(attributes.in_clone(git), ".git/info/attributes")
    settings = _settings(git)
    for section in ("labelvc", "diff.labelvc", "merge.labelvc"):
        if any(key.startswith(f"{section}.") for key in settings):
            git.config_remove_section(section)
            told.append(f"removed the section {section} of .git/config")
    return told


def missing(git: Git) -> list[str]:
    """What `prepare` would still have to do. One question to Git, no more: it is asked often."""
    settings = _settings(git)
    if PROGRAM not in settings or DRIVER not in settings:  # they are set last
        return ["the configuration of this clone"]
    path = settings.get("core.hookspath", [""])[-1]
    at = git.top / os.path.expanduser(path) if path else git.common_dir / "hooks"
    if at.name == "_":  # husky's; what it calls stands beside it
        at = at.parent
    return [f"the hook {name}" for name in hooks.missing(at)]


def _configure(git: Git, root: Path, *, dry_run: bool) -> list[str]:
    settings = _settings(git)
    told = []
    project = root.relative_to(git.top).as_posix()
    if project not in settings.get(hooks.PROJECTS, []):
        told.append(f"configured {hooks.PROJECTS} = {project}")
        if not dry_run:
            git.run("config", "--local", "--add", hooks.PROJECTS, project)
    for key, value, what in (
        (TEXTCONV, SHOW, "`git diff` shows label changes"),
        (DRIVER_NAME, "labels by field", "the merge driver"),
        (DRIVER, MERGE, "`git merge` merges labels"),
    ):
        there = settings.get(key, [])
        if there and there != [value]:
            told.append(f"left alone {key}: it is {there[-1]}")
        elif not there:
            told.append(f"configured {key}: {what}")
            if not dry_run:
                git.config_set(key, value)
    program = _program()
    if settings.get(PROGRAM) != [program]:
        told.append(f"configured {PROGRAM} = {program}")
        if not dry_run:
            git.config_set(PROGRAM, program)
    return told


def _attributes(git: Git, *, dry_run: bool) -> list[str]:
    path = attributes.in_clone(git)
    if attributes.mentioned(path, "merge"):
        return []
    if foreign := attributes.elsewhere(git):
        return [f"left alone .git/info/attributes: {foreign} already"]
    attributes.put(path, dry_run=dry_run)
    return [
        "configured .git/info/attributes: diff and merge drivers for *.dvc, merge of .gitignore"
    ]


def _settings(git: Git) -> dict[str, list[str]]:
    """Our entries of the configuration and where hooks are, by key (lower case as Git has it)."""
    pattern = r"^(labelvc\.|diff\.labelvc\.|merge\.labelvc\.|core\.hookspath$)"
    found: dict[str, list[str]] = {}
    asked = git.run("config", "-z", "--get-regexp", pattern, check=False)
    for entry in os.fsdecode(asked.stdout).split("\0")[:-1]:
        key, _, value = entry.partition("\n")
        found.setdefault(key, []).append(value)
    return found


def _program() -> str:
    """The script `labelvc`, by its full path: a venv need not be on the PATH of a hook.

    Never `python -m`: that would import modules from the folder it is called in, and a hook is
    called in the folder of a repository that may be a stranger's.
    """
    beside = Path(sys.executable).parent
    schemes = (sysconfig.get_preferred_scheme("prefix"), sysconfig.get_preferred_scheme("user"))
    for folder in (beside, *(Path(sysconfig.get_path("scripts", scheme)) for scheme in schemes)):
        if os.access(folder / "labelvc", os.X_OK):
            return str(folder / "labelvc")
    found = shutil.which("labelvc")
    if found is None:
        raise RepositoryError(
            "the command `labelvc` was not found beside its Python, so hooks cannot call it",
            hint="Install labelvc with pip, and run `labelvc init` again.",
        )
    return found
