"""Writing CoNLL-U: what was not edited as it was, else only the cells and comments that have to be.

Rows stand in the order of their labels' `start`, with the IDs of the labels. The text of a sample
and the bounds of its labels follow from the rows; where they say otherwise, the rows are right.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from labelvc.core.errors import LossError, shorten
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Settings
from labelvc.formats.conll_blocks import BlockError
from labelvc.formats.conllu_blocks import (
    COLUMNS,
    FIELDS,
    NAME,
    UNSAID,
    UPOS,
    Sentence,
    Value,
    comment,
    cut,
    is_row,
    order,
    sentence,
)
from labelvc.formats.fragments import resolved

_ENDED = re.compile(rb"\n[ \t\r\f\v]*\n\Z")
_DEFAULT_PATH = "labels.conllu"
_NEW: Mapping[str, Any] = {"bom": b"", "rest": b"", "newline": b"\n"}
Row = Sequence[str]


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file, with new rows and comments in the sentences that were edited.

    Raises LossError for what has no column, and for IDs that are missing, repeated or not in the
    order of their rows.
    """
    _refuse_loss(snapshot)
    own = snapshot.format == NAME and bool(snapshot.documents)
    path, document = next(iter(snapshot.documents.items())) if own else (_DEFAULT_PATH, _NEW)
    newline = document["newline"]
    blocks = [_written(*one, newline) for one in _sentences(snapshot)]
    return {path: document["bom"] + _joined([document["rest"], *blocks], newline)}


def _sentences(snapshot: Snapshot) -> Iterator[tuple[str, Sentence, bytes]]:
    """Key, what is to be said, and the old block, which is empty for a new sentence."""
    rows = _rows(snapshot)
    has_records = snapshot.format == NAME and len(snapshot.records) > 0
    columns = snapshot.samples.select("sample", "attributes", "record")
    for key, attributes, record in columns.iter_rows():
        said = msgspec.json.decode(attributes or "{}")
        comments = [(name, one) for name, each in said.items() for one in _values(each)]
        old = snapshot.records[record] if has_records and record is not None else b""
        yield key, Sentence(comments, rows[key]), old


