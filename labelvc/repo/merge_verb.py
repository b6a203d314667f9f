"""`labelvc merge`: git merge with a look at the labels, finishing it, leaving it, previewing it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from labelvc.core.conflict import Undecided, numbered
from labelvc.core.errors import RepositoryError
from labelvc.formats.merging import MergedSet, Merging, merge_sources
from labelvc.formats.registry import sniff
from labelvc.repo.clone import missing
from labelvc.repo.compare import reading
from labelvc.repo.following import Mover
from labelvc.repo.redoing import redo
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import Revision, SetPair, head, revision, set_pairs
from labelvc.repo.sidecars import sweep
from labelvc.repo.sync import sync
from labelvc.repo.unfinished import next_step, undecided
from labelvc.repo.unmerged import marks_of, unmerged_pointers


@dataclass(frozen=True)
class Preview:
    """What a merge would make of one label set.

    `from_theirs`: only theirs changed it, so that it would be taken whole; then nothing is merged.
    """

    name: str
    path: str
    from_theirs: bool
    incoming: tuple[int, int, int] | None
    undecided: Undecided | None


def start(repo: Repository, rev: str, options: Sequence[str] = (), *, aside: bool = False) -> int:
    """Run `git merge`; Git's own exit code.

    Its output goes where ours goes, with `aside` all of it to standard error.
    Raises RepositoryError where this clone does not know the merge driver.
    """
    if lacking := missing(repo.git):
        raise RepositoryError(
            f"this clone is not set up to merge labels: it lacks {lacking[0]}",
            hint="`labelvc init` sets it up.",
        )
    target = repo.git.commit(rev)
    words = ["git", "merge", "--no-edit", *options, rev if _is_name(repo, rev) else target]
    output = sys.stderr.fileno() if aside else None
    done = subprocess.run(words, cwd=repo.git.top, stdout=output, check=False).returncode
    sweep(repo.git, {mark for _, marks in marks_of(repo) for mark in marks.values()})
    return done


def go_on(repo: Repository) -> list[str]:
    """Finish the merge, or whatever is under way. Tells what was done.

    Pointers that Git left in conflict without the driver are merged first. Raises RepositoryError
    while conflicts are open.
    """
    told = redo(repo)
    if left := undecided(repo):
        count = sum(len(one.conflicts) for one in left)
        raise RepositoryError(
            f"{count} conflict{'s are' if count != 1 else ' is'} open in "
            f"{', '.join(one.path for one in left)}",
            hint="`labelvc conflicts` shows them, `labelvc resolve` settles them.",
        )
    busy = repo.git.state()
    if busy is None:
        if not told:
            raise RepositoryError("no merge is under way", hint="`labelvc merge REV` starts one.")
        return [*told, f"settled: go on with {next_step(repo)}"]
    repo.git.run("-c", "core.editor=true", busy, "--continue")
    told += sync(repo, mover=Mover.GIT)
    sha = repo.git.commit("HEAD")
    return [*told, f"the {busy} goes on" if repo.git.state() else f"{busy} finished: {sha[:10]}"]


def leave(repo: Repository) -> list[str]:
    """Give the merge up: everything as it was before. Tells what was done."""
    busy = repo.git.state()
    if busy is None:
        raise RepositoryError(
            "no merge is under way",
            hint="Pointers in conflict after `git stash pop`: `git checkout HEAD -- PATH.dvc`."
            if unmerged_pointers(repo)
            else None,
        )
    repo.git.run(busy, "--abort")
    told = sync(repo, mover=Mover.GIT)
    return [*told, f"{busy} left: everything is as it was before"]


def preview(repo: Repository, rev: str) -> list[Preview]:
    """What merging a revision into HEAD would do to each label set; nothing is written."""
    here, there = head(repo), revision(repo, rev)
    base_commit = repo.git.merge_base(str(here.commit), str(there.commit))
    base = Revision(base_commit[:12], base_commit)
    ours = {pair.label_set.name: pair for pair in set_pairs(repo, base, here)}
    found = []
    for theirs in set_pairs(repo, base, there):
        own = ours.get(theirs.label_set.name)
        if theirs.is_equal:
            continue
        if own is None or own.is_equal:
            found.append(Preview(theirs.label_set.name, theirs.label_set.path, True, None, None))
        elif own.after and theirs.after and own.after.hash != theirs.after.hash:
            found.append(_previewed(own, theirs))
    return found


def _previewed(own: SetPair, other: SetPair) -> Preview:
    label_set = own.label_set
    assert own.after is not None and other.after is not None
    name = label_set.format or sniff(own.after.source).NAME
    before = own.before.source if own.before else None
    merged = merge_sources(
        before,
        own.after.source,
        other.after.source,
        name,
        Merging(reading(label_set), label_set.merge),
    )
    return Preview(label_set.name, label_set.path, False, merged.incoming, _undecided(own, merged))


def _undecided(own: SetPair, merged: MergedSet) -> Undecided | None:
    if not merged.conflicts:
        return None
    label_set = own.label_set
    return Undecided(
        name=label_set.name,
        path=label_set.path,
        format=label_set.format,
        sample_key=merged.key,
        base=own.before.hash if own.before else None,
        ours=own.after.hash if own.after else None,
        theirs=None,
        merged=None,
        conflicts=dict(numbered(merged.conflicts)),
    )


def _is_name(repo: Repository, rev: str) -> bool:
    """Whether Git would name it in the message of the merge: a branch or a tag."""
    asked = repo.git.run(
        "rev-parse", "--verify", "--quiet", "--symbolic-full-name", rev, check=False
    )
    return bool(asked.stdout.strip())
