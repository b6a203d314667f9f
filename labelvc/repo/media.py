"""The media file of a sample: found below the media folder, and nowhere else.

Label files are written by strangers: a path in them may say `../../.ssh/id_rsa`, and a link may
lead there. So a file counts only where it lies below the folder once links are followed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from labelvc.core.snapshot import Snapshot
from labelvc.formats import imagefolder
from labelvc.formats.splits import MEDIA

_SUFFIXES = tuple(case for suffix in MEDIA for case in (suffix, suffix.upper()))
_MOST_FOLDERS = 4096


class Media:
    """A folder of media; holds nothing but texts, so that it may be pickled.

    `caches` are the folders outside of it to which its files may be links: DVC's cache, where
    `cache.type` is symlink.
    """

    def __init__(self, folder: str | Path, caches: Iterable[str | Path] = ()) -> None:
        self.folder = os.path.abspath(folder)
        self._root = _ended(os.path.realpath(folder))
        self._targets = (self._root, *(_ended(os.path.realpath(cache)) for cache in caches))
        self._inside: dict[str, bool] = {}

    def find(self, path: str | None, key: str, split: str | None = None) -> str | None:
        """The file of the sample `key`, or None; `path` is how the label file names it.

        `path` may be relative to the folder or to one above it, lie in the folders that layouts
        have for images and splits, or lack its suffix.
        """
        for name in candidates(path, key, split):
            for inner in (name, self._from_above(name)):
                if inner and (place := self.at(inner)) is not None:
                    return place
        return None

    def at(self, path: str) -> str | None:
        """The file at this very path below the folder, or None."""
        place = f"{self.folder}/{path}"
        return place if self._holds(place) else None

    def expected(self, path: str) -> str | None:
        """Where a file would be if it were there; None where that is outside of the folder."""
        place = os.path.normpath(os.path.join(self.folder, path))
        return place if place.startswith(_ended(self.folder)) else None

    def _from_above(self, name: str) -> str | None:
        """The part of a path inside the folder, where the path begins in a folder above it."""
        if name.startswith(_ended(self.folder)):
            return name[len(self.folder) + 1 :]
        own = os.path.basename(self.folder)
        head, found, inner = f"/{name}".partition(f"/{own}/")
        return inner if found and self.folder.endswith(f"{head}/{own}") else None

    def _holds(self, place: str) -> bool:
        try:
            mode = os.lstat(place).st_mode
        except (OSError, ValueError):  # not there, or no path at all
            return False
        if not self._is_inside(place.rpartition("/")[0]):
            return False
        if stat.S_ISLNK(mode):
            real = os.path.realpath(place)
            return real.startswith(self._targets) and os.path.isfile(real)
        return stat.S_ISREG(mode)

    def _is_inside(self, folder: str) -> bool:
        """Whether a folder lies inside; remembered, as following links takes ten times a look."""
        known = self._inside.get(folder)
        if known is None:
            if len(self._inside) >= _MOST_FOLDERS:
                self._inside.clear()
            known = _ended(os.path.realpath(folder)).startswith(self._root)
            self._inside[folder] = known
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
    found = None if media is None else Media(media, caches).find(path, key, split)
    return None if found is None else Path(found)


def media_names(snapshot: Snapshot) -> pl.Series:
    """How the labels name the medium of each sample: its `path`, which may be null.

    In an image folder, whose samples are named without their class, the path in the folder.
    """
    samples = snapshot.samples
    if snapshot.format != imagefolder.NAME or "paths" not in snapshot.documents:
        return samples["path"]
    paths = snapshot.documents["paths"]
    return pl.Series("path", [paths[key] for key in samples["sample"]], dtype=pl.String)


def candidates(path: str | None, key: str, split: str | None = None) -> Iterator[str]:
    """Where in a folder the medium of a sample may lie, the likeliest place first."""
    names = [name.removeprefix("./") for name in (path, key) if name]
    yield from names[:1]
    folders = ["", "images/", "JPEGImages/"]
    if split:
        folders += [f"{split}/", f"images/{split}/", f"{split}/images/"]
    for name in dict.fromkeys(names):
        suffixes = ("",) if name.lower().endswith(MEDIA) else ("", *_SUFFIXES)
        for folder in folders:
            yield from (f"{folder}{name}{suffix}" for suffix in suffixes)


def _ended(folder: str) -> str:
    return f"{folder.rstrip('/')}/"
