"""Delimited tables: their cells, and one cell changed in a row."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import attributes_json
from labelvc.formats.csv_dialect import NUMBER, Dialect
from labelvc.formats.rows import BOM, RowFile, cut_csv
from labelvc.formats.table_roles import Roles


@dataclass(frozen=True)
class CsvTable:
    """A delimited file in rows."""

    file: RowFile
    dialect: Dialect
    names: list[str]

    @staticmethod
    def cut(name: str, where: str, content: bytes, dialect: Dialect) -> CsvTable:
        """The content in rows; raises ParseError for quotes that do not match."""
        file = cut_csv(
            name,
            where,
            content,
            delimiter=dialect.delimiter,
            quoted=dialect.quoted,
            header=dialect.header,
        )
        return CsvTable(file, dialect, _names(file, dialect))

    def first(self) -> dict[str, object]:
        """The first row, by column name."""
        if not self.file.rows:
            return {}
        return dict(zip(self.names, self.parsed(0), strict=True))

    def decoded(self, rows: Sequence[int], roles: Roles, *, slim: bool = False) -> pl.DataFrame:
        """What rows say, in the columns that `table_snapshot` reads; `slim` leaves out the rest."""
        cells = self._cells(rows)
        place = {name: pl.col(str(number)) for number, name in enumerate(self.names)}
        nothing = pl.lit(None, pl.String)
        said = cells.select(
            **{
                role: place[name] if (name := getattr(roles, role)) else nothing
                for role in ("id", "text", "path", "split", "annotator", "transcript")
            },
            **{f"label{n}": place[name] for n, name in enumerate(roles.labels)},
            own=pl.lit(roles.one_label_a_row),
            confidence=place[roles.confidence] if roles.confidence else nothing,
        )
        if roles.sep:
            said = said.with_columns(
                self._split(said[f"label{n}"], roles.sep, rows) for n in range(len(roles.labels))
            )
        rest = [] if slim else [name for name in self.names if name not in roles.columns]
        return said.with_columns(
            self._numbers(said["confidence"], rows), self._attributes(cells, rest)
        )

    def _cells(self, rows: Sequence[int]) -> pl.DataFrame:
        """The cells as text, columns named by number; empty ones are null."""
        width = len(self.names)
        kept = (
            self.file.rows
            if len(rows) == len(self.file.rows)
            else [self.file.rows[index] for index in rows]
        )
        body = b"".join(kept)
        names = [str(number) for number in range(width)]
        if plain := self._plain_cells(body, len(kept), names):
            return plain[0]
        parsed = [self.parsed(index) for index in rows]
        columns = zip(*parsed, strict=True) if parsed else ([] for _ in names)
        frame = pl.DataFrame(
            {name: list(column) for name, column in zip(names, columns, strict=True)},
            schema=dict.fromkeys(names, pl.String),
        )
        return frame.select(pl.all().replace("", None))

    def _plain_cells(self, body: bytes, rows: int, names: list[str]) -> list[pl.DataFrame]:
        """The same by the fast reader, where it is sure to read what `parsed` would."""
        delimiter = self.dialect.delimiter.encode()
        # polars fills rows that are too short; a right total without a row too long rules it out
        even = body.count(delimiter) == rows * (len(names) - 1)
        if not rows or not even or b'"' in body or b"\r" in body.replace(b"\r\n", b""):
            return []
        try:
            frame = pl.read_csv(
                body,
                has_header=False,
                new_columns=names,
                separator=self.dialect.delimiter,
                quote_char=None,
                infer_schema=False,
            )
        except (pl.exceptions.PolarsError, ValueError):
            return []  # the slow reader tells where the trouble is
        return [frame] if frame.shape == (rows, len(names)) else []

    def parsed(self, index: int) -> list[str]:
        """The cells of a row; raises ParseError."""
        text = self.file.text(index)
        try:
            cells = self.dialect.cells(text)
        except csv.Error as error:
            raise self.file.error(index, "a row of CSV", str(error)) from None
        if len(cells) != len(self.names):
            raise self.file.error(index, f"{len(self.names)} cells", str(len(cells)))
        return cells

    def _split(self, cells: pl.Series, sep: str, rows: Sequence[int]) -> pl.Series:
        """Cells that hold several categories each, as lists."""
        if sep != "json":
            return cells.str.split(sep)
        values = []
        for index, cell in zip(rows, cells, strict=True):
            try:
                value = json.loads(cell) if cell else None
            except ValueError:
                value = cell
            if not (value is None or (isinstance(value, list) and all_texts(value))):
                raise self.file.error(index, "a JSON list of category names", cell)
            values.append(value)
        return pl.Series(cells.name, values, dtype=pl.List(pl.String))

    def _numbers(self, cells: pl.Series, rows: Sequence[int]) -> pl.Series:
        """The confidence column as numbers."""
        numbers: pl.Series = cells.str.strip_chars().cast(pl.Float64, strict=False)
        bad = cells.is_not_null() & ~numbers.is_finite().fill_null(False)
        if bad.any():
            row = bad.arg_true()[0]
            raise self.file.error(rows[row], "a finite number as confidence", cells[row])
        return numbers

    def _attributes(self, cells: pl.DataFrame, names: Sequence[str]) -> pl.Series:
        """The cells of the further columns as JSON objects, each combination spelled once."""
        columns = [str(self.names.index(name)) for name in names]
        if not columns:
            return pl.Series("rest", [None] * cells.height, dtype=pl.String)
        unique = cells.select(columns).unique(maintain_order=True)
        texts = [
            attributes_json({n: cell for n, cell in zip(names, row, strict=True) if cell})
            for row in unique.iter_rows()
        ]
        spelled = unique.with_columns(pl.Series("rest", texts, dtype=pl.String))
        joined: pl.DataFrame = cells.join(
            spelled, on=columns, how="left", nulls_equal=True, maintain_order="left"
        )
        return joined.get_column("rest")

    def rewritten(
        self, row: int | None, values: Mapping[str, Any], rest: Mapping[str, Any], known: set[str]
    ) -> bytes:
        """A row with other values, or a new one.

        `rest` is all that the columns besides the `known` ones say. Cells that say the same as
        before keep their spelling. Raises LossError for a column that is not there.
        """
        said = self._spelled(values, rest, known)
        text = self._blank() if row is None else self.file.rows[row].decode()
        old = (
            dict.fromkeys(self.names)
            if row is None
            else dict(zip(self.names, self.parsed(row), strict=True))
        )
        spans = self.dialect.spans(text, len(self.names))
        for name, (start, end) in reversed(list(zip(self.names, spans, strict=True))):
            value = said.get(name)
            if value is None or _same(old[name], value):
                continue
            cell = self.dialect.spell(cell_text(value), quote=text[start : start + 1] == '"')
            text = text[:start] + cell + text[end:]
        if len(self.names) == 1 and not text.strip("\r\n"):
            text = '""' + text  # a blank line would be no row
        return text.encode()

    def _spelled(
        self, values: Mapping[str, Any], rest: Mapping[str, Any], known: set[str]
    ) -> dict[str, Any]:
        """What cells are to say, by column name; the others stay."""
        unknown = sorted({*values, *rest} - set(self.names))
        if unknown:
            raise LossError(
                f"{self.file.where}: there is no column {unknown[0]!r} to hold this",
                hint=f"Add it to the header first; the columns are {', '.join(self.names)}.",
            )
        further = dict.fromkeys(set(self.names) - known, "")
        return {
            **further,
            **{name: "" if value is None else value for name, value in values.items()},
            **rest,
        }

    def _blank(self) -> str:
        """An empty row, with quotes where the file quotes cells that need none."""
        newline = self.file.newline.decode()
        empty = [""] * len(self.names)
        if self.file.rows:
            model = self.file.rows[-1].decode(errors="replace")
            for number, (start, end) in enumerate(self.dialect.spans(model, len(empty))):
                inside = model[start + 1 : end - 1]
                needless = self.dialect.spell(inside) == inside
                if self.dialect.quoted and model[start:end][:1] == '"' and needless:
                    empty[number] = '""'
        return self.dialect.delimiter.join(empty) + newline


def _names(file: RowFile, dialect: Dialect) -> list[str]:
    """The columns' names; those that have none, or one already used, get their number."""
    head = RowFile(file.name, file.where, b"", [file.head.removeprefix(BOM), *file.rows[:1]])
    text = head.text(0 if dialect.header else 1) if dialect.header or file.rows else ""
    try:
        cells = dialect.cells(text.lstrip("\r\n")) if text else []
    except csv.Error as error:
        raise head.error(0, "a row of CSV", str(error)) from None
    if not dialect.header:
        return [str(number) for number in range(1, len(cells) + 1)]
    names: list[str] = []
    for number, name in enumerate(cells, 1):
        names.append(name if name and name not in names else f"{name}#{number}")
    return names


def all_texts(values: Sequence[object]) -> bool:
    """Whether every value is text."""
    return all(isinstance(value, str) for value in values)


def _same(cell: str | None, value: object) -> bool:
    """Whether a cell says the value already, be it in another spelling of a number."""
    if isinstance(value, float) and cell and NUMBER.fullmatch(cell):
        return float(cell) == value
    return cell == cell_text(value)


def cell_text(value: object) -> str:
    """A value as the text of a cell; what is no text is spelled as JSON."""
    if isinstance(value, list):
        return cell_text(value[0]) if value else ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
