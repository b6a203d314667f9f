"""What a merge could not decide, as plain values.

A conflict names the rows it is about in four versions: `base`, `ours` and `theirs` as each of them
has the rows, and `now` as the merged label set has them until somebody decides. Deciding means to
put one version's rows (or, of a field, its value) in the place of what is there now.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labelvc.core.snapshot import canonical_json

KINDS = (
    "edit/edit",  # both changed the same field, differently
    "edit/delete",  # ours changed the label, theirs deleted it
    "delete/edit",  # the other way round
    "add/add",  # both added a label of the same thing
    "renamed/used",  # one side renamed a category that the other newly uses
    "removed/used",  # one side removed a category that the other newly uses
    "removed/labelled",  # one side removed a sample that the other labelled or edited
    "split/split",  # both moved a sample, to different splits
    "formats",  # the two sides keep the label set in different formats: all of it is undecided
    "deleted/edited",  # one side deleted the whole label set, the other edited it
    "whole",  # the two sides cannot be merged by label for another reason, which is told
)  # fmt: skip
SIDES = ("base", "ours", "theirs")
# What one can decide for; a file of labels is the sixth way.
CHOICES = (*SIDES, "union", "delete")

# A row of a table by column, without null columns.
Row = Mapping[str, Any]
# Rows by table: "labels", "samples", "categories".
Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Conflict:
    """One undecided field (`field`), or with `field` None undecided rows.

    `table` is where the conflict lies: labels, samples, categories, set for a whole label set, or
    files for a file of it that holds no labels (`field` is its path then). Labels bear category
    names in their `category`, and their row key in `key`.
    """

    kind: str
    table: str
    field: str | None
    base: Rows = dataclasses.field(default_factory=dict)
    ours: Rows = dataclasses.field(default_factory=dict)
    theirs: Rows = dataclasses.field(default_factory=dict)
    now: Rows = dataclasses.field(default_factory=dict)

    def side(self, name: str) -> Rows:
        """The rows of base, ours, theirs or now."""
        rows: Rows = getattr(self, name)
        return rows

    @property
    def id(self) -> str:
        """Eight hex digits that stay the same however often the same merge is made."""
        told: list[Any] = [self.kind, self.table, self.field]
        told += [_without_keys(self.side(side)) for side in SIDES]
        return hashlib.sha256(canonical_json(told).encode()).hexdigest()[:8]

    @property
    def samples(self) -> tuple[str, ...]:
        """The samples it concerns, sorted."""
        return tuple(
            sorted(set(self._values("labels", "sample") + self._values("samples", "sample")))
        )

    @property
    def categories(self) -> tuple[str, ...]:
        """The category names it concerns, sorted."""
        names = self._values("labels", "category") + self._values("categories", "name")
        return tuple(sorted(set(names)))

    @property
    def annotators(self) -> tuple[str, ...]:
        """Who made the labels it concerns, sorted."""
        return tuple(sorted(set(self._values("labels", "annotator"))))

    @property
    def native_ids(self) -> tuple[str, ...]:
        """The labels' ids in the files, sorted."""
        return tuple(sorted(set(self._values("labels", "id"))))

    def _values(self, table: str, column: str) -> list[str]:
        return [
            row[column]
            for side in (*SIDES, "now")
            for row in self.side(side).get(table, ())
            if row.get(column) is not None
        ]


def numbered(conflicts: Sequence[Conflict]) -> Iterator[tuple[str, Conflict]]:
    """The conflicts with ids of their own: equal ones (of repeated labels) get `-2`, `-3`, ..."""
    seen: dict[str, int] = {}
    for conflict in conflicts:
        own = conflict.id
        seen[own] = seen.get(own, 0) + 1
        yield (own if seen[own] == 1 else f"{own}-{seen[own]}"), conflict


def swapped(conflict: Conflict) -> Conflict:
    """The conflict as the other side sees it."""
    kinds = {"edit/delete": "delete/edit", "delete/edit": "edit/delete"}
    kind = kinds.get(conflict.kind, conflict.kind)
    return replace(conflict, kind=kind, ours=conflict.theirs, theirs=conflict.ours)


def _without_keys(rows: Rows) -> dict[str, list[dict[str, Any]]]:
    """Row keys count rows of one reading; they are no part of what a conflict is about."""
    return {
        table: [{name: value for name, value in row.items() if name != "key"} for row in listed]
        for table, listed in rows.items()
        if listed
    }


@dataclass(frozen=True)
class Undecided:
    """What a merge left undecided of one label set; `conflicts` by id, in the order to be told.

    `base`, `ours`, `theirs` and `merged` are the hashes of the stored versions, None where there
    is none. `settled` counts what a policy decided, by choice.
    """

    name: str
    path: str
    format: str | None
    sample_key: str | None
    base: str | None
    ours: str | None
    theirs: str | None
    merged: str | None
    conflicts: Mapping[str, Conflict]
    settled: Mapping[str, int] = dataclasses.field(default_factory=dict)
