"""Where open conflicts are kept, and how many there are: without reading what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path

from labelvc.core.errors import NotFound
from labelvc.repo.git import Git

_NAME = re.compile(r"[0-9a-f]{64}")


def folder(git: Git) -> Path:
    """The folder, which all working trees share."""
    return git.common_dir / "labelvc" / "conflicts"


def content(git: Git, name: str) -> bytes:
    """The sidecar of that name. Raises NotFound where this clone does not have it."""
    path = folder(git) / f"{name}.json"
    if not _NAME.fullmatch(name) or not path.exists():
        raise NotFound(
            f"the conflicts {name[:12]} of an unfinished merge are not in this clone",
            hint="They are where the merge was made. Make the merge again here: "
            "`labelvc merge --abort`, then merge.",
        )
    return path.read_bytes()


def count(git: Git, name: str) -> int | None:
    """How many conflicts are open; None where this clone does not have them."""
    try:
        (document,) = json.loads(content(git, name)).values()
        return sum(len(one["conflicts"]) for one in document["sets"].values())
    except (NotFound, ValueError, KeyError, AttributeError):
        return None
