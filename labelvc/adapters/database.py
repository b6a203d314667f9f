"""What every database can do for labelvc, and the values that pass between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally


@dataclass(frozen=True)
class Laid:
    """Which version a database holds a working copy of."""

    name: str
    format: str | None = None
    sample_key: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    rev: str | None = None
    commit: str | None = None
    digest: str | None = None


@dataclass(frozen=True)
class Changes:
    """What was changed in a database since a version was laid down, and nothing of the rest.

    Rows have the keys of the database. `before` has the rows as they were, `after` as they are;
    both with the samples that the labels are of, and all categories. The tallies count the whole.
    `keys` and `rows` are, by table, the keys of all changed rows and the rows as they now stand, in
    the database's own values.
    """

    laid: Laid
    before: Snapshot
    after: Snapshot
    tallies: tuple[Tally, Tally]
    keys: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(self.keys.values())


class Database(Protocol):
    """A database that can be a working copy of a label set."""

    @property
    def shown(self) -> str:
        """Its address without a password."""

    def laid(self) -> Laid | None:
        """Which version it holds; None where labelvc has laid none down."""

    def changes(self) -> Changes:
        """What was changed since. Raises DatabaseError with table, row and column."""

    def snapshot(self) -> Snapshot:
        """All of it as it is now."""

    def lay_down(self, snapshot: Snapshot, laid: Laid) -> None:
        """Put a version in place of what is there, all of it or nothing."""

    def move_on(self, changes: Changes, laid: Laid) -> None:
        """Note that the changes are committed, so that they are none any more."""
