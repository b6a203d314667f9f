"""Which kind of database an address is of."""

from __future__ import annotations

from labelvc.adapters.database import Database
from labelvc.adapters.mongo_store import MongoDatabase
from labelvc.adapters.sql_store import SqlDatabase
from labelvc.adapters.sql_url import Address
from labelvc.repo.database_config import Layout


def open_database(address: Address, layout: Layout) -> Database:
    """The database at an address; it is connected to when it is first asked."""
    return MongoDatabase(address, layout) if address.is_mongo else SqlDatabase(address, layout)
