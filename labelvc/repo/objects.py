"""The stored content: DVC's cache read directly, its remotes through DVC itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from labelvc.core.errors import NotFound, ParseError
from labelvc.repo.files import named_digest
from labelvc.repo.pointer import check_inside
from labelvc.repo.remote import Dvc

# Where a cache keeps objects by the name of their hash; DVC 2 had no folders above the hash.
_LAYOUTS: dict[str, tuple[str, ...]] = {
    "md5": ("files/md5/",),
    "md5-dos2unix": ("", "files/md5/"),
}
_HASH = re.compile(r"[0-9a-f]{32}(\.dir)?")


@dataclass(frozen=True)
class Origin:
    """What an object is for: `label` is how messages name it ("train at 1a2b3c4d").

    `path` is the tracked path it belongs to and `inner` the label set's path inside that.
    `through_dvc` says that DVC's own file system may find it where cache and remote have none
    (imports, cloud versioning).
    """

    label: str = "an object"
    path: str = ""
    inner: str = ""
    commit: str | None = None
    remote: str | None = None
    through_dvc: bool = False


_NO_ORIGIN = Origin()
_KEPT_TREES = 4


class Objects:
    """Objects by their hash: from the caches, else fetched, and only those asked for."""

    def __init__(self, dvc: Dvc, caches: Sequence[Path]) -> None:
        self._dvc = dvc
        self._caches = list(caches)
        self._trees: dict[str, dict[str, str]] = {}  # the last few listings

    @property
    def cache(self) -> Path:
        """The cache that DVC itself writes to here."""
        return self._caches[0]

    def look_in(self, cache: Path) -> None:
        """Another cache to look in, after the others."""
        if cache not in self._caches:
            self._caches.append(cache)

    def path_of(self, hash: str, hash_name: str = "md5") -> Path | None:
        """Where an object lies in a cache, or None. Nothing is fetched."""
        places = self._places(hash, hash_name)
        return next((Path(path) for path in places if os.path.exists(path)), None)

    def has(self, hash: str, hash_name: str = "md5") -> bool:
        """Is it in a cache? Nothing is fetched."""
        return self.path_of(hash, hash_name) is not None

    def read(
        self, hash: str, hash_name: str = "md5", origin: Origin = _NO_ORIGIN, file: str = ""
    ) -> bytes:
        """The content, fetched where it is missing. Raises NotFound.

        `file` is its path inside the label set, if that is a folder.
        """
        content = self._cached(hash, hash_name, origin)
        if content is not None:
            return content
        no_remote = self.fetch([(hash, hash_name)], origin)
        content = self._cached(hash, hash_name, origin)
        if content is not None:
            return content
        if origin.through_dvc:
            tracked = "/".join(part for part in (origin.path, origin.inner, file) if part)
            return self._dvc.read(origin.commit, tracked)
        raise self._missing(hash, origin, no_remote)

    def tree(
        self, hash: str, hash_name: str = "md5", origin: Origin = _NO_ORIGIN
    ) -> dict[str, str]:
        """The files of a stored folder with their hashes. Raises NotFound, ParseError."""
        if hash not in self._trees:
            while len(self._trees) >= _KEPT_TREES:
                self._trees.pop(next(iter(self._trees)))
            self._trees[hash] = self._tree(hash, hash_name, origin)
        return self._trees[hash]

    def _places(self, hash: str, hash_name: str) -> Iterator[str]:
        """Where an object may lie; plain texts, as there may be 100,000 objects."""
        if not _HASH.fullmatch(hash):
            return
        for layout in _LAYOUTS.get(hash_name, ()):
            for cache in self._caches:
                yield f"{cache}/{layout}{hash[:2]}/{hash[2:]}"

    def _cached(self, hash: str, hash_name: str, origin: Origin) -> bytes | None:
        """The content of an object, None where no cache has it."""
        for path in self._places(hash, hash_name):
            try:
                with open(path, "rb", buffering=0) as file:
                    return file.read()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise NotFound(f"{origin.label}: {path}: {error.strerror}") from None
        return None

    def _tree(self, hash: str, hash_name: str, origin: Origin) -> dict[str, str]:
        if origin.through_dvc and not self.has(hash, hash_name):
            return self._dvc.files(origin.commit, origin.path)
        content = self.read(hash, hash_name, origin)
        where = f"{origin.label}: listing {hash}"
        try:
            entries = _LISTING.decode(content)
        except msgspec.DecodeError as error:
            raise ParseError(where, "", expected="a DVC listing", found=str(error)) from None
        tree = {entry.relpath: entry.md5 for entry in entries}
        for path in [path for path in tree if ".." in path or "\0" in path or path[:1] in "/"]:
            check_inside(path, where)
        return tree

    def fetch(
        self, wanted: Iterable[tuple[str, str]], origin: Origin = _NO_ORIGIN
    ) -> NotFound | None:
        """Bring the missing ones of these (hash, hash name) from the remote, in one go.

        What the remote lacks stays missing; returns why nothing could be asked, if so.
        Raises RepositoryError where another DVC process holds the lock.
        """
        missing = [(h, name) for h, name in wanted if _HASH.fullmatch(h) and not self.has(h, name)]
        if not missing:
            return None
        if not self._dvc.exists:
            return NotFound("this is no DVC project")
        # DVC knows configurations that the fast path does not.
        self.look_in(self._dvc.cache_folder())
        missing = [(h, name) for h, name in missing if not self.has(h, name)]
        try:
            if missing:
                self._dvc.fetch(missing, origin.remote)
        except NotFound as error:
            return error
        return None

    def _missing(self, hash: str, origin: Origin, no_remote: NotFound | None) -> NotFound:
        caches = ", ".join(str(cache) for cache in self._caches)
        place = f"on the DVC remote{f' {origin.remote}' if origin.remote else ''}"
        first = "Where the object still is, run `dvc push --all-commits`"
        if no_remote is not None:
            place = f"elsewhere ({no_remote.message})"
            first = "Name the remote that has it (`dvc remote add -d NAME URL`)"
        target = f" {origin.path}" if origin.path else ""
        return NotFound(
            f"{origin.label}: object {hash} is neither in the cache ({caches}) nor {place}",
            hint=f"{first}; then `dvc fetch --all-commits{target}`,"
            " or `dvc pull` for the working tree, brings it here.",
        )


class _Entry(msgspec.Struct, gc=False):
    relpath: str
    md5: str


_LISTING = msgspec.json.Decoder(list[_Entry])


@dataclass(slots=True)
class ObjectBlob:
    """One stored file."""

    hash: str
    hash_name: str
    objects: Objects
    origin: Origin
    file: str = ""

    @property
    def digest(self) -> str:
        """Equal where the bytes are."""
        return named_digest(self.hash, self.hash_name)

    def read(self) -> bytes:
        """The content, fetched where it is missing. Raises NotFound."""
        return self.objects.read(self.hash, self.hash_name, self.origin, self.file)
