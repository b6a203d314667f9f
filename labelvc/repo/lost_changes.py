"""What a merge that was made by hand lacks of what either side had changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from labelvc.core.align import named, names_of_samples
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.match import Ids, match
from labelvc.core.snapshot import CONTENT, Snapshot
from labelvc.formats.base import Format
from labelvc.formats.merging import Merging, merge_snapshots
from labelvc.formats.reading import read
from labelvc.formats.registry import by_name
from labelvc.repo.compare import reading
from labelvc.repo.config import LabelSet
from labelvc.repo.guard import marked_at
from labelvc.repo.merge_check import both_changed
from labelvc.repo.pointer_merging import PointerMerge, Versions
from labelvc.repo.repository import Repository
from labelvc.repo.versions import Version, origin_of, source_of, tree_of


def merge_check(repo: Repository, tell: Callable[[str], None], base: str = "HEAD") -> list[str]:
    """What is wrong with HEAD and its merges since `base`, a line each.

    Pointers with open conflicts, and merges that lack label changes of one side. A merge whose
    objects cannot be had, as in the clone of a fork, is told of and passes.
    """
    told = [
        f"{path} was committed with open label conflicts: settle them (`labelvc conflicts`)"
        for path in marked_at(repo.git, repo.git.commit("HEAD"))
    ]
    start = repo.git.commit(base)
    for commit in repo.git.lines("log", "-z", "--merges", "--format=%H", f"{start}..HEAD"):
        told += _lost_in(repo, commit.strip(), tell)
    return told


def _lost_in(repo: Repository, commit: str, tell: Callable[[str], None]) -> Iterator[str]:
    for path, sides, merged in both_changed(repo, commit):
        try:
            lost = lost_changes(repo, path, sides, merged)
        except NotFound as error:
            tell(f"{path} in merge {commit[:10]} was not checked: {error.message}")
            continue
        except LabelvcError as error:
            yield f"{path} in merge {commit[:10]}: cannot be checked: {error.message}"
            continue
        if lost:
            yield (
                f"{path} in merge {commit[:10]} was settled by hand and lacks label changes of "
                f"{lost}: merge again with labelvc"
            )


def lost_changes(repo: Repository, where: str, sides: Versions, merged: Version) -> str | None:
    """Whose changes ("ours" or "theirs") a merge lacks that nothing stood against; else None.

    Raises NotFound where an object cannot be had, LabelvcError where labels cannot be read.
    """
    for label_set in PointerMerge(repo, where, sides).sets:
        parts = [_snapshot(repo, label_set, side) for side in (*sides, merged)]
        base, ours, theirs, committed = (part or Snapshot() for part in parts)
        known = next((part.format for part in parts if part and part.format), None)
        how = Merging(reading(label_set), label_set.merge)
        fmt = by_name(label_set.format or known or "")
        if lost := _lost((base, ours, theirs), committed, fmt, how):
            return lost
    return None


def _snapshot(repo: Repository, label_set: LabelSet, side: Version) -> Snapshot | None:
    for output in side.pointer.outs:
        if label_set.path == output.path or label_set.path.startswith(f"{output.path}/"):
            origin = origin_of(output, label_set, side.side)
            tree = tree_of(repo.objects, output, origin)
            source = source_of(repo, label_set, output, tree, origin)
            if source.files:
                return read(source, label_set.format, label_set.settings, label_set.key)[0]
    return None


def _lost(
    versions: tuple[Snapshot, Snapshot, Snapshot], committed: Snapshot, fmt: Format, how: Merging
) -> str | None:
    aligned, merged = merge_snapshots(versions, fmt, how)
    open_keys = {
        row["key"]
        for conflict in merged.conflicts
        for side in (conflict.ours, conflict.theirs, conflict.now)
        for row in side.get("labels", ())
    }
    names = names_of_samples(aligned, merged.snapshot)
    meant = named(merged.snapshot, names)
    ids: Ids = "untrusted" if fmt.CARRIES.ids_are_places else how.wanted.ids
    keyed = match(meant, committed, ids=ids, independent=how.wanted.independent).after
    found = _rows(named(keyed, {}))
    wanted = _rows(meant)
    for other, own in (("theirs", aligned.ours), ("ours", aligned.theirs)):
        if _reverted(wanted, _rows(named(own, names)), found, open_keys):
            return other
    return None


def _reverted(
    wanted: dict[int, Any], kept: dict[int, Any], found: dict[int, Any], ignored: Collection[int]
) -> bool:
    """Whether a label is as one side kept it, though the other's change was to be merged."""
    return any(
        wanted.get(key) != kept.get(key) and found.get(key) == kept.get(key)
        for key in {**wanted, **kept}
        if key not in ignored
    )


def _rows(snapshot: Snapshot) -> dict[int, tuple[Any, ...]]:
    return {key: tuple(row) for key, *row in snapshot.labels.select("key", *CONTENT).iter_rows()}
