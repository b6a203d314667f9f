"""What a SQL database is asked about labels: it tells by itself which rows were changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    String,
    Table,
    cast,
    func,
    or_,
    select,
)

from labelvc.adapters.database_parts import COLUMNS, Differing, Rows
from labelvc.adapters.database_rows import Origin
from labelvc.adapters.sql_tables import Tables
from labelvc.core.tally import Tally

_ROWS_READ = 50_000
_ASKED_AT_ONCE = 500


class SqlReading:
    """Reads the tables through one connection, so that all is of one moment."""

    def __init__(self, connection: Connection, tables: Tables, shown: str) -> None:
        self._connection = connection
        self._tables = tables
        self._shown = shown

    def origin(self, name: str) -> Origin:
        """How messages name a table."""
        return Origin(self._shown, self._tables.open[name].name)

    def differing(self, name: str) -> Differing:
        """The rows that were changed, added or removed."""
        kept, now = self._tables.kept[name], self._tables.open[name]
        differs = or_(*(self._differ(kept.c[one], now.c[one]) for one in COLUMNS[name]))
        asked = select(*_columns(kept, name), *_columns(now, name))
        joined = asked.select_from(kept.join(now, kept.c.key == now.c.key))
        width = len(COLUMNS[name]) + 1
        found = self._connection.execute(joined.where(differs).order_by(now.c.key))
        pairs = [(tuple(row[:width]), tuple(row[width:])) for row in found]
        before = [one for one, _ in pairs] + self._only_in(kept, now, name)
        after = [two for _, two in pairs] + self._only_in(now, kept, name)
        keys = sorted({row[0] for row in (*before, *after)})
        return Differing(before, after, keys, after)

    def rows(self, name: str, *, kept: bool) -> Iterator[Rows]:
        """All rows as they are, or as they were laid down, in parts."""
        table = (self._tables.kept if kept else self._tables.open)[name]
        options = {"stream_results": True, "max_row_buffer": _ROWS_READ}
        asked = select(*_columns(table, name)).order_by(table.c.key)
        found = self._connection.execute(asked, execution_options=options)
        yield from found.partitions(_ROWS_READ)

    def having(self, name: str, column: str, values: Sequence[str]) -> Rows:
        """The rows as they are that have one of the values in a column."""
        table = self._tables.open[name]
        rows: list[Any] = []
        for start in range(0, len(values), _ASKED_AT_ONCE):
            some = values[start : start + _ASKED_AT_ONCE]
            rows += self._fetched(select(*_columns(table, name)).where(table.c[column].in_(some)))
        return rows

    def units(self) -> Mapping[str, str]:
        """The unit of each kind of labels as they were laid down, where it is one only."""
        kept = self._tables.kept["labels"]
        asked = select(kept.c.kind, kept.c.unit).where(kept.c.unit.is_not(None)).distinct()
        found: dict[str, set[str]] = {}
        for kind, unit in self._connection.execute(asked):
            found.setdefault(kind, set()).add(unit)
        return {kind: units.pop() for kind, units in found.items() if len(units) == 1}

    def tally(self, *, kept: bool) -> Tally:
        """Counts of the whole."""
        tables = self._tables.kept if kept else self._tables.open
        category = tables["labels"].c.category
        counted = self._connection.execute(select(category, func.count()).group_by(category))
        per_category = {name: int(count) for name, count in counted}
        labels = sum(per_category.values())
        per_category.pop(None, None)
        names = self._connection.execute(select(tables["categories"].c.name)).scalars()
        samples = select(func.count()).select_from(tables["samples"])
        total = int(self._connection.execute(samples).scalar_one())
        return Tally(total, labels, {**dict.fromkeys(names, 0), **per_category})

    def _differ(self, one: Any, two: Any) -> ColumnElement[bool]:
        if self._connection.dialect.name in ("mysql", "mariadb") and isinstance(one.type, String):
            # its collations take some texts for equal that are not, such as "a" and "a "
            one, two = cast(one, LargeBinary), cast(two, LargeBinary)
        differs: ColumnElement[bool] = one.is_distinct_from(two)
        return differs

    def _only_in(self, table: Table, other: Table, name: str) -> list[Any]:
        joined = table.outerjoin(other, table.c.key == other.c.key)
        asked = select(*_columns(table, name)).select_from(joined).where(other.c.key.is_(None))
        return self._fetched(asked.order_by(table.c.key))

    def _fetched(self, asked: Select[Any]) -> list[Any]:
        return [tuple(row) for row in self._connection.execute(asked)]


def _columns(table: Table, name: str) -> list[Any]:
    return [table.c.key, *(table.c[column] for column in COLUMNS[name])]
