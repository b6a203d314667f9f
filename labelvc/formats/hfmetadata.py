"""Hugging Face ImageFolder and AudioFolder metadata: `metadata.csv`, `.jsonl` or `.parquet`.

A row is a sample, named by the path of its medium (`file_name`, or a column that ends in it).
`objects` holds boxes with categories, in pixels; `label` classes; `text` or `transcription` texts.
All other columns are attributes of the sample. A label set is one such file, or a folder with one
or several beside the media; the split is that of the folder, or stands in a column `split`.
"""

from __future__ import annotations

import io
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from labelvc.core.errors import ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Keep, Scan, Settings
from labelvc.formats.csv_header import header
from labelvc.formats.folder import Contents
from labelvc.formats.hfmetadata_row import file_column
from labelvc.formats.hfmetadata_rows import CLASSES, PARQUET, TEXTS, MetadataRows
from labelvc.formats.json_rows import first_values
from labelvc.formats.row_folder import RowFolder, written_folder
from labelvc.formats.row_format import RowScan, written
from labelvc.formats.rows import read_only_file
from labelvc.formats.source import Blob, Source, beginning
from labelvc.formats.splits import Layout
from labelvc.formats.table_json import ParquetTable

__all__ = ["CARRIES", "NAME", "SETTINGS", "TITLE", "scan", "settle", "sniff", "write"]

NAME = "hfmetadata"
TITLE = "Hugging Face ImageFolder or AudioFolder metadata"
CARRIES = Carries(
    kinds=frozenset({"box", "class", "text"}),
    labels=frozenset({"id", "text", "attributes"}),
    samples=frozenset({"path", "split", "attributes"}),
    units=frozenset({"pixel"}),
)
SETTINGS = {
    "bbox": "what the numbers of a box are: xywh (default) or xyxy",
    "objects": "the column with boxes (default: objects)",
    "label": "the column with the class, or several with commas between",
    "text": "the column with a caption or a transcript, or several with commas between",
}
_FILES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
# The names of a file's columns are not known from its first bytes alone.
_BROKEN = (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError, OSError)


def sniff(source: Source) -> str | None:
    """By the name metadata.* and a column with file names."""
    paths = _paths(source)
    if not paths or not all(file_column(_columns(path, source.files[path])) for path in paths):
        return None
    return f"{paths[0]} with a column of file names"


def _paths(source: Source) -> list[str]:
    return sorted(path for path in source.files if posixpath.basename(path) in _FILES)


def _columns(path: str, blob: Blob) -> list[str]:
    if path.endswith(".csv"):
        return header(beginning(blob))
    content = blob.read()
    if content.startswith(PARQUET):
        try:
            return list(pl.read_parquet_schema(io.BytesIO(content)))
        except _BROKEN:
            return []
    if path.endswith(".parquet"):
        return []
    values = [value for value in first_values(content) if isinstance(value, dict)]
    return list(dict.fromkeys(name for value in values for name in value))


def settle(source: Source, settings: Settings) -> Settings:
    """The columns with classes and texts, by the names that are usual.

    Raises SettingNeeded for an unknown order of a box's numbers.
    """
    if settings.get("bbox", "xywh") not in ("xywh", "xyxy"):
        raise SettingNeeded(
            f"{source.name}: unknown order of a box's numbers: {settings['bbox']!r}",
            hint="Set `bbox` to xywh or xyxy.",
        )
    settled = {"bbox": "xywh", "objects": "objects", **settings}
    paths = list(source.files) if not source.is_folder else _paths(source)
    # any of the files may be empty
    names = {name for path in paths for name in _columns(path, source.files[path])}
    for setting, usual in (("label", CLASSES), ("text", TEXTS)):
        settled.setdefault(setting, ",".join(name for name in usual if name in names))
    return settled


def scan(source: Source, settings: Settings) -> Scan:
    """The rows of one file, or the metadata files of a folder, not yet opened."""
    if source.is_folder:
        paths = _paths(source)
        _refuse_mixture(source, paths)
        fmt = MetadataRows(tuple(paths))
        return _Folder(source, Layout("", ""), paths, fmt=fmt, settings=settings)
    name, blob = source.only()
    tables = _tables({name: blob}, source)
    content = blob.read() if tables else read_only_file(source)[1]
    file = MetadataRows().cut(name, source.where(name), content, settings)
    context = None if tables else file.head
    return RowScan(MetadataRows(), file, settings, context=context, documents={"tables": tables})


def _refuse_mixture(source: Source, paths: Sequence[str]) -> None:
    kinds = sorted({posixpath.splitext(path)[1] for path in paths})
    if len(kinds) != 1:
        raise ParseError(
            source.name,
            "",
            expected="metadata files of one kind (.csv, .jsonl or .parquet)",
            found=" and ".join(kinds) or "none",
        )


def _tables(files: Mapping[str, Blob], source: Source) -> dict[str, ParquetTable]:
    """The Parquet files, whose values have to be at hand to write them; raises ParseError."""
    return {
        path: ParquetTable.of(path, source.where(path), blob.read())
        for path, blob in files.items()
        if path.lower().endswith(".parquet")
    }


class _Folder(RowFolder):
    """A folder of metadata files beside media."""

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """What all files say, or the kept ones."""
        snapshot = super().read(keep, key)
        if keep is not None:
            return snapshot
        files = {path: self.source.files[path] for path in self.paths}
        documents = {**snapshot.documents, "tables": _tables(files, self.source)}
        return replace(snapshot, documents=documents)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The files, edited rows rewritten in place; Parquet keeps values. Raises LossError."""
    known = snapshot.documents if snapshot.format == NAME else {}
    tables: Mapping[str, ParquetTable] = known.get("tables", {})
    settled = {"bbox": "xywh", "objects": "objects", **settings}
    for setting, kind in (("label", "class"), ("text", "text")):
        needed = setting if kind in set(snapshot.labels["kind"]) else ""
        settled[setting] = settled.get(setting) or needed
    if "read" not in known:
        files: Mapping[str, bytes] = written(MetadataRows(), snapshot, settled)
        return {path: _joined(content, tables.get(path)) for path, content in files.items()}
    contents = written_folder(MetadataRows(tuple(known["read"].files)), snapshot, settled)
    made = {path: _joined(one, tables.get(path)) for path, one in contents.written.items()}
    return Contents(made, contents.kept)


def _joined(content: bytes, table: ParquetTable | None) -> bytes:
    """The content of a file; of Parquet, whose rows are seen as lines, with its own values."""
    if table is None:
        return content
    rows = content.splitlines(keepends=True)
    names = [
        row.get(name) if (name := file_column(list(row))) else None for row in _objects(table, rows)
    ]
    places = {
        row[name]: at
        for at, row in enumerate(table.objects(range(len(table.file.rows))))
        if (name := file_column(list(row))) and isinstance(row[name], str)
    }
    copied = [places.pop(name, None) if isinstance(name, str) else None for name in names]
    return table.joined(rows, copied)


def _objects(table: ParquetTable, rows: Sequence[bytes]) -> list[dict[str, object]]:
    return replace(table, file=replace(table.file, rows=rows)).objects(range(len(rows)))
