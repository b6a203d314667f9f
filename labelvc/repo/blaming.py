"""The commit that last changed each label of a set.

Two things are kept (`labelvc.repo.patch_cache`), so that a second call is quick: what lies between
any two versions, and the whole answer at the newest commit that touched the label set. A walk stops
at a version whose answer is kept, so one commit more costs one comparison more. An answer in which
a version was missing is not kept: it may be at hand the next time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import polars as pl

from labelvc.core.blame import Held, Origin, Visit, blame
from labelvc.core.errors import NotFound
from labelvc.core.filtering import Filter
from labelvc.core.snapshot import CONTENT
from labelvc.core.told import Blame, BlamedCommit
from labelvc.formats.registry import by_name
from labelvc.repo.blame_lineage import Lineage, Node
from labelvc.repo.blame_step import frame_bytes, frame_of, held, read_version
from labelvc.repo.blame_visits import Visits
from labelvc.repo.compare import EVERYTHING
from labelvc.repo.config import LabelSet
from labelvc.repo.patch_cache import PatchCache
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, Version, revision, set_pairs
from labelvc.repo.tallies import read_as

_KEPT = "kept"  # the end of a walk at a version whose answer is known
_LABELS = ("id", *CONTENT)
_ANSWER = {
    "commit": pl.String(),
    "kinds": pl.List(pl.String()),
    "change": pl.Int64(),
    "end": pl.String(),
    "through": pl.List(pl.String()),
}


class _Rest(msgspec.Struct):
    """What is kept beside the tables."""

    format: str
    commits: dict[str, BlamedCommit]
    texts: dict[str, str]


@dataclass(frozen=True)
class _Answer:
    """`labels` and `changes` as `Blame` has them."""

    labels: pl.DataFrame
    changes: pl.DataFrame
    rest: _Rest

    @property
    def is_sure(self) -> bool:
        """Whether no version was missing."""
        unsure = (pl.col("end") == "not at hand") | (pl.col("through").list.len() > 0)
        return not self.labels.select(unsure.any()).item()


def blamed(
    repo: Repository,
    name: str,
    rev: str | None = None,
    *,
    wanted: Filter = EVERYTHING,
    since: str | None = None,
) -> Blame:
    """The labels of a set at a revision (None: the working tree), each with its last change.

    `wanted` narrows them by sample, category or native id; `since` is a revision that is not gone
    behind. Raises NotFound for an unknown set or revision, and where no label is so.
    """
    end = WORKING_TREE if rev is None else revision(repo, rev)
    (found,) = set_pairs(repo, end, end, [name])
    version = found.after
    if version is None:
        raise NotFound(
            f"label set {found.label_set.name} is not there at {rev or 'the working tree'}",
            hint="`labelvc log` lists the commits that touched it.",
        )
    behind = repo.git.commit(since) if since is not None else None
    search = _Search(repo, version.label_set, behind)
    answer = search.answer(Node(end.commit, version.label_set.name), version, wanted)
    if wanted:
        answer = _narrowed(answer, wanted, version.label_set.name)
    return Blame(
        name=version.label_set.name,
        path=version.label_set.path,
        format=answer.rest.format,
        rev=end.rev,
        commit=end.commit,
        labels=answer.labels,
        changes=answer.changes,
        commits=answer.rest.commits,
        texts=answer.rest.texts,
        notes=search.notes,
    )


class _Search:
    """One label set's answers, kept or worked out."""

    def __init__(self, repo: Repository, label_set: LabelSet, since: str | None) -> None:
        self._repo = repo
        self._label_set = label_set
        self._since = since
        self._lineage = Lineage(repo, label_set, since)
        self._cache = PatchCache(repo)
        self._known: dict[Node, _Answer] = {}
        self.notes: list[str] = []

    def answer(self, node: Node, version: Version, wanted: Filter) -> _Answer:
        """The origins of the labels of a version, at least of those that are wanted."""
        if (kept := self._kept(node, version)) is not None:
            return kept
        if node.commit is None and not wanted:
            # HEAD's answer is worth keeping, and with it an uncommitted change is one step
            for parent, pair in self._lineage.pairs(node, version)[:1]:
                before = getattr(pair, "before", None)
                if before is not None:
                    answer = self.answer(parent, before, wanted)
                    if before.hash == version.hash and before.beside == version.beside:
                        return answer
        answer = self._walked(node, version, wanted)
        key = self._key(node, version)
        if key is not None and not wanted and answer.is_sure:
            self._cache.put(key, _encoded(answer))
        self._cache.tidy()
        return answer

    def _walked(self, node: Node, version: Version, wanted: Filter) -> _Answer:
        snapshot, fmt = read_version(version)
        label_set = replace(self._label_set, format=fmt.NAME)
        labels = snapshot.labels.select(_LABELS).filter(*_conditions(wanted))
        visits = Visits(self._repo, self._cache, self._lineage, label_set=label_set)
        visits.begin(node, version)

        def visit(at: Node) -> Visit:
            there = visits.version(at)
            if at.commit and there is not None and self._kept(at, there) is not None:
                return Visit(end=_KEPT)
            return visits.visit(at)

        origins = blame(node, held(labels, fmt), visit, self._lineage.rank)
        self.notes += [
            f"{at.commit[:9] if at.commit else at.name}: {error.message}"
            for at, error in visits.missing.items()
        ]
        texts = dict(snapshot.samples.select("sample", "text").drop_nulls().iter_rows())
        return _Telling(self._lineage, self._known).answer(labels, origins, fmt.NAME, texts)

    def _kept(self, node: Node, version: Version) -> _Answer | None:
        if node not in self._known and (key := self._key(node, version)) is not None:
            answer = _decoded(self._cache.get(key))
            if answer is not None:
                self._known[node] = answer
        return self._known.get(node)

    def _key(self, node: Node, version: Version) -> object | None:
        """What an answer depends on; None where it is not kept."""
        content = version.content
        if node.commit is None or self._since is not None or content is None or not content.hash:
            return None
        label_set = self._label_set
        newest = self._lineage.newest(node, version)
        stored = [content.hash_name, content.hash]
        read = [read_as(label_set), label_set.ids, label_set.annotators]
        return ["blame", newest, stored, *read, self._lineage.cuts]


