"""The stage `stats`: count label sets, compare with the version before, write it all down.

In `dvc.yaml` it runs as `labelvc stats --out metrics/SET -- SET`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from labelvc.core.comparison import End
from labelvc.core.drift import Drift, drift
from labelvc.core.errors import LabelvcError
from labelvc.core.snapshot import Snapshot
from labelvc.core.stats import Stats, stats
from labelvc.core.stats_told import StatsSet, StatsTable
from labelvc.formats.reading import read
from labelvc.formats.source import Source
from labelvc.repo.previous import previous
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import (
    WORKING_TREE,
    Revision,
    SetPair,
    Version,
    revision,
    set_pairs,
)
from labelvc.repo.writing import write_atomic
from labelvc.report.stats_files import csv_files, metrics_json
from labelvc.stages.plots import write_pictures

METRICS = "stats.json"
PICTURES = "plots"
_NOTHING = Source("", {}, is_folder=False)


def stats_stage(
    snapshot: Snapshot, previous: Snapshot | None, out: Path
) -> tuple[Stats, tuple[Drift, ...]]:
    """Count a snapshot, compare it with the version before it, and write all files of the stage."""
    counted = stats(snapshot)
    moved = drift(previous, counted) if previous is not None else ()
    write_stats(counted, moved, out)
    return counted, moved


def write_stats(counted: Stats, moved: Sequence[Drift], out: Path) -> None:
    """Write `stats.json`, the CSV files and the pictures (in `plots/`) into the folder `out`.

    The same input gives the same bytes. Every CSV is written, without rows where nothing applies,
    as DVC wants its outputs to exist.
    """
    write_atomic(out / METRICS, metrics_json(counted, moved).encode())
    for name, text in csv_files(counted, moved).items():
        write_atomic(out / name, text.encode("utf-8", "backslashreplace"))
    write_pictures(counted, moved, out / PICTURES)


def stats_table(
    repo: Repository,
    rev: str | None = None,
    names: Sequence[str] = (),
    *,
    against: str | None = None,
) -> StatsTable:
    """The numbers of the label sets at a revision (None: the working tree), or of those named.

    Drift is against the revision `against`; without one, against the version before. Raises
    NotFound for an unknown revision or label set, and what reading the labels raises.
    """
    end = WORKING_TREE if rev is None else revision(repo, rev)
    base = None if against is None else revision(repo, against)
    sets: dict[str, StatsSet] = {}
    for pair in set_pairs(repo, base or end, end, names):
        version = pair.after
        if version is None or (snapshot := _read(repo, pair, version)) is None:
            continue
        alone = StatsSet(pair.label_set.path, snapshot.format, stats(snapshot))
        sets[pair.label_set.name] = (
            _since_previous(repo, alone, version, end, snapshot)
            if base is None
            else _since(repo, alone, pair, base)
        )
    return StatsTable(end.rev, end.commit, sets)


def _read(repo: Repository, pair: SetPair, version: Version) -> Snapshot | None:
    """None for what nobody declared and no format reads."""
    try:
        return _snapshot(repo, version, pair.label_set.format)
    except LabelvcError:
        if pair.declared:
            raise
        return None


def _snapshot(repo: Repository, version: Version, format: str | None) -> Snapshot:
    """The labels of a version, with the name of their format."""
    label_set = version.label_set
    repo.prefetch(_NOTHING, version.source)
    snapshot, fmt, _ = read(version.source, format, label_set.settings, label_set.key)
    return replace(snapshot, format=fmt.NAME)


def _since(repo: Repository, alone: StatsSet, pair: SetPair, base: Revision) -> StatsSet:
    if pair.before is None:
        return replace(alone, notes=(f"no drift: the label set is not there at {base.rev}",))
    then: Snapshot | Stats = alone.stats
    if not pair.is_equal:
        then = _snapshot(repo, pair.before, alone.format)
    return replace(alone, against=End(base.rev, base.commit), drift=drift(then, alone.stats))


def _since_previous(
    repo: Repository, alone: StatsSet, version: Version, end: Revision, snapshot: Snapshot
) -> StatsSet:
    """With drift; where the version before cannot be read, nobody asked for it by name."""
    try:
        found = previous(repo, version, end, snapshot, alone.format)
    except LabelvcError as error:
        return replace(alone, notes=(f"no drift: the version before cannot be read: {error}",))
    if found is None:
        return alone
    then, labels = found
    return replace(alone, against=End(then.rev, then.commit), drift=drift(labels, alone.stats))
