"""How the label sets of the working tree stand against HEAD."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.core.told import StatusRow
from labelvc.repo.compare import compare_pair
from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, SetPair, candidates, head, pair
from labelvc.repo.sidecar_files import count
from labelvc.repo.sync import stale
from labelvc.repo.unmerged import marks_of


def status(repo: Repository, names: Sequence[str] = ()) -> Iterator[StatusRow]:
    """A row a label set. Raises NotFound for an unknown name."""
    unmerged = {line.partition("\t")[2] for line in repo.git.lines("ls-files", "-uz")}
    marks = {name: mark for _, found in marks_of(repo) for name, mark in found.items()}
    before = head(repo)
    for candidate in candidates(repo, before, WORKING_TREE, names):
        label_set = candidate.label_set
        in_conflict = unmerged & _paths(repo, label_set)
        if label_set.name in marks:
            hint = f"{_count(repo, marks[label_set.name])}: see `labelvc conflicts`"
            yield StatusRow(label_set.name, label_set.path, "merge unfinished", hint)
        elif in_conflict:
            hint = f"{min(in_conflict)}: `labelvc merge --continue` merges its labels"
            yield StatusRow(label_set.name, label_set.path, "merge unfinished", hint)
        elif row := _row(repo, pair(repo, candidate, before, WORKING_TREE)):
            yield row


def _count(repo: Repository, mark: str) -> str:
    open_conflicts = count(repo.git, mark)
    if open_conflicts is None:
        return "open conflicts"
    return f"{open_conflicts} open conflict{'s' if open_conflicts != 1 else ''}"


def _paths(repo: Repository, label_set: LabelSet) -> set[str]:
    return {f"{repo.prefix}{label_set.path}{ending}" for ending in (".dvc", "")}


def _row(repo: Repository, pair: SetPair) -> StatusRow | None:
    """None for a tracked path that nobody declared and that holds no labels."""
    name, path = pair.label_set.name, pair.label_set.path
    if pair.after is None:
        hint = "`labelvc commit` takes it out" if pair.before else f"nothing is at {path}"
        return StatusRow(name, path, "missing", hint)
    if not (repo.root / path).exists():
        return _absent(repo, pair)
    if stale(repo, pair.label_set):
        hint = f"`dvc checkout {path}` takes the pointer's version, `dvc add {path}` keeps yours"
        return StatusRow(name, path, "pointer stale", hint)
    if pair.before is None:
        return StatusRow(name, path, "not committed", "`labelvc commit` commits it")
    if pair.is_equal:
        return StatusRow(name, path, "unchanged")
    return _compared(repo, pair)


def _absent(repo: Repository, pair: SetPair) -> StatusRow:
    """A pointer without its label file in the working tree."""
    name, path = pair.label_set.name, pair.label_set.path
    stored = pair.after.stored if pair.after else None
    if stored is None or not repo.objects.has(stored.enclosing or stored.hash, stored.hash_name):
        return StatusRow(name, path, "not in cache", f"`dvc pull {path}` brings it")
    return StatusRow(name, path, "missing", f"`dvc checkout {path}` brings it back")


def _compared(repo: Repository, pair: SetPair) -> StatusRow | None:
    name, path = pair.label_set.name, pair.label_set.path
    try:
        comparison = compare_pair(repo, pair)
    except NotFound as error:
        return StatusRow(name, path, "not in cache", error.hint or error.message)
    except LabelvcError as error:
        if not pair.declared:
            return None
        # The other sets are still worth telling.
        return StatusRow(name, path, "changed", error.message)
    detail = "only written differently" if comparison.is_empty else ""
    return StatusRow(name, path, "changed", detail, comparison.counts)
