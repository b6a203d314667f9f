"""Classification tables: CSV, TSV, JSON lines, Parquet; one label or several a sample.

A label cell is a label of kind class, an empty one no label; a `transcript` column holds labels of
kind text. Rows with the same id are labels of one sample. Numbers as classes are read as their
text. Null in JSON and Parquet means the same as a missing value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from labelvc.core.errors import ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot
from labelvc.formats import conll, conllu, hfmetadata, openimages
from labelvc.formats.base import Carries, Settings
from labelvc.formats.csv_dialect import Dialect, settle_dialect
from labelvc.formats.json_rows import first_values, is_scalar
from labelvc.formats.row_edits import (
    edits,
    one_version_a_sample,
    only_own_records,
    refuse_loss,
    without_records,
)
from labelvc.formats.rows import read_only_file
from labelvc.formats.source import MemoryBlob, Source
from labelvc.formats.table_csv import CsvTable
from labelvc.formats.table_frame import merged_frame
from labelvc.formats.table_json import JsonTable, ParquetTable
from labelvc.formats.table_plain import plain_settings, plain_table
from labelvc.formats.table_roles import Roles, looks_like_boxes, looks_like_clips, settle_roles
from labelvc.formats.table_scan import TableScan
from labelvc.formats.table_write import Writer

__all__ = [
    "CARRIES",
    "NAME",
    "SETTINGS",
    "TITLE",
    "merged_frame",
    "scan",
    "settle",
    "sniff",
    "write",
]

NAME = "table"
TITLE = "Classification table: CSV, TSV, JSON lines or Parquet"
CARRIES = Carries(
    kinds=frozenset({"class", "text"}),
    labels=frozenset({"text", "attributes", "annotator", "confidence"}),
    samples=frozenset({"path", "split", "text", "attributes"}),
)
SETTINGS = {
    "id": "the column that identifies samples; without one, the text does",
    "label": "the column with the class, or several columns with commas between",
    "transcript": "the column with the transcript of a sound file",
    "text": "the column with the text that is labelled",
    "path": "the column with the path of the media file",
    "split": "the column with the split (train, test, ...)",
    "annotator": "the column with who labelled",
    "confidence": "the column with the label's confidence",
    "sep": "what separates several classes in one cell, or json for JSON lists",
    "delimiter": "what separates cells: , ; | or tab",
    "quoting": "minimal, or none where quotes are plain text",
    "header": "yes, or no where the first row is data (columns are then 1, 2, ...)",
}
_DIALECT = ("delimiter", "quoting", "header", "sep")
_JSON = (".jsonl", ".ndjson", ".json")
_DELIMITED = (".csv", ".tsv", ".tab")
_PARQUET = (".parquet", ".pq")
# Keys that tell of another format: speech manifests, spans, annotation tools.
_FOREIGN = {
    "audio_filepath", "entities", "spans", "cats", "tokens", "annotations", "shapes", "answer",
    "_task_hash", "_input_hash",
}  # fmt: skip


def sniff(source: Source) -> str | None:
    """By the suffix, and for JSON lines by what the labels are."""
    if source.is_folder:
        return None
    name, blob = source.only()
    suffix = "." + name.lower().rpartition(".")[2]
    if hfmetadata.sniff(source):
        return None
    if suffix in _PARQUET:
        return "a Parquet file"
    if suffix in _DELIMITED and (conll.sniff(source) or conllu.sniff(source)):
        return None  # tokens a line, a sentence a block
    if suffix in _DELIMITED and openimages.sniff(source):
        return None
    if suffix in _DELIMITED:
        lines = blob.read()[: 1 << 16].decode(errors="replace").lstrip("\ufeff").splitlines()
        if lines and suffix == ".tsv" and looks_like_clips(lines[0].split("\t")):
            return None  # Common Voice
        head = lines[0].replace(";", ",").replace("\t", ",").replace('"', "") if lines else ""
        return None if looks_like_boxes(head.split(",")) else f"a table ({suffix})"
    return _sniff_json(blob.read()) if suffix in _JSON else None


def _sniff_json(content: bytes) -> str | None:
    values = first_values(content)
    if not values or not all(isinstance(value, dict) for value in values):
        return None
    names = _names(values)
    if _FOREIGN & set(names):
        return None
    try:
        settled = settle_roles("", names, values[0], {})
    except SettingNeeded:
        return None
    for value in values:
        label = value.get(settled.get("label", ""))
        if not all(map(is_scalar, label if isinstance(label, list) else [label or ""])):
            return None
    return f"JSON lines with {settled.get('label') or settled.get('transcript')!r}"


def _names(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for value in objects for name in value))


def settle(source: Source, settings: Settings) -> Settings:
    """The dialect and the meaning of the columns.

    Raises SettingNeeded where columns could mean several things.
    """
    name, content = _content(source)
    where = source.where(name)
    if _is_delimited(name, content):
        if not content.strip():
            raise ParseError(where, "line 1", expected="a header", found="an empty file")
        settled = settle_dialect(name, where, content, settings)
        table = CsvTable.cut(name, where, _beginning(content), Dialect.of(settled))
        return settle_roles(where, table.names, table.first(), settled)
    odd = [setting for setting in _DIALECT if setting in settings]
    if odd:
        raise SettingNeeded(
            f"{where}: the setting `{odd[0]}` is for delimited tables only", hint="Remove it."
        )
    if name.lower().endswith(_PARQUET):
        parquet = ParquetTable.of(name, where, content)
        first = parquet.objects(range(min(1, len(parquet.file.rows))))
        return settle_roles(where, parquet.frame.columns, first[0] if first else {}, settings)
    values = [value for value in first_values(content) if isinstance(value, dict)]
    if not values:
        return {"label": "label", "text": "text", **settings}
    # a key that is set may stand in later rows only
    wanted = Roles.of(settings, _names(values)).columns
    return settle_roles(
        where, [*dict.fromkeys([*_names(values), *sorted(wanted)])], values[0], settings
    )


def _content(source: Source) -> tuple[str, bytes]:
    name, blob = source.only()
    return (name, blob.read()) if name.lower().endswith(_PARQUET) else read_only_file(source)


def _beginning(content: bytes) -> bytes:
    """Enough of a delimited file for its header and a row; all where quotes may span lines."""
    end = content.find(b"\n", 1 << 16)
    return content if end < 0 or b'"' in content else content[: end + 1]


def _is_delimited(name: str, content: bytes) -> bool:
    if name.lower().endswith((*_JSON, *_PARQUET)):
        return False
    return name.lower().endswith(_DELIMITED) or content[:1] != b"{"


def scan(source: Source, settings: Settings) -> TableScan:
    """The rows; raises ParseError for quotes that do not match or a column that is missing."""
    name, content = _content(source)
    where = source.where(name)
    if name.lower().endswith(_PARQUET):
        parquet = ParquetTable.of(name, where, content)
        Roles.of(settings, parquet.frame.columns).check(where, parquet.frame.columns)
        return TableScan(parquet, dict(settings))
    if not _is_delimited(name, content):
        return TableScan(JsonTable.cut(name, where, content), dict(settings))
    table = CsvTable.cut(name, where, content, Dialect.of(settings))
    Roles.of(settings, table.names).check(where, table.names)
    return TableScan(table, dict(settings))


def for_file(snapshot: Snapshot, name: str | None, settings: Settings) -> Settings:
    """The settings of a new table of this name. Raises LossError where none fit the name."""
    return plain_settings(snapshot, name, settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The table; one that was not read from a table becomes plain CSV, or JSON lines if need be."""
    known = snapshot.documents if snapshot.format == NAME else {}
    if known:
        ((name, (table, roles, settled)),) = known.items()
    else:
        table, roles, settled = plain_table(snapshot, settings)
        name, snapshot = table.file.name, without_records(snapshot)
    before = TableScan(table, settled)
    old = before.read(key=roles.id)
    own = len(table.file.rows)
    snapshot = one_version_a_sample(snapshot, own)
    wide = replace(table, file=replace(table.file, rows=snapshot.records))
    try:
        said = wide.decoded(range(len(snapshot.records)), roles)
    except ParseError:  # rows of a version with other columns
        snapshot, wide = only_own_records(snapshot, own), table
        said = table.decoded(range(own), roles)
    keys = before.keys(said.head(own), range(own), roles)
    copied, changed = edits(snapshot, old, keys.to_list())
    written = Writer(wide, roles, old, said).rows(snapshot, copied, changed)
    contents = [content for _, content in written]
    if isinstance(table, ParquetTable):
        content = table.joined(contents, [row for row, _ in written])
    else:
        content = table.file.joined(contents)
    if changed or len(copied) < own:
        again = scan(Source(name, {name: MemoryBlob(content)}, is_folder=False), settled)
        refuse_loss(snapshot, again.read(key=roles.id), name)
    return {name: content}
