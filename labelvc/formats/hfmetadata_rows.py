"""Rows of metadata files: what they say of a medium, and the rows for what is to be said."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelvc.core.errors import LossError, ParseError
from labelvc.formats import hfmetadata_objects as objects
from labelvc.formats.base import Settings
from labelvc.formats.csv_dialect import Dialect
from labelvc.formats.csv_header import header, unique_names
from labelvc.formats.hfmetadata_row import (
    FILES,
    SPLIT,
    MetadataRow,
    columns_of,
    file_column,
    settings_objects,
)
from labelvc.formats.json_rows import text_of
from labelvc.formats.row_edits import EditedSample, Row, attributes_of
from labelvc.formats.row_format import Said
from labelvc.formats.rows import RowFile, cut_csv, cut_lines
from labelvc.formats.splits import SPLITS
from labelvc.formats.table_csv import CsvTable
from labelvc.formats.table_json import JsonTable, ParquetTable

PARQUET = b"PAR1"
CLASSES = ("label", "labels")
TEXTS = ("text", "caption", "captions", "transcription", "transcript", "sentence")


@dataclass(frozen=True)
class MetadataRows:
    """A row a medium; `homes` are the metadata files of a folder."""

    homes: Sequence[str] = ()
    NAME: str = "hfmetadata"
    SHARED: bool = False

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """The rows; those of Parquet are seen as JSON objects."""
        if content.startswith(PARQUET):
            return ParquetTable.of(name, where, content).file
        if name.lower().endswith(".csv"):
            return cut_csv(name, where, content, delimiter=",", quoted=True, header=True)
        return cut_lines(name, where, content)

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """What the rows say; raises ParseError."""
        values = _values(file, rows, settings)
        return [
            MetadataRow(file, row, value, settings).said()
            for row, value in zip(rows, values, strict=True)
        ]

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """The row of a medium."""
        row = edited.rows[0] if edited.rows else None
        old = _values(file, [row], settings)[0] if row is not None else {}
        values, rest = _members(file, edited, old, settings)
        known = {*values, *columns_of(settings, "label"), *columns_of(settings, "text")}
        known.add(settings_objects(settings))
        table = _table(file)
        changed = {
            name: value
            for name, value in values.items()
            if (value != old.get(name) if isinstance(table, CsvTable) else True)
            if row is not None or value is not None
        }
        if isinstance(table, JsonTable):
            return [(row, table.rewritten(row, changed, rest, known))]
        return [(row, table.rewritten(row, _cells(changed), _cells(rest), known))]

    def plain(self, settings: Settings) -> RowFile:
        """JSON lines."""
        return RowFile("metadata.jsonl", "metadata.jsonl", b"", [])

    def bare(self, path: str, settings: Settings) -> Row | None:
        """None: a file without rows speaks of nothing."""
        return None

    def path_of(self, sample: Row, settings: Settings) -> str:
        """The metadata file nearest above the medium."""
        path = sample["path"] or sample["sample"]
        above = [home for home in self.homes if _is_below(path, posixpath.dirname(home))]
        suffix = posixpath.splitext(self.homes[0])[1] if self.homes else ".jsonl"
        return max(above, key=len) if above else f"metadata{suffix}"


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _table(file: RowFile) -> CsvTable | JsonTable:
    if file.name.lower().endswith(".csv"):
        return CsvTable(file, Dialect(), unique_names(header(file.head)))
    return JsonTable(file)


def _values(file: RowFile, rows: Sequence[int], settings: Settings) -> list[dict[str, Any]]:
    """Rows as objects; a cell of CSV is text, or nothing, and `objects` in it are JSON."""
    table = _table(file)
    if isinstance(table, JsonTable):
        return table.objects(rows)
    found = []
    for row in rows:
        cells = zip(table.names, table.parsed(row), strict=True)
        value: dict[str, Any] = {name: cell for name, cell in cells if cell}
        name = settings_objects(settings)
        if name in value:
            try:
                value[name] = json.loads(value[name])
            except ValueError:
                raise file.error(row, "objects as JSON", value[name], at=name) from None
        found.append(value)
    return found


def _cells(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as cells of CSV hold them."""
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value
        for name, value in values.items()
    }


def _members(
    file: RowFile, edited: EditedSample, old: Mapping[str, Any], settings: Settings
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the columns with a meaning say, and the further ones."""
    sample = edited.sample
    home = posixpath.dirname(file.name)
    path = str(sample["path"] or sample["sample"])
    if not _is_below(path, home):
        raise LossError(f"sample {sample['sample']!r}: {file.where} speaks of files in {home} only")
    relative = path[len(home) + 1 :] if home else path
    rest = attributes_of(sample)
    name = file_column(list(old) or _names(file, settings)) or FILES[0]
    values: dict[str, Any] = {}
    if not isinstance(old.get(name), list) and not isinstance(rest.get(name), list):
        values[name] = relative
    folders = [part for part in home.split("/") if part in SPLITS]
    if SPLIT in old or sample["split"] != next(iter(folders), None):
        values[SPLIT] = sample["split"]
    key = settings_objects(settings)
    more = rest.pop(key, None) if isinstance(old.get(key), dict) or key not in old else None
    boxes = [label for label in edited.labels if label["kind"] == "box"]
    if boxes or old.get(key) is not None:
        values[key] = _objects(old.get(key), boxes, settings, sample["sample"])
        if more and isinstance(values[key], dict):
            values[key] |= more
    elif more is not None:
        rest[key] = more
    values |= _answers(edited, old, settings)
    return values, rest


def _names(file: RowFile, settings: Settings) -> list[str]:
    """The columns of a file into which a new row comes."""
    return list(_values(file, [0], settings)[0]) if file.rows else []


def _objects(old: Any, boxes: Sequence[Row], settings: Settings, sample: str) -> Any:
    shape = settings.get("bbox", "xywh")
    former = objects.elements(old, _never) if old is not None else []
    said = objects.labels(old, shape, _never) if old is not None else []
    free = list(range(len(said)))
    given = []
    for number, label in enumerate(boxes):
        if label["unit"] not in ("pixel", None) or label["x"] is None:
            raise LossError(f"sample {sample!r}: boxes of metadata files are in pixels")
        same = [at for at in free if all(label[name] == said[at][name] for name in said[at])]
        at = next(iter(same), number if number in free else None)
        if at is not None:
            free.remove(at)
        given.append({**label, "was": former[at] if at is not None else None})
    return objects.rewritten(old, given, shape)


def _never(expected: str, found: object, at: str) -> ParseError:
    return ParseError("objects", at, expected=expected, found=str(found))


def _answers(edited: EditedSample, old: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The columns with classes and texts."""
    values: dict[str, Any] = {}
    for setting, kind, column in (("label", "class", "category"), ("text", "text", "text")):
        names = columns_of(settings, setting) or [setting]
        given: dict[str, list[Any]] = {name: [] for name in names}
        for label in edited.labels:
            if label["kind"] != kind:
                continue
            name = attributes_of(label).get("column", names[0])
            if name not in given:
                raise LossError(f"sample {label['sample']!r}: there is no column {name!r}")
            given[name].append(label[column])
        for name, several in given.items():
            if isinstance(old.get(name), list) or len(several) > 1:
                before = old.get(name) if isinstance(old.get(name), list) else []
                by_text = {text_of(one): one for one in before or []}
                values[name] = [by_text.get(one, one) for one in several]
            elif several or name in old:
                one = next(iter(several), None)
                values[name] = old[name] if text_of(old.get(name)) == one else one
    return values
