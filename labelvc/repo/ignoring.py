"""The lines in .gitignore for what evaluations leave behind and nobody commits."""

from __future__ import annotations

from pathlib import Path

from labelvc.repo.templates import template
from labelvc.repo.writing import write_atomic

FILE = ".gitignore"


def put(root: Path, *, dry_run: bool = False) -> bool:
    """Add the lines that are missing to the project's own file. Returns whether any were."""
    file = root / FILE
    there = file.read_bytes() if file.exists() else b""
    own = set(there.split(b"\n"))
    missing = [line for line in _lines() if line not in own]
    if missing and not dry_run:
        joint = b"" if not there or there.endswith(b"\n") else b"\n"
        write_atomic(file, there + joint + b"\n".join(missing) + b"\n")
    return bool(missing)


def take(root: Path) -> bool:
    """Take the lines out, and the file where nothing else is in it. Returns whether any were."""
    file = root / FILE
    there = file.read_bytes() if file.exists() else b""
    rest = [line for line in there.split(b"\n") if line not in _lines()]
    content = b"\n".join(rest)
    if content == there:
        return False
    if content.strip():
        write_atomic(file, content)
    else:
        file.unlink()
    return True


def _lines() -> list[bytes]:
    return template("gitignore").split(b"\n")[:-1]
