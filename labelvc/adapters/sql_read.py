"""Reading labels from a database: the rows that differ from those laid down, or all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import polars as pl
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

from labelvc.adapters.database import Changes, Laid
from labelvc.adapters.database_rows import Origin, check_labels, frame, with_units
from labelvc.adapters.sql_errors import DatabaseError
from labelvc.adapters.sql_tables import COLUMNS, TABLES, Tables
from labelvc.core.errors import SchemaError
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally

_ROWS_READ = 50_000
_ASKED_AT_ONCE = 500
Rows = Sequence[Sequence[Any]]


class Reader:
    """Reads the tables through one connection, so that all is of one moment."""

    def __init__(self, connection: Connection, tables: Tables, shown: str) -> None:
        self._connection = connection
        self._tables = tables
        self._shown = shown

    def changes(self, laid: Laid, *, declared: bool) -> Changes:
        """What differs from the rows that were laid down.

        `declared`: the categories are a list that labels choose from. Raises DatabaseError.
        """
        before: dict[str, Rows] = {}
        after: dict[str, Rows] = {}
        for name in TABLES:
            before[name], after[name] = self._differing(name)
        keys = {name: sorted({row[0] for row in (*before[name], *after[name])}) for name in TABLES}
        one = self._part(self._tables.kept, before, former=True)
        two = self._part(self._tables.open, after, former=False)
        one, two = self._with_samples(one, two)
        if declared:
            self._check_categories(two)
        check_labels(two.labels, two.samples["sample"], self._origin("labels"))
        tallies = self._tally(self._tables.kept), self._tally(self._tables.open)
        return Changes(
            laid, _checked(one, self._shown), _checked(two, self._shown), tallies, keys, after
        )

    def snapshot(self) -> Snapshot:
        """All rows as they are."""
        found = {name: self._all(self._tables.open[name], name) for name in TABLES}
        snapshot = self._snapshot(found, former=False)
        check_labels(snapshot.labels, snapshot.samples["sample"], self._origin("labels"))
        return _checked(snapshot, self._shown)

    def _origin(self, name: str) -> Origin:
        return Origin(self._shown, self._tables.open[name].name)

    def _differing(self, name: str) -> tuple[list[Any], list[Any]]:
        """The rows that were changed, added or removed: as laid down, and as they are."""
        kept, now = self._tables.kept[name], self._tables.open[name]
        same = kept.c.key == now.c.key
        differs = or_(*(self._differ(kept.c[one], now.c[one]) for one in COLUMNS[name]))
        changed = self._connection.execute(
            select(*_columns(kept, name), *_columns(now, name))
            .select_from(kept.join(now, same))
            .where(differs)
            .order_by(now.c.key)
        )
        width = len(COLUMNS[name]) + 1
        pairs = [(tuple(row[:width]), tuple(row[width:])) for row in changed]
        removed = self._only_in(kept, now, name)
        added = self._only_in(now, kept, name)
        return [one for one, _ in pairs] + removed, [two for _, two in pairs] + added

    def _differ(self, one: Any, two: Any) -> ColumnElement[bool]:
        if self._connection.dialect.name in ("mysql", "mariadb") and isinstance(one.type, String):
            # its collations take some texts for equal that are not, such as "a" and "a "
            one, two = cast(one, LargeBinary), cast(two, LargeBinary)
        differs: ColumnElement[bool] = one.is_distinct_from(two)
        return differs

    def _only_in(self, table: Table, other: Table, name: str) -> list[Any]:
        joined = table.outerjoin(other, table.c.key == other.c.key)
        asked = select(*_columns(table, name)).select_from(joined).where(other.c.key.is_(None))
        return [tuple(row) for row in self._connection.execute(asked.order_by(table.c.key))]

    def _part(self, tables: Any, rows: dict[str, Rows], *, former: bool) -> Snapshot:
        found = {name: self._frame(name, rows[name]) for name in TABLES}
        found["categories"] = self._all(tables["categories"], "categories")
        return self._snapshot(found, former=former)

    def _frame(self, name: str, rows: Rows) -> pl.DataFrame:
        return frame(rows, {"key": pl.Int64(), **COLUMNS[name]}, self._origin(name))

    def _all(self, table: Table, name: str) -> pl.DataFrame:
        asked = select(*_columns(table, name)).order_by(table.c.key)
        parts = [self._frame(name, part) for part in self._streamed(asked)]
        return pl.concat(parts or [self._frame(name, [])])

    def _streamed(self, asked: Select[Any]) -> Iterator[Rows]:
        options = {"stream_results": True, "max_row_buffer": _ROWS_READ}
        found = self._connection.execution_options(**options).execute(asked)
        yield from found.partitions(_ROWS_READ)

    def _snapshot(self, found: dict[str, pl.DataFrame], *, former: bool) -> Snapshot:
        no_record = pl.lit(None, pl.Int64).alias("record")
        labels = found["labels"].with_columns(pl.col("verdict").fill_null("present"), no_record)
        if not former and labels.filter(pl.col("unit").is_null()).height:
            labels = with_units(labels, self._units())
        for name, column in (("samples", "sample"), ("categories", "name")):
            self._refuse_repeated(name, found[name], column)
        return Snapshot(
            labels,
            found["samples"].drop("key").with_columns(no_record),
            found["categories"].with_columns(key=pl.col("name")),
        )

    def _refuse_repeated(self, name: str, rows: pl.DataFrame, column: str) -> None:
        odd = rows.filter(pl.col(column).is_null() | pl.col(column).is_duplicated())
        if odd.height:
            key, value = odd.select("key", column).row(0)
            raise self._origin(name).wrong(key, column, "a value that no other row has", value)

    def _units(self) -> dict[str, str]:
        """The unit of each kind of labels, where it is one only."""
        kept = self._tables.kept["labels"]
        asked = select(kept.c.kind, kept.c.unit).where(kept.c.unit.is_not(None)).distinct()
        found: dict[str, set[str]] = {}
        for kind, unit in self._connection.execute(asked):
            found.setdefault(kind, set()).add(unit)
        return {kind: units.pop() for kind, units in found.items() if len(units) == 1}

    def _with_samples(self, before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
        """The parts, each with the rows of all samples that the labels of either are of."""
        named = {*before.labels["sample"], *after.labels["sample"]} - {None}
        known = {*before.samples["sample"], *after.samples["sample"]}
        wanted = sorted(named - known)
        rows = self._samples(wanted)
        return _with(before, rows), _with(after, rows)

    def _samples(self, names: Collection[str]) -> pl.DataFrame:
        """Rows of samples that were not changed."""
        table = self._tables.open["samples"]
        listed = sorted(names)
        rows: list[Any] = []
        for start in range(0, len(listed), _ASKED_AT_ONCE):
            asked = select(*_columns(table, "samples")).where(
                table.c.sample.in_(listed[start : start + _ASKED_AT_ONCE])
            )
            rows += [tuple(row) for row in self._connection.execute(asked)]
        found = self._frame("samples", rows).filter(pl.col("sample").is_in(listed))
        self._refuse_repeated("samples", found, "sample")
        return found.drop("key").with_columns(pl.lit(None, pl.Int64).alias("record"))

    def _check_categories(self, after: Snapshot) -> None:
        known = after.categories["name"]
        stray = after.labels.filter(~pl.col("category").is_in(known.implode()))
        if stray.height:
            key, name = stray.select("key", "category").row(0)
            table = self._tables.open["categories"].name
            raise self._origin("labels").wrong(key, "category", f"a name in table {table}", name)

    def _tally(self, tables: Any) -> Tally:
        labels, samples = tables["labels"], tables["samples"]
        counted = self._connection.execute(
            select(labels.c.category, func.count()).group_by(labels.c.category)
        )
        per_category = {name: int(count) for name, count in counted}
        names = self._connection.execute(select(tables["categories"].c.name)).scalars()
        categories = {**dict.fromkeys(names, 0), **per_category}
        categories.pop(None, None)
        total = self._connection.execute(select(func.count()).select_from(samples)).scalar_one()
        return Tally(int(total), sum(per_category.values()), categories)


def _columns(table: Table, name: str) -> list[Any]:
    return [table.c.key, *(table.c[column] for column in COLUMNS[name])]


def _with(snapshot: Snapshot, samples: pl.DataFrame) -> Snapshot:
    return Snapshot(snapshot.labels, pl.concat([snapshot.samples, samples]), snapshot.categories)


def _checked(snapshot: Snapshot, shown: str) -> Snapshot:
    try:
        return snapshot.check()
    except SchemaError as error:
        raise DatabaseError(f"{shown}: {error.message}", hint=error.hint) from None
