"""The media file of a sample: found below the media folder, and nowhere else.

Label files are written by strangers: a path in them may say `../../.ssh/id_rsa`, and a link may
lead there. So a file counts only where it really lies below the folder, or in DVC's cache as one
of its objects.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from labelvc.core.snapshot import Snapshot
from labelvc.formats import imagefolder
from labelvc.repo.media_names import Names, any_suffix, candidates

# Where an object lies in a cache of DVC 3, and of DVC 2. A stranger's configuration may call any
# folder a cache, so being in there is not enough.
_OBJECT = re.compile(r"(files/md5/)?[0-9a-f]{2}/[0-9a-f]{30}")
_MOST_FOLDERS = 4096


class Found(NamedTuple):
    """A sample's media file, or why there is none: `missing`, `outside` or `no media`.

    `outside`: its path, or the link that lies there, leads out of the media folder.
    """

    path: Path | None
    reason: str | None = None


class Media:
    """A folder of media; holds nothing but texts, so that it may be pickled.

    `caches` are the folders to whose objects its files may be links, as `cache.type` symlink
    makes them (`caches.cache_folders` knows them).
    """

    def __init__(self, folder: str | Path, caches: Iterable[str | Path] = ()) -> None:
        self.folder = os.path.abspath(folder)
        self._prefix = _ended(self.folder)
        self._root = _ended(os.path.realpath(folder))
        self._caches = tuple(_ended(os.path.realpath(cache)) for cache in caches)
        self._inside: dict[str, bool] = {}

    def find(self, path: str | None, key: str, split: str | None = None) -> Found:
        """The file of the sample `key`; `path` is how the label file names it.

        Each may be relative to the folder, to one above it or to the label file, lie in the
        folders that layouts have for images and splits, or lack its suffix: see `candidates`.
        """
        reason = "missing"
        names = candidates([path, key], split, folder=self.folder, suffixed=self._suffixed)
        for place in map(self._place, names):
            is_ours = self._is_ours(place)
            if is_ours:
                return Found(Path(place))
            if is_ours is False:
                reason = "outside"
        return Found(None, reason)

    def at(self, path: str) -> str | None:
        """The file at this very path below the folder, or None."""
        place = self._prefix + path
        return place if self._is_ours(place) else None

    def listed(self) -> Media:
        """The same as it is now, listing each folder once: faster where there are many samples."""
        return _ListedMedia(self.folder, self._caches)

    def expected(self, path: str) -> str | None:
        """Where a file would be if it were there; None where that is outside of the folder."""
        place = os.path.normpath(self._place(path))
        return place if place.startswith(self._prefix) else None

    def _place(self, name: str) -> str:
        if name.startswith(("/", "../")):
            return os.path.normpath(os.path.join(self.folder, name))
        return self._prefix + name

    def _is_ours(self, place: str) -> bool | None:
        """Whether the file at a place may be read; None where there is none."""
        folder = place.rpartition("/")[0]
        if not place.startswith(self._prefix) and not self._is_inside(folder):
            return False  # not even looked at
        mode = self._mode(place)
        if mode is None or not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            return None
        if not self._is_inside(folder):
            return False
        return stat.S_ISREG(mode) or self._may_lead(place)

    def _may_lead(self, link: str) -> bool | None:
        real = os.path.realpath(link)
        if not os.path.isfile(real):
            return None
        return real.startswith(self._root) or any(
            real.startswith(cache) and _OBJECT.fullmatch(real, len(cache)) is not None
            for cache in self._caches
        )

    def _is_inside(self, folder: str) -> bool:
        """Whether a folder lies inside; remembered, as following links takes ten times a look."""
        known = self._inside.get(folder)
        if known is None:
            if len(self._inside) >= _MOST_FOLDERS:
                self._inside.clear()
            known = _ended(os.path.realpath(folder)).startswith(self._root)
            self._inside[folder] = known
        return known

    def _mode(self, place: str) -> int | None:
        """What lies at a place, links not followed."""
        try:
            return os.lstat(place).st_mode
        except (OSError, ValueError):  # not there, or no path at all
            return None

    def _suffixed(self, name: str) -> Iterator[str]:
        return any_suffix(name)


class _ListedMedia(Media):
    def __init__(self, folder: str | Path, caches: Iterable[str | Path]) -> None:
        super().__init__(folder, caches)
        self._listings: dict[str, Names[int]] = {}

    def _mode(self, place: str) -> int | None:
        folder, _, name = place.rpartition("/")
        return self._listing(folder).get(name)

    def _suffixed(self, name: str) -> Iterator[str]:
        head, slash, stem = name.rpartition("/")
        listing = self._listing(self._place(name).rpartition("/")[0])
        return (f"{head}{slash}{found}" for found in listing.suffixed(stem))

    def _listing(self, folder: str) -> Names[int]:
        known = self._listings.get(folder)
        if known is None:
            known = self._listings[folder] = Names(_listed(folder))
        return known


def media_path(
    media: Path | None,
    path: str | None,
    key: str,
    *,
    split: str | None = None,
    caches: Iterable[str | Path] = (),
) -> Path | None:
    """The file of one sample in a media folder, as `Media.find` finds it; None without a folder."""
    return None if media is None else Media(media, caches).find(path, key, split).path


def find_media(
    snapshot: Snapshot, media: Path | None, caches: Iterable[str | Path] = ()
) -> dict[str, Found]:
    """The media files of all samples by their key, as `Media.find` finds them."""
    samples = snapshot.samples.select("sample", media_names(snapshot), "split")
    if media is None:
        return dict.fromkeys(samples["sample"], Found(None, "no media"))
    folder = Media(media, caches).listed()
    return {key: folder.find(path, key, split) for key, path, split in samples.iter_rows()}


def media_names(snapshot: Snapshot) -> pl.Series:
    """How the labels name the medium of each sample: its `path`, which may be null.

    In an image folder, whose samples are named without their class, the path in the folder.
    """
    samples = snapshot.samples
    if snapshot.format != imagefolder.NAME or "paths" not in snapshot.documents:
        return samples["path"]
    paths = snapshot.documents["paths"]
    names = [paths.get(key, path) for key, path in samples.select("sample", "path").iter_rows()]
    return pl.Series("path", names, dtype=pl.String)


def _listed(folder: str) -> Iterator[tuple[str, int]]:
    """The files and links in a folder, with what they are; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_symlink():
                    yield entry.name, stat.S_IFLNK
                elif entry.is_file():
                    yield entry.name, stat.S_IFREG
    except (OSError, ValueError):
        return


def _ended(folder: str) -> str:
    return f"{folder.rstrip('/')}/"
