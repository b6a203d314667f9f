"""Storing label files in DVC, and noting in their pointers what they hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from labelvc.core.errors import RepositoryError
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from labelvc.repo.config import LabelSet
from labelvc.repo.following import is_here
from labelvc.repo.pointer import Stored, with_meta
from labelvc.repo.remote import dvc_errors
from labelvc.repo.repository import Repository
from labelvc.repo.tallies import read_as, remember_tally
from labelvc.repo.writing import write_atomic

# Above this many categories a pointer would be longer than anyone reads.
MOST_CATEGORIES = 1000


def store(repo: Repository, label_set: LabelSet, stored: Stored | None) -> Stored:
    """Bring the label set's files into DVC's cache and its pointer up to date.

    `stored` says how it is tracked so far; None has DVC track it from now on. Plain Git files are
    left to Git. Returns what the pointer says then. Raises RepositoryError with DVC's reason.
    """
    if stored is not None and stored.how == "git":
        return stored
    if stored is None and not repo.dvc.exists:
        raise RepositoryError(
            f"{repo.root}: no DVC project here", hint="Make one with `labelvc init`."
        )
    pointer = repo.root / (stored.pointer if stored else f"{label_set.path}.dvc")
    before = pointer.read_bytes() if pointer.exists() else None
    try:
        _hand_over(repo, label_set, stored)
    except RepositoryError as error:
        if error.hint is None and not repo.objects.has(repo.working(label_set)[1]):
            raise _not_stored(label_set) from error
        raise
    now = repo.stored(label_set, None)
    # Where a file could not be copied into its cache, DVC says so in its log only.
    if now is None or not is_here(repo, now):
        _put_back(pointer, before)
        raise _not_stored(label_set)
    return now


def _put_back(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    else:
        write_atomic(file, content)


def _hand_over(repo: Repository, label_set: LabelSet, stored: Stored | None) -> None:
    path = str(repo.root / label_set.path)
    dvc = repo.dvc.repo()
    # DVC would tell people to `git add` what is staged for them here.
    dvc.scm_context.quiet = True
    with dvc_errors(f"store {label_set.path}", repo.root / ".dvc" / "tmp" / "lock"):
        if stored is not None and stored.how == "stage":
            dvc.commit(path, force=True)
        else:
            # Inside a larger tracked folder DVC updates that folder's pointer, and keeps the
            # entries of files that are not checked out.
            dvc.add(path)


def _not_stored(label_set: LabelSet) -> RepositoryError:
    return RepositoryError(
        f"cannot store {label_set.path}: DVC could not write all of it into its cache",
        hint="Free some space or give yourself the right to write there, and run it again.",
    )


def describe(repo: Repository, label_set: LabelSet, stored: Stored, snapshot: Snapshot) -> None:
    """Note in the pointer, and beside it, what the stored labels are.

    `snapshot` is what was read from the very content that `stored` names. Only `.dvc` files hold
    the note: dvc.lock is DVC's own, and plain Git files have no pointer.
    """
    remember_tally(repo, stored, label_set, snapshot.tally())
    if not stored.pointer.endswith(".dvc"):
        return
    path = repo.root / stored.pointer
    content = path.read_bytes()
    noted = with_meta(content, label_set.name, block(label_set, stored, snapshot))
    if noted != content:
        write_atomic(path, noted)


def block(label_set: LabelSet, stored: Stored, snapshot: Snapshot) -> dict[str, Any]:
    """What stands under `meta.labelvc.<label set>` in a pointer."""
    own = replace(label_set, format=snapshot.format)
    return note(own, stored.hash, snapshot.tally(), snapshot.digest())


def note(label_set: LabelSet, hash: str, tally: Tally | None, digest: str | None) -> dict[str, Any]:
    """The same from its parts, as far as they are known; `label_set` has the format it is in."""
    told: dict[str, Any] = read_as(label_set)
    if tally is not None:
        told |= {"samples": tally.samples, "labels": tally.labels}
        if len(tally.categories) <= MOST_CATEGORIES:
            told["categories"] = dict(tally.categories)
    return {**told, **({"digest": digest} if digest else {}), "md5": hash}
