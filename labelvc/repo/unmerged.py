"""Pointers in the middle of a merge: those with open conflicts, and those Git left in conflict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import yaml

from labelvc.core.errors import ParseError
from labelvc.repo.pointer import load_document
from labelvc.repo.pointer_merge import UNRESOLVED, unresolved
from labelvc.repo.repository import Repository
from labelvc.repo.versions import SIDES, version


@dataclass(frozen=True)
class Stages:
    """A pointer that the index has in up to three versions; `path` is from the project root."""

    path: str
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None

    @property
    def is_deleted(self) -> bool:
        """Whether one side deleted it."""
        return self.ours is None or self.theirs is None

    @property
    def sides(self) -> tuple[tuple[str, bytes | None], ...]:
        """The names of the versions with their contents."""
        return tuple(zip(SIDES, (self.base, self.ours, self.theirs), strict=True))


def marks_of(repo: Repository) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The pointers of the working tree that have open conflicts, with the sidecars by set name."""
    for path in repo.git.files(None, suffix=".dvc"):
        if not path.startswith(repo.prefix):
            continue
        try:
            content = (repo.git.top / path).read_bytes()
        except OSError:
            continue
        if marks := marks_in(content, path):
            yield path[len(repo.prefix) :], marks


def marks_in(content: bytes, where: str) -> Mapping[str, str]:
    """The sidecars of open conflicts that a pointer's text names, by label set name."""
    if UNRESOLVED.encode() not in content:  # the usual case, spared the parser
        return {}
    try:
        meta = load_document(content, where).get("meta")
    except (ParseError, yaml.YAMLError):
        return {}
    return unresolved(meta) if isinstance(meta, dict) else {}


def unmerged_pointers(repo: Repository) -> list[Stages]:
    """The pointers of this project that Git has in conflict."""
    found: dict[str, dict[int, str]] = {}
    for line in repo.git.lines("ls-files", "-u", "-z"):
        head, _, path = line.partition("\t")
        _, sha, stage = head.split()
        if path.endswith(".dvc") and path.startswith(repo.prefix):
            found.setdefault(path[len(repo.prefix) :], {})[int(stage)] = sha
    return [
        Stages(path, *(repo.git.blob(shas[n]) if n in shas else None for n in (1, 2, 3)))
        for path, shas in sorted(found.items())
    ]


def moved(repo: Repository, stages: Stages) -> Stages | None:
    """The versions of a label set that one side moved to another path, as of there.

    Git itself finds the move where most of the pointer stayed as it was; else it finds that one
    side deleted the pointer. None where that is so, or the set is not declared elsewhere.
    """
    kept = stages.ours or stages.theirs
    try:
        names = version("kept", kept or b"", stages.path).blocks
        declared = repo.config(None).sets
    except ParseError:
        return None
    for label_set in declared:
        pointer = f"{label_set.path}.dvc"
        if label_set.name not in names or pointer == stages.path:
            continue
        found = repo.git.entry(":0", f"{repo.prefix}{pointer}")
        if found is not None:
            ours, theirs = (one or found.content for one in (stages.ours, stages.theirs))
            return replace(stages, path=pointer, ours=ours, theirs=theirs)
    return None


def take_out(repo: Repository, pointer: str) -> None:
    """Take a pointer, with its conflict, out of the index and the working tree."""
    repo.git.run("rm", "--quiet", "--cached", "--", f":(top,literal){repo.prefix}{pointer}")
    (repo.root / pointer).unlink(missing_ok=True)
