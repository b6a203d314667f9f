"""What a merge left undecided: found by the marks in the pointers, and decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labelvc.core.conflict import Conflict, Undecided
from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.resolve import locate, refreshed, resolve_all
from labelvc.core.snapshot import Snapshot
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from labelvc.repo.config import LabelSet
from labelvc.repo.following import Mover
from labelvc.repo.pointer import Stored, with_meta
from labelvc.repo.pointer_merge import UNRESOLVED
from labelvc.repo.pointer_merging import PointerMerge, whole
from labelvc.repo.pointing import name_tree, point_at_working_tree
from labelvc.repo.repository import Repository
from labelvc.repo.rewriting import rewrite_in_cache
from labelvc.repo.sidecars import keep
from labelvc.repo.sidecars import read as read_sidecar
from labelvc.repo.storing import block
from labelvc.repo.sync import remember, sync
from labelvc.repo.unmerged import Stages, marks_of, moved, take_out, unmerged_pointers
from labelvc.repo.versions import version
from labelvc.repo.writing import write_atomic

# A side, union or delete, or a file of labels in the set's format.
Choice = str | Path


@dataclass(frozen=True)
class Decided:
    """What was decided of one label set, and how much is left; then its pointer is staged."""

    name: str
    path: str
    settled: int
    left: int


def undecided(repo: Repository) -> list[Undecided]:
    """The open conflicts, by label set. Raises NotFound where this clone does not have them."""
    found = [
        read_sidecar(repo.git, mark)
        for _, marks in marks_of(repo)
        for _, mark in sorted(marks.items())
    ]
    known = {one.path for one in found}
    for stages in unmerged_pointers(repo):
        if not stages.is_deleted or moved(repo, stages):
            continue  # `redo` merges it
        if (one := _deleted(repo, stages)) and one.path not in known:
            found.append(one)
    return found


def decide(repo: Repository, choices: Mapping[str, Mapping[str, Choice]]) -> list[Decided]:
    """Decide conflicts, by label set name and conflict id; a pointer without any left is staged.

    Raises LabelvcError for a choice that a conflict does not allow; nothing is changed then.
    """
    sync(repo, mover=Mover.GIT)
    everything = {one.name: one for one in undecided(repo)}
    done = []
    for name, wanted in choices.items():
        one = everything.get(name)
        if one is None or not wanted.keys() <= one.conflicts.keys():
            raise NotFound(
                f"{name}: somebody has settled these conflicts meanwhile",
                hint="`labelvc conflicts` shows what is left.",
            )
        kinds = {one.conflicts[id].table for id in wanted}
        if kinds <= {"set"}:
            done.append(_decide_whole(repo, one, wanted))
        else:
            done.append(_decide_labels(repo, one, wanted))
    remember(repo)
    return done


def next_step(repo: Repository) -> str:
    """The command that goes on once nothing is left to decide."""
    busy = repo.git.state()
    if busy in (None, "merge"):
        return "`labelvc merge --continue`" if busy else "`git commit`"
    return f"`git {busy} --continue`"


def _decide_whole(repo: Repository, one: Undecided, wanted: Mapping[str, Choice]) -> Decided:
    """Take one side's pointer, and the label file it names."""
    ((id, choice),) = wanted.items()
    conflict = one.conflicts[id]
    if choice not in ("base", "ours", "theirs"):
        raise LabelvcError(
            f"{one.path}: all of the label set is undecided", hint="Choose ours, theirs or base."
        )
    told = conflict.side(str(choice)).get("set")
    pointer = _pointer_of(repo, one)
    if told:
        write_atomic(repo.root / pointer, told[0]["pointer"].encode())
        sync(repo, mover=Mover.GIT)
        repo.git.stage([f"{repo.prefix}{pointer}"])
    else:
        take_out(repo, pointer)
    return Decided(one.name, one.path, 1, 0)


def _decide_labels(repo: Repository, one: Undecided, wanted: Mapping[str, Choice]) -> Decided:
    label_set = _label_set(repo, one)
    chosen = {id: one.conflicts[id] for id in wanted}
    left = {id: conflict for id, conflict in one.conflicts.items() if id not in wanted}
    remaining = list(left.values())
    labels = {id: conflict for id, conflict in chosen.items() if conflict.table != "files"}

    def edit(snapshot: Snapshot) -> Snapshot:
        nonlocal remaining
        about = [c for c in one.conflicts.values() if c.table != "files"]
        keyed = locate(snapshot, about, independent=label_set.annotators == "independent")
        decisions = [
            (conflict, _taken(label_set, keyed, conflict, wanted[id]))
            for id, conflict in labels.items()
        ]
        decided, refused = resolve_all(keyed, decisions)
        if refused:
            raise next(iter(refused.values()))
        remaining = refreshed(remaining, decided, decisions)
        return decided

    snapshot = rewrite_in_cache(repo, label_set, edit) if labels else None
    for id, conflict in chosen.items():
        if conflict.table == "files":
            _take_file(repo, label_set, conflict, str(wanted[id]))
    _store(
        repo, label_set, snapshot, replace(one, conflicts=dict(zip(left, remaining, strict=True)))
    )
    return Decided(one.name, one.path, len(wanted), len(left))


