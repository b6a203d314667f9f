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
from labelvc.core.progress import counted
from labelvc.formats.source import is_readable
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
    """The folder's hash, the files' stamps and hashes.

    The stamps are kept encoded: equal bytes tell that nothing changed.
    """

    version: int
    total: str
    stamps: msgspec.Raw
    hashes: dict[str, str]


_encoded = msgspec.msgpack.Encoder().encode
_DECODER = msgspec.msgpack.Decoder(_Index)
_STAMPS = msgspec.msgpack.Decoder(dict[str, Stamp])


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
        with _no_collection():
            stamps = _walk(folder, self._ignore(path))
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
        named = f"{hash_name} {path}".encode("utf-8", "surrogateescape")
        file = self._indexes / hashlib.md5(named, usedforsecurity=False).hexdigest()
        known = _read(file)
        if known.total and known.stamps == msgspec.Raw(_encoded(stamps)):
            return known.total, known.hashes
        former = _stamps(known)
        changed = {name: at for name, at in stamps.items() if former.get(name) != at}
        fresh = self._fresh(path, changed, hash_name)
        # In the order of DVC's listings, with which they are compared.
        names = sorted(stamps)
        hashes = {name: fresh[name] if name in fresh else known.hashes[name] for name in names}
        settled = {name: _NEVER if _is_racy(at, looked) else at for name, at in stamps.items()}
        index = _Index(_VERSION, hash_listing(hashes), msgspec.Raw(_encoded(settled)), hashes)
        # An index that cannot be written costs time, no more.
        with contextlib.suppress(RepositoryError):
            write_atomic(file, _encoded(index))
        return index.total, hashes

    def _fresh(self, path: str, changed: Mapping[str, Stamp], hash_name: str) -> dict[str, str]:
        """The hashes of files that the index does not know."""
        start = str(self._root / path)
        size = sum(stamp[1] for stamp in changed.values())
        seeds = {}
        if len(changed) >= _MANY_FILES or size >= _MANY_BYTES:
            seeds = dvc_state.known_hashes(self._root, start, changed, hash_name)
        return {
            name: seeds.get(name) or hash_content(f"{start}/{name}" if name else start, hash_name)
            for name in counted(list(changed), "hashing files")
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


def _walk(top: str, ignore: Ignore | None) -> dict[str, Stamp]:
    """The files below a folder, relative to it; links to folders are not followed."""
    found: dict[str, Stamp] = {}
    waiting = [""]
    while waiting:
        start = waiting.pop()
        folders, files = _list(f"{top}/{start}".rstrip("/"), ignore)
        waiting += [f"{start}{name}/" for name in folders]
        try:
            for entry in files:
                # Said in full, as it runs 100,000 times: half of the time is the system call.
                stat = entry.stat()
                found[start + entry.name] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except OSError as error:
            raise _unreadable(entry.path, error) from None
    return found


def _list(folder: str, ignore: Ignore | None) -> tuple[list[str], list[os.DirEntry[str]]]:
    """The names of the subfolders, and the files, without what is ignored."""
    folders: list[str] = []
    files: list[os.DirEntry[str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in _NOT_LABELS:
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif is_readable(entry):
                files.append(entry)
    if ignore is not None:
        folders, kept = ignore(folder, folders, [entry.name for entry in files])
        chosen = set(kept)
        files = [entry for entry in files if entry.name in chosen]
    return folders, files


def _stamp(path: str) -> Stamp:
    """What tells that a file is unchanged; a link counts as the file it leads to."""
    try:
        stat = os.stat(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _unreadable(path: str, error: OSError) -> NotFound:
    reason = "a link to nothing" if os.path.islink(path) else error.strerror
    return NotFound(f"{path}: {reason}", hint="`dvc checkout` brings back what a pointer names.")


def _read(file: Path) -> _Index:
    """The index; an empty one where there is none, or it is of another version or damaged."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        index = _DECODER.decode(file.read_bytes())
        if index.version == _VERSION:
            return index
    return _Index(_VERSION, "", msgspec.Raw(_encoded({})), {})


def _stamps(index: _Index) -> dict[str, Stamp]:
    """The stamps of those files whose hashes the index has; none where it is damaged."""
    try:
        stamps = _STAMPS.decode(index.stamps)
    except msgspec.DecodeError:
        return {}
    return stamps if stamps.keys() == index.hashes.keys() else {}


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Without the garbage collector, which would look at each of 100,000 tuples many times."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


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
