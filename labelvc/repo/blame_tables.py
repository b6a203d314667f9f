"""What lies between two versions as tables: how it is kept, and the step it is for a walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import msgspec
import polars as pl

from labelvc.core.blame import Held, Step, Turn
from labelvc.core.comparison import CategoryChange
from labelvc.core.snapshot import CONTENT
from labelvc.formats.base import Format

SIDES = ("before", "after")
# Native ids tell equal labels apart only where each label brings its own.
HELD = ("id", *CONTENT)


@dataclass(frozen=True)
class Detail:
    """What is to be told of a step.

    `changes` and `samples` are as `Comparison.changes` and `.sample_changes`; `renamed` has the
    former names of samples, `categories` the changes of the taxonomy, `texts` those of the samples.
    """

    changes: pl.DataFrame
    samples: pl.DataFrame
    renamed: Mapping[str, str]
    categories: Sequence[CategoryChange]
    texts: Mapping[str, str]


class Rest(msgspec.Struct):
    """What is kept beside the tables."""

    renumbered: bool
    renamed: dict[str, str]
    categories: list[tuple[str, str | None, str | None, tuple[str | None, str | None]]]
    texts: dict[str, str]


@dataclass(frozen=True)
class Tables:
    """`turns` has a row a label that differs as it stands: before_/after_ for id and content."""

    turns: pl.DataFrame
    changes: pl.DataFrame
    samples: pl.DataFrame
    rest: Rest


def own_ids(fmt: Format) -> bool:
    """Whether each label brings an id of its own."""
    return "id" in fmt.CARRIES.labels and not fmt.CARRIES.ids_are_places


def held(labels: pl.DataFrame, fmt: Format) -> list[Held]:
    """The labels of a whole version, in the order of its files."""
    own = own_ids(fmt)
    return [Held(row[1:], row[0] if own else None) for row in labels.select(HELD).iter_rows()]


def step_of(tables: Tables, fmt: Format) -> Step:
    """The step as a walk takes it."""
    own, width = own_ids(fmt), len(HELD)
    columns = [f"{side}_{name}" for side in SIDES for name in HELD]
    turns = []
    for row in tables.turns.select(*columns, "row", "fields").iter_rows():
        before, after, number, fields = row[:width], row[width : 2 * width], row[-2], row[-1]
        turns.append(
            Turn(
                _held(before, own),
                _held(after, own),
                frozenset(fields or ()),
                number,
            )
        )
    told = tables.rest
    categories = [CategoryChange(*change) for change in told.categories]
    detail = Detail(tables.changes, tables.samples, told.renamed, categories, told.texts)
    return Step(turns, renumbered=told.renumbered, detail=detail)


def _held(row: tuple[Any, ...], own: bool) -> Held | None:
    """A side of a turn; None where the label is not there (kind is never null)."""
    if row[_KIND] is None:
        return None
    return Held(row[1:], row[0] if own else None)


_KIND = HELD.index("kind")


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """A table as Arrow IPC, compressed."""
    out = BytesIO()
    frame.write_ipc(out, compression="zstd")
    return out.getvalue()


def frame_of(content: bytes) -> pl.DataFrame:
    """The table again."""
    return pl.read_ipc(BytesIO(content))


def encoded(tables: Tables) -> list[bytes]:
    """The parts that are kept."""
    frames = [frame_bytes(frame) for frame in (tables.turns, tables.changes, tables.samples)]
    return [*frames, msgspec.json.encode(tables.rest)]


def decoded(parts: Sequence[bytes] | None) -> Tables | None:
    """The tables again; None of nothing."""
    if parts is None:
        return None
    turns, changes, samples, rest = parts
    frames = frame_of(turns), frame_of(changes), frame_of(samples)
    return Tables(*frames, msgspec.json.decode(rest, type=Rest))
