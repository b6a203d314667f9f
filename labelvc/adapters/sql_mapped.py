"""A table that the user already has, in which each row is a label, read and written by columns.

labelvc keeps nothing of its own there. The table is compared with the label set as HEAD has it;
what the table has no column for stays as it is in the label set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from sqlalchemy import Connection, MetaData, Table, delete, insert, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError

from labelvc.adapters.database import Changes, Laid
from labelvc.adapters.database_rows import Origin, check_labels, frame
from labelvc.adapters.sql_connecting import Connecting
from labelvc.adapters.sql_errors import DatabaseError
from labelvc.adapters.sql_url import Address
from labelvc.core.errors import LossError, SchemaError
from labelvc.core.snapshot import CONTENT, LABELS, SAMPLES, Snapshot, categories_frame
from labelvc.repo.database_config import CORNERS, Layout

Base = Callable[[], tuple[Snapshot, Laid] | None]
# What the rows of labels say of their samples: the meaning of a column, and where it goes.
_OF_SAMPLES = {
    "path": "path",
    "split": "split",
    "sample_width": "width",
    "sample_height": "height",
    "sample_text": "text",
}
_ASKED_AT_ONCE = 500


class MappedTable(Connecting):
    """A database as labelvc uses every other, with `base` for what HEAD holds (None: nothing)."""

    def __init__(self, address: Address, layout: Layout, base: Base) -> None:
        super().__init__(address)
        self._layout = layout
        self._base = base

    def laid(self) -> Laid | None:
        """The version it is compared with; None without one, and where the table is empty."""
        found = self._base()
        return found[1] if found is not None and self.snapshot().labels.height else None

    def changes(self) -> Changes:
        """How the table differs from the label set."""
        found = self._base()
        if found is None:
            raise DatabaseError(
                f"{self.shown}: no commit has the label set, to compare the table with",
                hint="`labelvc import URL --name N` makes it, `labelvc commit` commits it.",
            )
        base, laid = found
        before, after = _keyed(self._held(base), self._read(base))
        return _differing(base, before, after, laid)

    def snapshot(self) -> Snapshot:
        """All that the table holds, by itself."""
        return self._read(Snapshot())

    def lay_down(self, snapshot: Snapshot, laid: Laid) -> None:
        """Make the table say what the snapshot says: by the rows that differ, in one transaction.

        Raises LossError for labels that its columns cannot hold.
        """
        wanted = self._wanted(snapshot)
        with self._connected(writes=True) as connection, connection.begin():
            table = self._table(connection)
            column = table.c[self._layout.columns["id"]]
            names = list(self._layout.columns.values())
            here = {
                str(row[0]): dict(zip(names, row[1:], strict=True))
                for row in connection.execute(select(column, *(table.c[one] for one in names)))
            }
            gone = [key for key in here if key not in wanted]
            for start in range(0, len(gone), _ASKED_AT_ONCE):
                native = [here[key][column.name] for key in gone[start : start + _ASKED_AT_ONCE]]
                connection.execute(delete(table).where(column.in_(native)))
            new = [values for key, values in wanted.items() if key not in here]
            if new:
                connection.execute(insert(table), new)
            for key, values in wanted.items():
                if key in here and (differing := _differ(values, here[key], column.name)):
                    same = column == here[key][column.name]
                    connection.execute(update(table).where(same).values(differing))

    def move_on(self, changes: Changes, laid: Laid) -> None:
        """Nothing is noted in the user's own table: it is compared with HEAD again."""

    def _held(self, base: Snapshot) -> Snapshot:
        """The part of the label set that the table is about: labels of its kind."""
        return base.with_labels(base.labels.filter(pl.col("kind") == self._layout.kind))

    def _read(self, base: Snapshot) -> Snapshot:
        with self.reading() as connection:
            table, columns = self._table(connection), self._layout.columns
            meanings = ["id", *(name for name in columns if name != "id")]
            chosen = [table.c[columns[meaning]] for meaning in meanings]
            rows = [tuple(row) for row in connection.execute(select(*chosen).order_by(chosen[0]))]
        origin = Origin(self.shown, self._layout.table or "", columns["id"])
        found = frame(rows, {meaning: _dtype(meaning) for meaning in meanings}, origin)
        odd = found.filter(pl.col("id").is_null() | pl.col("id").is_duplicated())
        if odd.height:
            raise origin.wrong(odd["id"][0], columns["id"], "an id of its own", odd["id"][0])
        labels = _labels(found, self._layout)
        check_labels(labels.with_columns(key=pl.col("id")), labels["sample"].unique(), origin)
        labels = _completed(labels, self._held(base).labels, _given(columns))
        samples = _samples(found, base.samples, columns)
        names = [*base.categories["name"], *sorted(_new_names(labels, base))]
        categories = pl.concat([base.categories, categories_frame(names[base.categories.height :])])
        try:
            return Snapshot(labels, samples, categories, base.format).check()
        except SchemaError as error:
            raise DatabaseError(f"{self.shown}: {error.message}", hint=error.hint) from None

    def _table(self, connection: Connection) -> Table:
        """The user's table. Raises DatabaseError where it, or a column of it, is not there."""
        layout = self._layout
        there = inspect(connection)
        names = {*there.get_table_names(layout.schema), *there.get_view_names(layout.schema)}
        if layout.table not in names:
            raise DatabaseError(
                f"{self.shown}: no table {layout.table}",
                hint="Look at `database:` of the label set in labelvc.yaml.",
            )
        try:
            table = Table(layout.table, MetaData(schema=layout.schema), autoload_with=connection)
        except SQLAlchemyError as error:
            raise DatabaseError(f"{self.shown}: table {layout.table}: {error}") from None
        for meaning, name in layout.columns.items():
            if name not in table.c:
                raise DatabaseError(
                    f"{self.shown}: table {layout.table} has no column {name} (for {meaning}); "
                    f"it has {', '.join(table.c.keys())}",
                    hint="Look at `database:` of the label set in labelvc.yaml.",
                )
        return table

    def _wanted(self, snapshot: Snapshot) -> dict[str, dict[str, Any]]:
        """By id, what the columns of each row are to say."""
        columns = self._layout.columns
        samples = {row["sample"]: row for row in snapshot.samples.iter_rows(named=True)}
        wanted: dict[str, dict[str, Any]] = {}
        for row in self._held(snapshot).labels.iter_rows(named=True):
            if row["id"] is None or row["id"] in wanted:
                raise LossError(
                    f"label {row['key']} of sample {row['sample']!r} has no id of its own, which "
                    f"column {columns['id']} of table {self._layout.table} needs"
                )
            told = {**row, **_corners(row)}
            told |= {name: samples[row["sample"]][one] for name, one in _OF_SAMPLES.items()}
            wanted[row["id"]] = {columns[name]: told[name] for name in columns}
        return wanted


