"""Nothing undecided goes into a commit or to another repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from labelvc.core.errors import NotFound
from labelvc.repo.git import Git
from labelvc.repo.unmerged import marks_in


def staged(git: Git) -> list[str]:
    """Why the index must not be committed: a line for each pointer with open conflicts."""
    try:
        changed = set(git.lines("diff-index", "--cached", "--name-only", "-z", git.commit("HEAD")))
    except NotFound:  # the first commit
        changed = set(git.index_ids(""))
    pointers = {path for path in changed if path.endswith(".dvc")}
    if not pointers:
        return []
    ids = {path: sha for path, sha in git.index_ids("").items() if path in pointers}
    told = [_told(path, "`labelvc conflicts` shows them") for path in sorted(_marked(git, ids))]
    return told + [
        f"{path} has conflict marks of Git: `labelvc merge --continue` merges its labels"
        for path, sha in sorted(ids.items())
        if b"<<<<<<< " in git.blob(sha)
    ]


def pushed(git: Git, refs: Iterable[str]) -> list[str]:
    """Why commits must not be pushed; `refs` are the lines that Git gives pre-push."""
    told = []
    for line in refs:
        words = line.split()
        if len(words) != 4 or not words[1].strip("0"):
            continue
        for path in sorted(marked_at(git, words[1])):
            told.append(_told(path, f"they were committed on {words[0]}"))
    return told


def marked_at(git: Git, commit: str) -> list[str]:
    """The pointers of a commit that have open conflicts."""
    ids = {path: sha for path, sha in git.blob_ids(commit).items() if path.endswith(".dvc")}
    return list(_marked(git, ids))


def _marked(git: Git, ids: Mapping[str, str]) -> Iterator[str]:
    for path, sha in ids.items():
        if marks_in(git.blob(sha), path):
            yield path


def _told(path: str, hint: str) -> str:
    return f"{path} has open label conflicts: {hint}"
