"""What a MongoDB database is asked about labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labelvc.adapters.database_parts import COLUMNS, Differing, Rows
from labelvc.adapters.database_rows import Origin
from labelvc.core.tally import Tally

if TYPE_CHECKING:
    from pymongo.client_session import ClientSession
    from pymongo.collection import Collection
    from pymongo.database import Database

Document = dict[str, Any]
_AT_ONCE = 5_000
_ASKED_AT_ONCE = 500
_ROWS_READ = 50_000


@dataclass(frozen=True)
class Session:
    """A transaction, and the collections of a label set in it."""

    base: Database[Document]
    session: ClientSession
    prefix: str

    def all(self, name: str, *, raw: bool = False) -> Iterator[Any]:
        """Every document; `raw`: its bytes, which are decoded when it is looked into."""
        with self._named(name, raw=raw).find({}, session=self.session) as found:
            yield from found

    def some(self, name: str, field: str, values: Sequence[Any]) -> list[Document]:
        """The documents that have one of the values in a field."""
        found: list[Document] = []
        for start in range(0, len(values), _ASKED_AT_ONCE):
            wanted = {field: {"$in": list(values[start : start + _ASKED_AT_ONCE])}}
            found += self._named(name).find(wanted, session=self.session)
        return found

    def put(self, name: str, documents: Sequence[Document]) -> None:
        """Add documents."""
        for start in range(0, len(documents), _AT_ONCE):
            some = documents[start : start + _AT_ONCE]
            self._named(name).insert_many(some, session=self.session)

    def remove(self, name: str, keys: Sequence[Any] | None = None) -> None:
        """Remove the documents of those keys, or all."""
        if keys is None:
            self._named(name).delete_many({}, session=self.session)
            return
        for start in range(0, len(keys), _ASKED_AT_ONCE):
            wanted = {"_id": {"$in": list(keys[start : start + _ASKED_AT_ONCE])}}
            self._named(name).delete_many(wanted, session=self.session)

    def _named(self, name: str, *, raw: bool = False) -> Collection[Any]:
        from bson.codec_options import CodecOptions
        from bson.raw_bson import RawBSONDocument

        options: Any = CodecOptions(document_class=RawBSONDocument) if raw else None
        return self.base.get_collection(f"{self.prefix}{name}", codec_options=options)


class MongoReading:
    """Reads the collections in one transaction, so that all is of one moment."""

    def __init__(self, session: Session, shown: str) -> None:
        self._session = session
        self._shown = shown
        # apps give new documents an ObjectId, rows have numbers
        self._numbers: dict[Any, int] = {}
        self._called: dict[int, Any] = {}

    def origin(self, name: str) -> Origin:
        """How messages name a collection."""
        return Origin(self._shown, f"{self._session.prefix}{name}", "_id", self._called)

    def differing(self, name: str) -> Differing:
        """The documents that were changed, added or removed; equal ones are not decoded."""
        kept = {one["_id"]: _digest(one) for one in self._session.all(f"labelvc_{name}", raw=True)}
        changed, here = [], set()
        for one in self._session.all(name, raw=True):
            key = one["_id"]
            here.add(key)
            if kept.get(key) != _digest(one):
                changed.append(key)
        gone = [key for key in kept if key not in here]
        after = self._session.some(name, "_id", changed)
        before = self._session.some(f"labelvc_{name}", "_id", [*changed, *gone])
        keys = [*changed, *gone]
        return Differing(self._rows(name, before), self._rows(name, after), keys, after)

    def rows(self, name: str, *, kept: bool) -> Iterator[Rows]:
        """All documents as they are, or as they were laid down, in the order of their keys."""
        found = list(self._session.all(f"labelvc_{name}" if kept else name))
        rows = sorted(self._rows(name, found), key=lambda row: int(row[0]))
        for start in range(0, len(rows), _ROWS_READ):
            yield rows[start : start + _ROWS_READ]

    def having(self, name: str, column: str, values: Sequence[str]) -> Rows:
        """The documents as they are that have one of the values in a field."""
        return self._rows(name, self._session.some(name, column, values)) if values else []

    def units(self) -> Mapping[str, str]:
        """The unit of each kind of labels as they were laid down, where it is one only."""
        found: dict[str, set[str]] = {}
        for one in self._session.all("labelvc_labels"):
            if one.get("unit") is not None:
                found.setdefault(one["kind"], set()).add(one["unit"])
        return {kind: units.pop() for kind, units in found.items() if len(units) == 1}

    def tally(self, *, kept: bool) -> Tally:
        """Counts of the whole."""
        start = "labelvc_" if kept else ""
        names = [one.get("name") for one in self._session.all(f"{start}categories")]
        categories = dict.fromkeys((name for name in names if isinstance(name, str)), 0)
        labels = 0
        for one in self._session.all(f"{start}labels", raw=True):
            labels += 1
            name = one.get("category")
            if isinstance(name, str):
                categories[name] = categories.get(name, 0) + 1
        samples = sum(1 for _ in self._session.all(f"{start}samples", raw=True))
        return Tally(samples, labels, categories)

    def _rows(self, name: str, documents: Sequence[Document]) -> list[tuple[Any, ...]]:
        columns = list(COLUMNS[name])
        return [
            (self._number(one["_id"]), *(one.get(column) for column in columns))
            for one in documents
        ]

    def _number(self, key: Any) -> int:
        if isinstance(key, int) and not isinstance(key, bool):
            return key
        if key not in self._numbers:
            number = 2**52 + len(self._numbers)
            self._numbers[key], self._called[number] = number, key
        return self._numbers[key]


def _digest(document: Any) -> bytes:
    return hashlib.blake2b(document.raw, digest_size=16).digest()
