"""Common Voice: tab-separated tables of clips, one file or the folder of a release.

A clip is a sample and its sentence a label of kind text, which bears what else its row says (votes,
age, gender, accents) as attributes. In a folder the table is the split: train, dev and test, or for
a clip in none of these validated, invalidated or other; the status of the former is the attribute
`status` of their samples. Where the rows of one clip differ from table to table, it has a label
for each, with the attribute `file`.
"""

from __future__ import annotations

from collections.abc import Mapping

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.commonvoice_rows import Clips, named_tables
from labelvc.formats.commonvoice_tables import (
    ALONE,
    CLIP,
    COLUMNS,
    ID,
    TEXT,
    Table,
    cut,
    gathered,
    header,
    is_clips,
    like,
    scattered,
    table_names,
    tables_of,
)
from labelvc.formats.csv_dialect import Dialect
from labelvc.formats.folder import Contents
from labelvc.formats.row_edits import attributes_of
from labelvc.formats.row_format import RowScan, written
from labelvc.formats.rows import RowFile
from labelvc.formats.source import Source
from labelvc.formats.splits import refuse_unsafe
from labelvc.formats.table_csv import CsvTable
from labelvc.formats.table_frame import merged_frame as merged_table
from labelvc.formats.table_scan import TableScan

NAME = "commonvoice"
TITLE = "Common Voice tables"
CARRIES = Carries(
    kinds=frozenset({"text"}),
    labels=frozenset({"text", "attributes"}),
    samples=frozenset({"path", "split", "attributes"}),
)
SETTINGS: Mapping[str, str] = {}


def sniff(source: Source) -> str | None:
    """By the columns client_id, path and sentence of .tsv files."""
    names = table_names(source)
    if any(is_clips(header(source.files[name].read())) for name in names):
        return "tab-separated rows with client_id, path and sentence"
    return None


def settle(source: Source, settings: Settings) -> Settings:
    """Nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> RowScan:
    """The clips, with what all tables say of them; raises ParseError."""
    tables = tables_of(source)
    for table in tables.values():
        if not is_clips(table.columns):
            raise ParseError(
                table.file.where,
                "line 1",
                expected=f"the columns {ID}, {CLIP} and {TEXT}",
                found=f"the columns {', '.join(table.columns)}",
            )
    files = {table.file.name for table in tables.values()}
    rest = {path: blob for path, blob in source.files.items() if path not in files}
    fmt = Clips.of(tables, in_folder=source.is_folder)
    return RowScan(
        fmt,
        RowFile("", source.name, b"", gathered(tables)),
        settings,
        context=fmt,
        documents={"tables": tables, "rest": rest, "in folder": source.is_folder},
        files=files,
    )


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The tables; rows that were not edited stay as they are and where they are.

    Raises LossError.
    """
    documents = snapshot.documents if snapshot.format == NAME else {}
    in_folder = documents.get("in folder", bool(snapshot.samples["split"].count()))
    known: Mapping[str, Table] = documents.get("tables", {})
    tables = dict(known)
    model = next(iter(known.values()), None) or _plain(snapshot, in_folder=in_folder)
    for name in named_tables(snapshot.samples.to_dicts()) if in_folder else [ALONE]:
        if name not in tables:
            refuse_unsafe(name, f"split {name!r}")
            tables[name] = like(model, name)
    tables = dict(sorted(tables.items()))
    fmt = Clips.of(tables, in_folder=in_folder)
    (content,) = written(fmt, snapshot, settings).values()
    files = scattered(cut("", "", content, fmt.columns).rows, tables)
    return Contents(files, documents.get("rest", {}))


def merged_frame(
    base: RowScan | None, ours: RowScan, theirs: RowScan
) -> tuple[bytes | None, list[str]]:
    """Ours' file with empty columns for those that theirs added; None for a folder."""
    if any(one is not None and one.documents["in folder"] for one in (base, ours, theirs)):
        return None, []
    sides = [None if one is None else _as_table(one) for one in (base, ours, theirs)]
    return merged_table(sides[0], sides[1], sides[2])  # type: ignore[arg-type]


def _as_table(scan: RowScan) -> TableScan:
    (table,) = scan.documents["tables"].values()
    dialect = Dialect("\t", quoted=False)
    return TableScan(CsvTable(table.file, dialect, list(table.columns)), {"id": CLIP})


def _plain(snapshot: Snapshot, *, in_folder: bool) -> Table:
    """An empty table with the columns that labels from elsewhere need."""
    said = [
        value if isinstance(value, dict) else {name: value}  # of a table of its own
        for row in (*snapshot.labels.to_dicts(), *snapshot.samples.to_dicts())
        for name, value in attributes_of(row).items()
    ]
    used = {name for cells in said for name, cell in cells.items() if isinstance(cell, str)}
    used = used - ({"file", "status"} if in_folder else {"file"}) | {ID, CLIP, TEXT}
    names = [*(name for name in COLUMNS if name in used), *sorted(used - {*COLUMNS})]
    return Table(RowFile("", "", "\t".join(names).encode() + b"\n", []), tuple(names))
