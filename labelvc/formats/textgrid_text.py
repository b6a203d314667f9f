"""The text of a Praat TextGrid, long or short: its tiers, and where in it everything stands.

Praat looks at quoted strings, free-standing numbers and <flags>, in their order, and passes over
all else. So does this, and the two forms are one.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from labelvc.core.errors import ParseError, shorten

INTERVALS, POINTS = "IntervalTier", "TextTier"
_TOKEN = re.compile(
    r'"[^"]*(?:""[^"]*)*"|(?<!\S)[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?(?!\S)'
    r"|<exists>|<absent>|![^\r\n]*",
    re.ASCII,
)
_LINE_END = re.compile(r"[ \t]*(?:\r\n|\n|\r|$)")
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


@dataclass(frozen=True)
class Token:
    """A string, number or flag, and its place in the text."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Entry:
    """An interval or a point. `place` is what is its own of the text, whole lines if it can be."""

    start: float
    end: float
    text: str
    tokens: Sequence[Token]
    place: slice


@dataclass(frozen=True)
class Tier:
    """A tier; `tokens` are its class, name, bounds and the number of its entries."""

    kind: str
    name: str
    bounds: tuple[float, float]
    entries: Sequence[Entry]
    tokens: Sequence[Token]
    place: slice

    @property
    def is_points(self) -> bool:
        """Whether it holds points."""
        return self.kind == POINTS


@dataclass(frozen=True)
class Grid:
    """A TextGrid; `tokens` are its bounds and, if it says that it has tiers, their number."""

    text: str
    bounds: tuple[float, float]
    tiers: Sequence[Tier]
    tokens: Sequence[Token]

    @property
    def is_short(self) -> bool:
        """Whether it gives values without their names."""
        return "=" not in self.text[self.text.find("TextGrid") :][:60]

    @property
    def newline(self) -> str:
        """The line end of its first line."""
        found = re.search(r"\r\n|\n|\r", self.text)
        return found[0] if found else "\n"


def decoded(content: bytes, where: str) -> tuple[str, bytes, str]:
    """The text of a file, its byte order mark and encoding; raises ParseError."""
    mark = next((mark for mark in _MARKS if content.startswith(mark)), b"")
    encoding = _MARKS.get(mark, "utf-8")
    try:
        return content[len(mark) :].decode(encoding), mark, encoding
    except UnicodeDecodeError as error:
        found = f"the byte 0x{error.object[error.start]:02x}"
        place = f"byte {len(mark) + error.start + 1}"
        raise ParseError(where, place, expected=f"{encoding.upper()} text", found=found) from None


def value_of(token: Token) -> str:
    """What a string says."""
    return token.text[1:-1].replace('""', '"')


class _Reader:
    """The tokens in their order."""

    def __init__(self, text: str, where: str) -> None:
        self.text = text
        self.where = where
        self.found = (
            Token(one[0], one.start()) for one in _TOKEN.finditer(text) if one[0][0] != "!"
        )
        self.last = Token("", 0)

    def token(self, what: str) -> Token:
        try:
            self.last = next(self.found)
        except StopIteration:
            raise self.error(what, "the end of the file", len(self.text)) from None
        return self.last

    def string(self, what: str) -> Token:
        token = self.token(what)
        if not token.text.startswith('"'):
            raise self.error(what, token.text)
        return token

    def number(self, what: str) -> tuple[Token, float]:
        token = self.token(what)
        if token.text[0] in '"<' or not math.isfinite(float(token.text)):
            raise self.error(what, token.text)
        return token, float(token.text)

    def count(self, what: str) -> tuple[Token, int]:
        token, number = self.number(what)
        if not number.is_integer() or number < 0:
            raise self.error(what, token.text)
        return token, int(number)

    def error(self, expected: str, found: str, at: int | None = None) -> ParseError:
        before = self.text[: self.last.start if at is None else at]
        line = len(re.findall(r"\r\n|\n|\r", before)) + 1
        return ParseError(self.where, f"line {line}", expected=expected, found=shorten(found))

    def after(self) -> int:
        """Where what follows the last token begins: behind the line end, if nothing is between."""
        found = _LINE_END.match(self.text, self.last.end)
        return found.end() if found else self.last.end


def parsed(text: str, where: str) -> Grid:
    """The tiers of a TextGrid; raises ParseError."""
    reader = _Reader(text, where)
    if not value_of(reader.string('"ooTextFile"')).startswith("ooTextFile"):
        raise reader.error('"ooTextFile"', reader.last.text)
    if value_of(reader.string('"TextGrid"')) != "TextGrid":
        raise reader.error('"TextGrid"', reader.last.text)
    low, high = reader.number("xmin"), reader.number("xmax")
    bounds, tokens = (low[1], high[1]), [low[0], high[0]]
    flag = reader.token("<exists>").text
    if flag == "<absent>":
        return Grid(text, bounds, [], tokens)
    if flag != "<exists>":
        raise reader.error("<exists>", flag)
    size, count = reader.count("the number of tiers")
    tiers: list[Tier] = []
    while len(tiers) < count:
        tiers.append(_tier(reader))
    return Grid(text, bounds, tiers, [*tokens, size])


def _tier(reader: _Reader) -> Tier:
    start = reader.after()
    kind = reader.string(f'"{INTERVALS}" or "{POINTS}"')
    if value_of(kind) not in (INTERVALS, POINTS):
        raise reader.error(f'"{INTERVALS}" or "{POINTS}"', kind.text)
    name = reader.string("the name of the tier")
    low, high = reader.number("the tier's xmin"), reader.number("the tier's xmax")
    number, count = reader.count("the number of entries")
    entries: list[Entry] = []
    while len(entries) < count:
        entries.append(_entry(reader, is_point=value_of(kind) == POINTS))
    return Tier(
        value_of(kind),
        value_of(name),
        (low[1], high[1]),
        entries,
        (kind, name, low[0], high[0], number),
        slice(start, reader.after()),
    )


def _entry(reader: _Reader, *, is_point: bool) -> Entry:
    first = reader.after()
    names = ["the time of a point"] if is_point else ["xmin of an interval", "xmax of an interval"]
    times = [reader.number(name) for name in names]
    text = reader.string("the text of an interval or point")
    tokens = [*(token for token, _ in times), text]
    place = slice(first, reader.after())
    return Entry(times[0][1], times[-1][1], value_of(text), tokens, place)
