"""A new file or folder put in its place at once: it appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from labelvc.core.errors import LossError, RepositoryError
from labelvc.formats.source import MEDIA
from labelvc.repo.writing import write_atomic


def refuse_taken(path: Path, *, force: bool) -> None:
    """Raise RepositoryError where something lies at a path that may not be replaced.

    An empty folder is nothing. A folder with media in it is never replaced, as more than labels
    would go.
    """
    if not os.path.lexists(path) or _is_empty_folder(path):
        return
    if not force:
        raise RepositoryError(
            f"{path}: there is something already",
            hint="Choose another place, or replace it with --force.",
        )
    if path.is_dir() and any(_is_media(name) for name in _names(path)):
        raise RepositoryError(
            f"{path}: this folder holds media, which --force would remove",
            hint="Choose another place.",
        )


def place_file(path: Path, content: bytes, *, force: bool) -> None:
    """Write one file. Raises RepositoryError where the place is taken or cannot be written."""
    refuse_taken(path, force=force)
    if path.is_dir() and not path.is_symlink():
        with _cleared(path):
            write_atomic(path, content)
    else:
        write_atomic(path, content)


def place_folder(path: Path, files: Mapping[str, bytes], *, force: bool) -> None:
    """Write a folder. Raises RepositoryError where the place is taken or cannot be written.

    Raises LossError for a file that would not lie in the folder.
    """
    refuse_taken(path, force=force)
    for name in files:
        _refuse_outside(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{path.name[:100]}.", dir=path.parent))
        try:
            mask = os.umask(0)
            os.umask(mask)
            new.chmod(0o777 & ~mask)
            for name, content in files.items():
                file = new / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            with _cleared(path):
                new.rename(path)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    except OSError as error:
        raise RepositoryError(
            f"{path}: cannot be written: {error.strerror or error}",
            hint="Free some space or give yourself the right to write there, and run it again.",
        ) from error


@contextlib.contextmanager
def _cleared(path: Path) -> Iterator[None]:
    """With nothing at a path; what was there comes back where the block fails."""
    if not os.path.lexists(path):
        yield
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name[:100]}.", dir=path.parent))
    old = aside / path.name
    try:
        path.rename(old)
        try:
            yield
        except BaseException:
            old.rename(path)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _refuse_outside(name: str) -> None:
    if not name or name.startswith("/") or ".." in name.split("/") or "\0" in name:
        raise LossError(f"{name!r} is no path inside the folder to be written")


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _names(path: Path) -> Iterator[str]:
    for _, _, files in os.walk(path):
        yield from files


def _is_media(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in MEDIA
