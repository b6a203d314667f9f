"""Replacing several files as one: whatever is killed in between, a second call completes it.

The new contents stand in a folder, the journal, before their list is written in one step; from
then on the files are as good as replaced, and `complete` does what is left of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from labelvc.core.errors import RepositoryError
from labelvc.repo.hashing import hash_content
from labelvc.repo.repository import Repository
from labelvc.repo.writing import lock, write_atomic

_LIST = "list.json"
_TOLD = 3


class _Entry(msgspec.Struct):
    """A file: its path from the root, the md5 of what it held and is to hold (None: no file)."""

    path: str
    former: str | None
    new: str | None


def replace_files(
    root: Path,
    journal: Path,
    contents: Mapping[str, bytes | None],
    former: Mapping[str, str | None],
) -> None:
    """Write files below `root`, and remove those whose content is None.

    `former` has the md5 of what each holds (None: no file). Raises RepositoryError, before anything
    is replaced, where one holds something else by now.
    """
    if not contents:
        return
    entries = [_Entry(path, former[path], _md5(contents[path])) for path in sorted(contents)]
    for entry in entries:
        if _current(root, entry) != entry.former:
            raise RepositoryError(
                f"{entry.path} was changed while labels were being written",
                hint="Nothing was written. Run the same command again.",
            )
    shutil.rmtree(journal, ignore_errors=True)  # contents whose list was never written
    for number, entry in enumerate(entries):
        content = contents[entry.path]
        if content is not None:
            write_atomic(journal / str(number), content)
    write_atomic(journal / _LIST, msgspec.json.encode(entries))
    _carry_out(root, journal, entries)


def complete(root: Path, journal: Path) -> list[str]:
    """Carry out what a killed `replace_files` left; the paths of the files concerned.

    Raises RepositoryError where somebody has changed one of them since.
    """
    try:
        entries = msgspec.json.decode((journal / _LIST).read_bytes(), type=list[_Entry])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        raise RepositoryError(
            f"{journal / _LIST}: cannot be read: {error}",
            hint=f"Remove {journal}; label files may be half replaced: see `labelvc status`.",
        ) from None
    for entry in entries:
        if _current(root, entry) not in (entry.former, entry.new):
            raise RepositoryError(
                f"a command that wrote labels was killed, and {entry.path} was changed since",
                hint=f"Remove {journal} to keep the files as they are, or put {entry.path} back.",
            )
    _carry_out(root, journal, entries)
    return [entry.path for entry in entries]


def is_unfinished(journal: Path) -> bool:
    """Whether there is anything to complete."""
    return (journal / _LIST).exists()


def _carry_out(root: Path, journal: Path, entries: Sequence[_Entry]) -> None:
    """New contents first, removals last: no label is ever in no file."""
    for number, entry in enumerate(entries):
        if entry.new is not None and _current(root, entry) != entry.new:
            _write(root / entry.path, (journal / str(number)).read_bytes(), journal)
    for entry in entries:
        if entry.new is None:
            (root / entry.path).unlink(missing_ok=True)
    (journal / _LIST).unlink()
    shutil.rmtree(journal, ignore_errors=True)


def _write(path: Path, content: bytes, aside: Path) -> None:
    # Hard links into DVC's cache are read-only; the new file is the user's own.
    was_linked = path.exists() and path.stat().st_nlink > 1
    write_atomic(path, content, aside=aside)
    if was_linked:
        path.chmod(path.stat().st_mode | 0o200)


def _current(root: Path, entry: _Entry) -> str | None:
    path = root / entry.path
    return hash_content(str(path), "md5") if os.path.isfile(path) else None


def _md5(content: bytes | None) -> str | None:
    return None if content is None else hashlib.md5(content, usedforsecurity=False).hexdigest()


def journal(repo: Repository) -> Path:
    """Where the new contents of label files stand until all are replaced."""
    return repo.scratch / "rewriting"


def finish_rewriting(repo: Repository) -> list[str]:
    """Complete a rewriting that was killed, and tell so in a line. Costs one stat without any.

    Raises RepositoryError where somebody has changed the files since.
    """
    if not is_unfinished(journal(repo)):
        return []
    with lock(repo.scratch / "lock"):
        paths = complete(repo.root, journal(repo))
    if not paths:
        return []  # another process was quicker
    more = f" and {len(paths) - _TOLD} more" if len(paths) > _TOLD else ""
    return [f"completed a rewriting that was interrupted: {', '.join(paths[:_TOLD])}{more}"]
