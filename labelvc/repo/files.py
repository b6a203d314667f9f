"""The files of a large folder by their hashes, made into blobs one by one when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import chain

from labelvc.formats.source import Blob


class Files(Mapping[str, Blob]):
    """A source's files: a hash for each path, listed at the first need, and what makes a blob.

    Hidden files, those with a part that begins with a dot, are left out.
    """

    def __init__(
        self,
        listing: Callable[[], Mapping[str, str]],
        hash_name: str,
        make: Callable[[str, str], Blob],
        beside: Mapping[str, Blob] | None = None,
    ) -> None:
        self._listing = listing
        self._hash_name = hash_name
        self._make = make
        self._beside = dict(beside or {})

    def with_beside(self, beside: Mapping[str, Blob]) -> Files:
        """These files and some from outside the folder, which `hashes` does not tell of."""
        return Files(self._listing, self._hash_name, self._make, beside)

    @property
    def listed(self) -> Mapping[str, str]:
        """The hash of each file, hidden ones too."""
        return self._listing()

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """The hash of each file that is not hidden."""
        found = self._listing()
        hidden = {path for path in found if "/." in path or path[:1] == "."}
        return {path: found[path] for path in found if path not in hidden} if hidden else found

    @cached_property
    def digests(self) -> Mapping[str, str | None]:
        """The digests that the blobs have, without making 100,000 blobs."""
        if self._hash_name == "md5" and not self._beside:
            return self.hashes
        own = {path: named_digest(hash, self._hash_name) for path, hash in self.hashes.items()}
        return own | {path: blob.digest for path, blob in self._beside.items()}

    def __getitem__(self, path: str) -> Blob:
        if path in self._beside:
            return self._beside[path]
        return self._make(path, self.hashes[path])

    def __iter__(self) -> Iterator[str]:
        return chain(self.hashes, self._beside)

    def __len__(self) -> int:
        return len(self.hashes) + len(self._beside)

    def __contains__(self, path: object) -> bool:
        return path in self._beside or path in self.hashes


def named_digest(hash: str, hash_name: str) -> str:
    """A digest to compare: the same text under two kinds of hash means different things."""
    return hash if hash_name == "md5" else f"{hash_name}:{hash}"
