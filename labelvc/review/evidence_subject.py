"""What a change or a conflict is about: one sample, and the versions of its labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec

from labelvc.core.conflict import SIDES, Conflict
from labelvc.core.reported import Item
from labelvc.core.score_geometry import Geometry
from labelvc.core.snapshot import BOX

_MOST = 200  # labels drawn of one conflict
_COLUMNS = ("kind", "category", *BOX, "geometry", "start", "end", "unit")


@dataclass(frozen=True)
class Version:
    """A label as one side has it; `row` holds its columns, those without a value or left out."""

    side: str
    row: Mapping[str, Any]

    @property
    def category(self) -> str | None:
        """Its category's name."""
        found: str | None = self.row.get("category")
        return found

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """x, y, width, height in the label's unit."""
        x, y, width, height = (self.row.get(name) for name in BOX)
        if x is None or y is None:
            return None
        return x, y, width or 0.0, height or 0.0

    @cached_property
    def geometry(self) -> Geometry:
        """Its outline, mask or keypoints; nothing where it has none, or nothing that is one."""
        held = self.row.get("geometry")
        try:
            if isinstance(held, str):
                return msgspec.json.decode(held, type=Geometry)
            return msgspec.convert(held or {}, type=Geometry)
        except (msgspec.DecodeError, RecursionError):  # a ValidationError is a DecodeError
            return Geometry()


@dataclass(frozen=True)
class Subject:
    """A sample by its key, as the label file names it, and the labels to be seen on it.

    `edited` is a text before and after.
    """

    label_set: str
    sample: str
    path: str | None = None
    split: str | None = None
    text: str | None = None
    versions: Sequence[Version] = ()
    edited: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """What its medium is called."""
        return self.path or self.sample


def of_item(item: Item) -> Subject | None:
    """The subject of a change; None where no single sample is."""
    if item.sample is None:
        return None
    row = item.row
    versions = []
    if item.what == "label":
        versions = [
            Version(side, {name: row[f"{side}_{name}"] for name in _COLUMNS})
            for side in ("before", "after")
            if row[f"{side}_kind"] is not None
        ]
    before, after = row.get("before_text"), row.get("after_text")
    edited = None if before is None or after is None or before == after else (before, after)
    return Subject(item.label_set, item.sample, item.path, item.split, item.text, versions, edited)


def of_conflict(label_set: str, conflict: Conflict) -> Subject | None:
    """The subject of a conflict; None where no single sample is."""
    if len(conflict.samples) != 1:
        return None
    sides = ("now", *SIDES)
    samples = (row for side in sides for row in conflict.side(side).get("samples", ()))
    known = next(samples, {})
    versions = (
        Version(side, row) for side in SIDES for row in conflict.side(side).get("labels", ())
    )
    return Subject(
        label_set,
        conflict.samples[0],
        known.get("path"),
        known.get("split"),
        known.get("text"),
        list(islice(versions, _MOST)),
    )
