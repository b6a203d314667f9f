"""From the tiers of a TextGrid to the labels of a sample, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from labelvc.core.errors import LossError
from labelvc.core.snapshot import attributes_json
from labelvc.formats.row_edits import EditedSample, Row, attributes_of
from labelvc.formats.textgrid_text import INTERVALS, POINTS, Entry, Grid, Tier
from labelvc.formats.textgrid_write import Layer, Mark, tiled

_CLASSES = {"interval": INTERVALS, "point": POINTS}
_NAMES = {kind: name for name, kind in _CLASSES.items()}


def sample_of(grid: Grid, place: tuple[str, str | None]) -> Row:
    """What a file says of its sample; `place` is its name and split."""
    attributes: Row = {"tiers": [_told(tier, grid) for tier in grid.tiers]}
    start, end = grid.bounds
    if start:
        attributes |= {"xmin": start, "xmax": end}
    return {
        "sample": place[0],
        "split": place[1],
        "duration": None if start else end,
        "attributes": attributes_json(attributes),
    }


def _told(tier: Tier, grid: Grid) -> Row:
    bounds = (
        {} if tier.bounds == grid.bounds else dict(zip(("xmin", "xmax"), tier.bounds, strict=True))
    )
    return {"name": tier.name, "class": _NAMES[tier.kind], **bounds}


def labels_of(grid: Grid) -> Iterable[tuple[int, Row]]:
    """The labels, each with the number of its entry among all of the file."""
    number = 0
    names: list[str] = []
    for tier in grid.tiers:
        names.append(tier.name)
        nth = names.count(tier.name)
        for entry in tier.entries:
            number += 1
            if entry.text or tier.is_points:
                yield (
                    number - 1,
                    {
                        "kind": "segment",
                        "category": tier.name or None,
                        "start": entry.start,
                        "end": entry.end,
                        "unit": "second",
                        "text": entry.text,
                        "attributes": attributes_json({"tier": nth} if nth > 1 else {}),
                    },
                )


def layers_of(
    edited: EditedSample, grid: Grid | None, own: Mapping[int, int]
) -> tuple[tuple[float, float], list[Layer]]:
    """The bounds and tiers of a sample; `own` are the entries of its records.

    Raises LossError for what a TextGrid cannot hold.
    """
    attributes, who = attributes_of(edited.sample), f"sample {edited.sample['sample']!r}"
    tiers, low, high = (attributes.pop(name, None) for name in ("tiers", "xmin", "xmax"))
    bounds = (low or 0.0, high if low else edited.sample["duration"])
    shape = isinstance(tiers, list) and all(
        isinstance(one, dict)
        and one.get("class") in ("interval", "point")
        and all(isinstance(one.get(name, 0.0), float) for name in ("xmin", "xmax"))
        for one in tiers
    )
    if attributes or not shape or not all(isinstance(one, float) for one in bounds):
        raise LossError(
            f"{who}: a TextGrid has a duration and the attribute `tiers`, a list of"
            ' {"name": ..., "class": "interval" or "point"}, and no further attributes'
        )
    entries = [entry for tier in (grid.tiers if grid else ()) for entry in tier.entries]
    marks = _marks(edited, own, entries)
    names = [str(one.get("name", "")) for one in tiers]
    layers = []
    for number, (one, old) in enumerate(zip(tiers, _matched(tiers, grid), strict=True)):
        limits = (one.get("xmin", bounds[0]), one.get("xmax", bounds[1]))
        found = marks.pop((names[number], names[: number + 1].count(names[number])), [])
        layers.append(_layer(names[number], _CLASSES[one["class"]], limits, found, old))
    if marks:
        raise LossError(
            f"{who}: it has no tier {next(iter(marks))[0]!r} for its label",
            hint="Add the tier to the sample's attribute `tiers`.",
        )
    return bounds, layers


def _layer(
    name: str, kind: str, bounds: tuple[float, float], marks: Sequence[Mark], old: Tier | None
) -> Layer:
    """A tier with these labels in it; raises LossError where they do not fit into one."""
    entries = {id(entry): entry for entry in old.entries} if old else {}
    own = [mark if id(mark.old) in entries else replace(mark, old=None) for mark in marks]
    if kind == POINTS:
        if any(mark.start != mark.end for mark in own):
            raise LossError(f"tier {name!r} holds points, whose start is their end")
        return Layer(name, kind, bounds, sorted(own, key=lambda mark: mark.start), old)
    used = {id(mark.old) for mark in own}
    idle = [entry for at, entry in entries.items() if at not in used]
    return Layer(name, kind, bounds, tiled(name, own, bounds, idle), old)


def _marks(
    edited: EditedSample, own: Mapping[int, int], entries: Sequence[Entry]
) -> dict[tuple[str, int], list[Mark]]:
    """The labels by tier: its name, and which of that name it is."""
    marks: dict[tuple[str, int], list[Mark]] = defaultdict(list)
    for label in edited.labels:
        attributes = attributes_of(label)
        nth = attributes.pop("tier", 1)
        if (
            attributes
            or type(nth) is not int
            or None in (label["start"], label["end"], label["text"])
        ):
            raise LossError(
                f"sample {label['sample']!r}: a label of a TextGrid has a start, an end, a text"
                " and no attributes"
            )
        old = entries[own[label["record"]]] if label["record"] in own else None
        mark = Mark(label["start"], label["end"], label["text"], old)
        marks[label["category"] or "", nth].append(mark)
    return dict(marks)


def _matched(tiers: Sequence[Row], grid: Grid | None) -> list[Tier | None]:
    """The tier that each was: of the same name and class, else at the same place."""
    old = grid.tiers if grid else ()
    left = dict(enumerate(old))
    found: list[Tier | None] = []
    for one in tiers:
        same = [
            at
            for at, tier in left.items()
            if (tier.name, _NAMES[tier.kind]) == (str(one.get("name", "")), one["class"])
        ]
        found.append(left.pop(same[0]) if same else None)
    if len(tiers) == len(old):
        for at, one in enumerate(tiers):
            if found[at] is None and at in left and _NAMES[left[at].kind] == one["class"]:
                found[at] = left.pop(at)
    return found
