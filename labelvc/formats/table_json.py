"""Tables of one JSON object a line, and Parquet seen as such."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import attributes_json
from labelvc.formats.json_rows import (
    decode_rows,
    finite,
    is_scalar,
    like,
    new_row,
    rewritten,
    text_of,
)
from labelvc.formats.rows import RowFile, cut_lines
from labelvc.formats.table_roles import Roles

# polars panics on some broken files and values
_REFUSALS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError)
_TEXTS = ("id", "text", "path", "split", "annotator", "transcript")


@dataclass(frozen=True)
class JsonTable:
    """A file of JSON objects in rows."""

    file: RowFile

    @staticmethod
    def cut(name: str, where: str, content: bytes) -> JsonTable:
        """The content in rows."""
        return JsonTable(cut_lines(name, where, content))

    def objects(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """The rows' objects; raises ParseError for other values."""
        objects = decode_rows(self.file, rows)
        for index, value in zip(rows, objects, strict=True):
            if not isinstance(value, dict):
                raise self.file.error(index, "a JSON object", value)
        return objects

    def decoded(self, rows: Sequence[int], roles: Roles, *, slim: bool = False) -> pl.DataFrame:
        """What rows say, in the columns that `table_snapshot` reads; `slim` leaves out the rest."""
        objects = self.objects(rows)
        columns = {role: self._texts(objects, rows, getattr(roles, role), role) for role in _TEXTS}
        labels = [self._labels(objects, rows, name) for name in roles.labels]
        own = [
            roles.one_label_a_row
            and not (roles.labels and isinstance(value.get(roles.labels[0]), list))
            for value in objects
        ]
        rest = [None] * len(rows) if slim else [_rest(value, roles) for value in objects]
        return pl.DataFrame(
            [
                *(pl.Series(role, values, dtype=pl.String) for role, values in columns.items()),
                *(
                    pl.Series(f"label{n}", values, dtype=pl.List(pl.String))
                    for n, values in enumerate(labels)
                ),
                pl.Series("own", own, dtype=pl.Boolean),
                pl.Series("confidence", self._numbers(objects, rows, roles), dtype=pl.Float64),
                pl.Series("rest", rest, dtype=pl.String),
            ]
        )

    def _texts(
        self, objects: Sequence[dict[str, Any]], rows: Sequence[int], name: str | None, role: str
    ) -> list[str | None]:
        if name is None:
            return [None] * len(objects)
        values = [value.get(name) for value in objects]
        for index, value in zip(rows, values, strict=True):
            if value is not None and not is_scalar(value):
                raise self.file.error(index, f"text as {role}", value, at=f"/{name}")
        return [text_of(value) for value in values]

    def _labels(
        self, objects: Sequence[dict[str, Any]], rows: Sequence[int], name: str
    ) -> list[list[str] | None]:
        found: list[list[str] | None] = []
        for index, value in zip(rows, objects, strict=True):
            label = value.get(name)
            several = label if isinstance(label, list) else [] if label is None else [label]
            if not all(map(is_scalar, several)):
                raise self.file.error(
                    index, "a category name or a list of them", label, at=f"/{name}"
                )
            found.append([str(text_of(one)) for one in several] or None)
        return found

    def _numbers(
        self, objects: Sequence[dict[str, Any]], rows: Sequence[int], roles: Roles
    ) -> list[float | None]:
        if roles.confidence is None:
            return [None] * len(objects)
        numbers: list[float | None] = []
        for index, value in zip(rows, objects, strict=True):
            said = value.get(roles.confidence)
            number = finite(said)
            if said is not None and number is None:
                raise self.file.error(
                    index, "a finite number as confidence", said, at=f"/{roles.confidence}"
                )
            numbers.append(number)
        return numbers

    def rewritten(
        self, row: int | None, values: Mapping[str, Any], rest: Mapping[str, Any], known: set[str]
    ) -> bytes:
        """A row with other values, or a new one.

        `rest` is all that the keys besides the `known` ones say.
        """
        said = {**values, **rest}
        if row is None:
            model = self.file.rows[-1] if self.file.rows else b""
            old = self.objects([len(self.file.rows) - 1])[0] if model else {}
            fresh = {name: _shaped(value, old.get(name)) for name, value in said.items()}
            fresh = {name: value for name, value in fresh.items() if value is not None}
            return new_row(model, fresh, self.file.newline)
        old = self.objects([row])[0]
        changes = {}
        for name, value in said.items():
            shaped = _shaped(value, old.get(name))
            if shaped != old.get(name) or type(shaped) is not type(old.get(name)):
                changes[name] = shaped
        gone = [name for name in old if name not in {*known, *rest} and old[name] is not None]
        return rewritten(self.file.rows[row], changes, gone)


