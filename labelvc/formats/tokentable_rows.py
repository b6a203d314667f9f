"""Delimited files of tokens, a row a token: cut into samples, decoded, and rows edited."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import attributes_json
from labelvc.formats.base import Settings
from labelvc.formats.row_edits import Row, attributes_of
from labelvc.formats.rows import BOM

DELIMITERS = {"|": "|", "tab": "\t", ";": ";", ",": ","}
FILE, BLANK = "file", "blank"


@dataclass(frozen=True)
class Layout:
    """What the columns mean, as settled."""

    delimiter: str
    token: str
    label: str
    samples: str

    @staticmethod
    def of(settings: Settings) -> Layout:
        """The layout of settled settings."""
        return Layout(
            DELIMITERS.get(settings.get("delimiter", "|"), "|"),
            settings.get("token", "token"),
            settings.get("label", ""),
            settings.get("samples", FILE),
        )

    @property
    def own(self) -> set[str]:
        """The columns that are no attributes."""
        named = self.samples if self.samples not in (FILE, BLANK) else ""
        return {self.token, *filter(None, (self.label, named))}


@dataclass(frozen=True)
class Block:
    """The rows of a sample, each with its line end, and the blank lines after them."""

    key: str
    rows: Sequence[bytes]
    tail: bytes = b""


@dataclass(frozen=True)
class TokenFile:
    """A file: `head` is what stands before the first row, `line` where each block begins."""

    path: str
    where: str
    head: bytes = field(repr=False)
    columns: Sequence[str]
    blocks: Sequence[Block] = field(repr=False)
    lines: Sequence[int] = field(repr=False, default=())

    @property
    def newline(self) -> bytes:
        """The line ending the file uses."""
        return b"\r\n" if self.head.endswith(b"\r\n") else b"\n"


def cut(path: str, where: str, content: bytes, layout: Layout, prefix: str) -> TokenFile:
    """A file in samples, named by `prefix` and what tells them apart.

    Raises ParseError where the header lacks a column, or where a row has too many cells or too few.
    """
    lines = content.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if _text(line)), len(lines))
    start = first + 1
    while start < len(lines) and not _text(lines[start]):
        start += 1
    head = b"".join(lines[:start])
    columns = _columns(where, lines[first] if first < len(lines) else b"", layout)
    groups = _groups(lines, start, layout, where, columns)
    names = _names([group.name for group in groups], layout, prefix)
    blocks = [Block(name, one.rows, one.tail) for name, one in zip(names, groups, strict=True)]
    return TokenFile(path, where, head, columns, blocks, [group.line for group in groups])


@dataclass
class _Group:
    """Rows that belong together, while they are being gathered."""

    line: int
    name: str = ""
    rows: list[bytes] = field(default_factory=list)
    tail: bytes = b""


def _groups(
    lines: Sequence[bytes], first: int, layout: Layout, where: str, columns: Sequence[str]
) -> list[_Group]:
    groups = [_Group(first + 1)] if layout.samples == FILE else []
    for number, line in enumerate(lines[first:], first + 1):
        if not _text(line):
            groups[-1].tail += line
            continue
        row = cells(where, number, line, columns, layout)
        name = "" if layout.samples in (FILE, BLANK) else row[layout.samples]
        is_new = not groups or groups[-1].name != name
        if is_new or (layout.samples == BLANK and groups[-1].tail):
            groups.append(_Group(number, name))
        one = groups[-1]
        if one.tail:  # blank lines that part nothing belong to the row before
            one.rows, one.tail = [*one.rows[:-1], one.rows[-1] + one.tail], b""
        one.rows.append(line)
    if layout.samples == BLANK:
        for one in groups:
            one.name = _content_name(
                [cells(where, one.line, row, columns, layout) for row in one.rows], layout
            )
    return groups


def _text(line: bytes) -> bytes:
    return line.removeprefix(BOM).strip(b"\r\n")


def _content_name(rows: Sequence[Mapping[str, str]], layout: Layout) -> str:
    """What a sentence without a name is called: a hash of its tokens."""
    text = " ".join(row[layout.token] for row in rows)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:12]


def _names(names: Sequence[str], layout: Layout, prefix: str) -> list[str]:
    """The keys of samples; a name that stood before is counted on."""
    if layout.samples == FILE:
        return [prefix] * len(names)
    start = f"{prefix}/" if prefix else ""
    seen: dict[str, int] = {}
    found: dict[str, None] = {}
    for name in names:
        key = start + name
        while key in found:
            seen[name] = seen.get(name, 1) + 1
            key = f"{start}{name}#{seen[name]}"
        found[key] = None
    return list(found)


def _columns(where: str, line: bytes, layout: Layout) -> list[str]:
    columns = _decoded(where, 1, line).lstrip("\ufeff").split(layout.delimiter)
    for name in sorted(layout.own):
        if columns.count(name) != 1:
            found = f"the columns {', '.join(columns)}" if any(columns) else "an empty file"
            raise ParseError(where, "line 1", expected=f"a column {name!r}", found=found)
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise ParseError(where, "line 1", expected="a name once", found=f"{repeated[0]!r} twice")
    return columns


def _decoded(where: str, number: int, line: bytes) -> str:
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        found = f"the byte 0x{line[error.start]:02x}"
        raise ParseError(where, f"line {number}", expected="UTF-8 text", found=found) from None


def cells(
    where: str, number: int, line: bytes, columns: Sequence[str], layout: Layout
) -> dict[str, str]:
    """The cells of a row by column; raises ParseError."""
    found = _decoded(where, number, line).split(layout.delimiter)
    if len(found) != len(columns):
        raise ParseError(
            where, f"line {number}", expected=f"{len(columns)} cells", found=str(len(found))
        )
    return dict(zip(columns, found, strict=True))


def said(row: Mapping[str, str], layout: Layout) -> Row:
    """What a row says of its token."""
    rest = {name: cell for name, cell in row.items() if cell and name not in layout.own}
    return {
        "text": row[layout.token],
        "category": (row[layout.label] if layout.label else None) or None,
        "attributes": attributes_json(rest),
    }


def spelled(
    file: TokenFile, old: bytes | None, label: Mapping[str, Any], name: str, layout: Layout
) -> bytes:
    """The row of a token, `old` with other cells or a new one. Raises LossError."""
    row = (
        dict.fromkeys(file.columns, "")
        if old is None
        else cells(file.where, 0, old, file.columns, layout)
    )
    values: dict[str, Any] = {layout.token: label["text"] or "", **attributes_of(label)}
    if layout.label:
        values[layout.label] = label["category"] or ""
    elif label["category"] is not None:
        raise LossError(
            f"{file.where}: no column holds categories, such as {label['category']!r}",
            hint="Name it by the setting `label`.",
        )
    if layout.samples not in (FILE, BLANK):
        values[layout.samples] = row[layout.samples] or name
    for column, value in values.items():
        if column not in row:
            raise LossError(f"{file.where}: there is no column {column!r} to hold {value!r}")
        if not isinstance(value, str) or {layout.delimiter, "\n", "\r"} & {*value}:
            raise LossError(f"{file.where}: a cell cannot hold {value!r}")
    texts = {column: values.get(column, "") for column in file.columns}
    end = file.newline if old is None else old[len(old.rstrip(b"\r\n")) :]
    return layout.delimiter.join(texts.values()).encode() + end
