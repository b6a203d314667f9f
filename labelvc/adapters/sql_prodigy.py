"""Prodigy's own database, read as it is: the examples of a dataset as JSON lines.

Its tables are `dataset` (id, name, created, meta, session), `example` (id, input_hash, task_hash,
content: a JSON text) and `link` (example_id, dataset_id).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, column, inspect, select, table

from labelvc.adapters.database_rows import Origin
from labelvc.adapters.sql_connecting import Connecting
from labelvc.adapters.sql_errors import DatabaseError

_DATASET = table("dataset", column("id"), column("name"), column("session"))
_EXAMPLE = table("example", column("id"), column("content"))
_LINK = table("link", column("example_id"), column("dataset_id"))
_AT_ONCE = 1_000


class ProdigyDatabase(Connecting):
    """A database that Prodigy made; nothing is ever written to it."""

    def is_one(self) -> bool:
        """Whether Prodigy's tables are there."""
        with self.reading() as connection:
            there = set(inspect(connection).get_table_names())
            return {"dataset", "example", "link"} <= there and "labelvc_version" not in there

    def lines(self, dataset: str | None) -> bytes:
        """The examples of a dataset, a JSON object a line, in the order they were saved.

        None stands for the only dataset. Raises DatabaseError for an unknown one, and for an
        example that is no JSON object.
        """
        with self.reading() as connection:
            number = self._dataset(connection, dataset)
            return b"".join(b"%s\n" % line for line in self._lines(connection, number))

    def _dataset(self, connection: Connection, wanted: str | None) -> Any:
        asked = select(_DATASET.c.id, _DATASET.c.name, _DATASET.c.session).order_by(_DATASET.c.name)
        found = [(number, name, session) for number, name, session in connection.execute(asked)]
        # Prodigy makes a dataset a session too, of the same examples
        named = {name: number for number, name, session in found if not session}
        everything = {name: number for number, name, _ in found}
        if wanted is None and len(named) == 1:
            return next(iter(named.values()))
        if wanted is not None and wanted in everything:
            return everything[wanted]
        known = ", ".join(named) or "none"
        what = "several datasets" if wanted is None and named else f"no dataset {wanted or ''}"
        raise DatabaseError(
            f"{self.shown}: {what.strip()}", hint=f"Say which with --dataset D. There are: {known}."
        )

    def _lines(self, connection: Connection, number: Any) -> Iterator[bytes]:
        asked = (
            select(_EXAMPLE.c.id, _EXAMPLE.c.content)
            .join_from(_EXAMPLE, _LINK, _LINK.c.example_id == _EXAMPLE.c.id)
            .where(_LINK.c.dataset_id == number)
            .order_by(_EXAMPLE.c.id)
        )
        origin = Origin(self.shown, "example", "id")
        options = {"stream_results": True, "max_row_buffer": _AT_ONCE}
        for rows in connection.execute(asked, execution_options=options).partitions(_AT_ONCE):
            for key, content in rows:
                yield _line(content, key, origin)


def _line(content: Any, key: object, origin: Origin) -> bytes:
    """The JSON object of an example on one line, spelled as Prodigy spelled it where it is one."""
    text = content.encode() if isinstance(content, str) else bytes(content or b"")
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise origin.wrong(key, "content", "a JSON object", text[:60])
    if b"\n" not in text and b"\r" not in text:
        return text
    return json.dumps(value, ensure_ascii=False).encode()
