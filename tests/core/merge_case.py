"""How a case of the merge table is written, and how it is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labelvc.core.align import Aligned, align, named, named_conflict, names_of_samples
from labelvc.core.conflict import SIDES, Conflict
from labelvc.core.merge import Merged, Rules, merge
from labelvc.core.snapshot import (
    Snapshot,
    attributes_json,
    canonical_json,
    categories_frame,
    labels_frame,
    samples_frame,
)

RULES = Rules()
Row = Mapping[str, Any]
Told = tuple[str, str, str | None]


@dataclass(frozen=True)
class Case:
    """Three versions, what they merge to, and the conflicts: kind, table, field."""

    base: Snapshot
    ours: Snapshot
    theirs: Snapshot
    expected: Snapshot
    conflicts: Sequence[Told] = ()
    renumbered: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    independent: bool = False
    # the name of a side whose change is taken for the other's (closeness)
    given_up: str | None = None


@dataclass(frozen=True)
class Outcome:
    """A case merged: by key, and as a file would have it."""

    aligned: Aligned
    merged: Merged
    snapshot: Snapshot
    conflicts: Sequence[Conflict]

    @property
    def told(self) -> list[Told]:
        """Kind, table and field of the conflicts, sorted."""
        rows = [(one.kind, one.table, one.field) for one in self.conflicts]
        return sorted(rows, key=lambda row: (row[0], row[1], row[2] or ""))


def run(
    base: Snapshot,
    ours: Snapshot,
    theirs: Snapshot,
    *,
    rules: Rules = RULES,
    independent: bool = False,
) -> Outcome:
    """Align, merge and put the names back, as reading from files does."""
    aligned = align(base, ours, theirs, independent=independent)
    merged = merge(aligned.base, aligned.ours, aligned.theirs, alike=aligned.alike, rules=rules)
    samples = names_of_samples(aligned, merged.snapshot)
    categories = dict(merged.snapshot.categories.select("key", "name").iter_rows())
    conflicts = [named_conflict(one, categories, samples) for one in merged.conflicts]
    return Outcome(aligned, merged, named(merged.snapshot, samples).check(), conflicts)


def snap(
    *labels: Row,
    samples: Sequence[Row] | None = None,
    categories: Sequence[str | Row] | None = None,
) -> Snapshot:
    """A snapshot of label rows; samples and categories are those the labels name, unless given."""
    used = sorted({row["category"] for row in labels if row.get("category") is not None})
    told = [
        {"name": one} if isinstance(one, str) else one
        for one in (used if categories is None else categories)
    ]
    if samples is None:
        samples = [{"sample": name} for name in sorted({row["sample"] for row in labels} | {"s"})]
    labels = tuple({"verdict": "present", **row} for row in labels)
    return Snapshot(
        labels=labels_frame(**_columns(labels)),
        samples=samples_frame(**_columns(samples)),
        categories=categories_frame([one["name"] for one in told], **_columns(told, "name")),
    ).check()


def box(category: str, x: float, y: float = 0.0, **more: Any) -> Row:
    """A box of 10 by 10 pixels in sample s, unless said otherwise."""
    place = {"x": x, "y": y, "width": 10.0, "height": 10.0, "unit": "pixel"}
    return {"sample": "s", "kind": "box", "category": category, **place, **more}


def polygon(category: str, ring: Sequence[float], **more: Any) -> Row:
    """A polygon of one ring, without a box of its own."""
    geometry = canonical_json({"polygon": [[float(value) for value in ring]]})
    return {"sample": "s", "kind": "polygon", "category": category} | {
        "geometry": geometry,
        "unit": "pixel",
        **more,
    }


def mask(category: str, *counts: int, **more: Any) -> Row:
    """A mask of 10 by 10 pixels by the lengths of its runs, in a box of all of it."""
    geometry = canonical_json({"mask": {"size": [10, 10], "counts": list(counts)}})
    frame = {"x": 0.0, "y": 0.0, "width": 10.0, "height": 10.0, "unit": "pixel"}
    row = {"sample": "s", "kind": "mask", "category": category, "geometry": geometry}
    return {**row, **frame, **more}


def keypoints(category: str, *points: Sequence[float], **more: Any) -> Row:
    """Visible points in a box of 100 by 100 pixels."""
    geometry = canonical_json({"keypoints": [[float(x), float(y), 2] for x, y in points]})
    frame = {"x": 0.0, "y": 0.0, "width": 100.0, "height": 100.0, "unit": "pixel"}
    row = {"sample": "s", "kind": "keypoints", "category": category, "geometry": geometry}
    return {**row, **frame, **more}


def whole(category: str | None, **more: Any) -> Row:
    """A class of the sample."""
    return {"sample": "s", "kind": "class", "category": category, **more}


def span(category: str, start: int, end: int, **more: Any) -> Row:
    """A span of characters."""
    place = {"start": float(start), "end": float(end), "unit": "character"}
    return {"sample": "s", "kind": "span", "category": category, **place, **more}


def segment(category: str, start: float, end: float, **more: Any) -> Row:
    """A segment of time, in seconds."""
    place = {"start": float(start), "end": float(end), "unit": "second"}
    return {"sample": "s", "kind": "segment", "category": category, **place, **more}


def token(place: int, category: str, **attributes: Any) -> Row:
    """A token of a sentence, counted from 0."""
    bounds = {"start": float(place), "end": place + 1.0, "unit": "token"}
    row = {"sample": "s", "kind": "token", "category": category, **bounds}
    return {**row, "attributes": attributes_json(attributes)}


def caption(text: str, **more: Any) -> Row:
    """A text as the label of a sample."""
    return {"sample": "s", "kind": "text", "text": text, **more}


def noted(row: Row, **attributes: Any) -> Row:
    """The row with attributes."""
    return {**row, "attributes": attributes_json(attributes)}


def _columns(rows: Sequence[Row], *without: str) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row if name not in without)
    return {name: [row.get(name) for row in rows] for name in names}


def in_words(snapshot: Snapshot) -> list[str]:
    """What a snapshot says, row by row, for tests to show what differs."""
    tables = {
        "labels": ("key", "id", "record"),
        "samples": ("record",),
        "categories": ("key", "id"),
    }
    return [
        f"{table}: {_without_nulls(row)}"
        for table, without in tables.items()
        for row in sorted(getattr(snapshot, table).drop(without).to_dicts(), key=str)
    ]


def said(conflict: Conflict) -> str:
    """What a conflict is about, whichever keys and ids its rows have."""
    sides = [
        {
            table: sorted(
                str({name: row[name] for name in sorted(row) if name not in ("key", "id")})
                for row in rows
            )
            for table, rows in conflict.side(side).items()
            if rows
        }
        for side in (*SIDES, "now")
    ]
    return str([conflict.kind, conflict.table, conflict.field, *sides])


def _without_nulls(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
