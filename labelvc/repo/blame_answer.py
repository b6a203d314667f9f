"""What blame has found of each label, put together from the origins of a walk and kept answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from labelvc.core.blame import Held, Origin
from labelvc.core.told import BlamedCommit
from labelvc.formats.registry import by_name
from labelvc.repo.blame_lineage import Lineage, Node
from labelvc.repo.blame_tables import frame_bytes, frame_of, held

KEPT = "kept"  # the end of a walk at a version whose answer is known
_ANSWER = {
    "commit": pl.String(),
    "kinds": pl.List(pl.String()),
    "change": pl.Int64(),
    "reached": pl.String(),  # why no commit is known; `end` is a column of labels
    "through": pl.List(pl.String()),
}


class Rest(msgspec.Struct):
    """What is kept beside the tables."""

    format: str
    commits: dict[str, BlamedCommit]
    texts: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """`labels` and `changes` as `Blame` has them."""

    labels: pl.DataFrame
    changes: pl.DataFrame
    rest: Rest

    @property
    def is_sure(self) -> bool:
        """Whether no version was missing."""
        unsure = (pl.col("reached") == "not at hand") | (pl.col("through").list.len() > 0)
        return not self.labels.select(unsure.any()).item()


class Telling:
    """Puts origins into an answer."""

    def __init__(self, lineage: Lineage, known: dict[Node, Answer]) -> None:
        self._lineage = lineage
        self._known = known
        self._rows: dict[Node, dict[object, list[tuple[object, int]]]] = {}
        self._answers: dict[Node, list[tuple[Any, ...]]] = {}
        self._kinds: dict[int, list[list[str]]] = {}
        self._sources: list[pl.DataFrame] = []
        self._places: dict[int, int] = {}  # of tables of changes among `_sources`, by identity
        self._changes: list[tuple[int, int]] = []

    def answer(
        self, labels: pl.DataFrame, origins: Sequence[Origin], format: str, texts: dict[str, str]
    ) -> Answer:
        """The labels with what is told of each."""
        told = [self._told(origin, format) for origin in origins]
        columns = zip(*told, strict=True) if told else iter([()] * len(_ANSWER))
        answer = {
            name: _series(name, values, dtype)
            for (name, dtype), values in zip(_ANSWER.items(), columns, strict=True)
        }
        used = [texts_of for texts_of in labels["sample"].unique().to_list() if texts_of in texts]
        rest = Rest(format, self._commits(answer), {name: texts[name] for name in sorted(used)})
        return Answer(labels.with_columns(**answer), self._told_changes(), rest)

    def _told(self, origin: Origin, format: str) -> tuple[object, ...]:
        commit = origin.node.commit
        if origin.end == KEPT:
            return self._from_kept(origin, format)
        if origin.end is not None:
            return commit, [], None, origin.end, []
        turn, step = origin.turn, origin.step
        assert turn is not None and step is not None
        through = [node.commit for node in step.through]
        if turn.before is None:
            return commit, ["added"], None, None, through
        assert turn.row is not None
        changes = step.detail.changes
        if id(changes) not in self._kinds:
            self._kinds[id(changes)] = changes["kinds"].to_list()
        kinds = self._kinds[id(changes)][turn.row]
        return commit, kinds, self._row(changes, turn.row), None, through

    def _from_kept(self, origin: Origin, format: str) -> tuple[object, ...]:
        """What the kept answer says of the label; of equal ones that of its id, if it is known."""
        answer = self._known[origin.node]
        if origin.node not in self._rows:
            rows = defaultdict(list)
            for row, one in enumerate(held(answer.labels, by_name(format))):
                rows[one.content].append((one.id, row))
            self._rows[origin.node] = rows
            self._answers[origin.node] = answer.labels.select(*_ANSWER).rows()
        row = _taken(self._rows[origin.node][origin.held.content], origin.held)
        commit, kinds, change, end, through = self._answers[origin.node][row]
        if change is not None:
            change = self._row(answer.changes, change)
        return commit, kinds, change, end, through

    def _row(self, changes: pl.DataFrame, row: int) -> int:
        """The row's number among the changes of the answer."""
        if id(changes) not in self._places:
            self._places[id(changes)] = len(self._sources)
            self._sources.append(changes)
        self._changes.append((self._places[id(changes)], row))
        return len(self._changes) - 1

    def _told_changes(self) -> pl.DataFrame:
        if not self._sources:
            return pl.DataFrame()
        starts = [0]
        for source in self._sources:
            starts.append(starts[-1] + source.height)
        rows = [starts[place] + row for place, row in self._changes]
        return pl.concat(self._sources, how="vertical_relaxed")[rows]

    def _commits(self, answer: dict[str, pl.Series]) -> dict[str, BlamedCommit]:
        told = answer["commit"].drop_nulls().unique().sort()
        commits = [self._lineage.commit(sha) for sha in told]
        return {
            one.sha: BlamedCommit(one.sha, one.author, one.email, one.date, one.subject)
            for one in commits
        }


def _series(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    """A column; of lists only those that differ are made, as each takes as long as 20 texts."""
    if dtype.is_nested():
        places: dict[tuple[str, ...], int] = {}
        at = [places.setdefault(tuple(value), len(places)) for value in values]
        return pl.Series(name, list(map(list, places)), dtype=dtype).gather(at)
    return pl.Series(name, list(values), dtype=dtype)


def _taken(rows: list[tuple[object, int]], wanted: Held) -> int:
    """The row of that id, else the last one; it is not given to another label."""
    for at in range(len(rows) - 1, -1, -1):
        if rows[at][0] == wanted.id:
            return rows.pop(at)[1]
    return rows.pop()[1]


def encoded(answer: Answer) -> list[bytes]:
    """The parts that are kept."""
    frames = [frame_bytes(frame) for frame in (answer.labels, answer.changes)]
    return [*frames, msgspec.json.encode(answer.rest)]


def decoded(parts: Sequence[bytes] | None) -> Answer | None:
    """The answer again; None of nothing."""
    if parts is None:
        return None
    labels, changes, rest = parts
    return Answer(frame_of(labels), frame_of(changes), msgspec.json.decode(rest, type=Rest))
