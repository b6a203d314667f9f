"""Where the label files of a folder lie: from path to sample and split, and back."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from labelvc.core.errors import LossError

SPLITS = ("train", "val", "valid", "validation", "test", "trainval")
IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
AUDIO = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac")
MEDIA = IMAGES + AUDIO

# File names may be in no encoding at all.
_ANY_BYTES = "surrogateescape"
# Folders between a data set's root and its files that say nothing about the sample.
_NO_NAME = frozenset({"", ".", "..", "images", "labels", "Annotations", "JPEGImages"})


@dataclass(frozen=True)
class SplitList:
    """A text file that names the images of a split, one a line."""

    path: str
    split: str
    content: bytes

    def entries(self) -> Iterator[tuple[bytes, str]]:
        """Each line as it is, with the sample it names (no image folders, no suffix)."""
        for line in self.content.splitlines(keepends=True):
            name = line.decode("utf-8-sig", _ANY_BYTES).strip().replace("\\", "/")
            stem, suffix = posixpath.splitext(name)
            yield line, _bare(stem if suffix.lower() in IMAGES else name)

    def accepts(self, split: str | None) -> bool:
        """Whether samples of the split stand in this list; trainval holds train and val too."""
        return split == self.split or (self.split == "trainval" and split in ("train", "val"))


@dataclass(frozen=True)
class Layout:
    """How a folder names its samples and splits.

    A path is `home` folders, a folder that names a split, and the sample's key, in any order of
    the first two. `folders` maps folder names to splits ("" = files outside any such folder), and
    `lists` override them. With `whole` the key is the whole path without its suffix.
    """

    suffix: str
    home: str
    folders: Mapping[str, str] = field(default_factory=dict)
    lists: tuple[SplitList, ...] = ()
    whole: bool = False

    def place(self, path: str) -> tuple[str, str | None]:
        """The sample key and the split of a label file."""
        stem = path[: -len(self.suffix)]
        parts = [part for part in stem.split("/") if part != self.home]
        split = self.folders.get("")
        for at, part in enumerate(parts[:-1]):
            if part in self.folders:
                split = self.folders[part]
                del parts[at]
                break
        if self.lists:
            entry = _find(_bare(stem), self._listed)
            split = entry[1] if entry else split
        return (stem if self.whole else "/".join(parts)), split

    def path_of(self, key: str, split: str | None, like: str | None) -> str:
        """The path of a new label file, beside `like` or in the plain layout.

        Raises LossError where the key is no file name or the split has no place.
        """
        refuse_unsafe(key, f"sample {key!r}")
        if self.whole:
            path = f"{key}{self.suffix}"
        else:
            path = "/".join([*self._folders_like(like, split), f"{key}{self.suffix}"])
        placed, found = self.place(path)
        if placed != key or (found != split and not self._can_list(split)):
            raise LossError(
                f"sample {key!r} cannot stand in split {split!r}: it would be read as {placed!r} in"
                f" split {found!r}",
                hint=f"The splits known here: {', '.join(dict.fromkeys(self.folders.values()))}.",
            )
        return path

    def relist(self, moves: Mapping[str, str | None]) -> dict[str, bytes]:
        """The lists that change when the samples at these label paths get these splits.

        A split None takes the sample out of every list.
        """
        wanted = {_bare(path[: -len(self.suffix)]): split for path, split in moves.items()}
        by_stem = _by_stem((name, name) for name in wanted)
        changed = {}
        for one in self.lists:
            kept, seen = [], set()
            for line, name in one.entries():
                entry = _find(name, by_stem)
                if entry is None or one.accepts(wanted[entry[0]]):
                    kept.append(line)
                    seen.add(entry and entry[0])
            added = [name for name in wanted if name not in seen and one.accepts(wanted[name])]
            content = _joined([*kept, *(_line_like(one, name) for name in added)])
            if content != _joined([line for line, _ in one.entries()]):
                changed[one.path] = content
        return changed

    def _folders_like(self, like: str | None, split: str | None) -> list[str]:
        at_split = [name for name, known in self.folders.items() if known == split][:1]
        if self.lists and self._can_list(split):
            at_split = []
        if like is None:
            return [self.home, *at_split]
        before = like.split("/")[:-1]
        folders = [part for part in before if part == self.home or part in self.folders]
        slots = [at for at, part in enumerate(folders) if part in self.folders][:1]
        at = slots[0] if slots else len(folders)
        named = [*folders[:at], *at_split, *folders[at + len(slots) :]]
        return [part for part in named if part]

    def _can_list(self, split: str | None) -> bool:
        return any(one.accepts(split) for one in self.lists) or (split is None and bool(self.lists))

    @cached_property
    def _listed(self) -> dict[str, list[tuple[str, str]]]:
        return _by_stem((name, one.split) for one in self.lists for _, name in one.entries())


def refuse_unsafe(path: str, what: str) -> None:
    """Raise LossError for a path that leads out of the folder, or that no folder can show."""
    if any(not part or part.startswith(".") for part in path.split("/")) or {*"\\\0\r\n"} & {*path}:
        raise LossError(
            f"{what} cannot be the name of a file: {path!r}",
            hint="Names here are relative paths of parts that begin with no dot, without '\\'.",
        )


def split_folders(custom: Mapping[str, str]) -> dict[str, str]:
    """Folder names to splits: the given ones, and those that everybody uses."""
    return {**custom, **{name: name for name in SPLITS if name not in custom}}


def repeated_key(layout: Layout, paths: Sequence[str]) -> str | None:
    """A key that two of the label files share, or None."""
    if len({path.rpartition("/")[2] for path in paths}) == len(paths):
        return None
    seen: set[str] = set()
    for path in paths:
        key, _ = layout.place(path)
        if key in seen:
            return key
        seen.add(key)
    return None


def _bare(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in _NO_NAME)


def _by_stem(entries: Iterable[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name, split in entries:
        found.setdefault(name.rpartition("/")[2], []).append((name, split))
    return found


def _find(name: str, by_stem: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[str, str] | None:
    """The entry of the same file: one name may have more leading folders than the other."""
    for entry in by_stem.get(name.rpartition("/")[2], ()):
        if entry[0] == name or entry[0].endswith(f"/{name}") or name.endswith(f"/{entry[0]}"):
            return entry
    return None


def _line_like(one: SplitList, name: str) -> bytes:
    """A line for a sample, with the folder and the suffix that the list's first line has."""
    first = next((line for line in one.content.splitlines() if line.strip()), b"")
    folder, slash, base = first.decode("utf-8", _ANY_BYTES).strip().rpartition("/")
    suffix = posixpath.splitext(base)[1]
    end = "\r\n" if b"\r\n" in one.content else "\n"
    known = suffix if suffix.lower() in IMAGES else ""
    return f"{folder}{slash}{posixpath.basename(name)}{known}{end}".encode("utf-8", _ANY_BYTES)


def _joined(lines: Sequence[bytes]) -> bytes:
    """The lines in a row, each but the last surely ended."""
    ended = [line if line.endswith((b"\n", b"\r")) else line + b"\n" for line in lines[:-1]]
    return b"".join([*ended, *lines[-1:]])
