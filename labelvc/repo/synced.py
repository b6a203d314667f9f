"""The record, for each working tree, of when label files were in line with their pointers."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labelvc.repo.repository import Repository
from labelvc.repo.writing import write_atomic

_VERSION = 1
# What changes whenever a file is rewritten: mtime in ns, size, inode; None where there is no file.
Stat = list[int] | None


@dataclass
class Entry:
    """One label set. `hash` is what its label file last had while in line with its pointer.

    `behind` is the pointer's hash that the file was found not to follow (which was told), and
    `absent` whether that is because its content was not here; "" and False once in line. `toward`
    is the hash it was being brought to when we were last heard of.
    """

    hash: str = ""
    behind: str = ""
    absent: bool = False
    toward: str = ""


@dataclass
class Synced:
    """The record of a project: `watched` are its pointers as they were when last looked at."""

    path: Path
    prefix: str
    watched: dict[str, Stat] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    _others: dict[str, Any] = field(default_factory=dict)  # of other projects in the same clone
    _read: bytes = b""

    @classmethod
    def load(cls, repo: Repository) -> Synced:
        """The record, or an empty one where there is none that can be read."""
        path = repo.scratch / "synced.json"
        try:
            content = path.read_bytes()
            document = json.loads(content)
            projects = document["projects"] if document["version"] == _VERSION else {}
            own = projects.pop(repo.prefix, {"watched": {}, "entries": {}})
            entries = {name: Entry(**entry) for name, entry in own["entries"].items()}
            return cls(path, repo.prefix, own["watched"], entries, projects, content)
        except (OSError, ValueError, TypeError, KeyError):
            return cls(path, repo.prefix)

    def save(self) -> None:
        """Write the record where it changed."""
        entries = {name: vars(entry) for name, entry in self.entries.items()}
        own = {"watched": self.watched, "entries": entries}
        document = {"version": _VERSION, "projects": {**self._others, self.prefix: own}}
        content = json.dumps(document, sort_keys=True).encode()
        if content != self._read:
            write_atomic(self.path, content)

    def is_settled(self, root: Path) -> bool:
        """Whether no watched pointer was touched since, and no label file is behind or unknown."""
        return bool(self.watched) and not (
            any(entry.behind or entry.toward or not entry.hash for entry in self.entries.values())
            or any(there != stat_of(root / name) for name, there in self.watched.items())
        )

    def is_untouched(self, root: Path, pointer: str) -> bool:
        """Whether a pointer file is as it was when last looked at."""
        return pointer in self.watched and self.watched[pointer] == stat_of(root / pointer)


def stat_of(path: Path) -> Stat:
    """What tells that a file was rewritten."""
    try:
        there = os.stat(path)
    except OSError:
        return None
    return [there.st_mtime_ns, there.st_size, there.st_ino]
