"""One call of `git`, in an environment where its answers can be parsed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from labelvc.core.errors import RepositoryError


def plain_environment() -> dict[str, str]:
    """The caller's environment without what says where the repository is or how paths match."""
    kept = {name: value for name, value in os.environ.items() if name not in _TOLD_BY_HOOKS}
    # Answers are parsed, so they are in English; our own hooks have nothing to add to our work.
    ours = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat", "LABELVC_IN_HOOK": "1"}
    return {**kept, **ours}


def hook_environment() -> dict[str, str]:
    """As above, with the repository that the caller named."""
    told = {name: os.environ[name] for name in ("GIT_DIR", "GIT_WORK_TREE") if name in os.environ}
    return {**plain_environment(), **{name: os.path.abspath(path) for name, path in told.items()}}


_TOLD_BY_HOOKS = {
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"),
    *("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS"),
    *("GIT_ICASE_PATHSPECS", "GIT_NAMESPACE"),
}


def lies_in(git_dir: str, index: str | None, top: str) -> bool:
    """Is a hook's index one of this repository, and not of the one around it?"""
    return index is not None and os.path.abspath(os.path.join(top, index)).startswith(
        git_dir + os.sep
    )


def call(
    args: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    content: bytes | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, whatever it answers. Raises RepositoryError where there is no Git."""
    try:
        return subprocess.run(
            ["git", *args],
            cwd=folder,
            env=environment,
            input=content,
            stdin=subprocess.DEVNULL if content is None else None,
            capture_output=True,
        )
    except FileNotFoundError:
        raise RepositoryError(
            "git was not found", hint="Install Git (https://git-scm.com) and run it again."
        ) from None


def failed(args: Sequence[str], stderr: bytes) -> RepositoryError:
    """The error that tells what Git said."""
    said = os.fsdecode(stderr).strip() or "no reason given"
    verb = next(arg for arg in args if not arg.startswith("-"))
    return RepositoryError(f"git {verb} failed: {said}")
