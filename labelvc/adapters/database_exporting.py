"""`labelvc export` to a database: a version of a label set laid down as a working copy."""

from __future__ import annotations

from dataclasses import replace

from labelvc.adapters.database import Database, Laid
from labelvc.adapters.database_diff import other_set
from labelvc.core.errors import LabelvcError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.reading import read
from labelvc.repo.exporting import Exported, at_revision
from labelvc.repo.repository import Repository


def export_database(
    repo: Repository, database: Database, name: str, rev: str | None, *, force: bool = False
) -> Exported:
    """Lay a version down in place of what the database holds.

    Unless `force`, changes there that are in no commit are not overwritten. Raises LabelvcError.
    """
    version, end = at_revision(repo, name, rev)
    label_set = version.label_set
    if not force:
        _refuse_losing(database, label_set.name)
    snapshot, fmt, settings = read(
        version.source, label_set.format, label_set.settings, label_set.key
    )
    snapshot = _rows_only(snapshot)
    laid = Laid(
        name=label_set.name,
        format=fmt.NAME,
        sample_key=label_set.key,
        settings=settings,
        rev=rev or (end.commit or "")[:12],  # HEAD is another commit tomorrow
        commit=end.commit,
        digest=snapshot.digest(),
    )
    tally = snapshot.tally()
    database.lay_down(snapshot, laid)
    return Exported(label_set, end, tally, database.shown)


def _rows_only(snapshot: Snapshot) -> Snapshot:
    """Without the source fragments, which may be most of the memory."""
    return replace(snapshot, records=(), documents={})


def _refuse_losing(database: Database, name: str) -> None:
    laid = database.laid()
    if laid is None:
        return
    if laid.name != name:
        raise other_set(database, laid.name, name)
    changes = database.changes()
    if changes:
        number = sum(map(len, changes.keys.values()))
        raise LabelvcError(
            f"{database.shown}: {number:,} rows were changed there and are in no commit",
            hint=f"`labelvc diff {name} URL` shows them, `labelvc import` commits them; --force "
            "overwrites them.",
        )
