"""Writing CoNLL: what was not edited as it was, else only the cells that have to change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from labelvc.core.errors import LossError, shorten
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Settings
from labelvc.formats.conll_blocks import (
    NAME,
    BlockError,
    Grid,
    Layout,
    Sentence,
    Style,
    cut,
    grid,
    is_document,
    layout_of,
    sentence,
)
from labelvc.formats.conll_tags import Entity, encode
from labelvc.formats.fragments import resolved

_ENDED = re.compile(rb"(?:\A|\n)[ \t\r\f\v]*\n\Z")
_CELL = re.compile(rb"[^ \t\n\r\f\v]+")
_TAB_CELL = re.compile(rb"(?:\A|(?<=\t))[^\t]*")
_DEFAULT_PATH = "labels.conll"
_NEW: Mapping[str, Any] = {"bom": b"", "blocks": 0, "without_tokens": (), "style": Style()}


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file with the edited sentences' tags in its own scheme (bio where there is no file)."""
    layout = layout_of(settings, NAME)
    own = snapshot.format == NAME and bool(snapshot.documents)
    path, document = next(iter(snapshot.documents.items())) if own else (_DEFAULT_PATH, _NEW)
    waiting = list(document["without_tokens"])
    blocks: list[bytes] = []
    for record, said in _sentences(snapshot):
        is_first_version = record is not None and record < document["blocks"]
        while waiting and is_first_version and waiting[0] < record:
            blocks.append(snapshot.records[waiting.pop(0)])
        old = snapshot.records[record] if record is not None else None
        blocks.append(written(said, old, layout, document["style"]))
    blocks += [snapshot.records[number] for number in waiting]
    return {path: document["bom"] + join(blocks, document["style"].newline)}


def _sentences(snapshot: Snapshot) -> Iterator[tuple[int | None, Sentence]]:
    """What has to be written, with its old block's number. Raises LossError."""
    _refuse_loss(snapshot)
    spans: dict[str, list[Entity]] = {sample: [] for sample in snapshot.samples["sample"]}
    rows = resolved(snapshot).select("sample", "start", "end", "category")
    for sample, start, end, category in rows.iter_rows():
        spans[sample].append(Entity(int(start), int(end), category))
    has_records = snapshot.format == NAME and len(snapshot.records) > 0
    columns = snapshot.samples.select("sample", "text", "attributes", "record")
    for sample, joined, attributes, record in columns.iter_rows():
        said = Sentence(joined, attributes, tuple(sorted(spans[sample])))
        yield (record if has_records else None), said


def _refuse_loss(snapshot: Snapshot) -> None:
    labels, samples = snapshot.labels, snapshot.samples
    for name, held in (("kind", "span"), ("unit", "token"), ("verdict", "present")):
        other = labels.filter(pl.col(name).ne_missing(held))[name]
        if len(other):
            raise LossError(f"{NAME} holds labels of {name} {held!r} only, not {other[0]!r}")
    needed = labels.select("category", "start", "end").null_count().row(0)
    if any(needed) or samples["text"].null_count():
        raise LossError(f"{NAME} needs a text for each sample, category and bounds for each label")
    bounds = labels.select("start", "end")
    broken = bounds.filter(pl.any_horizontal(pl.all() % 1 != 0))
    if len(broken):
        raise LossError(f"{NAME} holds whole tokens only, not {broken.row(0)}")
    _refuse_columns(labels, ("x", "geometry", "text"), "labels")
    _refuse_columns(labels, ("attributes", "annotator", "confidence"), "labels")
    _refuse_columns(samples, ("path", "split", "width", "height", "duration", "digest"), "samples")
    _refuse_columns(snapshot.categories, ("parent", "attributes"), "categories")
    strays = labels.join(samples, on="sample", how="anti")["sample"]
    if len(strays):
        raise LossError(f"a label is of the sample {strays[0]!r}, which is not in the samples")


def _refuse_columns(table: pl.DataFrame, columns: Sequence[str], what: str) -> None:
    for name in columns:
        if table[name].null_count() < table.height:
            raise LossError(f"{NAME} has no place for the {name} of {what}")


def written(said: Sentence, block: bytes | None, layout: Layout, style: Style) -> bytes:
    """The block that says this: the old one with only the cells changed that have to be.

    Raises LossError where columns cannot hold it.
    """
    if block is not None and _readable(block, layout) == said:
        return block
    _refuse_overlaps(said)
    plain = _plain(said, layout, style)
    candidates = [plain] if block is None else [*_rewritten(block, plain, layout), plain]
    for candidate in candidates:
        if _readable(candidate, layout) == said:
            return candidate
    raise LossError(
        f"the sentence {shorten(said.text)} cannot be written as columns of tokens and tags",
        hint="Tokens, categories and columns may hold no line breaks, tabs or edge spaces.",
    )


