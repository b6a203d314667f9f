"""What was worked out of stored versions, kept so that it is worked out once.

A file's name is a digest of all that its content depends on: the hashes of the versions, how they
are read, and the number of this layout. A file that is not whole (killed, damaged, cut off) is as
if it were not there. All working trees of a repository share the folder; what was not used for
longest goes where it grows too large.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from labelvc.core.errors import RepositoryError
from labelvc.repo.repository import Repository
from labelvc.repo.writing import write_atomic

# Raised whenever what is kept, or the way it is worked out, changes.
LAYOUT = 3
MOST_BYTES = 512 * 1024 * 1024  # of the whole folder
MOST_OF_ONE = 64 * 1024 * 1024  # of one file
_MAGIC = b"labelvc cache %d\n" % LAYOUT
_DIGEST = 32


class PatchCache:
    """The kept parts by their keys; a key is any JSON value."""

    def __init__(self, repo: Repository) -> None:
        self.folder = repo.git.common_dir / "labelvc" / "blame"

    def get(self, key: Any) -> list[bytes] | None:
        """The parts kept under a key, or None."""
        file = self._file(key)
        try:
            content = file.read_bytes()
        except OSError:
            return None
        start = len(_MAGIC) + _DIGEST
        payload = content[start:]
        whole = _MAGIC + hashlib.sha256(payload).digest()
        if content[:start] != whole:
            return None
        with contextlib.suppress(OSError):
            os.utime(file)  # used just now
        return msgspec.msgpack.decode(payload, type=list[bytes])

    def put(self, key: Any, parts: Sequence[bytes]) -> None:
        """Keep parts; where they cannot be written, or are too large, nothing is lost."""
        payload = msgspec.msgpack.encode(list(parts))
        if len(payload) > MOST_OF_ONE:
            return
        content = _MAGIC + hashlib.sha256(payload).digest() + payload
        with contextlib.suppress(RepositoryError):
            write_atomic(self._file(key), content, durable=False)

    def tidy(self) -> None:
        """Remove what was not used for longest until the rest is small enough."""
        with contextlib.suppress(OSError):
            files = [(entry.stat(), entry.path) for entry in os.scandir(self.folder)]
            size = sum(told.st_size for told, _ in files)
            for told, path in sorted(files, key=lambda one: one[0].st_mtime_ns):
                if size <= MOST_BYTES:
                    break
                os.unlink(path)
                size -= told.st_size

    def _file(self, key: Any) -> Path:
        named = json.dumps([LAYOUT, key], sort_keys=True).encode()
        return self.folder / hashlib.sha256(named).hexdigest()[:40]
