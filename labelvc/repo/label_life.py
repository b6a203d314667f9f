"""The whole life of one sample or label in words' reach: what each commit did to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from labelvc.core.blame import Held, Step, Turn
from labelvc.core.blame_life import Event, Labels, Samples, Subject, life
from labelvc.core.counting import count, flips
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.filtering import Filter
from labelvc.core.snapshot import CONTENT
from labelvc.core.summary import summary
from labelvc.core.told import LifeChanges, LogEntry
from labelvc.repo.blame_lineage import Lineage, Node
from labelvc.repo.blame_step import read_version
from labelvc.repo.blame_tables import Detail, held
from labelvc.repo.blame_visits import NOT_AT_HAND, Visits
from labelvc.repo.patch_cache import PatchCache
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, SetPair, Version, set_pairs

_SAMPLE, _CATEGORY = CONTENT.index("sample"), CONTENT.index("category")
_ENDS = {
    "shallow": "this clone has no older commits",
    NOT_AT_HAND: "the labels before this commit are not at hand",
}


def lives(
    repo: Repository, start: Revision, names: Sequence[str], wanted: Filter
) -> Iterator[LogEntry]:
    """What each commit up to `start` did to the samples or labels that are wanted, newest first.

    Ids are those at `start`, or the last ones of what is gone by then. Raises NotFound where
    nothing was ever called so.
    """
    told: list[list[LogEntry]] = []
    known = False
    for pair in set_pairs(repo, start, start, names):
        if pair.after is None:
            continue
        try:
            one = _Life(repo, pair, pair.after, start, wanted)
            told.append(list(one.entries()))
        except LabelvcError:
            if pair.declared:
                raise
            continue
        known = known or one.is_there
    if not known and not any(told):
        raise _nobody(wanted)
    yield from _joined(repo, start, [entries for entries in told if entries])


def _nobody(wanted: Filter) -> NotFound:
    what = "label with the native id" if wanted.labels else "sample"
    asked = ", ".join(map(repr, wanted.labels or wanted.samples))
    return NotFound(
        f"no label set has, or ever had, a {what} {asked}",
        hint="`labelvc show --json` lists the samples and labels with their ids.",
    )


def _joined(
    repo: Repository, start: Revision, told: Sequence[Sequence[LogEntry]]
) -> Iterator[LogEntry]:
    """The entries of all label sets, those of one commit in one, in Git's order."""
    if len(told) < 2:
        yield from (told[0] if told else ())
        return
    by_commit: dict[str, LogEntry] = {}
    for entry in [entry for entries in told for entry in entries]:
        other = by_commit.get(entry.commit, entry)
        both = {**other.sets, **entry.sets}, {**other.changes, **entry.changes}
        by_commit[entry.commit] = replace(entry, sets=both[0], changes=both[1])
    listed = repo.git.run("rev-list", "--date-order", str(start.commit)).stdout.decode().split()
    yield from (by_commit[sha] for sha in listed if sha in by_commit)


