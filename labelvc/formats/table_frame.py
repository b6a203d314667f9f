"""The columns of a table merged into ours."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import polars as pl

from labelvc.formats.rows import BOM
from labelvc.formats.table_csv import CsvTable
from labelvc.formats.table_json import ParquetTable
from labelvc.formats.table_scan import TableScan


def merged_frame(
    base: TableScan | None, ours: TableScan, theirs: TableScan
) -> tuple[bytes | None, list[str]]:
    """Ours' file with empty columns for those that theirs added, and the columns theirs took out.

    None where nothing is to be added. A column that was taken out stays: ours may use it.
    """
    before = [] if base is None else base.names
    new = [name for name in theirs.names if name not in {*before, *ours.names}]
    gone = [name for name in before if name in ours.names and name not in theirs.names]
    one, two = ours.table, theirs.table
    if not new or type(one) is not type(two):
        return None, gone
    if isinstance(one, CsvTable):
        return _wider(one, new), gone
    if isinstance(one, ParquetTable) and isinstance(two, ParquetTable):
        types = two.frame.schema
        nothing = [pl.lit(None, dtype=types[name]).alias(name) for name in new]
        buffer = BytesIO()
        one.frame.with_columns(nothing).write_parquet(buffer)
        return buffer.getvalue(), gone
    return None, gone


def _wider(table: CsvTable, names: Sequence[str]) -> bytes:
    delimiter = table.dialect.delimiter
    cells = delimiter * len(names)
    mark = BOM if table.file.head.startswith(BOM) else b""
    head = table.file.head[len(mark) :]
    if table.dialect.header:
        head = _longer(head, delimiter + delimiter.join(map(table.dialect.spell, names)))
    return b"".join([mark, head, *(_longer(row, cells) for row in table.file.rows)])


def _longer(line: bytes, cells: str) -> bytes:
    """A row with more cells, before its line end and the blank lines that may follow."""
    text = line.rstrip(b"\r\n")
    return text + cells.encode() + line[len(text) :]
