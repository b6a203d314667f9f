"""Writing files so that a reader sees the old content or the new, and never a half."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from labelvc.core.errors import RepositoryError


def write_atomic(
    path: str | Path,
    content: bytes,
    *,
    aside: Path | None = None,
    mode: int | None = None,
    durable: bool = True,
) -> None:
    """Replace a file's content in one step; its permissions stay, unless `mode` says others.

    The new file is made in the folder `aside`, where it is on the same disk: who is killed leaves
    nothing beside the file then. What stands elsewhere too need not be `durable`, that is, survive
    the loss of power. The folder is made where it is missing. Raises RepositoryError where the
    disk is full or the folder read-only; the old file is then still there.
    """
    # A symbolic link (DVC's cache.type symlink) is replaced: writing through it would change
    # the object in DVC's cache.
    path = Path(path)
    try:
        for folder in filter(None, (path.parent, aside)):
            folder.mkdir(parents=True, exist_ok=True)
        kept = _mode(path) if mode is None else mode
        try:
            _replace(path, content, aside or path.parent, kept, durable)
        except OSError as error:
            if aside is None or error.errno != errno.EXDEV:
                raise
            _replace(path, content, path.parent, kept, durable)
    except OSError as error:
        raise RepositoryError(
            f"{path}: cannot be written: {error.strerror or error}",
            hint="Free some space or give yourself the right to write there, and run it again.",
        ) from error


def _replace(path: Path, content: bytes, folder: Path, mode: int, durable: bool) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    if durable:
        _sync_folder(path.parent)


def _mode(path: Path) -> int:
    """The permissions the new file gets: the old one's, or what the umask leaves."""
    if path.is_file() and not path.is_symlink():
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def lock(path: str | Path, *, wait: float = 3.0) -> Iterator[None]:
    """Hold a lock file, with our process id in it, while the block runs.

    `wait` is in seconds. A lock whose process is gone is taken over. Raises RepositoryError
    that names the holder.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait
    while not _take(path):
        holder = _holder(path)
        if holder is not None and not is_running(holder):
            _discard(path, holder)
        elif time.monotonic() >= deadline:
            raise RepositoryError(
                f"{path}: another labelvc (process {holder or 'unknown'}) is at work here",
                hint=f"Wait until it ends; if there is none, remove {path}.",
            )
        else:
            time.sleep(0.05)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _take(path: Path) -> bool:
    """Make the lock file with its content in one step, so that no reader sees it empty."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        os.write(handle, b"%d\n" % os.getpid())
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise RepositoryError(f"{path}: cannot be locked: {error.strerror}") from error
    finally:
        os.close(handle)
        os.unlink(temporary)
    return True


def _holder(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _discard(path: Path, holder: int) -> None:
    """Remove a dead process's lock; renamed first, so that of two waiters only one does it."""
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        os.rename(path, aside)
        if _holder(aside) != holder:  # a third process took it over in between: give it back
            with contextlib.suppress(FileExistsError):
                os.link(aside, path)
        aside.unlink()


def is_running(process: int) -> bool:
    """Whether a process of that number is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
