"""Rows of a database as tables of a snapshot, each cell proven to be what its column holds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl

from labelvc.adapters.sql_errors import DatabaseError
from labelvc.core.complete_rows import NEEDED, is_incomplete, wrong_geometry
from labelvc.core.errors import SchemaError, shorten
from labelvc.core.snapshot import KINDS, UNITS, VERDICTS, canonical_json

_CHOICES = {"kind": KINDS, "verdict": VERDICTS, "unit": UNITS}
_JSON = ("geometry", "attributes")
_ENCODER = msgspec.json.Encoder(order="sorted")
_ODD = re.compile(r"\\|\d[eE]")
_EXPECTED = {pl.String(): "a text", pl.Float64(): "a number", pl.Int64(): "a whole number"}


@dataclass(frozen=True)
class Origin:
    """How messages name a table and, in it, the column that tells its rows apart."""

    shown: str
    table: str
    key: str = "key"
    called: Mapping[Any, object] = field(default_factory=dict)  # keys that have other names there

    def wrong(self, key: object, column: str, expected: str, found: object) -> DatabaseError:
        """The error that names the row and the column."""
        place = f"table {self.table}, {self.key} {self.called.get(key, key)}: {column}"
        return DatabaseError(
            f"{self.shown}: {place}: expected {expected}, "
            f"found {found if isinstance(found, str) else shorten(found)}",
            hint="Mend the row there, then run the same command again.",
        )


def frame(
    rows: Sequence[Sequence[Any]], columns: Mapping[str, pl.DataType], origin: Origin
) -> pl.DataFrame:
    """The rows, whose first cell is their key, as a table of those columns.

    Raises DatabaseError for the first cell that is not what its column holds.
    """
    names = list(columns)
    cells: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [[] for _ in names]
    keys = cells[0]
    found = [
        _column(name, values, columns[name], keys, origin)
        for name, values in zip(names, cells, strict=True)
    ]
    return pl.DataFrame([_checked(one, keys, origin) for one in found])


def check_labels(labels: pl.DataFrame, samples: pl.Series, origin: Origin) -> None:
    """Raise DatabaseError for a label that is not whole, or of a sample that is not there."""
    odd = labels.filter(is_incomplete())
    if odd.height:
        row = odd.row(0, named=True)
        raise origin.wrong(row["key"], *_lacking(row))
    stray = labels.filter(~pl.col("sample").is_in(samples.implode()))
    if stray.height:
        key, sample = stray.select("key", "sample").row(0)
        raise origin.wrong(key, "sample", "a sample of the table of samples", sample)


def with_units(labels: pl.DataFrame, units: Mapping[str, str]) -> pl.DataFrame:
    """The labels with the unit that all others of their kind have, where none is given."""
    usual = pl.col("kind").replace_strict(units, default=None, return_dtype=pl.String)
    placed = pl.any_horizontal(pl.col("x", "start", "geometry").is_not_null())
    return labels.with_columns(
        unit=pl.when(placed).then(pl.coalesce("unit", usual)).otherwise("unit")
    )


def _lacking(row: Mapping[str, Any]) -> tuple[str, str, object]:
    """Column, expected and found of a row that is not whole."""
    for name in ("sample", "kind", "verdict", NEEDED.get(row["kind"], "kind")):
        if row[name] is None:
            return name, f"a value, as kind is {row['kind']}", None
    pairs = ("start", "end") if (row["start"] is None) != (row["end"] is None) else ()
    for name in pairs or ("x", "y", "width", "height"):
        if row[name] is None:
            return name, f"a value beside {', '.join(pairs or ('x', 'y', 'width', 'height'))}", None
    return "kind", "a whole row", row["kind"]


def _column(
    name: str, values: Sequence[Any], dtype: pl.DataType, keys: Sequence[Any], origin: Origin
) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=dtype, strict=True)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        cells = [
            _cell(name, one, dtype, key, origin) for key, one in zip(keys, values, strict=True)
        ]
        return pl.Series(name, cells, dtype=dtype, strict=True)


def _cell(name: str, value: Any, dtype: pl.DataType, key: object, origin: Origin) -> Any:
    """The value as the column holds it. Raises DatabaseError."""
    if value is None:
        return None
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = _decoded(name, bytes(value), key, origin)
    if dtype == pl.String():
        if isinstance(value, (dict, list)) and name in _JSON:
            return _spelled_document(name, value, key, origin)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str):
            return _unicode(name, value, key, origin)
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        if dtype == pl.Float64():
            return _float(value)
        if math.isfinite(value) and value == int(value) and abs(int(value)) < 2**63:
            return int(value)
    raise origin.wrong(key, name, _EXPECTED[dtype], value)


def _spelled_document(name: str, value: object, key: object, origin: Origin) -> str:
    """A JSON value that the database has as such. Raises DatabaseError for what is none."""
    try:
        return canonical_json(value)
    except (TypeError, SchemaError):
        raise origin.wrong(key, name, "a JSON object", value) from None


def _float(value: float | Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _decoded(name: str, content: bytes, key: object, origin: Origin) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        found = f"the byte 0x{content[error.start]:02x} at {error.start} of {shorten(content)}"
        raise origin.wrong(key, name, "UTF-8 text", found) from None


def _unicode(name: str, value: str, key: object, origin: Origin) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise origin.wrong(key, name, "UTF-8 text", value.encode("utf-8", "replace")) from None
    return value


def _checked(column: pl.Series, keys: Sequence[Any], origin: Origin) -> pl.Series:
    """The column with JSON in its one spelling. Raises DatabaseError for what it may not hold."""
    name = column.name
    if column.dtype == pl.Float64:
        odd = ~column.is_finite()
    elif name in _CHOICES:
        odd = ~column.is_in(list(_CHOICES[name]))
    else:
        return _spelled(column, keys, origin) if name in _JSON else column
    for at in odd.fill_null(False).arg_true().head(1):
        expected = " or ".join(_CHOICES[name]) if name in _CHOICES else "a finite number"
        raise origin.wrong(keys[at], name, expected, column[at])
    return column


def _spelled(column: pl.Series, keys: Sequence[Any], origin: Origin) -> pl.Series:
    """The JSON objects of a column in their one spelling; empty ones are null."""
    if column.null_count() == len(column):
        return column
    known: dict[str, str | None] = {}
    for text in column.drop_nulls().unique().to_list():
        spelled, problem = _one_spelling(text)
        if not problem and column.name == "geometry" and (said := wrong_geometry(text)):
            problem = f"the geometry of a label ({said})"
        if problem:
            (at,) = (column == text).arg_true().head(1)
            raise origin.wrong(keys[at], column.name, problem, shorten(text))
        if spelled != text:
            known[text] = spelled
    if not known:
        return column
    return pl.Series(column.name, [known.get(t, t) for t in column], pl.String)


def _one_spelling(text: str) -> tuple[str | None, str]:
    """The canonical spelling of a JSON object, and what was expected where it is none."""
    try:
        value = msgspec.json.decode(text)
        if not isinstance(value, dict):
            return None, "a JSON object"
        # ten times as fast as `canonical_json`, and the same but for exponents and escapes
        if not _ODD.search(text) and _ENCODER.encode(value) == text.encode():
            return (text if value else None), ""
        return (canonical_json(value) if value else None), ""
    except (msgspec.MsgspecError, SchemaError, RecursionError, ValueError):
        return None, "a JSON object"
