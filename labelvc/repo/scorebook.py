"""The score records of a repository: small files under `scores/` that Git keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labelvc.core.errors import LabelvcError, NotFound, ParseError
from labelvc.core.record import ScoreRecord, parse_record
from labelvc.repo.keeping import file_name
from labelvc.repo.repository import Repository
from labelvc.repo.writing import write_atomic

FOLDER = "scores"
_FEWEST = 7  # characters of an abbreviated digest


@dataclass(frozen=True)
class Scorebook:
    """The records, by their path relative to the project; `problems` names files that are none."""

    records: dict[str, ScoreRecord]
    problems: Sequence[str] = ()

    def of_inputs(self, inputs: str) -> ScoreRecord | None:
        """The record of the very same evaluation, or None."""
        found = (one for one in self.records.values() if one.inputs == inputs and not one.dirty)
        return next(found, None)

    def of_digest(self, digest: str) -> list[ScoreRecord]:
        """The records whose digest begins so."""
        if len(digest) < _FEWEST:
            return []
        return [one for one in self.records.values() if one.digest.startswith(digest)]


def scorebook(repo: Repository, commit: str | None = None) -> Scorebook:
    """The records at a commit, or (None) in the working tree, in the order of their paths."""
    records: dict[str, ScoreRecord] = {}
    problems: list[str] = []
    for path, content in _files(repo, commit):
        try:
            records[path] = parse_record(content, path)
        except ParseError as error:
            problems.append(f"left out, as it is no score record: {error.message}")
    return Scorebook(records, problems)


def path_of(record: ScoreRecord) -> str:
    """Where a record is kept, relative to the project."""
    return f"{FOLDER}/{file_name(record.model)}/{record.digest[:16]}.json"


def write_record(root: Path, record: ScoreRecord) -> str:
    """Keep a record in the project at `root`; returns its path relative to it."""
    path = path_of(record)
    write_atomic(root / path, record.to_json().encode())
    return path


def the_record(book: Scorebook, digest: str) -> ScoreRecord:
    """The one record whose digest begins so. Raises NotFound, LabelvcError where several do."""
    found = book.of_digest(digest)
    if not found:
        raise NotFound(f"no score record {digest!r}", hint="`labelvc scores` lists them.")
    if len(found) > 1:
        raise LabelvcError(f"{digest} is the beginning of {len(found)} score records")
    return found[0]


def _files(repo: Repository, commit: str | None) -> Iterator[tuple[str, bytes]]:
    if commit is None:
        folder = repo.root / FOLDER
        for file in sorted(folder.rglob("*.json")):
            if file.is_file():
                yield file.relative_to(repo.root).as_posix(), file.read_bytes()
        return
    for path, sha in sorted(repo.git.blob_ids(commit, repo.prefix + FOLDER).items()):
        if path.endswith(".json"):
            yield path[len(repo.prefix) :], repo.git.blob(sha)
