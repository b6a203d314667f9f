"""Open conflicts between the commands that made and settle them: files named by their content.

They lie in the Git folder that all working trees share. A pointer's `meta` names the one that
counts, so a sidecar that no pointer names (after `git merge --abort`) means nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection

from labelvc.core.conflict import Undecided
from labelvc.core.conflict_codec import parse_conflicts, print_conflicts
from labelvc.repo.git import Git
from labelvc.repo.sidecar_files import content, folder
from labelvc.repo.writing import write_atomic

# Unnamed sidecars older than this are swept: no merge is open for so long and then aborted.
_KEPT_SECONDS = 30 * 24 * 3600


def keep(git: Git, undecided: Undecided) -> str:
    """Write a sidecar; its name, the sha256 of its content."""
    text = print_conflicts([undecided]).encode()
    name = hashlib.sha256(text).hexdigest()
    write_atomic(folder(git) / f"{name}.json", text)
    return name


def read(git: Git, name: str) -> Undecided:
    """The sidecar of that name. Raises NotFound where this clone does not have it."""
    (found,) = parse_conflicts(content(git, name), name[:12])
    return found


def sweep(git: Git, named: Collection[str]) -> None:
    """Remove old sidecars that no pointer names."""
    oldest = time.time() - _KEPT_SECONDS
    for path in folder(git).glob("*.json"):
        if path.stem not in named and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
