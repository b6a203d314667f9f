"""The files of a large folder by their digests, made into blobs one by one when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from labelvc.formats.source import Blob


class Files(Mapping[str, Blob]):
    """A source's files: a hash for each path, and what makes a blob of the two.

    Hidden files, those with a part that begins with a dot, are left out.
    """

    def __init__(self, hashes: Mapping[str, str], make: Callable[[str, str], Blob]) -> None:
        hidden = {path for path in hashes if "/." in path or path[:1] == "."}
        if hidden:
            hashes = {path: hashes[path] for path in hashes if path not in hidden}
        self._hashes = hashes
        self._make = make

    def __getitem__(self, path: str) -> Blob:
        return self._make(path, self._hashes[path])

    def __iter__(self) -> Iterator[str]:
        return iter(self._hashes)

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, path: object) -> bool:
        return path in self._hashes
