"""Writing an edited table: unchanged rows as they were, changed cells inside their old row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.row_edits import EditedSample, Row, attributes_of
from labelvc.formats.table_json import Categories, JsonTable
from labelvc.formats.table_roles import Roles

Filling = tuple[int | None, list[Row]]


class Rewritable(Protocol):
    """A table whose rows can be changed."""

    def rewritten(
        self, row: int | None, values: Mapping[str, Any], rest: Mapping[str, Any], known: set[str]
    ) -> bytes:
        """A row with other values, or a new one.

        `rest` is all that the columns besides the `known` ones say.
        """
        ...


@dataclass(frozen=True)
class Writer:
    """Writes the samples of a table that are not as they were read."""

    table: Rewritable
    roles: Roles
    old: Snapshot  # as the rows read
    said: pl.DataFrame  # what the rows say, decoded

    @property
    def lists(self) -> bool:
        """Whether a row can hold several labels."""
        if not self.roles.one_label_a_row or not isinstance(self.table, JsonTable):
            return not self.roles.one_label_a_row
        return self.roles.id is None or not self.said["own"].all()

    def rows(
        self, now: Snapshot, copied: Sequence[int], changed: Sequence[EditedSample]
    ) -> list[tuple[int | None, bytes]]:
        """The rows to write, each with the number of the row it was, in file order.

        Raises LossError for what no row can hold.
        """
        written: list[tuple[int | None, bytes]] = [(row, now.records[row]) for row in copied]
        names = [edited.sample["sample"] for edited in changed]
        known_rows = self.old.samples.filter(pl.col("sample").is_in(names))
        before = {row["sample"]: row for row in known_rows.iter_rows(named=True)}
        were_labelled = set(self.old.labels["record"])
        for edited in changed:
            known = before.get(str(edited.sample["sample"]))
            fillings = self._fillings(edited, were_labelled)
            for filling in fillings:
                written.append((filling[0], self._row(filling, edited, known, len(fillings))))
        old_rows = sorted(row for row in written if row[0] is not None)
        return old_rows + [row for row in written if row[0] is None]

    def _fillings(self, edited: EditedSample, were_labelled: set[int]) -> list[Filling]:
        """Which row states which labels of the sample."""
        rows: list[Filling] = [
            (row, [label for label in edited.labels if label["record"] == row])
            for row in edited.rows
        ]
        for label in edited.labels:
            if label["record"] in edited.rows:
                continue
            room = next((held for _, held in rows if self._fits(label, held)), None)
            if room is None:
                rows.append((None, [label]))
            else:
                room.append(label)
        kept = [(row, held) for row, held in rows if held or row not in were_labelled]
        return kept or rows[:1] or [(None, [])]

    def _fits(self, label: Row, held: Sequence[Row]) -> bool:
        """Whether a row that holds some labels can hold this one too."""
        if not held:
            return True
        if len(self.roles.labels) > 1:
            return all(_column(other) != _column(label) for other in held)
        if self.roles.transcript and self.roles.labels:
            return all(other["kind"] != label["kind"] for other in held)
        same = ("annotator", "confidence")
        return self.lists and all(held[0][name] == label[name] for name in same)

    def _row(
        self, filling: Filling, edited: EditedSample, known: Row | None, fillings: int
    ) -> bytes:
        (row, labels), sample, roles = filling, edited.sample, self.roles
        rest = self._rest(filling, edited, known, alone=fillings == 1)
        values: dict[str, Any] = {}
        for role in ("text", "path", "split"):
            column = getattr(roles, role)
            if column and (row is None or known is None or sample[role] != known[role]):
                values[column] = sample[role]
        if roles.id:
            values[roles.id] = sample["sample"]
        for role in ("annotator", "confidence"):
            if column := getattr(roles, role):
                values[column] = _agreed(labels, role) if labels else rest.pop(column, None)
        if roles.transcript:
            texts = [label["text"] for label in labels if label["kind"] == "text"]
            values[roles.transcript] = texts[0] if texts else None
        # beside a list the further columns are the sample's, beside a single label its own
        listed = row is None and bool(rest) and not any(label["attributes"] for label in labels)
        for column in roles.labels:
            values[column] = self._categories(labels, column, listed=listed)
        return self.table.rewritten(row, values, rest, roles.columns)

    def _categories(self, labels: Sequence[Row], column: str, *, listed: bool) -> Any:
        names = Categories(
            str(label["category"])
            for label in labels
            if label["kind"] != "text" and (len(self.roles.labels) == 1 or _column(label) == column)
        )
        names.listed = listed and bool(names)
        if self.roles.sep == "json":
            return msgspec.json.encode(list(names)).decode() if names else None
        return self.roles.sep.join(names) or None if self.roles.sep else names

    def _rest(
        self, filling: Filling, edited: EditedSample, known: Row | None, *, alone: bool
    ) -> dict[str, Any]:
        """What the further columns of a row say."""
        row, labels = filling
        rest = attributes_of(edited.sample)
        own = self.said["own"][row] if row is not None else not self.lists
        if own and len(labels) == 1:
            return (rest if alone else {}) | attributes_of(labels[0])
        for label in labels:
            rest |= attributes_of(label)
        if len(self.roles.labels) > 1:
            rest.pop("column", None)
        if row is None or alone or known is None:
            return rest
        # each of a sample's rows says its part of the sample's attributes
        mine, before = json.loads(self.said["rest"][row] or "{}"), attributes_of(known)
        return {name: value for name, value in rest.items() if name in mine or name not in before}


def _column(label: Row) -> Any:
    return attributes_of(label).get("column")


def _agreed(labels: Sequence[Row], role: str) -> Any:
    values = {label[role] for label in labels}
    if len(values) > 1:
        raise LossError(
            f"sample {labels[0]['sample']!r}: labels of one row cannot differ in {role}"
        )
    return values.pop()
