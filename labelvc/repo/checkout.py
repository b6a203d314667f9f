"""Putting the version a pointer names in place of another, by the files that differ."""

from __future__ import annotations

import fcntl
from collections.abc import Mapping
from pathlib import Path

from labelvc.core.errors import NotFound
from labelvc.repo.caches import config_value
from labelvc.repo.following import Followed
from labelvc.repo.merged_tree import below
from labelvc.repo.repository import Repository
from labelvc.repo.writing import write_atomic

# Kinds of cache whose working files are copies; links are DVC's business.
_COPIES = (None, "copy", "reflink,copy", "reflink")


def check_out(repo: Repository, found: Followed) -> bool:
    """Replace what differs of a label file or folder; False where DVC itself has to.

    Only what DVC's cache holds is written over or removed, and only in projects whose working
    files are copies of it.
    """
    stored = found.stored
    if _is_dvc_busy(repo.root) or stored.hash_name != "md5":
        return False
    if config_value(repo.root, "cache", "type") not in _COPIES:
        return False
    target, current = _target(repo, found), found.files
    if target is None or _is_other_kind(repo.root / found.path, folder=stored.is_dir):
        return False
    gone = [path for path in current if path not in target]
    written = [path for path, md5 in target.items() if current.get(path) != md5]
    lost = (current[path] for path in (*gone, *written) if path in current)
    if not all(map(repo.objects.has, lost)):
        return False
    for path in written:
        # what it holds is in the cache, should it be lost
        write_atomic(_at(repo, found, path), repo.objects.read(target[path]), durable=False)
    for path in gone:
        _remove(_at(repo, found, path), repo.root / found.path)
    return True


def _is_dvc_busy(root: Path) -> bool:
    """Whether a DVC process holds the project's lock, which it takes as `zc.lockfile` does."""
    try:
        with open(root / ".dvc" / "tmp" / "lock", "rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(file, fcntl.LOCK_UN)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _target(repo: Repository, found: Followed) -> Mapping[str, str] | None:
    """The files that the pointer names by path, a single file under ""."""
    stored = found.stored
    if not stored.is_dir:
        return {"": stored.hash}
    folder = stored.enclosing or stored.hash
    try:
        return below(repo.objects.tree(folder), stored.inner)
    except NotFound:
        return None


def _is_other_kind(path: Path, *, folder: bool) -> bool:
    """Whether a link stands there, or a file in a folder's place, or a folder in a file's."""
    return path.is_symlink() or (path.exists() and path.is_dir() != folder)


def _at(repo: Repository, found: Followed, path: str) -> Path:
    return repo.root / found.path / path if path else repo.root / found.path


def _remove(path: Path, top: Path) -> None:
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == top:
            return
        try:
            folder.rmdir()
        except OSError:  # something else is in it
            return
