"""The commits that touched labels, and the labels at a revision."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.filtering import Filter
from labelvc.core.snapshot import Snapshot
from labelvc.core.told import LogEntry, ShowSet, ShowTable
from labelvc.formats.reading import read
from labelvc.repo.committing import TRAILER, summarised
from labelvc.repo.compare import EVERYTHING, compare_pair, known
from labelvc.repo.git_commit import Commit
from labelvc.repo.label_life import lives
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import (
    WORKING_TREE,
    Revision,
    SetPair,
    empty_tree,
    revision,
    set_pairs,
)


def log(
    repo: Repository, rev: str = "HEAD", names: Sequence[str] = (), *, wanted: Filter = EVERYTHING
) -> Iterator[LogEntry]:
    """The commits up to `rev` that changed labels, newest first, with what they did to each set.

    The words are those of the commit's trailers; without them they are worked out from both
    versions. Where samples or labels are wanted, the entries have what happened to those; raises
    NotFound then where nothing is or was called so.
    """
    start, nothing = revision(repo, rev), empty_tree(repo)
    if start.commit == nothing:  # no commit yet
        return
    if wanted.samples or wanted.labels:
        yield from lives(repo, start, names, wanted)
        return
    for commit in repo.git.log([start.commit or rev], _paths(repo, start, names)):
        parent = commit.parents[0] if commit.parents else nothing
        ends = Revision(commit=parent), Revision(commit=commit.sha)
        told = _told_sets(repo, commit, list(_changed(repo, ends, names)))
        if told:
            yield LogEntry(commit.sha, commit.author, commit.date, commit.subject, told)


def _paths(repo: Repository, end: Revision, names: Sequence[str]) -> list[str]:
    """Where Git keeps what it knows of the label sets, relative to the top."""
    found: set[str] = set()
    for pair in set_pairs(repo, end, end, names):
        stored = pair.after.stored if pair.after else None
        path = pair.label_set.path
        found |= {path, f"{path}.dvc", stored.pointer if stored and stored.pointer else path}
    return sorted(f"{repo.prefix}{path}" for path in found)


def _changed(
    repo: Repository, ends: tuple[Revision, Revision], names: Sequence[str]
) -> Iterator[SetPair]:
    try:
        pairs = list(set_pairs(repo, *ends, names))
    except NotFound:  # a set of that name did not exist yet
        return
    yield from (pair for pair in pairs if not pair.is_equal)


def _told_sets(repo: Repository, commit: Commit, pairs: Sequence[SetPair]) -> dict[str, str]:
    trailers = dict(line.partition(" ")[::2] for line in commit.trailers(TRAILER))
    told = {}
    for pair in pairs:
        name = pair.label_set.name
        if name in trailers:
            told[name] = trailers[name]
        elif line := _worked_out(repo, pair):
            told[name] = line
    return told


def _worked_out(repo: Repository, pair: SetPair) -> str:
    try:
        return summarised(pair, compare_pair(repo, pair))
    except LabelvcError as error:
        if not pair.declared:
            return ""
        return _totals(repo, pair) or f"cannot be compared: {error.message}"


def _totals(repo: Repository, pair: SetPair) -> str | None:
    """What the pointers alone tell where the labels cannot be had."""
    before, after = (known(repo, version) for version in (pair.before, pair.after))
    if before is None or after is None:
        return None
    return f"{before.labels} to {after.labels} labels (the labels themselves are not here)"


def show(
    repo: Repository,
    rev: str | None = None,
    names: Sequence[str] = (),
    *,
    sample: str | None = None,
    stat: bool = False,
) -> ShowTable:
    """The labels at a revision (None: the working tree), or one sample's.

    With `stat` only the counts, which the pointers tell where they can. Raises NotFound for a
    sample that no label set has.
    """
    end = WORKING_TREE if rev is None else revision(repo, rev)
    sets: dict[str, ShowSet] = {}
    for pair in set_pairs(repo, end, end, names):
        if pair.after is not None and (shown := _shown(repo, pair, sample=sample, stat=stat)):
            sets[pair.label_set.name] = shown
    if sample is not None and not sets:
        raise NotFound(
            f"no label set has a sample {sample!r}",
            hint="`labelvc show --json` lists the samples.",
        )
    return ShowTable(end.rev, end.commit, sets)


def _shown(repo: Repository, pair: SetPair, *, sample: str | None, stat: bool) -> ShowSet | None:
    version, label_set = pair.after, pair.label_set
    assert version is not None
    tally = known(repo, version)
    if stat and sample is None and tally is not None and label_set.format:
        return ShowSet(label_set.path, label_set.format, tally)
    try:
        snapshot, fmt, _ = read(version.source, label_set.format, label_set.settings, label_set.key)
    except LabelvcError:
        if pair.declared:
            raise
        return None
    if sample is not None:
        snapshot = of_sample(snapshot, sample)
        if snapshot.samples.is_empty():
            return None
    return ShowSet(label_set.path, fmt.NAME, snapshot.tally(), None if stat else snapshot)


def of_sample(snapshot: Snapshot, sample: str) -> Snapshot:
    """The part of a snapshot that concerns one sample, with the categories it uses."""
    labels = snapshot.labels.filter(pl.col("sample") == sample)
    used = labels["category"].unique().to_list()
    return replace(
        snapshot,
        labels=labels,
        samples=snapshot.samples.filter(pl.col("sample") == sample),
        categories=snapshot.categories.filter(pl.col("key").is_in(used)),
    )