def join(blocks: Sequence[bytes], newline: bytes) -> bytes:
    """A file of blocks, parted by a blank line where one of them was last in its own file."""
    parts: list[bytes] = []
    for block in blocks:
        if parts and not parts[-1].endswith(b"\n"):
            parts.append(newline)
        if parts and not (is_document(block) or _ended(parts)):
            parts.append(newline)
        parts.append(block)
    return b"".join(parts)


def _ended(parts: Sequence[bytes]) -> bool:
    """Whether what is written so far ends with a blank line or a -DOCSTART- line."""
    tail = b"".join(parts[-3:])
    return is_document(parts[-1]) or _ENDED.search(tail) is not None


def _readable(block: bytes, layout: Layout) -> Sentence | None:
    """What a block says, None where it says nothing in this layout or is not one sentence."""
    try:
        found = grid(block, layout) if len(cut(block)) == 1 else None
        return None if found is None else sentence(found, layout)
    except (BlockError, UnicodeDecodeError):
        return None


def _refuse_overlaps(said: Sentence) -> None:
    end = 0
    length = len(_tokens(said))
    for entity in said.entities:
        if not end <= entity.start < entity.end <= length:
            what = "overlaps another" if entity.start < end else "is empty or leaves the sentence"
            raise LossError(
                f"{entity.category} at tokens {entity.start} to {entity.end} of the sentence "
                f"{shorten(said.text)} {what}, which tags cannot say"
            )
        end = entity.end


def _tokens(said: Sentence) -> Any:
    attributes = msgspec.json.decode(said.attributes or "{}")
    return attributes.get("tokens") or said.text.split(" ")


def _plain(said: Sentence, layout: Layout, style: Style) -> bytes:
    """A new block. Raises LossError for attributes that are no columns."""
    tokens = _tokens(said)
    attributes = msgspec.json.decode(said.attributes or "{}")
    attributes.pop("tokens", None)
    width = len(attributes) + 2
    columns = {layout.token % width: tokens}
    columns[layout.tag % width] = encode(said.entities, len(tokens), layout.scheme)
    columns |= {place: attributes.pop(f"column_{place}", None) for place in _others(columns, width)}
    if attributes or any(not _is_column(cells, len(tokens)) for cells in columns.values()):
        raise LossError(
            f"the attributes of the sentence {shorten(said.text)} are no columns of its tokens",
            hint="CoNLL holds attributes column_0, column_1, ... with a text for each token.",
        )
    cells = [cell for column in columns.values() for cell in column]
    spaced = any(_CELL.fullmatch(cell.encode()) is None for cell in cells)
    separator = "\t" if spaced else style.separator.decode()
    rows = zip(*(columns[place] for place in range(width)), strict=True)
    newline = style.newline.decode()
    return (newline.join(separator.join(row) for row in rows) + newline * 2).encode()


def _others(columns: Mapping[int, object], width: int) -> list[int]:
    return [place for place in range(width) if place not in columns]


def _is_column(cells: object, length: int) -> bool:
    return (
        isinstance(cells, list)
        and len(cells) == length
        and all(isinstance(cell, str) for cell in cells)
    )


def _rewritten(block: bytes, plain: bytes, layout: Layout) -> list[bytes]:
    """The old block with the cells of the plain one where they differ.

    First with the tags of unchanged entities as they were, which need not be the scheme's own
    (B- at the start of a lone entity in an iob1 file), then with all tags.
    """
    old, new = _readable(block, layout), grid(plain, layout)
    before = None if old is None else grid(block, layout)
    if old is None or before is None or new is None or _shape(before) != _shape(new):
        return []
    place = layout.tag % len(before.columns)
    was = [tag.encode() for tag in encode(old.entities, len(before.lines), layout.scheme)]
    tags = zip(before.columns[place], new.columns[place], was, strict=True)
    kept = [own if now == then else now for own, now, then in tags]
    columns = list(new.columns)
    return [
        _with_columns(block, before, [*columns[:place], kept, *columns[place + 1 :]]),
        _with_columns(block, before, columns),
    ]


def _shape(found: Grid) -> tuple[int, int]:
    return len(found.lines), len(found.columns)


def _with_columns(block: bytes, found: Grid, columns: Sequence[Sequence[bytes]]) -> bytes:
    lines = block.split(b"\n")
    for row, number in enumerate(found.lines):
        lines[number] = _with_cells(lines[number], [column[row] for column in columns])
    return b"\n".join(lines)


def _with_cells(line: bytes, cells: Sequence[bytes]) -> bytes:
    """The line with other cells between the spaces or tabs it has."""
    body = line.rstrip(b"\r")
    found = list((_TAB_CELL if b"\t" in line else _CELL).finditer(body))
    parts: list[bytes] = []
    done = 0
    for match, cell in zip(found, cells, strict=True):
        same = match[0].strip() == cell.strip()
        parts += [body[done : match.start()], match[0] if same else cell]
        done = match.end()
    return b"".join([*parts, body[done:], line[len(body) :]])
