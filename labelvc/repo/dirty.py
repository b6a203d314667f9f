"""What an evaluation reads that is in no commit: a score of it could not be had again."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.repo import config as configuration
from labelvc.repo import params
from labelvc.repo.config import LabelSet
from labelvc.repo.experiment import experiment_name
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, head, set_pairs


def dirty(
    repo: Repository,
    sets: Sequence[LabelSet],
    files: Iterable[Path] = (),
    *,
    commit: str | None = None,
) -> list[str]:
    """The paths whose state in the working tree is not that of HEAD, relative to the project.

    Looked at are the labels of `sets` and how labelvc.yaml says they are read, the parts of
    params.yaml that concern them, and `files` (code, weights). Outputs of stages, dvc.lock, score
    records and MLflow's own files are none of these. A DVC experiment keeps params.yaml itself, so
    that changes of it do not count there. `commit`: labels are read there, and code has to be as it
    is there too; params.yaml need not, as its values stand in the record.
    """
    found: list[str] = []
    if commit is None:
        names = [label_set.name for label_set in sets]
        for pair in set_pairs(repo, head(repo), WORKING_TREE, names):
            found += [] if pair.is_equal else [pair.label_set.path]
        found += _declarations(repo, sets)
        found += _params(repo, sets) if experiment_name() is None else []
    found += _files(repo, files, commit or head(repo).commit)
    return list(dict.fromkeys(found))


def refuse_dirty(paths: Sequence[str]) -> None:
    """Raises LabelvcError that names what differs from HEAD, if anything does."""
    if not paths:
        return
    listed = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
    raise LabelvcError(
        f"not evaluated, as what it reads differs from HEAD: {listed}",
        hint="Commit it first (labels: `labelvc commit -m MSG`, the rest: `git commit`), so that "
        "the score can be had again; or mark the score as it is with --allow-dirty.",
    )


def _declarations(repo: Repository, sets: Sequence[LabelSet]) -> list[str]:
    """labelvc.yaml, where it says other things of these sets than at HEAD."""
    then = {one.name: one for one in repo.config(head(repo).commit).sets}
    same = all(then.get(label_set.name) == label_set for label_set in sets)
    return [] if same else [configuration.FILE]


def _params(repo: Repository, sets: Sequence[LabelSet]) -> list[str]:
    now = params.read_params(repo.root)
    then = repo.git.show(str(head(repo).commit), f"{repo.prefix}{params.FILE}")
    if now == then:
        return []
    differ = any(
        params.params_of(now, one.name) != params.params_of(then, one.name) for one in sets
    )
    return [params.FILE] if differ else []


def _files(repo: Repository, files: Iterable[Path], commit: str | None) -> Iterator[str]:
    """Files that neither Git nor DVC has at the commit as they are.

    Those outside of the project are the user's own business.
    """
    for file in files:
        real = file.resolve()
        if not real.is_relative_to(repo.root.resolve()):
            continue
        path = real.relative_to(repo.root.resolve()).as_posix()
        alone = LabelSet(posixpath.basename(path), path)
        try:
            stored = repo.stored(alone, commit)
            now = repo.working(alone)[1]
        except NotFound:
            stored, now = None, ""
        if stored is None or stored.hash != now:
            yield path