class _Life:
    """One label set, and what is wanted of it."""

    def __init__(
        self, repo: Repository, pair: SetPair, version: Version, start: Revision, wanted: Filter
    ) -> None:
        snapshot, fmt = read_version(version)
        self._wanted = wanted
        label_set = replace(version.label_set, format=fmt.NAME)
        self._name = label_set.name
        self._lineage = Lineage(repo, label_set)
        cache = PatchCache(repo)
        self._visits = Visits(repo, cache, self._lineage, label_set=label_set, whole=True)
        self._start = Node(start.commit, label_set.name)
        self._visits.begin(self._start, version)
        labels = snapshot.labels
        if wanted.samples:
            labels = labels.filter(pl.col("sample").is_in(list(wanted.samples)))
        if wanted.labels:
            labels = labels.filter(pl.col("id").is_in(list(wanted.labels)))
            self.is_there = not labels.is_empty()
            self._subject: Subject = Labels(held(labels, fmt), self._is_gone)
        else:
            there = snapshot.samples.filter(pl.col("sample").is_in(list(wanted.samples)))
            self.is_there = not there.is_empty()
            self._subject = Samples(
                frozenset(wanted.samples), _sample, _renamed, found=self.is_there
            )

    def entries(self) -> Iterator[LogEntry]:
        """The commits that did something to it."""
        for event in life(self._start, self._subject, self._visits.visit, self._lineage.rank):
            node: Node = event.node
            if not node.commit:
                continue
            changes = self._changes(event)
            if changes.labels or changes.samples or changes.notes:
                commit = self._lineage.commit(node.commit)
                yield LogEntry(
                    commit.sha,
                    commit.author,
                    commit.date,
                    commit.subject,
                    {self._name: self._summary(event, changes)},
                    {self._name: changes},
                )

    def _is_gone(self, step: Step, turn: Turn) -> bool:
        """Whether the turn removed a label of a wanted id."""
        if turn.row is None:
            return False
        row = step.detail.changes.row(turn.row, named=True)
        samples = self._wanted.samples
        return row["before_id"] in self._wanted.labels and (not samples or row["sample"] in samples)

    def _changes(self, event: Event) -> LifeChanges:
        step, notes = event.step, []
        if event.end is not None:
            known = event.subject.is_found
            return LifeChanges(notes=(_ENDS.get(event.end, event.end),) if known else ())
        if step is None or step.detail is None:
            return LifeChanges()
        detail: Detail = step.detail
        rows = [detail.changes.row(turn.row, named=True) for turn in _told(event.turns)]
        samples: list[dict[str, object]] = []
        if isinstance(event.subject, Samples):
            samples = self._samples(event.subject, step)
            former = event.subject.former(step)
            if former != event.subject.names:
                notes.append(f"renamed from {', '.join(sorted(former))}")
        else:
            notes += [note for turn in event.turns for note in _names(turn, detail)]
            ids = {row["after_id"] or row["before_id"] for row in rows} - {*self._wanted.labels}
            notes += [f"its id was {id} then" for id in sorted(filter(None, ids))]
        if step.through and (rows or samples or notes):
            between = ", ".join(node.commit[:9] for node in step.through)
            notes.append(f"here or in {between}, whose labels are not at hand")
        texts = {row["sample"]: detail.texts[row["sample"]] for row in rows
                 if row["sample"] in detail.texts}  # fmt: skip
        return LifeChanges(rows, samples, tuple(dict.fromkeys(notes)), texts)

    def _samples(self, subject: Samples, step: Step) -> list[dict[str, object]]:
        detail: Detail = step.detail
        names = [*subject.former(step), *subject.names]
        return detail.samples.filter(pl.col("sample").is_in(names)).to_dicts()

    def _summary(self, event: Event, changes: LifeChanges) -> str:
        if event.step is None or event.step.detail is None:
            return "; ".join(changes.notes)
        detail: Detail = event.step.detail
        rows = detail.changes[[row for turn in event.turns if (row := turn.row) is not None]]
        names = [row["sample"] for row in changes.samples]
        samples = detail.samples.filter(pl.col("sample").is_in(names))
        told = summary(count(rows, samples, []))
        kinds = ", ".join(f"{flip.before} to {flip.after}" for flip in flips(rows))
        return (f"{told}: {kinds}" if kinds else told) or "; ".join(changes.notes)


def _told(turns: Sequence[Turn]) -> list[Turn]:
    return [turn for turn in turns if turn.row is not None]


def _names(turn: Turn, detail: Detail) -> Iterator[str]:
    """What a label was called by before, where it is the same label under other names."""
    if turn.before is None or turn.after is None:
        return
    if turn.before.id != turn.after.id:
        yield f"its id was {turn.before.id} before, {turn.after.id} since"
    one, two = _sample(turn.before), _sample(turn.after)
    if one != two:
        yield f"sample renamed {one} -> {two}"
    renamed = {change.before: change.after for change in detail.categories
               if change.kind == "renamed"}  # fmt: skip
    old, new = (_content(side, _CATEGORY) for side in (turn.before, turn.after))
    if old in renamed and renamed[old] == new:
        yield f"category renamed {old} -> {new}"


def _content(held: Held, place: int) -> str:
    content = held.content
    assert isinstance(content, tuple)
    return str(content[place])


def _sample(held: Held) -> str:
    return _content(held, _SAMPLE)


def _renamed(step: Step) -> dict[str, str]:
    return dict(step.detail.renamed) if step.detail is not None else {}
