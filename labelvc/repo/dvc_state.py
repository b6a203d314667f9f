"""DVC's own memory of file hashes, read (and never written) so that a fresh `dvc add` counts."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from labelvc.repo.caches import config_value

# The version of entries that speak of plain md5; those without a version of "md5-dos2unix".
_VERSIONS = {"md5": 1, "md5-dos2unix": None}


class _Entry(msgspec.Struct, gc=False):
    checksum: str
    hash_info: dict[str, str]
    version: int | None = None


_DECODER = msgspec.json.Decoder(list[_Entry])


def known_hashes(
    root: Path, start: str, stamps: Mapping[str, tuple[int, int, int]], hash_name: str
) -> dict[str, str]:
    """What DVC knows of files with these stat data; "" names `start` itself, others are below.

    Empty where DVC's database is missing, of another layout or cannot be opened.
    """
    import sqlite3

    if hash_name not in _VERSIONS:
        return {}
    try:
        rows = _rows(_folder(root) / "hashes" / "local" / "cache.db", start)
        entries = _DECODER.decode(f"[{','.join(value for _, value in rows)}]")
    except (sqlite3.Error, OSError, KeyError, msgspec.DecodeError):
        return {}  # KeyError: a user without a name
    version = _VERSIONS[hash_name]
    names = (path[len(start) + 1 :] for path, _ in rows)
    return {
        name: entry.hash_info["md5"]
        for name, entry in zip(names, entries, strict=True)
        if name in stamps
        and entry.version == version
        and "md5" in entry.hash_info
        and entry.checksum == _checksum(*stamps[name])
    }


def _rows(database: Path, start: str) -> list[tuple[str, str]]:
    """What is noted of a file, or of those below a folder: path and JSON text."""
    import sqlite3

    question = "SELECT key, value FROM Cache WHERE raw = 1 AND typeof(value) = 'text'"
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
        # "0" follows "/", so that these are all below the folder, found by the index on key.
        below = db.execute(f"{question} AND key > ? AND key < ?", (f"{start}/", f"{start}0"))
        return [*db.execute(f"{question} AND key = ?", (start,)), *below]


def _checksum(mtime: int, size: int, inode: int) -> str:
    """DVC's checksum of a file's inode, mtime (a float of seconds) and size."""
    # As Python makes st_mtime of the nanoseconds, to the last digit.
    seconds = mtime // 1_000_000_000 + (mtime % 1_000_000_000) * 1e-9
    told = f"([{inode}, {seconds!r}, {size}],)".encode()
    return str(int.from_bytes(hashlib.md5(told, usedforsecurity=False).digest(), "big"))


def _folder(root: Path) -> Path:
    """Where DVC keeps what it remembers of a project, by a token of its place and birth."""
    import getpass
    from importlib import metadata

    site = os.environ.get("DVC_SITE_CACHE_DIR") or config_value(root, "core", "site_cache_dir")
    try:
        born: float | None = (root / ".dvc" / "tmp" / "btime").stat().st_mtime
    except OSError:
        born = None
    version = int(metadata.version("dvc").partition(".")[0])
    told = (str(root), None, born, getpass.getuser(), version, 0)
    token = hashlib.md5(str(told).encode(), usedforsecurity=False).hexdigest()
    return Path(site or "/var/tmp/dvc") / "repo" / token  # noqa: S108
