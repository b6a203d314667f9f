"""tmp"""
from labelvc.adapters.sql_store import SqlDatabase as MongoDatabase  # noqa
