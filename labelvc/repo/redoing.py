"""Pointers that Git left in conflict without our driver, merged afterwards."""

from __future__ import annotations

from labelvc.repo.following import Mover
from labelvc.repo.pointer_merging import PointerMerge
from labelvc.repo.repository import Repository
from labelvc.repo.sync import sync
from labelvc.repo.unmerged import marks_of, moved, take_out, unmerged_pointers
from labelvc.repo.versions import version
from labelvc.repo.writing import write_atomic


def redo(repo: Repository) -> list[str]:
    """Merge them. Tells what was done.

    So it is after `git merge -s resolve`, in a clone without `labelvc init`, where the driver was
    killed, and where one side moved a label set. Raises what the driver raises.
    """
    told: list[str] = []
    marked = {path for path, _ in marks_of(repo)}
    for stages in unmerged_pointers(repo):
        there = moved(repo, stages) if stages.is_deleted else stages
        if there is None or stages.path in marked:
            continue
        base, ours, theirs = (
            version(side, content or b"", there.path) for side, content in there.sides
        )
        merge = PointerMerge(repo, there.path, (base, ours, theirs))
        if not merge.sets:
            continue
        content, is_open = merge.run(told.append)
        write_atomic(repo.root / there.path, content)
        if there is not stages:
            take_out(repo, stages.path)
        # Git knows no conflict at the new path: staged, the mark there stops a commit
        if not is_open or there is not stages:
            repo.git.stage([f"{repo.prefix}{there.path}"])
    if told:
        told += sync(repo, mover=Mover.GIT)
    return told
