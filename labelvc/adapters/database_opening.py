"""Which kind of database an address is of, and what it is compared with."""

from __future__ import annotations

from labelvc.adapters.database import Database, Laid
from labelvc.adapters.mongo_store import MongoDatabase
from labelvc.adapters.sql_mapped import MappedTable
from labelvc.adapters.sql_store import SqlDatabase
from labelvc.adapters.sql_url import Address
from labelvc.core.snapshot import Snapshot
from labelvc.formats.reading import read
from labelvc.repo.database_config import Layout
from labelvc.repo.repository import Repository
from labelvc.repo.revisions import WORKING_TREE, head, set_pairs


def open_database(address: Address, layout: Layout, repo: Repository, name: str) -> Database:
    """The database at an address, for the label set of that name.

    It is connected to when it is first asked.
    """
    if address.is_mongo:
        return MongoDatabase(address, layout)
    if layout.table is not None:
        return MappedTable(address, layout, lambda: _committed(repo, name))
    return SqlDatabase(address, layout)


def _committed(repo: Repository, name: str) -> tuple[Snapshot, Laid] | None:
    """The label set as HEAD has it; None where it has none."""
    end = head(repo)
    for pair in set_pairs(repo, end, WORKING_TREE):
        version = pair.before
        if version is None or version.label_set.name != name:
            continue
        label_set = version.label_set
        snapshot, fmt, settings = read(
            version.source, label_set.format, label_set.settings, label_set.key
        )
        rev = (end.commit or "")[:12]
        return snapshot, Laid(name, fmt.NAME, label_set.key, settings, rev, end.commit)
    return None