def _taken(
    label_set: LabelSet, snapshot: Snapshot, conflict: Conflict, choice: Choice
) -> str | list[dict[str, Any]]:
    """The choice; of a file the labels of the conflict's samples, under keys of their own."""
    if isinstance(choice, str):
        return choice
    given, _, _ = read(disk_source(choice), label_set.format, label_set.settings, label_set.key)
    samples = set(conflict.samples)
    rows = [row for row in given.labels.iter_rows(named=True) if row["sample"] in samples]
    if not rows:
        raise NotFound(f"{choice}: no labels of {', '.join(sorted(samples))}")
    free = int(snapshot.labels["key"].max() or 0) + 1  # type: ignore[arg-type]
    return [{**row, "key": free + at, "record": None} for at, row in enumerate(rows)]


def _store(
    repo: Repository, label_set: LabelSet, snapshot: Snapshot | None, left: Undecided
) -> None:
    """Store the label file as it is now, and mark its pointer with what is left.

    `snapshot` is what the label file holds; None where it has to be read.
    """
    there = repo.stored(label_set, None)
    if there is None:
        raise NotFound(f"no pointer names {label_set.path} any more")
    stored = point_at_working_tree(repo, label_set, there)
    if snapshot is None:
        source, _ = repo.working(label_set)
        snapshot, _, _ = read(source, label_set.format, label_set.settings, label_set.key)
    note = block(label_set, stored, snapshot)
    if left.conflicts:
        note[UNRESOLVED] = keep(repo.git, replace(left, merged=stored.hash))
    path = repo.root / stored.pointer
    write_atomic(path, with_meta(path.read_bytes(), left.name, note))
    if not left.conflicts and stored.pointer not in {pointer for pointer, _ in marks_of(repo)}:
        repo.git.stage([f"{repo.prefix}{stored.pointer}"])


def _take_file(repo: Repository, label_set: LabelSet, conflict: Conflict, choice: str) -> None:
    """Put one side's version of a file that holds no labels in place."""
    stored = repo.stored(label_set, None)
    if stored is None or conflict.field is None:
        return
    home = label_set.path[: -len(stored.inner)] if stored.inner else f"{label_set.path}/"
    path = repo.root / home / conflict.field
    told = conflict.side(choice).get("files")
    md5 = told[0]["md5"] if told else None
    if md5:
        write_atomic(path, repo.objects.read(md5))
    else:
        path.unlink(missing_ok=True)
    if not path.is_relative_to(repo.root / label_set.path):
        _store_beside(repo, stored, conflict.field, md5)


def _store_beside(repo: Repository, stored: Stored, inner: str, md5: str | None) -> None:
    """Have a tracked folder's pointer name another version of a file, or none."""
    tree = dict(repo.objects.tree(stored.enclosing, stored.hash_name))
    tree.pop(inner, None)
    name_tree(repo, stored, tree | ({inner: md5} if md5 else {}))


def _label_set(repo: Repository, one: Undecided) -> LabelSet:
    """The set as labelvc.yaml declares it, read in the format it was merged in."""
    declared = {label_set.name: label_set for label_set in repo.sets(None)}
    found = declared.get(one.name) or LabelSet(one.name, one.path)
    return replace(found, format=one.format or found.format)


def _pointer_of(repo: Repository, one: Undecided) -> str:
    """The pointer that has the mark, or that one side deleted."""
    for path, marks in marks_of(repo):
        if one.name in marks:
            return path
    gone = (stages for stages in unmerged_pointers(repo) if stages.is_deleted)
    return next(s.path for s in gone if (told := _deleted(repo, s)) and told.path == one.path)


def _deleted(repo: Repository, stages: Stages) -> Undecided | None:
    """A pointer that one side deleted, as a conflict about the whole label set."""
    base, ours, theirs = (
        version(side, content or b"", stages.path) for side, content in stages.sides
    )
    sets = PointerMerge(repo, stages.path, (base, ours, theirs)).sets
    if not sets:
        return None
    return whole(sets[0], "deleted/edited", (base, ours, theirs))
