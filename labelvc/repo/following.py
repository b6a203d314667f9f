"""How each label file stands to its pointer, and whether it may be replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from labelvc.core.errors import NotFound, ParseError
from labelvc.repo.config import FILE, LabelSet
from labelvc.repo.files import Files
from labelvc.repo.merged_tree import below
from labelvc.repo.pointer import Stored
from labelvc.repo.repository import Repository
from labelvc.repo.synced import Entry, Stat, Synced, stat_of


class Mover(Enum):
    """Who wrote the pointers that changed since the last look."""

    GIT = auto()
    USER = auto()  # by `dvc add`: the label file's edits start from there
    UNKNOWN = auto()  # the user, where HEAD has another


class State(Enum):
    """How a label file stands to its pointer."""

    IN_LINE = auto()  # with its pointer, or edited from what the pointer says
    OUTDATED = auto()  # an unedited older version, or missing: to be replaced
    BEHIND = auto()  # edited, and the pointer moved meanwhile


@dataclass(frozen=True)
class Followed:
    """A label set that has a pointer, as it is in the working tree."""

    path: str
    stored: Stored
    current: str  # hash of the label file, "" where it is missing
    files: Mapping[str, str]  # hash by path, of a folder; of a single file under ""
    entry: Entry
    seen: bool  # the pointer was looked at before,
    moved: bool  # and was written since

    @property
    def target(self) -> str:
        """The hash that the pointer names."""
        return self.stored.hash


def watched_files(repo: Repository, record: Synced) -> dict[str, Stat]:
    """The files whose change may move a label set, labelvc.yaml and the pointers, as they are."""
    names = {FILE}
    for label_set in _sets(repo, record):
        stored = stored_pointer(repo, label_set)
        names.add(stored.pointer if stored else f"{label_set.path}.dvc")
    return {name: stat_of(repo.root / name) for name in names}


def _sets(repo: Repository, record: Synced) -> list[LabelSet]:
    """The declared label sets, and those once followed that this commit does not declare."""
    declared = list(repo.config(None).sets)
    paths = {label_set.path for label_set in declared}
    return declared + [LabelSet(path, path) for path in record.entries if path not in paths]


def followed(repo: Repository, record: Synced) -> Iterator[Followed]:
    """The label sets that have a pointer."""
    for label_set in _sets(repo, record):
        stored = stored_pointer(repo, label_set)
        if stored is not None:
            path = label_set.path
            entry = record.entries.setdefault(path, Entry())
            seen = stored.pointer in record.watched
            moved = not record.is_untouched(repo.root, stored.pointer)
            current, files = _current(repo, label_set)
            yield Followed(path, stored, current, files, entry, seen, moved)


def stored_pointer(repo: Repository, label_set: LabelSet) -> Stored | None:
    """What the pointer in the working tree says; None without one, or while it cannot be read."""
    try:
        stored = repo.stored(label_set, None)
    except (NotFound, ParseError):
        return None
    return stored if stored and stored.pointer and stored.hash else None


def current_hash(repo: Repository, label_set: LabelSet) -> str:
    """The hash of the label file in the working tree, "" where it is missing."""
    return _current(repo, label_set)[0]


def _current(repo: Repository, label_set: LabelSet) -> tuple[str, Mapping[str, str]]:
    """The hash of what is in the working tree, and of each file of a folder."""
    if not (repo.root / label_set.path).exists():
        return "", {}
    found, current = repo.working(label_set)
    if not found.is_folder:
        return current, {"": current}
    return current, found.files.listed if isinstance(found.files, Files) else {}


def state_of(repo: Repository, found: Followed, mover: Mover) -> State:
    """What is to be done about a label file."""
    last, current = found.entry.hash, found.current
    if current == found.target:
        return State.IN_LINE
    if found.entry.toward and _is_in_pieces(repo, found):
        return State.OUTDATED
    if not (found.moved or found.entry.behind):
        return State.IN_LINE
    if mover is not Mover.GIT and not found.seen:
        return State.IN_LINE  # what was here before us is nobody's to replace
    known = mover is Mover.GIT and found.moved and _is_known(repo, found)
    if last == found.target and not known:
        return State.IN_LINE  # edited, or deleted, and the pointer is back where it was
    if current in ("", last) or known:
        return State.OUTDATED
    if found.moved and _is_own(repo, found, mover):
        return State.IN_LINE
    if found.entry.absent and is_here(repo, found.stored):
        return State.IN_LINE  # pulled and then edited
    return State.BEHIND


def _is_own(repo: Repository, found: Followed, mover: Mover) -> bool:
    """Whether the pointer was last written by the user, so that the label file starts from it."""
    if mover is Mover.GIT or repo.git.state() is not None:
        return False
    pointer = found.stored.pointer
    there = (repo.root / pointer).read_bytes()
    return mover is Mover.USER or there != repo.git.show("HEAD", f"{repo.prefix}{pointer}")


def _is_known(repo: Repository, found: Followed) -> bool:
    """Whether the label file is a version that DVC has stored, so that replacing loses nothing."""
    return bool(found.current) and repo.objects.has(found.current, found.stored.hash_name)


def _is_in_pieces(repo: Repository, found: Followed) -> bool:
    """Whether somebody was killed while replacing it: its files are of stored versions."""
    if not found.files:
        return not found.current
    return all(repo.objects.has(one, found.stored.hash_name) for one in set(found.files.values()))


def is_here(repo: Repository, stored: Stored, known: Collection[str] = ()) -> bool:
    """Whether the content is in the cache, but for what has `known` hashes. Nothing is fetched."""
    folder = stored.enclosing or (stored.hash if stored.is_dir else "")
    if not folder:
        return repo.objects.has(stored.hash, stored.hash_name)
    if not repo.objects.has(folder, stored.hash_name):
        return False
    files = below(repo.objects.tree(folder, stored.hash_name), stored.inner)
    wanted = set(files.values()).difference(known)
    return all(repo.objects.has(md5, stored.hash_name) for md5 in wanted)
