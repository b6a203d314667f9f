"""The tables of a Common Voice release: rows of clips, put together by clip.

Nothing is quoted in them: a `"` is a character like any other. What all tables say of a clip is one
row here, the clip's lines, each with the name of its table before it. So a clip that moves from one
table to another, or is edited in two, is one clip that changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from labelvc.core.errors import ParseError
from labelvc.formats.rows import BOM, RowFile, cut_csv, cut_lines, without_nul
from labelvc.formats.source import Source

TAB = b"\t"
SUFFIX = ".tsv"
AND = "+"  # between the names of tables in which a clip stands
ALONE = "clips"  # what the one table of a single file is called
ID, CLIP, TEXT = "client_id", "path", "sentence"
STATUSES = ("validated", "invalidated", "other")
# As release 17 orders them; earlier ones have `accent`, and neither variant nor sentence_*.
COLUMNS = (
    *(ID, CLIP, "sentence_id", TEXT, "sentence_domain", "up_votes", "down_votes", "age", "gender"),
    *("accents", "accent", "variant", "locale", "segment"),
)


@dataclass(frozen=True)
class Table:
    """A table and the names of its columns."""

    file: RowFile
    columns: tuple[str, ...]

    @property
    def clip(self) -> int:
        """The column that names the clip."""
        return self.columns.index(CLIP)

    def __repr__(self) -> str:
        return f"Table({self.file.name}, {len(self.file.rows)} rows)"


def header(content: bytes) -> tuple[str, ...]:
    """The columns that a file begins with."""
    first = content[: 1 << 16].removeprefix(BOM).lstrip(b"\r\n").splitlines()[:1]
    names: list[str] = []
    for number, name in enumerate(b"".join(first).decode(errors="replace").split("\t"), 1):
        names.append(name if name and name not in names else f"{name}#{number}")
    return tuple(names)


def is_clips(columns: Sequence[str]) -> bool:
    """Whether they are the columns of a table of clips."""
    return {ID, CLIP, TEXT} <= {*columns}


def table_names(source: Source) -> list[str]:
    """The files that may be tables of clips."""
    tables = [name for name in source.files if name.endswith(SUFFIX) and "/" not in name]
    return sorted(filter(str.isprintable, tables))


def tables_of(source: Source) -> dict[str, Table]:
    """The tables of clips by their names without suffix; of one file it does not matter.

    Raises ParseError.
    """
    tables = {}
    for path in table_names(source) if source.is_folder else source.files:
        where, content = source.where(path), source.files[path].read()
        columns = header(content)
        if not source.is_folder or is_clips(columns):
            if source.is_folder and AND in path:
                found = f"the {AND} in it"
                raise ParseError(where, "", expected="the name of a split", found=found)
            without_nul(content, where)
            file = cut_csv(path, where, content, delimiter="\t", quoted=False, header=True)
            file.check_encoding()
            tables[path.removesuffix(SUFFIX) if source.is_folder else ALONE] = Table(file, columns)
    return tables


def clip_of(line: bytes, column: int) -> bytes:
    """The clip that a line is about."""
    return line.split(TAB, column + 1)[column].rstrip(b"\r\n")


def gathered(tables: Mapping[str, Table]) -> list[bytes]:
    """The rows, by clip in the order in which clips first stand in a table; raises ParseError."""
    clips: dict[tuple[bytes, int], bytes] = {}
    for name, table in tables.items():
        start, clip, tabs = name.encode() + TAB, table.clip, len(table.columns) - 1
        seen: dict[bytes, int] = defaultdict(int)
        for index, row in enumerate(table.file.rows):
            if row.count(TAB) != tabs:
                found = f"{row.count(TAB) + 1}"
                raise table.file.error(index, f"{tabs + 1} cells with tabs between", found)
            key = clip_of(row, clip)
            if not key:
                raise table.file.error(index, f"the name of a clip in column {CLIP!r}", "nothing")
            seen[key] += 1
            line = start + (row if row.endswith((b"\n", b"\r")) else row + b"\n")
            place = key, seen[key]
            clips[place] = clips[place] + line if place in clips else line
    return list(clips.values())


def cut(name: str, where: str, content: bytes, columns: Mapping[str, tuple[str, ...]]) -> RowFile:
    """Rows, once joined, by clip again."""
    rows: list[bytes] = []
    last, tables = b"", set[bytes]()
    for line in cut_lines(name, where, content).rows:
        table, _, row = line.partition(TAB)
        key = clip_of(row, columns[table.decode()].index(CLIP))
        if key == last and table not in tables:
            rows[-1] += line
        else:
            rows.append(line)
            last, tables = key, set()
        tables.add(table)
    return RowFile(name, where, b"", rows)


def lines_of(row: bytes) -> Iterator[tuple[str, bytes]]:
    """The tables a clip stands in, with its line in each."""
    for line in cut_lines("", "", row).rows:
        table, _, own = line.partition(TAB)
        yield table.decode(), own


def cells_of(line: bytes, columns: Sequence[str]) -> dict[str, str]:
    """What the cells of a line say; empty ones say nothing."""
    cells = line.decode().rstrip("\r\n").split("\t")
    # a line of another version may have more cells or fewer
    return {name: cell for name, cell in zip_longest(columns, cells, fillvalue="") if cell}


def scattered(rows: Iterable[bytes], tables: Mapping[str, Table]) -> dict[str, bytes]:
    """The tables by file, with the lines of the rows; lines that were there stay in their order."""
    wanted: dict[str, dict[tuple[bytes, int], bytes]] = defaultdict(dict)
    for row in rows:
        for name, line in lines_of(row):
            _put(wanted[name], clip_of(line, tables[name].clip), line)
    contents = {}
    for name, table in tables.items():
        own, kept = wanted[name], list[bytes]()
        seen: dict[bytes, int] = defaultdict(int)
        for row in table.file.rows:
            key = clip_of(row, table.clip)
            seen[key] += 1
            if (key, seen[key]) in own:
                line = own.pop((key, seen[key])).rstrip(b"\r\n")
                kept.append(line + row[len(row.rstrip(b"\r\n")) :])
        contents[table.file.name] = table.file.joined([*kept, *own.values()])
    return contents


def _put(lines: dict[tuple[bytes, int], bytes], key: bytes, line: bytes) -> None:
    number = 1
    while (key, number) in lines:
        number += 1
    lines[key, number] = line


def like(model: Table, name: str) -> Table:
    """An empty table with the columns of another."""
    return replace(model, file=replace(model.file, name=f"{name}{SUFFIX}", rows=[]))
