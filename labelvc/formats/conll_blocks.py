"""Blocks of a CoNLL file: a sentence with the blank lines after it, or a -DOCSTART- line.

All splitting is done on bytes: `str.split` would also split tokens at no-break spaces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.snapshot import attributes_json
from labelvc.formats.base import Settings
from labelvc.formats.conll_tags import SCHEMES, Entity, TagError, decode, split_tag

_BLANKS = rb"(?:[ \t\r\f\v]*\n)"
_SENTENCE_END = re.compile(rb"(?:\A|\n)" + _BLANKS + rb"+")
_DOCUMENT = re.compile(rb"^-DOCSTART-(?!\S)[^\n]*\n?" + _BLANKS + rb"*", re.MULTILINE)
_HASH = (b"#", b"# ")

NAME = "conll"
SETTINGS = {
    "token": "column of the token, counted from 0 (default 0)",
    "tag": "column of the tag, counted from 0 or, negative, from the end (default -1)",
    "scheme": f"tag scheme: {', '.join(SCHEMES)} (default: told from the tags)",
}


class Layout(NamedTuple):
    """Settled settings; columns are counted from 0, or from the end where negative."""

    token: int
    tag: int
    scheme: str


class Grid(NamedTuple):
    """A sentence's cells: the columns, and for each token its line in the block."""

    lines: Sequence[int]
    columns: Sequence[Sequence[bytes]]

    def text(self, column: int) -> list[str]:
        """One column, decoded."""
        return b"\n".join(self.columns[column]).decode().split("\n")


class Sentence(NamedTuple):
    """What a block says. `attributes` are the further columns as canonical JSON."""

    text: str
    attributes: str | None
    entities: tuple[Entity, ...]


class Style(NamedTuple):
    """How new lines are written."""

    separator: bytes = b" "
    newline: bytes = b"\n"


class BlockError(ValueError):
    """A malformed block; `line` counts from 0 inside it."""

    def __init__(self, line: int, expected: str, found: str) -> None:
        super().__init__(f"line {line}: expected {expected}, found {found}")
        self.line = line
        self.expected = expected
        self.found = found


def layout_of(settings: Settings, where: str) -> Layout:
    """The settings as a layout, the defaults where they are silent. Raises LabelvcError."""
    columns = []
    for name, default in (("token", "0"), ("tag", "-1")):
        value = settings.get(name, default)
        if re.fullmatch(r"-?[0-9]{1,4}", value) is None:
            raise LabelvcError(
                f"{where}: {name} is {shorten(value)}", hint=f"It is the {SETTINGS[name]}."
            )
        columns.append(int(value))
    scheme = settings.get("scheme", "bio")
    if scheme not in SCHEMES:
        raise LabelvcError(
            f"{where}: no such tag scheme: {shorten(scheme)}", hint=f"One of {', '.join(SCHEMES)}."
        )
    return Layout(columns[0], columns[1], scheme)


def cut(content: bytes) -> list[bytes]:
    """The blocks of a file; joined they are the file again."""
    cuts = [match.end() for match in _SENTENCE_END.finditer(content)]
    if b"-DOCSTART-" in content:
        spans = [match.span() for match in _DOCUMENT.finditer(content)]
        cuts = sorted({*cuts, *(place for span in spans for place in span)})
    edges = [0, *cuts, len(content)]
    return [content[start:end] for start, end in pairwise(edges) if start < end]


def grid(block: bytes, layout: Layout) -> Grid | None:
    """The cells of a block, None for one without tokens. Raises BlockError for uneven lines."""
    if is_document(block):
        return None
    split = _cells if b"\t" in block else bytes.split
    rows = [row for row in enumerate(map(split, block.split(b"\n"))) if row[1]]
    if b"#" in block:
        rows = _without_comments(rows, layout)
    if not rows:
        return None
    numbers, cells = zip(*rows, strict=True)
    width = len(cells[0])
    if any(len(row) != width for row in cells):
        number, row = next(row for row in rows if len(row[1]) != width)
        raise BlockError(number, f"{width} columns as above", f"{len(row)}")
    least = max(2, *(place + 1 if place >= 0 else -place for place in layout[:2]))
    if width < least:
        raise BlockError(numbers[0], f"at least {least} columns (a token and its tag)", f"{width}")
    if layout.token % width == layout.tag % width:
        raise BlockError(numbers[0], "token and tag in two columns", "one for both")
    return Grid(numbers, list(zip(*cells, strict=True)))


def tags(found: Grid, layout: Layout) -> list[str]:
    """The tag column."""
    return [tag.strip() for tag in found.text(layout.tag)]


def entities(found: Grid, layout: Layout) -> list[Entity]:
    """The entities of a sentence. Raises BlockError for tags that break the scheme."""
    column = tags(found, layout)
    try:
        return decode(column, layout.scheme)
    except TagError as error:
        line = found.lines[error.index]
        raise BlockError(line, error.expected, shorten(column[error.index])) from None


def text(found: Grid, layout: Layout) -> str:
    """The tokens, joined by spaces."""
    return " ".join(found.text(layout.token))


def sentence(found: Grid, layout: Layout) -> Sentence:
    """What a block says. Raises BlockError for tags that break the scheme."""
    width = len(found.columns)
    token = layout.token % width
    tokens = found.text(token)
    further = set(range(width)) - {token, layout.tag % width}
    attributes: dict[str, Any] = {f"column_{place}": found.text(place) for place in further}
    joined = " ".join(tokens)
    if joined.count(" ") >= len(tokens):
        attributes["tokens"] = tokens  # the text alone would not tell where they end
    return Sentence(joined, attributes_json(attributes), tuple(entities(found, layout)))


def is_document(block: bytes) -> bool:
    """Whether it is a -DOCSTART- line."""
    return _DOCUMENT.match(block) is not None


def _cells(line: bytes) -> list[bytes]:
    """The cells of a line, none for a blank one; a tab anywhere means that tabs part them."""
    cells = line.split()
    return line.rstrip(b"\r").split(b"\t") if cells and b"\t" in line else cells


def _without_comments(
    rows: Sequence[tuple[int, list[bytes]]], layout: Layout
) -> list[tuple[int, list[bytes]]]:
    """Without lines that begin with # and do not look like the token # with its tag."""
    plain = [len(cells) for _, cells in rows if cells[0][:2] not in _HASH]
    width = plain[0] if plain else max((len(cells) for _, cells in rows), default=0)
    return [
        (number, cells)
        for number, cells in rows
        if cells[0][:2] not in _HASH or (len(cells) == width and _has_tag(cells, layout))
    ]


def _has_tag(cells: Sequence[bytes], layout: Layout) -> bool:
    tag = cells[layout.tag % len(cells)].strip()
    return len(cells) > 1 and split_tag(tag.decode(errors="replace")) is not None
