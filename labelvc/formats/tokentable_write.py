"""Writing tables of tokens: rows that say the same as before are kept as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Settings
from labelvc.formats.folder import Contents, documents_of
from labelvc.formats.fragments import resolved
from labelvc.formats.row_edits import Row, attributes_of
from labelvc.formats.source import Blob
from labelvc.formats.splits import refuse_unsafe
from labelvc.formats.tokentable_rows import (
    BLANK,
    FILE,
    Block,
    Layout,
    TokenFile,
    cells,
    said,
    spelled,
)

_SAID = ("text", "category", "attributes")


@dataclass(frozen=True)
class Files:
    """The files that were read, and those beside them."""

    files: Mapping[str, TokenFile]
    rest: Mapping[str, Blob] = field(repr=False)
    is_folder: bool


@dataclass(frozen=True)
class Written:
    """What is to be written, and the samples in the order in which they stand in it."""

    files: Contents
    order: Sequence[str]

    @property
    def written(self) -> Mapping[str, bytes]:
        """The files with tokens."""
        return self.files.written


def files_of(snapshot: Snapshot, settings: Settings, name: str) -> tuple[Files | None, Written]:
    """The files of a snapshot, and those that were read. Raises LossError."""
    known: Files | None = documents_of(snapshot, name).get("files")
    layout = Layout.of(settings)
    tokens = _tokens(snapshot)
    homes = _homes(known)
    own = _owners(known)
    blocks: dict[str, list[tuple[str, Block]]] = {
        path: [] for path in (known.files if known else ())
    }
    for sample, rows in tokens.items():
        if not rows and layout.samples != FILE:
            raise LossError(
                f"sample {sample!r} has no tokens left, and a table has no sentences without rows",
                hint="Remove the sample too.",
            )
        path, block = homes.get(sample) or (_path_of(sample, known, settings), None)
        file = _file(path, known, snapshot, layout)
        records = snapshot.records if known else ()
        lines = [_line(file, row, records, own, layout, name=_bare(sample)) for row in rows]
        tail = block.tail if block else file.newline * (layout.samples == BLANK)
        blocks.setdefault(path, []).append((sample, Block(sample, lines, tail)))
    contents = {}
    order: list[str] = []
    for path, given in sorted(blocks.items()):
        was_empty = known and path in known.files and not known.files[path].blocks
        if given or was_empty or (known and not known.is_folder):
            file = _file(path, known, snapshot, layout)
            contents[path] = _content(file, [block for _, block in given], layout)
            order += [sample for sample, _ in given]
    return known, Written(Contents(contents, known.rest if known else {}), order)


def _tokens(snapshot: Snapshot) -> dict[str, list[Row]]:
    """The tokens of each sample in their order."""
    found: dict[str, list[Row]] = {sample: [] for sample in snapshot.samples["sample"]}
    labels = resolved(snapshot)
    if labels["start"].null_count() or labels["text"].null_count():
        raise LossError("a token without a text or a place among the others cannot be written")
    for row in labels.sort("start", maintain_order=True).iter_rows(named=True):
        if row["sample"] not in found:
            raise LossError(f"sample {row['sample']!r}: it has labels but is not listed")
        found[row["sample"]].append(row)
    return found


def _homes(known: Files | None) -> dict[str, tuple[str, Block]]:
    files = known.files.values() if known else ()
    return {block.key: (file.path, block) for file in files for block in file.blocks}


def _owners(known: Files | None) -> list[TokenFile]:
    """The file of each record."""
    files = known.files.values() if known else ()
    return [file for file in files for block in file.blocks for _ in block.rows]


def _path_of(sample: str, known: Files | None, settings: Settings) -> str:
    """The file of a new sample."""
    if known and not known.is_folder:
        (path,) = known.files
        if settings["samples"] == FILE:
            raise LossError(
                f"sample {sample!r}: this label set is one file, which is one sample",
                hint="Make a folder of such files the label set.",
            )
        return path
    folder = sample.rpartition("/")[0] or "tokens"
    stem = sample if settings["samples"] == FILE else folder
    refuse_unsafe(stem, f"sample {sample!r}")
    return stem + settings["suffix"]


def _bare(sample: str) -> str:
    """What a column calls a sample."""
    return sample.rpartition("/")[2].partition("#")[0]


def _file(path: str, known: Files | None, snapshot: Snapshot, layout: Layout) -> TokenFile:
    """The file at a path, or an empty one with the columns of its neighbours."""
    if known and path in known.files:
        return known.files[path]
    if known and known.files:
        model = next(iter(known.files.values()))
        return TokenFile(path, path, model.head, model.columns, ())
    attributes = {
        name
        for row in snapshot.labels.drop_nulls("attributes").iter_rows(named=True)
        for name in attributes_of(row)
    }
    columns = [layout.token, *sorted((layout.own - {layout.token}) | attributes)]
    return TokenFile(path, path, (layout.delimiter.join(columns) + "\n").encode(), columns, ())


def _line(
    file: TokenFile,
    row: Row,
    records: Sequence[bytes],
    own: Sequence[TokenFile],
    layout: Layout,
    *,
    name: str,
) -> bytes:
    """The row of a token: its fragment, where that says the same here, or has to be edited."""
    record = row["record"]
    old = None if record is None or not records else bytes(records[record])
    if old is not None and record < len(own) and own[record].columns != file.columns:
        old = None
    if old is not None:
        try:
            found = cells(file.where, 0, old, file.columns, layout)
        except ParseError:
            return spelled(file, None, row, name, layout)
        named = layout.samples in (FILE, BLANK) or found[layout.samples] == name
        if named and all(said(found, layout)[key] == row[key] for key in _SAID):
            return old
    is_own = record is not None and record < len(own)
    return spelled(file, old if is_own else None, row, name, layout)


def _content(file: TokenFile, blocks: Sequence[Block], layout: Layout) -> bytes:
    parts = [file.head]
    for block in blocks:
        for row in block.rows:
            parts[-1] = _ended(parts[-1], file)
            parts.append(row)
        parts.append(block.tail)
        if layout.samples == BLANK and not block.tail and block is not blocks[-1]:
            parts[-1] = file.newline
            parts[-2] = _ended(parts[-2], file)
    return b"".join(parts)


def _ended(line: bytes, file: TokenFile) -> bytes:
    return line if not line or line.endswith((b"\n", b"\r")) else line + file.newline


def meant(snapshot: Snapshot, order: Sequence[str]) -> list[tuple[str, list[Row]]]:
    """The tokens of each sample, in the order in which samples were written."""
    tokens = _tokens(snapshot)
    return [(sample, tokens[sample]) for sample in order]


def refuse_difference(
    wanted: Sequence[tuple[str, Sequence[Row]]], again: Snapshot, settings: Settings
) -> None:
    """Raise LossError where the rows do not say what was meant.

    A sentence is named by its tokens, so that an edited one has another name.
    """
    found: dict[str, list[Any]] = {sample: [] for sample in again.samples["sample"]}
    for row in again.labels.select("sample", *_SAID).iter_rows():
        found[row[0]].append(row[1:])
    there = list(found.items())
    for at, (sample, rows) in enumerate(wanted):
        name, tokens = there[at] if at < len(there) else ("", [])
        same = [tuple(row[key] for key in _SAID) for row in rows] == tokens
        if not same or (settings["samples"] != BLANK and name != sample):
            raise LossError(f"sample {sample!r} cannot be written as rows of tokens")
    if len(there) > len(wanted):
        raise LossError(f"sample {there[-1][0]!r} would be read where there is none")
