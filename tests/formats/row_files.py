"""Shorthand for tests of formats that are one file of rows."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Format, Scan
from labelvc.formats.source import MemoryBlob, Source


def source(content: bytes | str, name: str) -> Source:
    data = content.encode() if isinstance(content, str) else content
    return Source(name, {name: MemoryBlob(data)}, is_folder=False)


def scan(
    fmt: Format, content: bytes | str, name: str, settings: Mapping[str, str] | None = None
) -> Scan:
    given = source(content, name)
    return fmt.scan(given, fmt.settle(given, settings or {}))


def written(fmt: Format, snapshot: Snapshot) -> bytes:
    (content,) = fmt.write(snapshot, {}).values()
    return content


def relabelled(snapshot: Snapshot, row: int, **columns: object) -> Snapshot:
    """The snapshot with some cells of one label changed."""
    return snapshot.with_labels(changed(snapshot.labels, row, columns))


def changed(table: pl.DataFrame, row: int, columns: Mapping[str, object]) -> pl.DataFrame:
    here = pl.int_range(pl.len()) == row
    return table.with_columns(
        pl.when(here).then(pl.lit(value, table.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in columns.items()
    )
