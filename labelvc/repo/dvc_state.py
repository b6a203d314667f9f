"""DVC's own memory of file hashes, read (and never written) so that a fresh `dvc add` counts."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

import msgspec

from labelvc.repo.caches import config_value

# The version of entries that speak of plain md5; those without a version of "md5-dos2unix".
_VERSIONS = {"md5": 1, "md5-dos2unix": None}


class _Entry(msgspec.Struct):
    checksum: str
    hash_info: dict[str, str]
    version: int | None = None


_DECODER = msgspec.json.Decoder(_Entry)


def known_hashes(
    root: Path, start: str, stamps: Mapping[str, tuple[int, int, int]], hash_name: str
) -> dict[str, str]:
    """What DVC knows of files with these stat data; "" names `start` itself, others are below.

    Empty where DVC's database is missing, of another layout or cannot be opened.
    """
    if hash_name not in _VERSIONS:
        return {}
    found = {}
    for path, value in _entries(root, start):
        name = path[len(start) + 1 :]
        if (stamp := stamps.get(name)) is None:
            continue
        with contextlib.suppress(msgspec.DecodeError):
            entry = _DECODER.decode(value)
            if entry.version == _VERSIONS[hash_name] and entry.checksum == _checksum(stamp):
                found[name] = entry.hash_info.get("md5", "")
    return {name: value for name, value in found.items() if value}


def _entries(root: Path, start: str) -> Iterator[tuple[str, str]]:
    try:
        database = _folder(root) / "hashes" / "local" / "cache.db"
        if not database.is_file():
            return
        with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as db:
            # "0" follows "/": everything below the folder, by the index on key.
            question = "SELECT key, value FROM Cache WHERE raw = 1 AND typeof(value) = 'text'"
            yield from db.execute(f"{question} AND key = ?", (start,))
            yield from db.execute(f"{question} AND key > ? AND key < ?", (f"{start}/", f"{start}0"))
    except (sqlite3.Error, OSError, KeyError):  # KeyError: a user without a name
        return


def _checksum(stamp: tuple[int, int, int]) -> str:
    """DVC's checksum of a file's inode, mtime (a float of seconds) and size."""
    mtime, size, inode = stamp
    # As Python makes st_mtime of the nanoseconds, to the last digit.
    seconds = mtime // 1_000_000_000 + (mtime % 1_000_000_000) * 1e-9
    text = f"([{inode}, {seconds!r}, {size}],)"
    return str(int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), 16))


def _folder(root: Path) -> Path:
    """Where DVC keeps what it remembers of a project, by a token of its place and birth."""
    site = os.environ.get("DVC_SITE_CACHE_DIR") or config_value(root, "core", "site_cache_dir")
    try:
        born: float | None = (root / ".dvc" / "tmp" / "btime").stat().st_mtime
    except OSError:
        born = None
    version = int(metadata.version("dvc").partition(".")[0])
    told = (str(root), None, born, getpass.getuser(), version, 0)
    token = hashlib.md5(str(told).encode(), usedforsecurity=False).hexdigest()
    return Path(site or "/var/tmp/dvc") / "repo" / token  # noqa: S108
