"""What a conversion does not keep, as values: a list for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

# What becomes of something the target cannot hold.
DROPPED = "dropped"
BOXED = "turned into its outer box"
POLYGON = "made a polygon"
MASK = "made a mask"
ROUNDED = "rounded"
CHANGED = "changed"
PARTED = "made a label for each part"
RENAMED = "renamed"
ADDED = "added"
SPELT = "made a text"
# Attributes that follow from the outline beside them.
DERIVED = ("area", "num_keypoints")


@dataclass(frozen=True)
class Loss:
    """One sort of thing the target cannot hold, of how many rows of a table, with an example.

    `refused` ones need the user's word. The others are told only: native ids, facts of the media
    such as their size, names without their suffix, units that were converted.
    """

    what: str
    done: str
    count: int
    example: str | None = None  # a sample, or a category
    table: str = "labels"
    refused: bool = True
    reason: str | None = None

    def values(self) -> dict[str, Any]:
        """As `labelvc.convert/v1` spells it."""
        return {
            "what": self.what,
            "table": self.table,
            "count": self.count,
            "example": self.example,
            "done": self.done,
            "refused": self.refused,
            "reason": self.reason,
        }


def told(
    rows: pl.DataFrame,
    what: str,
    done: str,
    *,
    table: str = "labels",
    refused: bool = True,
    reason: str | None = None,
) -> list[Loss]:
    """The loss of something these rows have, with the first of them for an example."""
    if rows.is_empty():
        return []
    name = "name" if table == "categories" else "sample"
    return [Loss(what, done, rows.height, rows[name][0], table, refused, reason)]


def together(losses: Iterable[Loss]) -> list[Loss]:
    """Losses of one sort as one, counted together; those that are refused first."""
    found: dict[tuple[str, str, str, bool], Loss] = {}
    for loss in losses:
        sort = (loss.table, loss.what, loss.done, loss.refused)
        known = found.get(sort)
        found[sort] = loss if known is None else replace(known, count=known.count + loss.count)
    return sorted(found.values(), key=lambda loss: not loss.refused)


def refused(losses: Sequence[Loss]) -> list[Loss]:
    """Those that need the user's word."""
    return [loss for loss in losses if loss.refused]
