"""Blocks of a CoNLL-U file: a sentence's comments and rows, with the blank lines after them.

As https://universaldependencies.org/format.html has it: ten columns parted by tabs, of which the
first is the ID: `3` of a word, `3-4` of a multiword token, `8.1` of an empty node.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from labelvc.core.errors import shorten
from labelvc.formats.conll_blocks import BlockError

NAME = "conllu"
COLUMNS = 10
FORM, UPOS, HEAD = 1, 3, 6
# The columns that are attributes of a label, sorted by name; `_` in one of them is no attribute.
FIELDS = {"deprel": 7, "deps": 8, "feats": 5, "head": 6, "lemma": 2, "misc": 9, "xpos": 4}
UNSAID = "_"
_SENTENCE_END = re.compile(rb"\n(?:[ \t\r\f\v]*\n)+")
_ROW = re.compile(rb"^(?!#).*\S", re.MULTILINE)
_BLANK = " \t\r\f\v"
_WORD = "[1-9][0-9]{0,8}"
_ID = re.compile(rf"({_WORD})(?:-({_WORD}))?|(0|{_WORD})\.({_WORD})")
_HEAD = re.compile("_|[0-9]{1,9}")
# What a comment says: its value, or True where it is a name alone.
Value = str | bool


class Sentence(NamedTuple):
    """What a block says: comments as (name, value) in order, and the cells of each row."""

    comments: Sequence[tuple[str, Value]]
    rows: Sequence[Sequence[str]]

    @property
    def attributes(self) -> dict[str, Any]:
        """The comments by name; several of one name as a list."""
        found: dict[str, list[Value]] = {}
        for name, value in self.comments:
            found.setdefault(name, []).append(value)
        return {name: one if len(one) > 1 else one[0] for name, one in found.items()}

    @property
    def text(self) -> str:
        """A token a row, parted by spaces; those inside of a form become no-break spaces."""
        return " ".join([row[FORM].replace(" ", "\u00a0") for row in self.rows])


def cut(content: bytes) -> list[bytes]:
    """The blocks of a file, each with rows; joined they are the file again.

    Comments that stand alone belong to the sentence after them, at the end to the one before. A
    file without rows has no blocks.
    """
    ends = [match.end() for match in _SENTENCE_END.finditer(content)]
    edges = [0]
    for start, end in pairwise([0, *ends, len(content)]):
        if _ROW.search(content, start, end):
            edges.append(end)
    if len(edges) > 1:
        edges[-1] = len(content)
    return [content[start:end] for start, end in pairwise(edges)]


def sentence(block: bytes) -> Sentence:
    """What a block says. Raises BlockError."""
    comments, rows = [], []
    last = (0, 0, 0)
    for number, line in enumerate(block.decode().split("\n")):
        if line.startswith("#"):
            comments.append(comment(line))
        elif line.strip(_BLANK):
            cells = line.removesuffix("\r").split("\t")
            last = _checked(cells, number, last)
            rows.append(cells)
    return Sentence(comments, rows)


def comment(line: str) -> tuple[str, Value]:
    """Name and value of a comment line; True is the value of one without `=`."""
    name, equals, value = line.removesuffix("\r")[1:].partition("=")
    # one space stands before the value: further ones belong to it
    return name.strip(" \t"), value.removeprefix(" ") if equals else True


def is_row(line: bytes) -> bool:
    """Whether a line is neither blank nor a comment."""
    return _ROW.match(line) is not None


def order(token: str) -> tuple[int, int, int] | None:
    """Where the row of an ID stands among others, None for what is no ID.

    A multiword token comes before its first word, an empty node after the word it counts from.
    """
    found = _ID.fullmatch(token)
    if found is None:
        return None
    word, last, host, nth = found.groups()
    if word is None:
        return int(host), 1, int(nth)
    if last is None:
        return int(word), 1, 0
    return (int(word), 0, 0) if int(word) <= int(last) else None


def row_attributes(row: Sequence[str]) -> str | None:
    """The attributes of a row's label, as canonical JSON."""
    said = {name: row[at] for name, at in FIELDS.items() if row[at] != UNSAID}
    # names are sorted already, texts are spelt as `canonical_json` does, in a tenth of the time
    return msgspec.json.encode(said).decode() if said else None


def _checked(row: Sequence[str], line: int, last: tuple[int, int, int]) -> tuple[int, int, int]:
    """The place of a row among others. Raises BlockError where it is no row to follow the last."""
    if len(row) != COLUMNS:
        raise BlockError(line, f"{COLUMNS} columns parted by tabs", f"{len(row)}")
    place = order(row[0])
    if place is None:
        raise BlockError(line, "an ID such as 3, 3-4 or 8.1", shorten(row[0]))
    if place <= last:
        raise BlockError(line, "an ID after that of the row above", shorten(row[0]))
    if _HEAD.fullmatch(row[HEAD]) is None:
        raise BlockError(line, "a number or _ as HEAD", shorten(row[HEAD]))
    return place
