"""What the lines of a clip say, and the lines for what is to be said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelvc.core.errors import LossError
from labelvc.core.snapshot import attributes_json
from labelvc.core.tally import Tally
from labelvc.formats.base import Settings
from labelvc.formats.commonvoice_tables import (
    AND,
    CLIP,
    STATUSES,
    TAB,
    TEXT,
    Table,
    cells_of,
    clip_of,
    cut,
    lines_of,
)
from labelvc.formats.row_edits import EditedSample, Row, attributes_of
from labelvc.formats.row_format import Said
from labelvc.formats.rows import RowFile


@dataclass(frozen=True)
class Clips:
    """Rows that are clips; `columns` are those of the tables by name."""

    columns: Mapping[str, tuple[str, ...]]
    in_folder: bool
    newlines: Mapping[str, bytes] = field(default_factory=dict, compare=False)
    NAME: str = "commonvoice"
    SHARED: bool = False

    @staticmethod
    def of(tables: Mapping[str, Table], *, in_folder: bool) -> Clips:
        """The format of rows gathered from these tables."""
        return Clips(
            {name: table.columns for name, table in tables.items()},
            in_folder,
            {name: table.file.newline for name, table in tables.items()},
        )

    def cut(self, name: str, where: str, content: bytes, settings: Settings) -> RowFile:
        """One row a clip."""
        return cut(name, where, content, self.columns)

    def sample_names(self, file: RowFile, settings: Settings) -> list[str]:
        """The clips of all rows."""
        places = {name.encode(): columns.index(CLIP) for name, columns in self.columns.items()}
        tabled = (row.split(TAB, 1) for row in file.rows)
        return [clip_of(line, places[table]).decode() for table, line in tabled]

    def tally(self, file: RowFile, settings: Settings) -> Tally:
        """Clips, and sentences: of a clip with several lines all that differ."""
        places = {name.encode(): columns.index(TEXT) for name, columns in self.columns.items()}
        labels = 0
        for row in file.rows:
            table, line = row.split(TAB, 1)
            if row.count(b"\n") > 1:
                labels += len(self._said(row).labels)
            else:
                labels += bool(clip_of(line, places[table]))
        return Tally(len(file.rows), labels, {})

    def decode(self, file: RowFile, rows: Sequence[int], settings: Settings) -> list[Said]:
        """The clips."""
        return [self._said(file.rows[row]) for row in rows]

    def _said(self, row: bytes) -> Said:
        lines = {table: cells_of(line, self.columns[table]) for table, line in lines_of(row)}
        clip = next(iter(lines.values()))[CLIP]
        split, status = _placed(list(lines)) if self.in_folder else (None, None)
        own = [{name: cell for name, cell in one.items() if name != CLIP} for one in lines.values()]
        attributes: Row = {"status": status} if status else {}
        labels: list[Row] = []
        agree = all(one == own[0] for one in own)
        for table, cells in zip(lines, own[:1] if agree else own, strict=False):
            text = cells.pop(TEXT, None)
            if text is None:
                attributes |= cells if agree else {table: cells}
                continue
            more = {} if agree else {"file": table}
            labels.append(
                {"kind": "text", "text": text, "attributes": attributes_json(cells | more)}
            )
        sample = {
            "sample": clip,
            "path": clip,
            "split": split,
            "attributes": attributes_json(attributes),
        }
        return Said(sample, labels)

    def encode(
        self, file: RowFile, edited: EditedSample, settings: Settings
    ) -> Sequence[tuple[int | None, bytes]]:
        """The lines of a clip, those that say the same as they were.

        Raises LossError for what tables cannot hold.
        """
        row = edited.rows[0] if edited.rows else None
        old = {} if row is None else dict(lines_of(file.rows[row]))
        said = self._cells(edited)
        lines = []
        for table, columns in self.columns.items():
            if table not in said:
                continue
            line = old.get(table, b"")
            if not line or cells_of(line, columns) != said[table]:
                line = self._line(table, said[table]) + self.newlines.get(table, b"\n")
            lines.append(table.encode() + TAB + line)
        return [(row, b"".join(lines))]

    def _cells(self, edited: EditedSample) -> dict[str, Row]:
        """By table, what the cells of the clip's line are to say."""
        sample, attributes = edited.sample, attributes_of(edited.sample)
        name = str(sample["sample"])
        status = attributes.pop("status", None) if self.in_folder else None
        tables = self._tables(name, sample["split"], status)
        said: dict[str, Row] = {}
        for label in edited.labels:
            cells = attributes_of(label)
            one = cells.pop("file", None)
            for table in tables if one is None else [one]:
                if table in said:
                    raise LossError(f"sample {name!r}: Common Voice holds one sentence a clip")
                said[table] = {TEXT: label["text"], **cells}
        for table in tables:
            if table not in said:
                own = attributes.pop(table, None) if self.in_folder else None
                said[table] = own if isinstance(own, dict) else dict(attributes)
        return {table: {CLIP: sample["path"] or name, **cells} for table, cells in said.items()}

    def _tables(self, name: str, split: str | None, status: Any) -> list[str]:
        if not self.in_folder:
            return list(self.columns)
        if split is None:
            raise LossError(
                f"sample {name!r}: in a folder of Common Voice the split is the table, and this"
                " clip has none"
            )
        return [*split.split(AND), *(str(status).split(AND) if status else ())]

    def _line(self, table: str, cells: Mapping[str, Any]) -> bytes:
        columns = self.columns[table]
        unknown = sorted(set(cells) - set(columns))
        if unknown:
            raise LossError(
                f"{table}: there is no column {unknown[0]!r} to hold this",
                hint=f"Add it to the header first; the columns are {', '.join(columns)}.",
            )
        for name, cell in cells.items():
            if not isinstance(cell, str) or {"\t", "\n", "\r", "\0"} & {*cell}:
                raise LossError(
                    f"{table}: column {name!r} cannot hold {cell!r}, only text of a line"
                )
        return "\t".join(cells.get(name, "") for name in columns).encode()

    def plain(self, settings: Settings) -> RowFile:
        """No clips."""
        return RowFile("", "Common Voice", b"", [])


def _placed(tables: Sequence[str]) -> tuple[str, str | None]:
    """The split and the status of a clip that stands in these tables."""
    buckets = AND.join(table for table in tables if table not in STATUSES)
    statuses = AND.join(table for table in tables if table in STATUSES)
    return (buckets or statuses), (statuses or None) if buckets else None


def named_tables(samples: Sequence[Row]) -> list[str]:
    """The tables in which clips are to stand."""
    cells = [row["split"] or "" for row in samples]
    cells += [str(attributes_of(row).get("status") or "") for row in samples]
    return sorted({name for cell in set(cells) for name in cell.split(AND) if name})
