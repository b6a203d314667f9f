"""How a delimited table sets its cells apart, and how that is told."""

from __future__ import annotations

import contextlib
import csv
import re
from dataclasses import dataclass

from labelvc.core.errors import LossError, ParseError, SettingNeeded
from labelvc.formats.base import Settings
from labelvc.formats.rows import BOM, cut_csv

_DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t", "\t": "\t", "\\t": "\t"}
_LOOK = 50  # rows looked at to tell a dialect
NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")


@dataclass(frozen=True)
class Dialect:
    """How cells are set apart; without `quoted`, a quote is a character like any other."""

    delimiter: str = ","
    quoted: bool = True
    header: bool = True

    @staticmethod
    def of(settings: Settings) -> Dialect:
        """The dialect as settled."""
        return Dialect(
            _DELIMITERS.get(settings.get("delimiter", ","), ","),
            settings.get("quoting", "minimal") != "none",
            settings.get("header", "yes") != "no",
        )

    def cells(self, text: str) -> list[str]:
        """The cells of one row; raises csv.Error."""
        if not self.quoted:
            return text.split(self.delimiter)
        return next(csv.reader([text], delimiter=self.delimiter, strict=True), [""])

    def spans(self, text: str, width: int) -> list[tuple[int, int]]:
        """Where each of the row's cells begins and ends, quotes included."""
        quoted = '"(?:[^"]|"")*"|' if self.quoted else ""
        cell = re.compile(f"{quoted}[^{re.escape(self.delimiter)}\r\n]*")
        spans, at = [], 0
        for _ in range(width):
            found = cell.match(text, at)
            at = found.end() if found else at
            spans.append((found.start() if found else at, at))
            at += len(self.delimiter)
        return spans

    def spell(self, value: str, *, quote: bool = False) -> str:
        """A cell as the file writes it; raises LossError for what it cannot hold."""
        special = self.delimiter in value or "\n" in value or "\r" in value
        if not self.quoted:
            if special:
                raise LossError(
                    f"{value!r} holds a delimiter or a line end, which the table cannot quote"
                )
            return value
        if quote or special or '"' in value:
            return '"' + value.replace('"', '""') + '"'
        return value


def settle_dialect(name: str, where: str, content: bytes, settings: Settings) -> dict[str, str]:
    """The settings with delimiter, quoting and header filled in.

    Raises SettingNeeded where several delimiters cut the rows evenly.
    """
    settled = dict(settings)
    if settings.get("delimiter", ",") not in _DELIMITERS:
        raise SettingNeeded(
            f"{where}: unknown delimiter {settings['delimiter']!r}",
            hint="Set `delimiter` to one of , ; | tab.",
        )
    start = content[: 1 << 20]
    if len(start) < len(content):
        start = start[: start.rfind(b"\n") + 1]
    if "delimiter" not in settled:
        settled["delimiter"] = _delimiter(name, where, start, settings)
    delimiter = _DELIMITERS[settled["delimiter"]]
    if "quoting" not in settled:
        literal = delimiter == "\t" and _quotes_are_text(content, delimiter)
        settled["quoting"] = "none" if literal else "minimal"
    if "header" not in settled:
        dialect = Dialect.of({**settled, "header": "no"})
        rows = _some_rows(start, dialect)
        headless = not rows or any(NUMBER.fullmatch(cell) for cell in rows[0])
        settled["header"] = "no" if headless else "yes"
    return settled


def _delimiter(name: str, where: str, start: bytes, settings: Settings) -> str:
    if name.lower().endswith((".tsv", ".tab")):
        return "tab"
    fitting = []
    for spelled in (",", ";", "tab", "|"):
        quoted = settings.get("quoting", "minimal") != "none"
        rows = _some_rows(start, Dialect(_DELIMITERS[spelled], quoted, header=False))
        if rows and len(rows[0]) > 1 and {len(row) for row in rows} == {len(rows[0])}:
            fitting.append(spelled)
    if len(fitting) > 1:
        raise SettingNeeded(
            f"{where}: several delimiters cut its rows evenly: {' '.join(fitting)}",
            hint="Set `delimiter` to one of them.",
        )
    # a file with an uneven row has its error told at that row, read with the usual delimiter
    return fitting[0] if fitting else ","


def _some_rows(start: bytes, dialect: Dialect) -> list[list[str]]:
    """The first rows; a row that the end of `start` cuts off is left out."""
    cut = start.removeprefix(BOM).splitlines(keepends=True)[: 4 * _LOOK]
    lines = [line.decode(errors="replace") for line in cut]
    if not dialect.quoted:
        texts = (line.rstrip("\r\n") for line in lines)
        return [dialect.cells(text) for text in texts if text][:_LOOK]
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows.extend(row for row, _ in zip(reader, range(_LOOK), strict=False) if row)
    return rows


def _quotes_are_text(content: bytes, delimiter: str) -> bool:
    """Whether quotes in a tab-separated file are literal, as in Common Voice.

    They are if they do not match, or enclose a cell that has no need of them while the header
    goes without.
    """
    if b'"' not in content or content.removeprefix(BOM)[:1] == b'"':
        return False
    dialect = Dialect(delimiter, header=True)
    try:
        file = cut_csv("", "", content, delimiter=delimiter, quoted=True, header=True)
    except ParseError:
        return True
    for row in file.rows:
        if b'"' not in row:
            continue
        text = row.decode(errors="replace")
        try:
            cells = dialect.cells(text.rstrip("\r\n"))
        except csv.Error:
            return True
        spans = dialect.spans(text, len(cells))
        if any(
            text[start:end] == f'"{cell}"' and dialect.spell(cell) == cell
            for cell, (start, end) in zip(cells, spans, strict=True)
        ):
            return True
    return False
