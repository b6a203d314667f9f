"""Lists that name the classes of image lists: WordNet ids, words, numbers.

A class is known by its words where the list tells them and no two classes share them, else by its
id; its words are then an attribute `display`. (ImageNet has two classes named `crane`.) Numbers
are places in the list, from 0, or the ILSVRC2012_ID of the devkit, from 1; they are never mixed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.core.snapshot import Snapshot, attributes_json, categories_frame
from labelvc.formats.row_edits import attributes_of
from labelvc.formats.rows import BOM, without_nul
from labelvc.formats.source import Blob

INDEX, DEVKIT = "index", "devkit"
WNID = re.compile(r"n\d{8}")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """A class: its id, its words if they are told, and its number in the devkit."""

    id: str
    words: str | None = None
    number: int | None = None


@dataclass(frozen=True)
class ClassNames:
    """The classes in the order of their list; `path` is the file that lists them."""

    entries: Sequence[Entry] = ()
    ids: str = INDEX
    path: str | None = field(default=None, compare=False)

    @cached_property
    def names(self) -> list[str]:
        """What each class goes by."""
        words = [entry.words for entry in self.entries]
        if None in words or len(set(words)) < len(words):
            return [entry.id for entry in self.entries]
        return [str(word) for word in words]

    @cached_property
    def by_id(self) -> Mapping[str, str]:
        """Names by class id."""
        return {entry.id: name for entry, name in zip(self.entries, self.names, strict=True)}

    @cached_property
    def by_number(self) -> Mapping[int, str]:
        """Names by class number."""
        if self.ids == DEVKIT:
            pairs = zip(self.entries, self.names, strict=True)
            return {entry.number: name for entry, name in pairs if entry.number is not None}
        return dict(enumerate(self.in_order()))

    def in_order(self) -> list[str]:
        """The names by place: those with numbers of the devkit sorted by id, as tools have them."""
        if any(entry.number is not None for entry in self.entries):
            return [self.by_id[native] for native in sorted(self.by_id)]
        return self.names

    @cached_property
    def id_of(self) -> Mapping[str, str]:
        """Class ids by name."""
        return {name: native for native, name in self.by_id.items()}

    @cached_property
    def number_of(self) -> Mapping[str, int]:
        """Class numbers by name."""
        return {name: number for number, name in self.by_number.items()}

    def table(self, used: Sequence[str]) -> pl.DataFrame:
        """The categories: those of the list, then others that are used."""
        more = sorted(set(used).difference(self.names))
        shown = [_display(*pair) for pair in zip(self.entries, self.names, strict=True)]
        rest = [None] * len(more)
        return categories_frame(
            [*self.names, *more],
            id=[*(entry.id for entry in self.entries), *rest],
            attributes=[*shown, *rest],
        )

    @property
    def has_numbers(self) -> bool:
        """Whether it tells the numbers of the devkit."""
        return any(entry.number is not None for entry in self.entries)


def _display(entry: Entry, name: str) -> str | None:
    return attributes_json({"display": entry.words}) if entry.words not in (None, name) else None


def read_names(path: str, where: str, blob: Blob, ids: str) -> ClassNames:
    """A list of classes: text, or the devkit's meta.mat. Raises ParseError."""
    content = blob.read()
    if path.lower().endswith(".mat"):
        entries = _from_matlab(where, content)
    else:
        entries = [_entry(line) for line in _lines(where, content)]
    seen: dict[str, int] = {}
    for place, entry in enumerate(entries):
        if seen.setdefault(entry.id, place) != place:
            raise ParseError(
                where, f"class {place + 1}", expected="each class once", found=shorten(entry.id)
            )
    numbers = [entry.number for entry in entries if entry.number is not None]
    if len(set(numbers)) < len(numbers):
        raise ParseError(where, "", expected="each number once", found="a number twice")
    return ClassNames(tuple(entries), ids, path)


def inline_names(text: str, ids: str) -> ClassNames:
    """Names between commas."""
    names = [name.strip() for name in text.split(",")]
    return ClassNames(tuple(Entry(name) for name in names), ids)


def _lines(where: str, content: bytes) -> list[str]:
    text = without_nul(content.removeprefix(BOM), where)
    try:
        return [line.strip() for line in text.decode().splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{text[error.start]:02x}"
        raise ParseError(where, f"line {line}", expected="UTF-8 text", found=found) from None


def _entry(line: str) -> Entry:
    """`wnid words`, `wnid number words`, `number wnid words`, or a name that is the whole line."""
    first, _, rest = line.partition(" ")
    second, _, more = rest.strip().partition(" ")
    if WNID.fullmatch(first) and _NUMBER.fullmatch(second):
        return Entry(first, more.strip() or None, int(second))
    if WNID.fullmatch(first):
        return Entry(first, rest.strip() or None)
    if _NUMBER.fullmatch(first) and WNID.fullmatch(second):
        return Entry(second, more.strip() or None, int(first))
    return Entry(line)


def _from_matlab(where: str, content: bytes) -> list[Entry]:
    """The low-level synsets of the devkit's meta.mat, which images are labelled with."""
    from scipy.io import loadmat  # 0.2 s, and met in this one file alone

    file: Any = io.BytesIO(content)  # which the stubs do not know of
    try:
        synsets = loadmat(file, squeeze_me=True)["synsets"]
        return [_synset(one) for one in synsets.reshape(-1) if _is_leaf(one)]
    except Exception as error:  # whatever the reader of a stranger's file raises
        found = f"{type(error).__name__}: {shorten(str(error))}"
        expected = "MATLAB's `synsets` with ILSVRC2012_ID, WNID and words"
        raise ParseError(where, "", expected=expected, found=found) from None


def _is_leaf(one: Any) -> bool:
    return "num_children" not in one.dtype.names or int(one["num_children"]) == 0


def _synset(one: Any) -> Entry:
    return Entry(str(one["WNID"]), str(one["words"]) or None, int(one["ILSVRC2012_ID"]))


def entries_of(snapshot: Snapshot, ids: str = INDEX) -> tuple[Entry, ...]:
    """The categories of a snapshot as a list of classes, numbered where numbers are to be told."""
    found = []
    columns = snapshot.categories.select("name", "id", "attributes")
    for number, (name, native, attributes) in enumerate(columns.iter_rows(), 1):
        display = attributes_of({"attributes": attributes}).get("display")
        if native is not None and WNID.fullmatch(native):
            words = display or (name if name != native else None)
            found.append(Entry(native, words, number if ids == DEVKIT else None))
        else:
            found.append(Entry(name))
    return tuple(found)
