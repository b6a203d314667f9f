"""Putting objects into a cache as DVC does: named by their md5, read-only, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelvc.repo.hashing import listing
from labelvc.repo.objects import Objects
from labelvc.repo.writing import write_atomic

_READ_ONLY = 0o444


@dataclass(frozen=True)
class ObjectStore:
    """The part of a cache where DVC 3 keeps objects by md5; `cache` holds `files/md5`."""

    cache: Path

    def put(self, content: bytes) -> str:
        """Store a file's content; its md5. Raises RepositoryError where it cannot be written."""
        hash = hashlib.md5(content, usedforsecurity=False).hexdigest()
        self._put(hash, content)
        return hash

    def put_listing(self, files: Mapping[str, str]) -> str:
        """Store a folder's listing (md5 by path); its hash, which ends in `.dir`."""
        content = listing(files)
        hash = hashlib.md5(content, usedforsecurity=False).hexdigest() + ".dir"
        self._put(hash, content)
        return hash

    def _put(self, hash: str, content: bytes) -> None:
        path = self.cache / "files" / "md5" / hash[:2] / hash[2:]
        # DVC trusts what is there; a half object cannot be, as it is renamed into place
        if not path.exists():
            write_atomic(path, content, mode=_READ_ONLY)


def content_of(
    tree: Mapping[str, str],
    store: ObjectStore,
    objects: Objects,
    former: tuple[Mapping[str, str], int | None] = ({}, None),
) -> dict[str, object]:
    """The keys of a pointer's output that tell its content; a folder's listing is stored.

    `tree` has md5 by path, a single file stands under "". The size is told where it is known:
    `former` is another tree and its size, so that only files that differ are asked.
    """
    size = _size(tree, objects, *former)
    told: dict[str, object] = {} if size is None else {"size": size}
    if "" in tree:
        return {"md5": tree[""], **told, "hash": "md5"}
    return {"md5": store.put_listing(tree), **told, "nfiles": len(tree), "hash": "md5"}


def _size(
    tree: Mapping[str, str], objects: Objects, former: Mapping[str, str], size: int | None
) -> int | None:
    """The bytes of all files of a tree; None where one of those that differ is not here."""
    if size is None:
        former, size = {}, 0
    for one, other, sign in ((tree, former, 1), (former, tree, -1)):
        for path, hash in one.items():
            if other.get(path) != hash:
                place = objects.path_of(hash)
                if place is None:
                    return None
                size += sign * place.stat().st_size
    return size
