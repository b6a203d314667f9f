"""What there is to say of a label set at a revision: its labels, its files, where it is from."""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot
from labelvc.formats.reading import read
from labelvc.formats.source import Source
from labelvc.repo.exporting import at_revision
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision

_VERSION_TAG = re.compile(r"v?(\d+(?:\.\d+){1,2}(?:[-+.][0-9A-Za-z.-]+)?)")


@dataclass(frozen=True)
class LabelFile:
    """A file of the label set: its path in the repository, the sha256 and size of its bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class LabelVersion:
    """A label set at a revision; `date` is the commit's (ISO 8601), `hash` what DVC or Git call it.

    `version` is that of a tag on the commit (v1.2), else the date as 2024.1.31. `url` is the
    repository's, without user names or passwords, where it has one for browsers.
    """

    name: str
    format: str
    end: Revision
    snapshot: Snapshot
    digest: str
    hash: str
    date: str
    version: str
    url: str | None
    files: Sequence[LabelFile]


def label_version(repo: Repository, name: str, rev: str | None) -> LabelVersion:
    """A label set as it is at a revision (default: HEAD).

    Raises NotFound where it is not there, RepositoryError where the working tree differs from HEAD
    and no revision is given, and what reading it raises.
    """
    found, end = at_revision(repo, name, rev)
    label_set = found.label_set
    snapshot, fmt, _ = read(found.source, label_set.format, label_set.settings, label_set.key)
    commit = end.commit or ""
    date = _asked(repo, "show", "--no-patch", "--format=%cI", commit)[0]
    return LabelVersion(
        label_set.name,
        fmt.NAME,
        end,
        snapshot,
        snapshot.digest(),
        found.hash,
        date,
        _version(_asked(repo, "tag", "--points-at", commit), date),
        _url(repo),
        _files(found.source, label_set.path),
    )


def _asked(repo: Repository, *question: str) -> list[str]:
    """The lines of Git's answer; none where it has none."""
    return os.fsdecode(repo.git.run(*question, check=False).stdout).splitlines()


def _files(source: Source, path: str) -> list[LabelFile]:
    files = []
    for inside in counted(sorted(source.files), "hashing label files"):
        content = source.files[inside].read()
        place = posixpath.normpath(posixpath.join(path, inside)) if source.is_folder else path
        files.append(LabelFile(place, hashlib.sha256(content).hexdigest(), len(content)))
    return files


def _version(tags: Sequence[str], date: str) -> str:
    for tag in sorted(tags):
        if (found := _VERSION_TAG.fullmatch(tag.rpartition("/")[2])) is not None:
            return found[1]
    year, month, day = (int(part) for part in date[:10].split("-"))
    return f"{year}.{month}.{day}"


def _url(repo: Repository) -> str | None:
    """Where the repository comes from, as far as a browser could open it."""
    addresses = _asked(repo, "config", "--get-all", "remote.origin.url")
    parts = urlsplit(addresses[0]) if addresses else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path.removesuffix(".git"), "", ""))
