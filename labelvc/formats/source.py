"""Where a label set's bytes come from: one file or a folder of files, at any revision."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

from labelvc.core.errors import NotFound

T = TypeVar("T")
_HEAD = 4096


# What labels are about and never stand in: compared by name and hash, not read.
MEDIA = (
    *(".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".pdf"),
    *(".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".mp4", ".mov", ".avi", ".mkv", ".webm"),
)


class Blob(Protocol):
    """One file's content, read when asked for."""

    @property
    def digest(self) -> str | None:
        """A hash of the content that is known without reading it, or None."""

    def read(self) -> bytes:
        """The whole content; raises NotFound where it cannot be had."""


@dataclass(frozen=True)
class Source:
    """The files of a label set. `name` is what messages call it.

    `files` maps a path relative to the label set, with `/`, to its content; the one file of a
    file-type label set stands under its own base name.
    """

    name: str
    files: Mapping[str, Blob]
    is_folder: bool

    def only(self) -> tuple[str, Blob]:
        """The path and content of a label set that is a single file."""
        ((path, blob),) = self.files.items()
        return path, blob

    def where(self, path: str) -> str:
        """How messages name one of the files."""
        return f"{self.name}/{path}" if self.is_folder else self.name

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What `find` tells of the files, found at the first call: 100,000 paths take their time.

        What it finds must not be changed.
        """
        if key not in self._found:
            self._found[key] = find()
        found: T = self._found[key]
        return found

    @cached_property
    def _found(self) -> dict[Hashable, Any]:
        return {}


@dataclass(frozen=True)
class DiskBlob:
    """A file on disk."""

    path: str
    digest: str | None = None

    def read(self) -> bytes:
        """The content; raises NotFound where the file is gone or cannot be read."""
        try:
            # without a buffer, as a label set may be 100,000 small files
            with open(self.path, "rb", buffering=0) as file:
                return file.read()
        except OSError as error:
            raise NotFound(f"{self.path}: {error.strerror}") from None


@dataclass(frozen=True)
class MemoryBlob:
    """Content that is already here."""

    content: bytes
    digest: str | None = None

    def read(self) -> bytes:
        """The content."""
        return self.content


def beginning(blob: Blob) -> bytes:
    """The first bytes of a file, which may be gigabytes long."""
    if isinstance(blob, DiskBlob):
        try:
            with open(blob.path, "rb") as file:
                return file.read(_HEAD)
        except OSError:
            pass  # `read` tells of it
    return blob.read()[:_HEAD]


def digests(files: Mapping[str, Blob]) -> Mapping[str, str | None]:
    """The digests of files as far as they are known without reading.

    A mapping that knows them all says so in an attribute `digests`, without making its blobs.
    """
    known: Mapping[str, str | None] | None = getattr(files, "digests", None)
    return {path: blob.digest for path, blob in files.items()} if known is None else known


def outside(settings: Mapping[str, str]) -> list[str]:
    """The files outside a label set's folder that its settings name, such as `../data.yaml`."""
    return [value for value in settings.values() if value.startswith("../")]


def disk_beside(path: str | Path, settings: Mapping[str, str]) -> dict[str, Blob]:
    """Those of them that are there, for the folder at a path."""
    places = {name: os.path.join(path, name) for name in outside(settings)}
    return {name: DiskBlob(place) for name, place in places.items() if os.path.isfile(place)}


def disk_source(
    path: str | Path, name: str | None = None, beside: Mapping[str, Blob] | None = None
) -> Source:
    """The label set at a path; hidden files and folders inside a folder are left out, and links
    to folders.

    `beside` are files outside of it, by their path relative to the folder. Raises NotFound where
    nothing is there.
    """
    text = os.fspath(path)
    if os.path.isdir(text):
        paths = sorted(_walk(text, ""))
        files: dict[str, Blob] = {rel: DiskBlob(os.path.join(text, rel)) for rel in paths}
        return Source(name or text, files | dict(beside or {}), is_folder=True)
    if not os.path.exists(text):
        raise NotFound(f"{text}: no such file or folder")
    return Source(name or text, {os.path.basename(text): DiskBlob(text)}, is_folder=False)


def is_readable(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file or a link to one, or to nothing, which reading it will tell.

    Links to folders, which may go in circles, are not. Raises NotFound for pipes and devices:
    reading them may never end, in DVC neither.
    """
    path = entry.path
    if entry.is_file(follow_symlinks=False) or os.path.isfile(path) or not os.path.exists(path):
        return True
    if os.path.isdir(path):
        return False
    raise NotFound(f"{path}: a pipe or device", hint="Move it out of the label set's folder.")


def _walk(root: str, inside: str) -> list[str]:
    found: list[str] = []
    with os.scandir(os.path.join(root, inside)) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            rel = f"{inside}/{entry.name}" if inside else entry.name
            if entry.is_dir(follow_symlinks=False):
                found += _walk(root, rel)
            elif is_readable(entry):
                found.append(rel)
    return found
