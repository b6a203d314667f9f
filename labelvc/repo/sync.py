"""Label files follow their pointers: after Git moved a pointer, the label file is stale.

A stale label file is dangerous: `dvc add` would silently take the other side's labels back. So
after each operation of Git the files that nobody edited are replaced, and the others told.
"""

from __future__ import annotations

from collections.abc import Sequence

from labelvc.core.errors import LabelvcError
from labelvc.repo.checkout import check_out
from labelvc.repo.config import LabelSet
from labelvc.repo.following import (
    Followed,
    Mover,
    State,
    current_hash,
    followed,
    is_here,
    state_of,
    stored_pointer,
    watched_files,
)
from labelvc.repo.remote import dvc_errors
from labelvc.repo.repository import Repository
from labelvc.repo.synced import Synced


def sync(repo: Repository, *, mover: Mover = Mover.UNKNOWN) -> list[str]:
    """Bring label files in line with their pointers. Tells what people need to know, a line each.

    Labels that are kept nowhere else are never written over. Where no pointer moved it costs a
    few file stats.
    """
    record = Synced.load(repo)
    if record.is_settled(repo.root):
        return []
    watched = watched_files(repo, record)
    told: list[str] = []
    outdated: list[Followed] = []
    for found in followed(repo, record):
        state = state_of(repo, found, mover)
        if state is not State.OUTDATED:
            told += _note(found, state)
        elif is_here(repo, found.stored, set(found.files.values())):
            outdated.append(found)
        else:
            told += _note_absent(found)
    try:
        told += _replace(repo, record, outdated)
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
    stored = stored_pointer(repo, label_set)
    if entry is None or stored is None or entry.behind != stored.hash:
        return None
    if current_hash(repo, label_set) in ("", stored.hash):
        return None
    return (
        f"{label_set.path} does not start from the version its pointer now names: committing it "
        f"would undo that version's changes. {_choice(label_set.path)}"
    )


def remember(repo: Repository) -> None:
    """Note which label files are in line with their pointers; after pointers were written."""
    record = Synced.load(repo)
    watched = watched_files(repo, record)
    for found in followed(repo, record):
        if found.current == found.target:
            _note(found, State.IN_LINE)
    record.watched = watched
    record.save()


def _note(found: Followed, state: State) -> list[str]:
    """Write the state into the record; what there is to tell, once."""
    entry = found.entry
    if state is State.IN_LINE:
        entry.hash, entry.behind, entry.absent, entry.toward = found.target, "", False, ""
        return []
    was_told = entry.behind == found.target and not entry.absent
    entry.behind, entry.absent = found.target, False
    if was_told:
        return []
    return [
        f"{found.path} has uncommitted label edits, and its pointer moved on: `labelvc diff` "
        f"shows how they differ. {_choice(found.path)}"
    ]


def _note_absent(found: Followed) -> list[str]:
    was_told = found.entry.behind == found.target
    found.entry.behind, found.entry.absent = found.target, True
    found.entry.hash = found.current or found.entry.hash  # nobody edited it so far
    get = f"{found.path} is not in the DVC cache: get it with `dvc pull {found.path}`"
    return [] if was_told else [get]


def _replace(repo: Repository, record: Synced, outdated: Sequence[Followed]) -> list[str]:
    """Put what the pointers say in place. Raises LabelvcError where DVC cannot."""
    if not outdated:
        return []
    for found in outdated:
        found.entry.toward = found.target
    record.save()  # whoever is killed on the way is known to have been on it
    rest = [found for found in outdated if not check_out(repo, found)]
    if rest:
        # DVC's own checkout keeps to cache.type (a hard link must not be written through), and
        # without force it refuses to remove what its cache does not have.
        with dvc_errors("check out the label files", repo.root / ".dvc" / "tmp" / "lock"):
            targets = [str(repo.root / found.path) for found in rest]
            repo.dvc.repo().checkout(targets=targets)
    told = []
    for found in outdated:
        if found.entry.hash and found.current not in ("", found.entry.hash):
            told.append(
                f"{found.path} now is the version its pointer names; the one before, "
                f"{found.current}, stays in the DVC cache"
            )
        _note(found, State.IN_LINE)
    return told


def _choice(path: str) -> str:
    return f"Keep yours: `dvc add {path}`. Take the pointer's: `dvc checkout --force {path}`."
