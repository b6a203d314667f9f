"""label_map.pbtxt: which number in a TFRecord is which category."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from labelvc.core.errors import ParseError

_TOKEN = re.compile(
    r"""(?P<space>[\s,;]+|\#[^\n]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<word>[A-Za-z_][\w.]*)
    |(?P<number>-?[0-9][\w.+-]*)
    |(?P<mark>[{}<>:\[\]])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_OPEN, _CLOSE = ("{", "<"), ("}", ">")
_HIGHEST = 2**31


@dataclass(frozen=True)
class Item:
    """A category: its number, its name, and a name to be shown where that is another."""

    number: int
    name: str
    shown: str | None = None

    @property
    def category(self) -> str:
        """The name that people read."""
        return self.shown or self.name


@dataclass(frozen=True)
class LabelMap:
    """The categories of a folder's records."""

    items: Sequence[Item] = ()

    @cached_property
    def by_number(self) -> dict[int, str]:
        """The category of each number."""
        return {item.number: item.category for item in self.items}

    @cached_property
    def by_text(self) -> dict[str, str]:
        """The category that a record means by a text: its name, or the name that is shown."""
        shown = {item.category: item.category for item in self.items}
        return {**shown, **{item.name: item.category for item in self.items}}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each category."""
        return {item.category: item.number for item in self.items}


def read_label_map(where: str, content: bytes) -> LabelMap:
    """The items of a label map. Raises ParseError.

    Where names to be shown repeat, the categories are called by their own names, all of them.
    """
    items = [_item(where, line, told) for line, told in _blocks(where, content)]
    for column in ("number", "name"):
        values = [getattr(item, column) for item in items]
        if twice := {value for value in values if values.count(value) > 1}:
            raise ParseError(
                where, "", expected=f"each {column} once", found=f"{min(twice)!r} several times"
            )
    if len({item.category for item in items}) < len(items):
        items = [Item(item.number, item.name) for item in items]
    return LabelMap(tuple(items))


def _item(where: str, line: int, told: dict[str, str]) -> Item:
    number = told.get("id", "")
    if not re.fullmatch(r"[0-9]{1,10}", number) or int(number) >= _HIGHEST:
        raise ParseError(
            where, f"line {line}", expected="an item with an id from 0", found=number or "no id"
        )
    name = told.get("name") or told.get("display_name")
    if not name:
        raise ParseError(where, f"line {line}", expected="an item with a name", found="none")
    return Item(int(number), name, told.get("display_name") or None)


def _blocks(where: str, content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The fields of each `item { ... }`, with its line; blocks inside it are passed over."""
    found: list[tuple[int, dict[str, str]]] = []
    depth, field = 0, ""
    for line, kind, token in _tokens(where, content):
        if token in _OPEN and kind == "mark":
            depth += 1
            if depth == 1:
                if field != "item":
                    raise ParseError(where, f"line {line}", expected="item", found=repr(field))
                found.append((line, {}))
        elif token in _CLOSE and kind == "mark":
            depth -= 1
            if depth < 0:
                raise ParseError(where, f"line {line}", expected="item", found=token)
        elif kind == "word" and token in ("item", "id", "name", "display_name"):
            field = token
        elif kind == "word":
            field = ""
        elif depth == 1 and field and kind != "mark":
            told = found[-1][1]
            # texts beside each other are one
            told[field] = told.get(field, "") + (_unescaped(token) if kind == "text" else token)
    if depth:
        raise ParseError(where, "the end", expected="}", found="nothing")
    return found


def _tokens(where: str, content: bytes) -> list[tuple[int, str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = repr(content[error.start : error.start + 20])
        raise ParseError(where, f"byte {error.start}", expected="UTF-8", found=found) from None
    tokens, at, line = [], 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ParseError(
                where, f"line {line}", expected="item { id: ... name: ... }", found=repr(text[at])
            )
        if match.lastgroup != "space":
            tokens.append((line, str(match.lastgroup), match[0]))
        line += match[0].count("\n")
        at = match.end()
    return tokens


def _unescaped(token: str) -> str:
    """A quoted text; its octal and hexadecimal escapes are bytes of UTF-8."""

    def plain(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "01234567":
            return chr(int(code, 8) & 0xFF)
        return _LETTERS.get(code, code)

    pieces: list[bytes] = []
    last = 0
    body = token[1:-1]
    for match in _ESCAPE.finditer(body):
        raw = plain(match)
        by_number = match[1][0] in "01234567" or len(match[1]) > 1
        pieces += [
            body[last : match.start()].encode(),
            raw.encode("latin-1" if by_number else "utf-8"),
        ]
        last = match.end()
    return b"".join([*pieces, body[last:].encode()]).decode(errors="replace")
