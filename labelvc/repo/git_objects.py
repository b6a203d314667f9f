"""Objects of Git, asked for one by one of a single process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelvc.core.errors import RepositoryError

_KINDS = (b"blob", b"tree", b"commit", b"tag")


@dataclass(frozen=True)
class Entry:
    """An object of Git: `kind` is blob, tree, commit or tag."""

    sha: str
    kind: str
    content: bytes


class ObjectReader:
    """A `git cat-file --batch` that stays open, so that each question costs no process."""

    def __init__(self, top: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["git", "cat-file", "--batch"],
            cwd=top,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # else Ctrl-C at a question of ours would end it too
            start_new_session=True,
        )

    def get(self, name: str) -> Entry | None:
        """The object of that name (`sha`, `rev:path`, `rev^{commit}`), or None."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(os.fsencode(name) + b"\n")
        self._process.stdin.flush()
        head = self._process.stdout.readline()
        # A missing object is told as "<name> missing", and a name may hold spaces.
        parts = head.rsplit(b" ", 2)
        if not head.endswith(b"\n"):
            raise RepositoryError("git cat-file ended early", hint="Try `git fsck`.")
        if len(parts) != 3 or parts[1] not in _KINDS or not parts[2].strip().isdigit():
            return None
        size = int(parts[2])
        content = self._process.stdout.read(size)
        self._process.stdout.read(1)
        return Entry(parts[0].decode(), parts[1].decode(), content)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
