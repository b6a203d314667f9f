"""Where in a media folder the medium of a sample may lie, told from its names alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import TypeVar

from labelvc.formats.splits import MEDIA

_T = TypeVar("_T")
_SUFFIXES = (*MEDIA, *(suffix.upper() for suffix in MEDIA))
_LABELS = re.compile(r"(?<![^/])labels(?=/)")
_HOMES = ("", "images/", "JPEGImages/")
_VALIDATION = ("val", "valid", "validation")


class Names(dict[str, _T]):
    """Names of files that are there, to whatever is known of them."""

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(os.path.splitext(name)[0] for name in self)

    def suffixed(self, name: str) -> Iterator[str]:
        """A name with each suffix of media with which it is there."""
        if name in self._stems:
            yield from filter(self.__contains__, any_suffix(name))


def any_suffix(name: str) -> Iterator[str]:
    """A name with each suffix that media may have."""
    return (name + suffix for suffix in _SUFFIXES)


def candidates(
    names: Iterable[str | None],
    split: str | None = None,
    *,
    folder: str = "",
    suffixed: Callable[[str], Iterable[str]] = any_suffix,
) -> Iterator[str]:
    """Paths in a media folder that the names of a sample may mean, the likeliest first.

    Each name is tried in the folder itself, in folders for images and for its split, without
    leading folders that end `folder` (the media folder's own path), with `/` for `\\`, with
    `images` for `labels` (as YOLO has it), and with what `suffixed` makes of it where it has no
    suffix of media. Paths may be absolute or begin with `..`: whether they lead out is not
    judged here.
    """
    for name in dict.fromkeys(names):
        if not name or not _is_nameable(name):
            continue
        tried = []
        for form in _forms(name):
            for place in _places(form, split, folder):
                tried.append(place)
                yield place
        if not name.lower().endswith(MEDIA):
            for place in tried:
                yield from suffixed(place)


def _forms(name: str) -> Iterator[str]:
    forms = [name, name.replace("\\", "/")] if "\\" in name else [name]
    forms += [_LABELS.sub("images", form, count=1) for form in forms if "labels/" in form]
    return map(os.path.normpath, dict.fromkeys(forms))


def _places(name: str, split: str | None, folder: str) -> Iterator[str]:
    if name.startswith(("/", "../")):
        yield name
    else:
        yield name
        yield from (home + name for home in _homes(split))
    if folder and "/" in name:
        yield from _from_above(name.split("/"), folder.split("/"))


def _from_above(parts: list[str], folder: list[str]) -> Iterator[str]:
    """What is left of a path that begins with the last folders of the media folder's own path."""
    while parts and parts[0] == "..":  # relative to the label file, somewhere beside the media
        del parts[0]
    for count in range(1, min(len(parts), len(folder) + 1)):
        if folder[-count:] == parts[:count]:
            yield "/".join(parts[count:])


@lru_cache(maxsize=64)
def _homes(split: str | None) -> tuple[str, ...]:
    """Folders that media of a split may lie in, but the media folder itself."""
    names = _VALIDATION if split in _VALIDATION else (split,)
    named = ["", *(f"{name}/" for name in names if name and _is_below(name))]
    homes = [f"{home}{name}" for home in _HOMES for name in named]
    homes += [f"{name}images/" for name in named if name]
    return tuple(homes[1:])


def _is_below(name: str) -> bool:
    return _is_nameable(name) and name[0] != "/" and ".." not in name.split("/")


def _is_nameable(name: str) -> bool:
    """Whether a file system could be asked for it."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False
