"""Which pointer of a project speaks of a path, at a commit or in the working tree."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labelvc.core.errors import NotFound
from labelvc.repo.git import Git
from labelvc.repo.pointer import Output, parse_lock, parse_pointer, stage_folders


@dataclass(frozen=True)
class Tracked:
    """An output of DVC and the pointer that says so; `how` is "dvc" or "stage"."""

    output: Output
    pointer: str
    how: str
    meta: Mapping[str, Any]
    is_import: bool = False

    def covers(self, path: str) -> bool:
        """Is the path this output, or inside it?"""
        return path == self.output.path or path.startswith(f"{self.output.path}/")

    def inner(self, path: str) -> str:
        """The rest of a path below this output, "" if it is the output itself."""
        return path[len(self.output.path) + 1 :]

    @property
    def hash_name(self) -> str:
        """The kind of hash that its files in the working tree are compared by."""
        name = self.output.hash_name
        return name if name.startswith("md5") else "md5"

    @property
    def through_dvc(self) -> bool:
        """May DVC itself find what neither its cache nor its remote holds under the hash?"""
        plain = self.output.hash and self.output.hash_name.startswith("md5")
        return self.is_import or self.output.files is not None or not plain


class Tracking:
    """The pointers of a project. Paths are relative to its root; commit None: working tree."""

    def __init__(self, git: Git, root: Path) -> None:
        self._git = git
        self._root = root
        inside = root.relative_to(git.top).as_posix()
        self.prefix = "" if inside == "." else f"{inside}/"
        self._parsed: dict[tuple[str, bytes, bytes | None], tuple[Tracked, ...]] = {}

    def content(self, commit: str | None, path: str) -> bytes | None:
        """A file that Git tracks, or None where there is none. Raises NotFound."""
        if commit is not None:
            return self._git.show(commit, self.prefix + path)
        try:
            return (self._root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise NotFound(f"{path}: {error.strerror}") from None

    def find(self, commit: str | None, path: str) -> Tracked | None:
        """The output that is the path, or the folder it lies in."""
        for pointer in _likely_pointers(path):
            for tracked in self._read(commit, pointer):
                if tracked.covers(path):
                    return tracked
        if self.in_git(commit, path) == "blob":
            return None
        for pointer in self._pointers(commit):
            for tracked in self._read(commit, pointer):
                if tracked.covers(path):
                    return tracked
        return None

    def dvc_files(self, commit: str | None) -> Iterator[Tracked]:
        """The outputs of all `.dvc` files, in the order of their names."""
        for pointer in self._pointers(commit):
            if pointer.endswith(".dvc"):
                yield from self._read(commit, pointer)

    def in_git(self, commit: str | None, path: str) -> str | None:
        """What Git itself has at the path: "blob", "tree" or None (index for None)."""
        entry = self._git.entry(commit or ":0", self.prefix + path)
        if entry is None and commit is None and self._git.index_ids(self.prefix + path):
            return "tree"  # the index has no trees
        return entry.kind if entry is not None else None

    def _pointers(self, commit: str | None) -> list[str]:
        under = self.prefix.rstrip("/")
        files = self._git.files(commit, under=under, suffix=(".dvc", "dvc.lock"))
        return [
            file[len(self.prefix) :]
            for file in files
            if file.endswith(".dvc") or posixpath.basename(file) == "dvc.lock"
        ]

    def _read(self, commit: str | None, pointer: str) -> tuple[Tracked, ...]:
        content = self.content(commit, pointer)
        if content is None:
            return ()
        stages = None
        if not pointer.endswith(".dvc"):
            stages = self.content(commit, pointer.removesuffix(".lock") + ".yaml")
        key = (pointer, content, stages)
        if key not in self._parsed:
            self._parsed[key] = _parse(pointer, content, stages)
        return self._parsed[key]


def _parse(pointer: str, content: bytes, stages: bytes | None) -> tuple[Tracked, ...]:
    """The outputs of a pointer; `stages` is the dvc.yaml beside a dvc.lock."""
    if pointer.endswith(".dvc"):
        parsed = parse_pointer(content, pointer)
        return tuple(
            Tracked(out, pointer, "dvc", parsed.meta, parsed.is_import) for out in parsed.outs
        )
    folders = stage_folders(stages, pointer) if stages is not None else {}
    outs = parse_lock(content, pointer, folders)
    return tuple(Tracked(out, pointer, "stage", {}) for out in outs)


def _likely_pointers(path: str) -> Iterator[str]:
    """Where the pointer of a path stands in nearly every project, nearest first."""
    parts = path.split("/")
    for end in range(len(parts), 0, -1):
        yield "/".join(parts[:end]) + ".dvc"
    for end in range(len(parts) - 1, -1, -1):
        yield "/".join([*parts[:end], "dvc.lock"])
