"""The lines in .gitattributes (which travels) and info/attributes (which holds in this clone)."""

from __future__ import annotations

import os
from pathlib import Path

from labelvc.repo.git import Git
from labelvc.repo.templates import template
from labelvc.repo.writing import write_atomic

_WANTED = (
    ("diff", "pointer.dvc", "labelvc"),
    ("merge", "pointer.dvc", "labelvc"),
    ("merge", "dvc.lock", "labelvc"),
    ("merge", ".gitignore", "union"),
)


def in_clone(git: Git) -> Path:
    """The attributes of this clone, which hold whatever branch is checked out."""
    return git.common_dir / "info" / "attributes"


def elsewhere(git: Git) -> str | None:
    """Attributes of the repository's own that ours would override, told; None if there are none."""
    for attribute, path, ours in _WANTED:
        found = git.lines("check-attr", "-z", attribute, "--", path)
        if len(found) == 3 and found[2] not in ("unspecified", ours):
            return f"{path} has {attribute}={found[2]}"
    return None


def put(path: Path, *, dry_run: bool = False) -> bool:
    """Put the lines first, so that the file's own win. Returns whether they were missing."""
    there = path.read_bytes() if path.exists() else b""
    lines = template("gitattributes")
    if lines in there:
        return False
    if not dry_run:
        write_atomic(path, lines + there)
    return True


def take(path: Path, told_as: str) -> list[str]:
    """Take the lines out, and the file where nothing else is in it. Tells what was done."""
    lines = template("gitattributes")
    there = path.read_bytes() if path.exists() else b""
    if lines not in there:
        changed = mentioned(path)
        return [f"left alone {told_as}: its lines were changed by hand"] if changed else []
    if rest := there.replace(lines, b"", 1):
        write_atomic(path, rest)
    else:
        os.unlink(path)
    return [f"removed the lines in {told_as}"]


def mentioned(path: Path, *drivers: str) -> bool:
    """Whether the file names one of labelvc's drivers (default: any), in whatever lines."""
    content = path.read_text(errors="replace") if path.exists() else ""
    return any(f"{driver}=labelvc" in content for driver in drivers or ("diff", "merge"))
