"""A label set as it is at a revision, taken out of the repository."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from labelvc.core.errors import LabelvcError, NotFound, RepositoryError
from labelvc.core.tally import Tally
from labelvc.formats.reading import read
from labelvc.formats.source import Source
from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import (
    WORKING_TREE,
    Revision,
    Version,
    find_set,
    revision,
    set_pairs,
)
from labelvc.repo.writing import write_atomic


@dataclass(frozen=True)
class Exported:
    """What was exported of which revision, and where to."""

    label_set: LabelSet
    end: Revision
    tally: Tally
    to: str


def at_revision(repo: Repository, name: str, rev: str | None) -> tuple[Version, Revision]:
    """A label set at a revision; without one as HEAD has it.

    Raises RepositoryError where the working tree differs from HEAD and no revision is given, as
    nobody could say then which version was taken out.
    """
    end = revision(repo, rev or "HEAD")
    committed = repo.sets(end.commit)
    label_set = find_set(repo, [*committed, *repo.sets(None)], name)
    (pair,) = set_pairs(repo, end, WORKING_TREE, [label_set.name])
    if pair.before is None:
        raise NotFound(f"label set {label_set.name} is not there at {rev or 'HEAD'}")
    if rev is None and pair.after is not None and not pair.is_equal:
        raise RepositoryError(
            f"{label_set.path} has changes that are in no commit",
            hint="Commit them with `labelvc commit`, or say which version: --rev HEAD.",
        )
    return pair.before, end


def export_files(
    repo: Repository, name: str, to: str, rev: str | None, *, force: bool = False
) -> Exported:
    """Write a label set's files, as they are at a revision, to a path.

    Raises LabelvcError where the path's ending is of another format, or something is there.
    """
    version, end = at_revision(repo, name, rev)
    label_set, source = version.label_set, version.source
    target = Path(os.path.abspath(to))
    if os.path.isdir(target) and not source.is_folder:
        target = target / os.path.basename(label_set.path)
    _check_target(label_set, target, source, force=force)
    snapshot, _, _ = read(source, label_set.format, label_set.settings, label_set.key)
    if source.is_folder:
        _write_folder(source, target)
    else:
        write_atomic(target, source.only()[1].read())
    return Exported(label_set, end, snapshot.tally(), str(target))


def _check_target(label_set: LabelSet, target: Path, source: Source, *, force: bool) -> None:
    own, wanted = os.path.splitext(label_set.path)[1], target.suffix
    if not source.is_folder and wanted.lower() != own.lower():
        raise LabelvcError(
            f"{target}: {label_set.path} is a {own or 'file without ending'}, not a {wanted}",
            hint="`labelvc convert` brings labels into another format.",
        )
    if os.path.lexists(target) and (source.is_folder or not force):
        raise LabelvcError(
            f"{target}: something is there already",
            hint="Choose another path"
            + ("." if source.is_folder else ", or replace it with --force."),
        )


def _write_folder(source: Source, target: Path) -> None:
    """Write all files into a folder beside, which then takes its name in one step."""
    aside = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)
        for path, blob in source.files.items():
            if not path.startswith("../"):
                write_atomic(Path(aside) / path, blob.read(), durable=False)
        os.chmod(aside, 0o777 & ~_umask())
        os.rename(aside, target)
    except OSError as error:
        raise RepositoryError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        if aside:
            shutil.rmtree(aside, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
