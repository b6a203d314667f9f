"""A TextGrid with other labels in it: only what says something else is written anew."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from labelvc.core.errors import LossError
from labelvc.formats.textgrid_text import POINTS, Entry, Grid, Tier, Token

_ENTRY_NUMBER = re.compile(r"((?:intervals|points)\s*\[)\d+(\])")
_TIER_NUMBER = re.compile(r"(item\s*\[)\d+(\])")


@dataclass(frozen=True)
class Mark:
    """An entry as it is to be; `old` is the entry it was, if it was one."""

    start: float
    end: float
    text: str
    old: Entry | None = None


@dataclass(frozen=True)
class Layer:
    """A tier as it is to be; `old` is the tier it was."""

    name: str
    kind: str
    bounds: tuple[float, float]
    marks: Sequence[Mark]
    old: Tier | None = None


def rewritten(grid: Grid, bounds: tuple[float, float], layers: Sequence[Layer]) -> str:
    """The text with these tiers."""
    if len(grid.tokens) < 3 and layers:  # it says that it has no tiers
        return plain(bounds, layers, grid.newline)
    low, high, *size = grid.tokens
    changes = [(low, _number(low, bounds[0])), (high, _number(high, bounds[1]))]
    changes += [(token, _number(token, float(len(layers)))) for token in size]
    start = grid.tiers[0].place.start if grid.tiers else len(grid.text)
    head = _replaced(grid.text, slice(0, start), changes)
    tail = grid.text[grid.tiers[-1].place.stop :] if grid.tiers else ""
    parts = [
        _layer(grid, layer, number) if layer.old else _new_layer(grid, layer, number)
        for number, layer in enumerate(layers, 1)
    ]
    return _joined([head, *parts], grid.newline) + tail


def _joined(parts: Sequence[str], newline: str) -> str:
    """Parts of the text, each of which but the last ends its line."""
    ended = [part if part.endswith(("\n", "\r")) else part + newline for part in parts[:-1]]
    return "".join([*ended, *parts[-1:]])


def plain(bounds: tuple[float, float], layers: Sequence[Layer], newline: str = "\n") -> str:
    """A whole TextGrid in the long form."""
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        f"xmin = {spelled(bounds[0])} ",
        f"xmax = {spelled(bounds[1])} ",
        "tiers? <exists> ",
        f"size = {len(layers)} ",
        "item []: ",
    ]
    for number, layer in enumerate(layers, 1):
        lines += _long(layer, number)
    return newline.join([*lines, ""])


def tiled(layer: str, marks: Iterable[Mark], bounds: tuple[float, float], old: Sequence[Entry]
          ) -> list[Mark]:  # fmt: skip
    """The intervals with empty ones between them, so that they fill the tier.

    `old` are entries that are nobody's now; where they fill a gap they stay, without their text.
    Raises LossError for intervals that overlap or lie outside.
    """
    filled: list[Mark] = []
    at, left = bounds[0], list(old)
    for mark in [*sorted(marks, key=lambda one: (one.start, one.end)), None]:
        until = bounds[1] if mark is None else mark.start
        if until < at or (mark is not None and mark.end > bounds[1]):
            raise LossError(
                f"tier {layer!r}: the intervals of a tier do not overlap and lie between"
                f" {bounds[0]} and {bounds[1]}; here is one from {until if mark else at}"
                f" to {mark.end if mark else until}"
            )
        if until > at:
            filled += _gap(at, until, left)
        if mark is not None:
            filled.append(mark)
            at = mark.end
    return filled


def _gap(start: float, end: float, old: Sequence[Entry]) -> list[Mark]:
    inside = [one for one in old if start <= one.start and one.end <= end]
    times = [start, *(one.end for one in inside)]
    if inside and times[:-1] == [one.start for one in inside] and times[-1] == end:
        return [Mark(one.start, one.end, "", one) for one in inside]
    return [Mark(start, end, "", inside[0] if inside else None)]


def spelled(number: float) -> str:
    """A number as Praat writes it: without an exponent, whole ones without a point."""
    return str(int(number)) if number.is_integer() else format(Decimal(repr(number)), "f")


def quoted(text: str) -> str:
    """A string, with its quotes doubled."""
    return '"' + text.replace('"', '""') + '"'


def _number(token: Token, value: float) -> str:
    return token.text if float(token.text) == value else spelled(value)


def _replaced(text: str, place: slice, changes: Iterable[tuple[Token, str]]) -> str:
    """A part of the text with some of its tokens replaced."""
    parts, at = [], place.start
    for token, new in changes:
        parts += [text[at : token.start], new]
        at = token.end
    return "".join([*parts, text[at : place.stop]])


def _layer(grid: Grid, layer: Layer, number: int) -> str:
    """A tier that was there, with other entries."""
    old = layer.old
    assert old is not None
    first = old.entries[0].place.start if old.entries else old.place.stop
    _, name, low, high, count = old.tokens
    changes = [
        (name, name.text if old.name == layer.name else quoted(layer.name)),
        (low, _number(low, layer.bounds[0])),
        (high, _number(high, layer.bounds[1])),
        (count, str(len(layer.marks)) if len(layer.marks) != len(old.entries) else count.text),
    ]
    head = _replaced(grid.text, slice(old.place.start, first), changes)
    head = _TIER_NUMBER.sub(rf"\g<1>{number}\g<2>", head, count=1)
    entries = [_entry(grid, layer, mark, at) for at, mark in enumerate(layer.marks, 1)]
    return _joined([head, *entries], grid.newline)


def _entry(grid: Grid, layer: Layer, mark: Mark, number: int) -> str:
    """An entry, set like the one it was, or like its neighbours."""
    model = mark.old
    if model is None:
        tiers = [layer.old, *grid.tiers]
        alike = (one for one in tiers if one is not None and one.kind == layer.kind)
        model = next((entry for tier in alike for entry in tier.entries), None)
    if model is None:
        lines = _short_entry(layer, mark) if grid.is_short else _long_entry(layer, mark, number)
        return grid.newline.join([*lines, ""])
    times = [mark.start] if layer.kind == POINTS else [mark.start, mark.end]
    changes = [
        (token, _number(token, time))
        for token, time in zip(model.tokens[:-1], times, strict=True)
    ]  # fmt: skip
    last = model.tokens[-1]
    changes.append((last, last.text if model.text == mark.text else quoted(mark.text)))
    text = _replaced(grid.text, model.place, changes)
    before = model.tokens[0].start - model.place.start
    return _ENTRY_NUMBER.sub(rf"\g<1>{number}\g<2>", text[:before], count=1) + text[before:]


def _new_layer(grid: Grid, layer: Layer, number: int) -> str:
    if not grid.is_short:
        return grid.newline.join([*_long(layer, number), ""])
    lines = [quoted(layer.kind), quoted(layer.name), *map(spelled, layer.bounds)]
    lines.append(str(len(layer.marks)))
    for mark in layer.marks:
        lines += _short_entry(layer, mark)
    return grid.newline.join([*lines, ""])


def _long(layer: Layer, number: int) -> list[str]:
    what = "points" if layer.kind == POINTS else "intervals"
    lines = [
        f"    item [{number}]:",
        f"        class = {quoted(layer.kind)} ",
        f"        name = {quoted(layer.name)} ",
        f"        xmin = {spelled(layer.bounds[0])} ",
        f"        xmax = {spelled(layer.bounds[1])} ",
        f"        {what}: size = {len(layer.marks)} ",
    ]
    for at, mark in enumerate(layer.marks, 1):
        lines += _long_entry(layer, mark, at)
    return lines


def _long_entry(layer: Layer, mark: Mark, number: int) -> list[str]:
    if layer.kind == POINTS:
        values = {"number": spelled(mark.start), "mark": quoted(mark.text)}
        what = "points"
    else:
        values = {"xmin": spelled(mark.start), "xmax": spelled(mark.end), "text": quoted(mark.text)}
        what = "intervals"
    return [
        f"        {what} [{number}]:",
        *(f"            {name} = {value} " for name, value in values.items()),
    ]


def _short_entry(layer: Layer, mark: Mark) -> list[str]:
    times = [mark.start] if layer.kind == POINTS else [mark.start, mark.end]
    return [*map(spelled, times), quoted(mark.text)]
