"""Where a label set's bytes come from: one file or a folder of files, at any revision."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from labelvc.core.errors import NotFound


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


@dataclass(frozen=True)
class DiskBlob:
    """A file on disk."""

    path: str
    digest: str | None = None

    def read(self) -> bytes:
        """The content; raises NotFound where the file is gone or cannot be read."""
        try:
            with open(self.path, "rb") as file:
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


def disk_source(path: str | Path, name: str | None = None) -> Source:
    """The label set at a path; hidden files and folders inside a folder are left out.

    Raises NotFound where nothing is there.
    """
    text = os.fspath(path)
    if os.path.isdir(text):
        paths = sorted(_walk(text, ""))
        files = {rel: DiskBlob(os.path.join(text, rel)) for rel in paths}
        return Source(name or text, files, is_folder=True)
    if not os.path.exists(text):
        raise NotFound(f"{text}: no such file or folder")
    return Source(name or text, {os.path.basename(text): DiskBlob(text)}, is_folder=False)


def _walk(root: str, inside: str) -> list[str]:
    found: list[str] = []
    with os.scandir(os.path.join(root, inside)) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            rel = f"{inside}/{entry.name}" if inside else entry.name
            if entry.is_dir():
                found += _walk(root, rel)
            else:
                found.append(rel)
    return found
