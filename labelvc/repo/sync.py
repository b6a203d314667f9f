"""Label files follow their pointers: after Git moved a pointer, the label file is stale.

A stale label file is dangerous: `dvc add` would silently take the other side's labels back. So
after each operation of Git the files that nobody edited are replaced, and the others told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from labelvc.core.errors import LabelvcError, NotFound, ParseError
from labelvc.repo.config import FILE, LabelSet
from labelvc.repo.pointer import Stored
from labelvc.repo.remote import dvc_errors
from labelvc.repo.repository import Repository
from labelvc.repo.synced import Entry, Synced, stats_of


class Mover(Enum):
    """Who wrote the pointers that changed since the last look."""

    GIT = auto()
    USER = auto()  # by `dvc add`: the label file's edits start from there
    UNKNOWN = auto()  # the user, where HEAD has another


class _State(Enum):
    IN_LINE = auto()  # with its pointer, or edited from what the pointer says
    OUTDATED = auto()  # an unedited older version, or missing: to be replaced
    BEHIND = auto()  # edited, and the pointer moved meanwhile


@dataclass(frozen=True)
class _Followed:
    """A label set that has a pointer, as it is in the working tree."""

    path: str
    stored: Stored
    current: str  # hash of the label file, "" where it is missing
    entry: Entry
    seen: bool  # the pointer was looked at before,
    moved: bool  # and was written since

    @property
    def target(self) -> str:
        return self.stored.hash


def sync(repo: Repository, *, mover: Mover = Mover.UNKNOWN) -> list[str]:
    """Bring label files in line with their pointers. Tells what people need to know, a line each.

    Labels that are kept nowhere else are never written over. Where no pointer moved it costs a
    few file stats.
    """
    record = Synced.load(repo)
    if record.is_settled(repo.root):
        return []
    watched = stats_of(repo.root, _watched(repo, record))
    told: list[str] = []
    outdated: list[_Followed] = []
    for found in _followed(repo, record):
        state = _state(repo, found, mover)
        if state is not _State.OUTDATED:
            told += _note(found, state)
        elif _is_here(repo, found.stored):
            outdated.append(found)
        else:
            told += _note_absent(found)
    try:
        told += _replace(repo, outdated)
    except LabelvcError as error:
        paths = ", ".join(found.path for found in outdated)
        told.append(f"older than the pointer: {paths}: {' '.join(str(error).split())}")
        watched.update((found.stored.pointer, None) for found in outdated)  # look again next time
    record.watched = watched
    record.save()
    return told


def stale(repo: Repository, label_set: LabelSet) -> str | None:
    """Why committing the label file would silently undo what its pointer says, or None.

    Call after `sync`, which finds the label files that do not follow.
    """
    entry = Synced.load(repo).entries.get(label_set.path)
    stored = _stored(repo, label_set)
    if entry is None or stored is None or entry.behind != stored.hash:
        return None
    if _hash(repo, label_set) in ("", stored.hash):
        return None
    return (
        f"{label_set.path} does not start from the version its pointer now names: committing it "
        f"would undo that version's changes. {_choice(label_set.path)}"
    )


def remember(repo: Repository) -> None:
    """Note which label files are in line with their pointers; after pointers were written."""
    record = Synced.load(repo)
    watched = stats_of(repo.root, _watched(repo, record))
    for found in _followed(repo, record):
        if found.current == found.target:
            _note(found, _State.IN_LINE)
    record.watched = watched
    record.save()


def _watched(repo: Repository, record: Synced) -> set[str]:
    """The files whose change may move a label set: labelvc.yaml and the pointers."""
    names = {FILE}
    for label_set in _sets(repo, record):
        stored = _stored(repo, label_set)
        names.add(stored.pointer if stored else f"{label_set.path}.dvc")
    return names


def _sets(repo: Repository, record: Synced) -> list[LabelSet]:
    """The declared label sets, and those once followed that this commit does not declare."""
    declared = list(repo.config(None).sets)
    paths = {label_set.path for label_set in declared}
    return declared + [LabelSet(path, path) for path in record.entries if path not in paths]


def _followed(repo: Repository, record: Synced) -> Iterator[_Followed]:
    for label_set in _sets(repo, record):
        stored = _stored(repo, label_set)
        if stored is not None:
            path = label_set.path
            entry = record.entries.setdefault(path, Entry())
            seen = stored.pointer in record.watched
            moved = not record.is_untouched(repo.root, stored.pointer)
            yield _Followed(path, stored, _hash(repo, label_set), entry, seen, moved)


def _stored(repo: Repository, label_set: LabelSet) -> Stored | None:
    """What the pointer in the working tree says; None without one, or while it cannot be read."""
    try:
        stored = repo.stored(label_set, None)
    except (NotFound, ParseError):
        return None
    return stored if stored and stored.pointer and stored.hash else None


def _hash(repo: Repository, label_set: LabelSet) -> str:
    there = (repo.root / label_set.path).exists()
    return repo.working(label_set)[1] if there else ""


def _state(repo: Repository, found: _Followed, mover: Mover) -> _State:
    last, current = found.entry.hash, found.current
    if current == found.target or not (found.moved or found.entry.behind):
        return _State.IN_LINE
    if mover is not Mover.GIT and not found.seen:
        return _State.IN_LINE  # what was here before us is nobody's to replace
    known = mover is Mover.GIT and found.moved and _is_known(repo, found)
    if last == found.target and not known:
        return _State.IN_LINE  # edited, or deleted, and the pointer is back where it was
    if current in ("", last) or known:
        return _State.OUTDATED
    if found.moved and _is_own(repo, found, mover):
        return _State.IN_LINE
    if found.entry.absent and _is_here(repo, found.stored):
        return _State.IN_LINE  # pulled and then edited
    return _State.BEHIND


def _is_own(repo: Repository, found: _Followed, mover: Mover) -> bool:
    """Whether the pointer was last written by the user, so that the label file starts from it."""
    if mover is Mover.GIT or repo.git.state() is not None:
        return False
    pointer = found.stored.pointer
    there = (repo.root / pointer).read_bytes()
    return mover is Mover.USER or there != repo.git.show("HEAD", f"{repo.prefix}{pointer}")


def _is_known(repo: Repository, found: _Followed) -> bool:
    """Whether the label file is a version that DVC has stored, so that replacing loses nothing."""
    return bool(found.current) and repo.objects.has(found.current, found.stored.hash_name)


def _is_here(repo: Repository, stored: Stored) -> bool:
    """Whether all the content is in the cache. Nothing is fetched."""
    folder = stored.enclosing or (stored.hash if stored.is_dir else "")
    if not folder:
        return repo.objects.has(stored.hash, stored.hash_name)
    if not repo.objects.has(folder, stored.hash_name):
        return False
    files = repo.objects.tree(folder, stored.hash_name)
    inner = stored.inner
    return all(
        repo.objects.has(md5, stored.hash_name)
        for path, md5 in files.items()
        if not inner or path == inner or path.startswith(f"{inner}/")
    )


def _note(found: _Followed, state: _State) -> list[str]:
    """Write the state into the record; what there is to tell, once."""
    entry = found.entry
    if state is _State.IN_LINE:
        entry.hash, entry.behind, entry.absent = found.target, "", False
        return []
    was_told = entry.behind == found.target and not entry.absent
    entry.behind, entry.absent = found.target, False
    if was_told:
        return []
    return [
        f"{found.path} has uncommitted label edits, and its pointer moved on: `labelvc diff` "
        f"shows how they differ. {_choice(found.path)}"
    ]


def _note_absent(found: _Followed) -> list[str]:
    was_told = found.entry.behind == found.target
    found.entry.behind, found.entry.absent = found.target, True
    get = f"{found.path} is not in the DVC cache: get it with `dvc pull {found.path}`"
    return [] if was_told else [get]


def _replace(repo: Repository, outdated: Sequence[_Followed]) -> list[str]:
    """Put what the pointers say in place. Raises LabelvcError where DVC cannot."""
    if not outdated:
        return []
    # DVC's own checkout keeps to cache.type (a hard link must not be written through), and
    # without force it refuses to remove what its cache does not have.
    with dvc_errors("check out the label files", repo.root / ".dvc" / "tmp" / "lock"):
        targets = [str(repo.root / found.path) for found in outdated]
        repo.dvc.repo().checkout(targets=targets)
    told = []
    for found in outdated:
        if found.entry.hash and found.current not in ("", found.entry.hash):
            told.append(
                f"{found.path} now is the version its pointer names; the one before, "
                f"{found.current}, stays in the DVC cache"
            )
        _note(found, _State.IN_LINE)
    return told


def _choice(path: str) -> str:
    return f"Keep yours: `dvc add {path}`. Take the pointer's: `dvc checkout --force {path}`."