def _values(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _rows(snapshot: Snapshot) -> Mapping[str, Sequence[Row]]:
    """The rows of each sentence in their order. Raises LossError."""
    found: dict[str, list[tuple[float, list[str]]]] = {
        key: [] for key in snapshot.samples["sample"]
    }
    columns = ("sample", "start", "id", "text", "category", "attributes")
    for sample, start, native, *said in resolved(snapshot).select(columns).iter_rows():
        token = (native or "").rpartition("/")[2]
        found[sample].append((start, _row(token, *said)))
    return {key: _in_order(rows) for key, rows in found.items()}


def _row(token: str, form: str, upos: str | None, attributes: str | None) -> list[str]:
    """The cells of a label. Raises LossError for attributes that are no columns."""
    row = [token, form, *[UNSAID] * (COLUMNS - 2)]
    said = msgspec.json.decode(attributes) if attributes else {}
    for name, value in said.items():
        if name not in FIELDS or not isinstance(value, str) or value == UNSAID:
            raise LossError(
                f"{NAME} has no place for the attribute {name}: {shorten(value)}",
                hint=f"It holds {', '.join(FIELDS)}, each a text other than {UNSAID}.",
            )
        row[FIELDS[name]] = value
    if upos == UNSAID:
        raise LossError(f"{NAME} has no category {UNSAID}: it says that there is none")
    row[UPOS] = UNSAID if upos is None else upos
    return row


def _in_order(rows: list[tuple[float, list[str]]]) -> Sequence[Row]:
    """By start, then by ID; where no label has an ID, they are words counted from 1."""
    ordered = [row for _, row in sorted(rows, key=lambda one: (one[0], _rank(one[1])))]
    if not any(row[0] for row in ordered):
        return [[str(at), *row[1:]] for at, row in enumerate(ordered, 1)]
    return ordered


def _rank(row: Row) -> tuple[int, int, int]:
    return order(row[0]) or (0, 0, 0)


def _refuse_loss(snapshot: Snapshot) -> None:
    labels, samples = snapshot.labels, snapshot.samples
    for name, held in (("kind", "token"), ("unit", "token"), ("verdict", "present")):
        other = labels.filter(pl.col(name).ne_missing(held))[name]
        if len(other):
            raise LossError(f"{NAME} holds labels of {name} {held!r} only, not {other[0]!r}")
    if any(labels.select("text", "start").null_count().row(0)):
        raise LossError(f"{NAME} needs a text and a start for each label")
    places = {
        "labels": (labels, ("x", "geometry", "annotator", "confidence")),
        "samples": (samples, ("path", "split", "width", "height", "duration", "digest")),
        "categories": (snapshot.categories, ("parent", "attributes")),
    }
    for what, (table, columns) in places.items():
        for name in columns:
            if table[name].null_count() < table.height:
                raise LossError(f"{NAME} has no place for the {name} of {what}")
    strays = labels.join(samples, on="sample", how="anti")["sample"]
    if len(strays):
        raise LossError(f"a label is of the sample {strays[0]!r}, which is not in the samples")


def _written(key: str, said: Sentence, block: bytes, newline: bytes) -> bytes:
    """The block that says this: the old one with only those lines changed that have to be."""
    if block and _same(sentence(block), said):
        return block
    if not said.rows:
        raise LossError(
            f"the sentence {shorten(key)} has no labels, and {NAME} no sentences without rows",
            hint="Remove the sample too.",
        )
    written = _edited(block, said, newline) if block else _plain(said, newline)
    try:
        is_right = len(cut(written)) == 1 and _same(sentence(written), said)
    except BlockError as error:
        raise LossError(
            f"the sentence {shorten(key)}: expected {error.expected}, found {error.found}"
        ) from None
    if not is_right:
        raise LossError(
            f"the sentence {shorten(key)} cannot be written as rows and comments",
            hint="Columns may hold no tabs and line breaks, comments no line breaks.",
        )
    return written


def _same(one: Sentence, other: Sentence) -> bool:
    return one.rows == other.rows and one.attributes == other.attributes


def _plain(said: Sentence, newline: bytes) -> bytes:
    """A new block."""
    lines = [*(_comment_line(*each) for each in said.comments), *map(_row_line, said.rows)]
    return newline.join([*lines, b"", b""])


def _edited(block: bytes, said: Sentence, newline: bytes) -> bytes:
    """The old block with lines replaced, each by those that stand in its place."""
    is_open = not block.endswith(b"\n")
    lines = (block + (b"\r\n" if b"\r\n" in block else newline) * is_open).split(b"\n")
    rows, comments = _new_rows(lines, said.rows), _new_comments(lines, said.comments)
    first = min(rows)
    told = comments.pop(len(lines))
    replaced: Mapping[int, list[bytes]] = {**comments, **rows, first: [*told, *rows[first]]}
    found = [
        new + b"\r" * line.endswith(b"\r") if number in replaced else new
        for number, line in enumerate(lines)
        for new in replaced.get(number, [line])
    ]
    whole = b"\n".join(found)
    return whole.rstrip(b"\r\n") if is_open else whole


def _new_rows(lines: Sequence[bytes], rows: Sequence[Row]) -> dict[int, list[bytes]]:
    """By number of an old row's line, the rows there: new ones stand before the next old one."""
    places = [number for number, line in enumerate(lines) if is_row(line)]
    ranks = [_rank(lines[place].decode().split("\t", 1)) for place in places]
    found: dict[int, list[bytes]] = {place: [] for place in places}
    for row in rows:
        at = min(bisect_left(ranks, _rank(row)), len(places) - 1)
        found[places[at]].append(_row_line(row))
    return found


def _new_comments(
    lines: Sequence[bytes], comments: Sequence[tuple[str, Value]]
) -> dict[int, list[bytes]]:
    """By number of an old comment's line, what is there now; past the last line, what is new."""
    waiting: dict[str, list[Value]] = {}
    for name, value in comments:
        waiting.setdefault(name, []).append(value)
    found: dict[int, list[bytes]] = {}
    for number, line in enumerate(lines):
        if line.startswith(b"#"):
            name, value = comment(line.decode())
            now = [waiting[name].pop(0)] if waiting.get(name) else []
            kept = [line.removesuffix(b"\r")] if now == [value] else None
            found[number] = kept or [_comment_line(name, one) for one in now]
    found[len(lines)] = [_comment_line(name, one) for name, left in waiting.items() for one in left]
    return found


def _row_line(row: Row) -> bytes:
    return "\t".join(row).encode()


def _comment_line(name: str, value: Value) -> bytes:
    return (f"# {name}" if value is True else f"# {name} = {value}").encode()


def _joined(blocks: Sequence[bytes], newline: bytes) -> bytes:
    """A file of blocks, parted by a blank line where one of them was last in its own file."""
    parts: list[bytes] = []
    for block in filter(None, blocks):
        if parts and not parts[-1].endswith(b"\n"):
            parts[-1] += newline
        if parts and not _ENDED.search(parts[-1]):
            parts[-1] += newline
        parts.append(block)
    return b"".join(parts)