def _labels(found: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The rows as labels, with what the layout says of all of them."""
    corners = all(name in found.columns for name in CORNERS)
    if corners:
        xmin, ymin, xmax, ymax = (pl.col(name) for name in CORNERS)
        found = found.with_columns(x=xmin, y=ymin, width=xmax - xmin, height=ymax - ymin)
    known = [pl.col(name) for name in LABELS if name in found.columns]
    labels = found.select(known).with_columns(
        *(pl.lit(None, dtype).alias(n) for n, dtype in LABELS.items() if n not in found.columns)
    )
    return labels.select(
        pl.int_range(pl.len()).alias("key") if name == "key"
        else pl.lit(layout.kind).alias("kind") if name == "kind"
        else pl.lit(layout.unit, pl.String).alias("unit") if name == "unit"
        else pl.col("verdict").fill_null("present") if name == "verdict"
        else pl.col(name)
        for name in LABELS
    )  # fmt: skip


def _completed(labels: pl.DataFrame, base: pl.DataFrame, given: set[str]) -> pl.DataFrame:
    """The labels with what the table has no column for, as the label of that id has it."""
    rest = [name for name in CONTENT if name not in given]
    known = base.filter(~pl.col("id").is_duplicated()).select("id", *rest)
    joined = labels.join(known, on="id", how="left", suffix="_base", maintain_order="left")
    return joined.select(
        pl.coalesce(f"{name}_base", name).alias(name) if name in rest else pl.col(name)
        for name in labels.columns
    )


def _given(columns: Mapping[str, str]) -> set[str]:
    """The columns of labels that the table speaks of."""
    box = {"x", "y", "width", "height"} if "xmin" in columns else set()
    return {*columns, "kind"} | box


def _samples(found: pl.DataFrame, base: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """The samples of the label set, with what the rows say of them, and those that are new."""
    told = {name: one for name, one in _OF_SAMPLES.items() if name in columns}
    rows = found.select("sample", *(pl.col(name).alias(one) for name, one in told.items()))
    rows = rows.unique("sample", keep="first", maintain_order=True)
    new = rows.join(base, on="sample", how="anti", maintain_order="left")
    old = base.update(rows, on="sample", how="left") if told else base
    added = new.select(
        pl.col(name) if name in new.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in SAMPLES.items()
    )
    return pl.concat([old.select(list(SAMPLES)), added])


def _new_names(labels: pl.DataFrame, base: Snapshot) -> set[str]:
    return {*labels["category"].drop_nulls()} - {*base.categories["name"]}


def _keyed(before: Snapshot, after: Snapshot) -> tuple[Snapshot, Snapshot]:
    """Both, with one key for labels of one id."""
    known = before.labels.filter(pl.col("id").is_not_null() & ~pl.col("id").is_duplicated())
    keys = dict(known.select("id", "key").iter_rows())
    free = 1 + max(before.labels["key"], default=-1)
    new = [keys.get(one, free + at) for at, one in enumerate(after.labels["id"])]
    return before, after.with_labels(after.labels.with_columns(pl.Series("key", new, pl.Int64)))


def _differing(base: Snapshot, before: Snapshot, after: Snapshot, laid: Laid) -> Changes:
    """The rows that differ, and the samples they are of."""
    content = ["key", *CONTENT]
    one = before.labels.join(after.labels, on=content, how="anti", nulls_equal=True)
    two = after.labels.join(before.labels, on=content, how="anti", nulls_equal=True)
    compared = [name for name in SAMPLES if name != "record"]
    changed = after.samples.join(base.samples, on=compared, how="anti", nulls_equal=True)
    named = pl.concat([one["sample"], two["sample"], changed["sample"]]).unique()
    parts = [
        Snapshot(labels, side.samples.filter(pl.col("sample").is_in(named.implode())),
                 side.categories, base.format)
        for labels, side in ((one, before), (two, after))
    ]  # fmt: skip
    keys = {"labels": [*{*one["key"], *two["key"]}], "samples": changed["sample"].to_list()}
    counted = before.tally(), after.tally()
    return Changes(laid, parts[0], parts[1], counted, keys)


def _corners(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["x"] is None:
        return dict.fromkeys(CORNERS)
    x, y = row["x"], row["y"]
    return dict(zip(CORNERS, (x, y, x + row["width"], y + row["height"]), strict=True))


def _differ(wanted: Mapping[str, Any], here: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if name != key and here[name] != value}


def _dtype(meaning: str) -> pl.DataType:
    if meaning in CORNERS:
        return pl.Float64()
    return LABELS.get(meaning) or SAMPLES[_OF_SAMPLES[meaning]]