def _rest(value: Mapping[str, Any], roles: Roles) -> str | None:
    known = roles.columns
    return attributes_json(
        {key: one for key, one in value.items() if key not in known and one is not None}
    )


def _shaped(value: Any, model: Any) -> Any:
    """A value in the type the file gives it: a list, a number, text."""
    if isinstance(value, float) and isinstance(model, (int, float)) and value == model:
        return model
    if isinstance(value, (str, type(None))):
        return like(model, value)
    if not isinstance(value, Categories):
        return value
    if isinstance(model, list) or value.listed:
        model = model if isinstance(model, list) else []
        return [like(model[0] if model else None, one) for one in value]
    if len(value) > 1:
        return list(value)
    return like(model, value[0]) if value else None


class Categories(list[str]):
    """What a label column says; `listed` has it spelled as a list even if it is one category."""

    listed = False


@dataclass(frozen=True)
class ParquetTable(JsonTable):
    """A Parquet file; its rows are seen as JSON objects, its values are kept."""

    frame: pl.DataFrame
    content: bytes

    @staticmethod
    def of(name: str, where: str, content: bytes) -> ParquetTable:
        """The content as a table; raises ParseError where it is no Parquet."""
        try:
            frame = pl.read_parquet(io.BytesIO(content))
        except (*_REFUSALS, OSError) as error:
            said = str(error).splitlines()[0]
            raise ParseError(where, "", expected="a Parquet file", found=said) from None
        lines = _without_bytes(frame).write_ndjson().encode().splitlines(keepends=True)
        return ParquetTable(RowFile(name, where, b"", lines, unit="row"), frame, content)

    def joined(self, rows: Sequence[bytes], copied: Sequence[int | None]) -> bytes:
        """The file with other rows; `copied` tells which row a given one was, if any."""
        if list(rows) == list(self.file.rows):
            return self.content
        fresh = JsonTable(replace(self.file, rows=rows)).objects(range(len(rows)))
        known = range(len(self.frame))
        try:
            values = [
                self._values(fresh[number], old if old in known else None)
                for number, old in enumerate(copied)
            ]
            frame = pl.DataFrame(values, schema=self.frame.schema, orient="row")
        except (*_REFUSALS, TypeError) as error:
            said = str(error).splitlines()[0]
            raise LossError(
                f"{self.file.where}: its column types cannot hold this: {said}"
            ) from None
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        return buffer.getvalue()

    def _values(self, said: Mapping[str, Any], old: int | None) -> dict[str, Any]:
        """A row's values: those of the old row wherever both say the same in JSON."""
        unknown = sorted(set(said) - set(self.frame.columns))
        if unknown:
            raise LossError(f"{self.file.where}: there is no column {unknown[0]!r} to hold this")
        if old is None:
            return dict(self._typed(said).row(0, named=True))
        before = self.objects([old])[0]
        values = self.frame.row(old, named=True)
        changed = {name for name in values if said.get(name) != before.get(name)}
        if changed:
            typed = self._typed({name: said.get(name) for name in changed})
            values |= {name: typed[name][0] for name in changed}
        return values

    def _typed(self, said: Mapping[str, Any]) -> pl.DataFrame:
        """A row of JSON values in the types of the columns, dates from text among them."""
        line = json.dumps(dict(said)).encode()
        return pl.read_ndjson(io.BytesIO(line), schema=self.frame.schema)


def _without_bytes(frame: pl.DataFrame) -> pl.DataFrame:
    """The table with bytes, also those one level down in a struct, as hexadecimal text.

    Embedded media thus still tell versions apart, and JSON can say them.
    """
    columns = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if dtype == pl.Binary:
            columns.append(column.bin.encode("hex"))
        elif isinstance(dtype, pl.Struct):
            inner = [
                pl.field(field.name).bin.encode("hex")
                for field in dtype.fields
                if field.dtype == pl.Binary
            ]
            columns.append(column.struct.with_fields(inner) if inner else column)
    return frame.with_columns(columns)
