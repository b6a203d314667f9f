"""Finding a sample's media file, and none outside the media folder.

Label files come from strangers: a path may be absolute, hold `..` or name a symbolic link. What
counts is where the file really lies.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from labelvc.core.snapshot import Snapshot
from labelvc.formats.splits import MEDIA

# Under DVC's `cache.type symlink` each tracked file is a link to an object in DVC's cache, which
# is named by its hash and may lie anywhere.
_DVC_OBJECT = re.compile(r"/[0-9a-f]{2}/[0-9a-f]{30}")
_SUFFIXES = (*MEDIA, *(suffix.upper() for suffix in MEDIA))
_LABELS = re.compile(r"(?<![^/])labels(?=/)")
_HOMES = ("", "images", "JPEGImages")
_VALIDATION = ("val", "valid", "validation")


class Found(NamedTuple):
    """A sample's media file, or the reason why there is none (`clean_reasons.REASONS`)."""

    path: Path | None
    reason: str | None = None


def media_path(
    media: Path | None, path: str | None, key: str, *, split: str | None = None
) -> Path | None:
    """The media file of a sample, None where it is absent or lies outside of the media folder.

    `path` is what the label file says, `key` the sample's key; each is looked up in the folder
    itself, in a folder of images or one named as the split in it, without leading folders that are
    the end of the media folder's own path, under `images` for `labels` (as YOLO has it), and with
    the suffixes of media where it has none.
    """
    return _Root(media, listed=False).find([path, key], split).path if media else None


def find_media(snapshot: Snapshot, media: Path | None) -> dict[str, Found]:
    """The media files of all samples by their key, as `media_path` finds them.

    An ImageFolder's are looked up where they lay when it was read, in the folders of their class.
    """
    rows = snapshot.samples.select("sample", "path", "split").iter_rows()
    if media is None:
        return {key: Found(None, "no media") for key, _, _ in rows}
    own = snapshot.documents.get("paths", {}) if snapshot.format == "imagefolder" else {}
    root = _Root(media, listed=True)
    return {key: root.find([own.get(key), path, key], split) for key, path, split in rows}


class _Listing(frozenset[str]):
    """The names in a folder."""

    @cached_property
    def stems(self) -> frozenset[str]:
        """The names without their suffixes."""
        return frozenset(os.path.splitext(name)[0] for name in self)


class _Root:
    """A media folder; `listed` reads each folder once, which is worth it for many samples."""

    def __init__(self, media: Path, *, listed: bool) -> None:
        self.path = os.path.abspath(media)
        self.parts = self.path.split("/")
        self.real = os.path.realpath(media)
        self.listed = listed
        self._listings: dict[str, _Listing] = {}
        self._splits: dict[str | None, Sequence[str]] = {}
        self._real_folders: dict[str, str] = {}

    def find(self, names: Sequence[str | None], split: str | None) -> Found:
        """The first of the names that is a file here."""
        reason = "missing"
        for name in names:
            if not name or not _is_nameable(name):
                continue
            for candidate in self._candidates(name, split):
                if not self._within(candidate, self.path) and not self._within(
                    os.path.realpath(candidate), self.real
                ):
                    reason = "outside"
                elif self._is_file(candidate):
                    if self._holds(candidate):
                        return Found(Path(candidate))
                    reason = "outside"
        return Found(None, reason)

    def _candidates(self, name: str, split: str | None) -> Iterator[str]:
        names = [name, name.replace("\\", "/")] if "\\" in name else [name]
        names += [_LABELS.sub("images", one, count=1) for one in names if _LABELS.search(one)]
        tried = []
        for one in names:
            for place in self._places(os.path.normpath(one), split):
                tried.append(place)
                yield place
        if not name.lower().endswith(MEDIA):
            for place in tried:
                yield from self._with_suffix(place)

    def _places(self, name: str, split: str | None) -> Iterator[str]:
        if name.startswith(("/", "../")):
            yield os.path.normpath(os.path.join(self.path, name))
        else:
            yield from (f"{folder}/{name}" for folder in self._folders(split))
        parts = name.split("/")
        while parts and parts[0] == "..":  # relative to the label file, somewhere beside the media
            del parts[0]
        for count in range(1, len(parts)):
            if self.parts[-count:] == parts[:count]:
                yield "/".join([self.path, *parts[count:]])

    def _folders(self, split: str | None) -> Sequence[str]:
        """Folders that media of a split may lie in."""
        if split not in self._splits:
            names = _VALIDATION if split in _VALIDATION else (split,)
            named = ["", *(name for name in names if name and _is_nameable(name))]
            paths = [os.path.join(self.path, home, name) for home in _HOMES for name in named]
            self._splits[split] = [os.path.normpath(path) for path in paths]
        return self._splits[split]

    def _is_file(self, candidate: str) -> bool:
        if not self.listed:
            return os.path.isfile(candidate)
        folder, _, name = candidate.rpartition("/")
        return name in self._listing(folder) and os.path.isfile(candidate)

    def _with_suffix(self, place: str) -> Iterator[str]:
        if not self.listed:
            yield from (place + suffix for suffix in _SUFFIXES)
            return
        folder, _, name = place.rpartition("/")
        there = self._listing(folder)
        if name in there.stems:
            yield from (place + suffix for suffix in _SUFFIXES if name + suffix in there)

    def _listing(self, folder: str) -> _Listing:
        if folder not in self._listings:
            try:
                self._listings[folder] = _Listing(os.listdir(folder))
            except OSError:
                self._listings[folder] = _Listing()
        return self._listings[folder]

    def _holds(self, candidate: str) -> bool:
        folder = os.path.dirname(candidate)
        if folder not in self._real_folders:
            self._real_folders[folder] = os.path.realpath(folder)
        inside = self._within(self._real_folders[folder] + "/", self.real)
        if not os.path.islink(candidate):
            return inside
        real = os.path.realpath(candidate)
        # DVC links files, one by one, so that only the last step may lead out
        is_stored = inside and _DVC_OBJECT.fullmatch(real[-34:]) is not None
        return is_stored or self._within(real, self.real)

    @staticmethod
    def _within(path: str, folder: str) -> bool:
        return path.startswith(folder.rstrip("/") + "/")


def _is_nameable(name: str) -> bool:
    """Whether a file system could be asked for it."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False
