"""The files of the working tree and their hashes, without reading unchanged files again."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from labelvc.core.errors import NotFound, RepositoryError
from labelvc.repo import dvc_state
from labelvc.repo.hashing import hash_content, hash_listing
from labelvc.repo.writing import write_atomic

# What tells that a file is unchanged: mtime in nanoseconds, size in bytes, inode.
Stamp = tuple[int, int, int]
# Chooses among a folder's (path, subfolders, files) what is not ignored.
Ignore = Callable[[str, list[str], list[str]], tuple[list[str], list[str]]]

_VERSION = 1
_NEVER = (-1, -1, -1)
# A file written so shortly before it was looked at may change again under the same mtime.
_RACY_NS = 20_000_000
# DVC never tracks these inside a folder.
_NOT_LABELS = {".git", ".hg", ".dvc"}
# From so many unknown files or bytes on, DVC's state database is asked before they are read.
_MANY_FILES = 50
_MANY_BYTES = 8_000_000


class _Index(msgspec.Struct):
    version: int
    total: str
    entries: dict[str, tuple[int, int, int, str]]


_DECODER = msgspec.msgpack.Decoder(_Index)


class Worktree:
    """The working tree of a project; `scratch` is where the stat indexes are kept."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self._root = root
        self._indexes = scratch / "index"

    def hash_file(self, path: str, hash_name: str = "md5") -> str:
        """The hash of one file, as DVC (or Git: "git") computes it. Raises NotFound."""
        stamps = {"": _stamp(str(self._root / path))}
        return self._hashes(path, stamps, hash_name)[1][""]

    def hash_folder(self, path: str, hash_name: str = "md5") -> tuple[str, dict[str, str]]:
        """The hash of a folder, as DVC computes it, and the hashes of its files.

        What .dvcignore excludes does not count. Raises NotFound.
        """
        folder = str(self._root / path)
        if not os.path.isdir(folder):
            _stamp(folder)  # raises where nothing is there
            raise NotFound(f"{folder}: not a folder")
        stamps = dict(_walk(folder, self._ignore(path)))
        return self._hashes(path, stamps, hash_name)

    def hash_files(
        self, path: str, names: Sequence[str], hash_name: str = "md5"
    ) -> tuple[str, dict[str, str]]:
        """The same of chosen files below a folder. Raises NotFound."""
        folder = str(self._root / path)
        stamps = {name: _stamp(f"{folder}/{name}") for name in names}
        return self._hashes(path, stamps, hash_name)

    def _hashes(
        self, path: str, stamps: Mapping[str, Stamp], hash_name: str
    ) -> tuple[str, dict[str, str]]:
        """The folder's hash and the files', of the index where the stamps are as they were."""
        looked = time.time_ns()
        file = (
            self._indexes
            / hashlib.md5(
                f"{hash_name} {path}".encode("utf-8", "surrogateescape"), usedforsecurity=False
            ).hexdigest()
        )
        index = _read(file)
        known = index.entries
        hashes = {}
        changed = {}
        for name, stamp in stamps.items():
            entry = known.get(name)
            if entry is not None and entry[:3] == stamp:
                hashes[name] = entry[3]
            else:
                changed[name] = stamp
        if not changed and len(stamps) == len(known):
            return index.total, hashes
        hashes.update(self._fresh(path, changed, hash_name))
        total = hash_listing(hashes)
        entries = {
            name: (*(_NEVER if _is_racy(stamp, looked) else stamp), hashes[name])
            for name, stamp in stamps.items()
        }
        # An index that cannot be written costs time, no more.
        with contextlib.suppress(RepositoryError):
            write_atomic(file, msgspec.msgpack.encode(_Index(_VERSION, total, entries)))
        return total, hashes

    def _fresh(self, path: str, changed: Mapping[str, Stamp], hash_name: str) -> dict[str, str]:
        """The hashes of files that the index does not know."""
        start = str(self._root / path)
        size = sum(stamp[1] for stamp in changed.values())
        seeds = {}
        if len(changed) >= _MANY_FILES or size >= _MANY_BYTES:
            seeds = dvc_state.known_hashes(self._root, start, changed, hash_name)
        return {
            name: seeds.get(name) or hash_content(f"{start}/{name}" if name else start, hash_name)
            for name in changed
        }

    def _ignore(self, path: str) -> Ignore | None:
        """DVC's own reading of .dvcignore, where one above the path has patterns."""
        folders = [
            self._root,
            *(self._root / p for p in reversed(Path(path).parents)),
            self._root / path,
        ]
        if not any(_has_patterns(folder / ".dvcignore") for folder in folders):
            return None
        from dvc.fs import localfs
        from dvc.ignore import DvcIgnoreFilter

        chosen: Ignore = DvcIgnoreFilter(localfs, str(self._root))
        return chosen


def _walk(top: str, ignore: Ignore | None) -> Iterator[tuple[str, Stamp]]:
    """The files below a folder, relative to it; links to folders are not followed."""
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        folder = f"{top}/{inside}" if inside else top
        with os.scandir(folder) as listed:
            entries = {entry.name: entry for entry in listed if entry.name not in _NOT_LABELS}
        folders = [name for name, entry in entries.items() if entry.is_dir()]
        files = [name for name, entry in entries.items() if not entry.is_dir()]
        if ignore is not None:
            folders, files = ignore(folder, folders, files)
        start = f"{inside}/" if inside else ""
        waiting += [start + name for name in folders if not entries[name].is_symlink()]
        for name in files:
            yield start + name, _stamp(entries[name])


def _stamp(file: str | os.DirEntry[str]) -> Stamp:
    """What tells that a file is unchanged; a link counts as the file it leads to."""
    try:
        stat = os.stat(file) if isinstance(file, str) else file.stat()
    except OSError as error:
        path = os.fspath(file)
        reason = "a link to nothing" if os.path.islink(path) else error.strerror
        hint = "`dvc checkout` brings back what the pointer names."
        raise NotFound(f"{path}: {reason}", hint=hint) from None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _read(file: Path) -> _Index:
    """The index; an empty one where there is none, or it is of another version or damaged."""
    collecting = gc.isenabled()
    gc.disable()  # a third of the time otherwise, with 100,000 entries
    try:
        index = _DECODER.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return _Index(_VERSION, "", {})
    finally:
        if collecting:
            gc.enable()
    return index if index.version == _VERSION else _Index(_VERSION, "", {})


def _is_racy(stamp: Stamp, looked: int) -> bool:
    """May the file change again without its mtime telling? Some disks count whole seconds."""
    mtime = stamp[0]
    grain = 1_000_000_000 if mtime % 1_000_000_000 == 0 else _RACY_NS
    return mtime + grain >= looked


def _has_patterns(file: Path) -> bool:
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return False
    return any(line.strip() and not line.startswith("#") for line in lines)