class _Telling:
    """Puts origins into an answer."""

    def __init__(self, lineage: Lineage, known: dict[Node, _Answer]) -> None:
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
    ) -> _Answer:
        """The labels with what is told of each."""
        told = [self._told(origin, format) for origin in origins]
        columns = zip(*told, strict=True) if told else iter([()] * len(_ANSWER))
        answer = {
            name: pl.Series(name, list(values), dtype=dtype)
            for (name, dtype), values in zip(_ANSWER.items(), columns, strict=True)
        }
        used = [texts_of for texts_of in labels["sample"].unique().to_list() if texts_of in texts]
        rest = _Rest(format, self._commits(answer), {name: texts[name] for name in sorted(used)})
        return _Answer(labels.with_columns(**answer), self._told_changes(), rest)

    def _told(self, origin: Origin, format: str) -> tuple[object, ...]:
        commit = origin.node.commit
        if origin.end == _KEPT:
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


def _taken(rows: list[tuple[object, int]], wanted: Held) -> int:
    """The row of that id, else the last one; it is not given to another label."""
    for at in range(len(rows) - 1, -1, -1):
        if rows[at][0] == wanted.id:
            return rows.pop(at)[1]
    return rows.pop()[1]


def _conditions(wanted: Filter) -> list[pl.Expr]:
    asked = {"sample": wanted.samples, "category": wanted.categories, "id": wanted.labels}
    return [pl.col(name).is_in(list(values)) for name, values in asked.items() if values]


def _narrowed(answer: _Answer, wanted: Filter, name: str) -> _Answer:
    labels = answer.labels.filter(*_conditions(wanted))
    if labels.is_empty():
        asked = [*wanted.samples, *wanted.categories, *wanted.labels]
        raise NotFound(
            f"label set {name} has no label of {', '.join(map(repr, asked))}",
            hint="`labelvc show --json` lists the labels. Of what was removed,"
            " `labelvc log --sample S` or `--label ID` tells.",
        )
    told = set(labels["commit"].drop_nulls())
    commits = {sha: one for sha, one in answer.rest.commits.items() if sha in told}
    return replace(
        answer, labels=labels, rest=_Rest(answer.rest.format, commits, answer.rest.texts)
    )


def _encoded(answer: _Answer) -> list[bytes]:
    frames = [frame_bytes(frame) for frame in (answer.labels, answer.changes)]
    return [*frames, msgspec.json.encode(answer.rest)]


def _decoded(parts: Sequence[bytes] | None) -> _Answer | None:
    if parts is None:
        return None
    labels, changes, rest = parts
    return _Answer(frame_of(labels), frame_of(changes), msgspec.json.decode(rest, type=_Rest))
