"""The version of a label set before the one at hand."""

from __future__ import annotations

from collections.abc import Iterator

from labelvc.core.errors import NotFound
from labelvc.core.snapshot import Snapshot
from labelvc.formats.reading import read
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, SetPair, Version, empty_tree, head, set_pairs


def previous(
    repo: Repository, current: Version, end: Revision, snapshot: Snapshot, format: str | None
) -> tuple[Revision, Snapshot] | None:
    """The last commit at which the label set had other labels, and those labels.

    `current` is the label set at `end`, and `snapshot` what was read of it in `format`. For a
    working tree that differs from HEAD, as before a commit, that is HEAD. Of merges the first
    parent counts. None for the first version. Raises what reading raises.
    """
    label_set = current.label_set
    for commit, version in _earlier(repo, current, end):
        if SetPair(label_set, version, current).is_equal:
            continue
        repo.prefetch(version.source, current.source)
        found, _, _ = read(version.source, format, label_set.settings, label_set.key)
        if found != snapshot:  # other bytes may still mean the same labels
            return commit, found
    return None


def _earlier(
    repo: Repository, current: Version, end: Revision
) -> Iterator[tuple[Revision, Version]]:
    """The label set at HEAD (for the working tree) and before each commit that touched it."""
    newest = end if end.commit else head(repo)
    committed = _at(repo, newest, newest, current.label_set.name)
    if newest.commit == empty_tree(repo) or committed is None:
        return
    if end.commit is None:
        yield newest, committed
    yield from _before(repo, newest, committed)


def _before(
    repo: Repository, start: Revision, version: Version
) -> Iterator[tuple[Revision, Version]]:
    """The label set before each commit up to `start` that touched it, the newest first."""
    stored, path = version.stored, version.label_set.path
    pointers = {path, f"{path}.dvc", stored.pointer if stored and stored.pointer else path}
    paths = sorted(f"{repo.prefix}{name}" for name in pointers)
    for commit in repo.git.log([start.commit or "HEAD"], paths, first_parent=True):
        if not commit.parents:
            return
        parent = Revision(commit=commit.parents[0])
        found = _at(repo, parent, start, version.label_set.name)
        if found is None:
            return
        yield parent, found
        if found.label_set.path != path:  # it moved here: its history is there
            yield from _before(repo, parent, found)
            return


def _at(repo: Repository, then: Revision, now: Revision, name: str) -> Version | None:
    """The label set that is called `name` at `now`, as it was `then`; None if not there."""
    try:
        (pair,) = set_pairs(repo, then, now, [name])
    except NotFound:
        return None
    return pair.before
