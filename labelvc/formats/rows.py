"""Row files: content cut into rows, each an exact slice of the file with its line ending."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from labelvc.core.errors import ParseError, shorten
from labelvc.formats.base import Keep
from labelvc.formats.source import Source

BOM = b"\xef\xbb\xbf"
_BLANK = (b"\n", b"\r\n", b"\r")

# The csv module refuses cells beyond 128 KiB unless told otherwise; documents are longer.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class RowFile:
    """A file in rows: `head` is what stands before the first (byte order mark, header).

    `name` is the path inside the label set, `where` what messages call the file. Blank lines
    belong to the row before them.
    """

    name: str
    where: str
    head: bytes
    rows: Sequence[bytes]
    unit: str = "line"  # what messages count

    @property
    def newline(self) -> bytes:
        """The line ending the file uses."""
        for line in (self.head, *self.rows[:1]):
            if line.endswith(b"\r\n"):
                return b"\r\n"
            if line.endswith((b"\n", b"\r")):
                return line[-1:]
        return b"\n"

    def text(self, index: int) -> str:
        """A row without its line ending; raises ParseError where it is not UTF-8."""
        row = self.rows[index]
        try:
            return row.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            line = self.line(index) + row.count(b"\n", 0, error.start)
            column = error.start - row.rfind(b"\n", 0, error.start)
            raise ParseError(
                self.where,
                f"line {line}, byte {column}",
                expected="UTF-8 text",
                found=f"the byte 0x{row[error.start]:02x}",
            ) from None

    def first_line(self, index: int) -> str:
        """The line a row begins with, without its end and the blank lines behind it."""
        text = self.text(index)
        return text if text.isprintable() else re.split("[\r\n]", text, maxsplit=1)[0]

    def check_encoding(self) -> None:
        """Raise ParseError where a row is not UTF-8, quickly for files that are."""
        try:
            b"".join(self.rows).decode()
        except UnicodeDecodeError:
            for index in range(len(self.rows)):
                self.text(index)

    def line(self, index: int) -> int:
        """The line of the file, counted from 1, on which a row begins."""
        before = [self.head, *self.rows[:index]]
        return 1 + sum(len(part.splitlines()) for part in before)

    def error(self, index: int, expected: str, found: object, *, at: str = "") -> ParseError:
        """What is wrong with a row; `at` is a place inside it."""
        said = found if isinstance(found, str) else shorten(found)
        place = f"{self.unit} {self.line(index)}{', ' if at else ''}{at}"
        return ParseError(self.where, place, expected=expected, found=said)

    def kept(self, keep: Keep | None) -> Sequence[int]:
        """The indices of the rows to decode, in file order."""
        return range(len(self.rows)) if keep is None else sorted(keep.get("labels", ()))

    def records(self, keep: Keep | None) -> Sequence[bytes]:
        """The rows to decode."""
        return self.rows if keep is None else [self.rows[index] for index in self.kept(keep)]

    def joined(self, rows: Sequence[bytes]) -> bytes:
        """The file with other rows, each of which but the last ends its line."""
        newline = self.newline
        ended = [row if row.endswith((b"\n", b"\r")) else row + newline for row in rows[:-1]]
        return b"".join([self.head, *ended, *rows[-1:]])


def read_only_file(source: Source) -> tuple[str, bytes]:
    """Base name and content of a label set that is one file of UTF-8 text.

    Raises ParseError for NUL bytes, which UTF-16 and binary files have.
    """
    name, blob = source.only()
    return name, without_nul(blob.read(), source.where(name))


def without_nul(content: bytes, where: str) -> bytes:
    """The content of a text file.

    Raises ParseError for NUL bytes, which UTF-16 and binary files have.
    """
    nul = content.find(b"\0")
    if nul >= 0:
        line = content.count(b"\n", 0, nul) + 1
        raise ParseError(
            where,
            f"line {line}",
            expected="UTF-8 text",
            found="a NUL byte (UTF-16 or a binary file?)",
        )
    return content


def cut_lines(name: str, where: str, content: bytes) -> RowFile:
    """One row a line."""
    start = len(BOM) if content.startswith(BOM) else 0
    lines = content[start:].splitlines(keepends=True)
    return _with_head(RowFile(name, where, content[:start], lines), bytes.isspace)


def cut_csv(
    name: str, where: str, content: bytes, *, delimiter: str, quoted: bool, header: bool
) -> RowFile:
    """One row a record of CSV, whose quoted cells may hold line ends; the header is in `head`.

    Raises ParseError at the line where a quote opened that nothing closes.
    """
    start = len(BOM) if content.startswith(BOM) else 0
    lines = content[start:].splitlines(keepends=True)
    if quoted and b'"' in content:
        lines = _cut_quoted(where, lines, delimiter)
    file = _with_head(RowFile(name, where, content[:start], lines), _BLANK.__contains__)
    if header and file.rows:
        return replace(file, head=file.head + file.rows[0], rows=file.rows[1:])
    return file


def _cut_quoted(where: str, lines: Sequence[bytes], delimiter: str) -> list[bytes]:
    rows: list[bytes] = []
    position = 0

    def following() -> Any:
        nonlocal position
        while position < len(lines):
            position += 1
            # every byte is one character, so nothing is lost and bad UTF-8 is told later
            yield lines[position - 1].decode("latin-1")

    reader = csv.reader(following(), delimiter=delimiter, strict=True)
    while position < len(lines):
        start = position
        if b'"' not in lines[start]:
            rows.append(lines[start])
            position += 1
            continue
        try:
            next(reader)
        except csv.Error as error:
            raise _quote_error(where, lines[start:position], start, delimiter, error) from None
        rows.append(lines[start] if position == start + 1 else b"".join(lines[start:position]))
    return rows


def _quote_error(
    where: str, lines: Sequence[bytes], start: int, delimiter: str, error: csv.Error
) -> ParseError:
    if "unexpected end" in str(error):
        line = start + _opened(b"".join(lines).decode("latin-1"), delimiter) + 1
        expected, found = "a quote that closes", "a quote that stays open to the end of the file"
    else:
        line = start + len(lines)
        expected, found = "a delimiter after the closing quote", "more text"
    return ParseError(
        where,
        f"line {line}",
        expected=expected,
        found=found,
        hint="If quotes are plain text in this file, set `quoting: none`.",
    )


def _opened(text: str, delimiter: str) -> int:
    """How many lines into `text` the last cell opens a quote."""
    at = opened = 0
    while at < len(text):
        if text[at] == '"':
            opened = at
            at = _closed(text, at + 1)
        ends = [end for end in (text.find(delimiter, at), text.find("\n", at)) if end >= 0]
        at = min(ends, default=len(text)) + 1
    return text.count("\n", 0, opened)


def _closed(text: str, at: int) -> int:
    """Where the cell whose quote opened before `at` is closed."""
    while (at := text.find('"', at)) >= 0:
        if text[at + 1 : at + 2] != '"':
            return at
        at += 2
    return len(text)


def _with_head(file: RowFile, is_blank: Callable[[bytes], bool]) -> RowFile:
    """Blank lines moved to the row before, or to the head."""
    if not any(map(is_blank, file.rows)):
        return file
    head, rows = file.head, list[bytes]()
    for line in file.rows:
        if not is_blank(line):
            rows.append(line)
        elif rows:
            rows[-1] += line
        else:
            head += line
    return replace(file, head=head, rows=rows)


def content_key(text: str) -> str:
    """What identifies a sample that has nothing but its text: 12 hex digits of its sha1."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:12]


def occurrences(values: Sequence[str | None] | pl.Series, kept: Sequence[int]) -> list[str]:
    """For the kept of all values, the suffix that tells repeats apart: "", "#2", "#3", ..."""
    series = pl.Series("value", values, dtype=pl.String)
    numbers = series.to_frame().select(pl.int_range(1, pl.len() + 1).over("value")).to_series()
    picked = numbers if len(kept) == len(numbers) else numbers.gather(list(kept))
    return ["" if number == 1 else f"#{number}" for number in picked.to_list()]
