"""`labelvc import` from a database: its changes committed, or a new label set made of it."""

from __future__ import annotations

import os
from dataclasses import replace

from labelvc.adapters.database import Changes, Database
from labelvc.adapters.database_diff import check_name, matched_rows
from labelvc.adapters.sql_errors import DatabaseError
from labelvc.adapters.sql_prodigy import ProdigyDatabase
from labelvc.adapters.sql_store import SqlDatabase
from labelvc.adapters.sql_url import Address
from labelvc.core.errors import LabelvcError
from labelvc.core.patch import diff
from labelvc.repo.committing import commit
from labelvc.repo.compare import reading
from labelvc.repo.config import LabelSet
from labelvc.repo.exporting import at_revision
from labelvc.repo.importing import (
    FOLDER,
    Imported,
    add_files,
    add_snapshot,
    replace_file,
    take_changes,
)
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import head


def declared(repo: Repository, name: str) -> LabelSet | None:
    """The label set of that name in labelvc.yaml, by name only."""
    return next((one for one in repo.config(None).sets if one.name == name), None)


def is_here(repo: Repository, label_set: LabelSet | None) -> bool:
    """Whether a declared label set has labels, in the working tree or stored."""
    if label_set is None:
        return False
    return os.path.exists(repo.root / label_set.path) or bool(repo.stored(label_set, None))


def import_new(
    repo: Repository, database: Database, wanted: LabelSet, *, unchecked: bool = False
) -> Imported:
    """A new label set of all that the database holds, declared and tracked but not committed.

    A format that is None is the one the labels were exported from, else one for their kinds.
    """
    laid = database.laid()
    if laid is not None and wanted.format in (None, laid.format):
        settings = {**laid.settings, **wanted.settings}
        key = wanted.key or laid.sample_key
        wanted = replace(wanted, format=laid.format, key=key, settings=settings)
    added = add_snapshot(repo, wanted, database.snapshot(), unchecked=unchecked)
    return Imported(wanted.name, added, warnings=added.warnings)


def import_changes(
    repo: Repository,
    database: Database,
    label_set: LabelSet,
    *,
    message: str,
    commits: bool = True,
    unchecked: bool = False,
) -> Imported:
    """Commit what was changed in the database, or without `commits` only write it.

    The database then counts the commit as what it holds. Raises RepositoryError where the label set
    has other changes that are in no commit: they would get into this one.
    """
    name = label_set.name
    changes = database.changes()
    check_name(database, changes, label_set)
    if not changes:
        return Imported(name)
    if commits:
        at_revision(repo, name, None)
    matched = matched_rows(changes, reading(label_set))
    patch = diff(changes.before, matched.after)
    taken = take_changes(repo, label_set, patch, changes.laid.sample_key, unchecked=unchecked)
    done = Imported(
        name,
        counts=taken.counts,
        paths=taken.paths,
        reasons=taken.reasons,
        warnings=taken.warnings,
    )
    if taken.reasons or not commits:
        return done
    already_read = {name: taken.now} if taken.now else {}
    made = commit(repo, message, [name], unchecked=True, already_read=already_read)
    sha = made.sha or head(repo).commit
    _move_on(database, changes, sha)
    summary = made.summaries.get(name, "")
    return replace(done, sha=made.sha, branch=made.branch, message=message, summary=summary)


def prodigy(database: Database, address: Address, dataset: str | None) -> ProdigyDatabase | None:
    """The database as Prodigy's, where it is one; `dataset` is one of Prodigy's, if any is named.

    Raises DatabaseError where that is named and the database is none of Prodigy's.
    """
    if not isinstance(database, SqlDatabase):
        found = None
    else:
        found = ProdigyDatabase(address)
        found = found if found.is_one() else None
    if found is None and dataset is not None:
        raise DatabaseError(
            f"{database.shown}: this is no database of Prodigy's: no tables dataset, example, link",
            hint="--dataset is for those alone.",
        )
    return found


def import_prodigy(
    repo: Repository,
    database: ProdigyDatabase,
    wanted: LabelSet,
    dataset: str | None,
    *,
    message: str,
    commits: bool = True,
    unchecked: bool = False,
) -> Imported:
    """The examples of a Prodigy dataset: as a new label set, or as what one holds from now on."""
    name, content = wanted.name, database.lines(dataset)
    if not is_here(repo, declared(repo, name)):
        wanted = replace(wanted, path=wanted.path or f"{FOLDER}/{name}.jsonl")
        added = add_files(repo, wanted, {"": content}, unchecked=unchecked)
        return Imported(name, added, warnings=added.warnings)
    if commits:
        at_revision(repo, name, None)
    taken = replace_file(repo, wanted, content, unchecked=unchecked)
    done = Imported(name, paths=taken.paths, warnings=taken.warnings)
    if not taken.paths or not commits:
        return done
    made = commit(repo, message, [name], unchecked=True)
    summary = made.summaries.get(name, "")
    return replace(done, sha=made.sha, branch=made.branch, message=message, summary=summary)


def _move_on(database: Database, changes: Changes, sha: str | None) -> None:
    laid = replace(changes.laid, rev=sha and sha[:12], commit=sha, digest=None)
    try:
        database.move_on(changes, laid)
    except LabelvcError as error:
        raise LabelvcError(
            f"the changes are committed, but the database could not be told: {error.message}",
            hint="Run the same command again once it can be reached; nothing is committed twice.",
        ) from error
