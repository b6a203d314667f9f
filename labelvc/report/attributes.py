"""Attributes that changed, key by key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from labelvc.report.spans import Span, say, some
from labelvc.report.words import clip

_SHOWN = 6  # keys told of one label
_LONGEST = 60


class Step(NamedTuple):
    """One attribute `added`, `removed` or `changed`; values as JSON text, None where it is not."""

    key: str
    change: str
    before: str | None
    after: str | None


def steps(before: str | None, after: str | None) -> Iterator[Step]:
    """The attributes that differ between two attribute cells."""
    old, new = _decoded(before), _decoded(after)
    for key, value in old.items():
        if key not in new:
            yield Step(key, "removed", _text(value), None)
        elif new[key] != value:
            yield Step(key, "changed", _text(value), _text(new[key]))
    for key in new.keys() - old.keys() if old else new:
        yield Step(key, "added", None, _text(new[key]))


def attribute_changes(before: str | None, after: str | None) -> list[Span]:
    """What changed between two attribute cells, e.g. `truncated 0 -> 1, occluded added (true)`."""
    found = sorted(steps(before, after))
    told = [told_step(step, step.key, step.change) for step in found[:_SHOWN]]
    return some(told, len(found), most=_SHOWN)


def attribute_values(attributes: str) -> list[Span]:
    """An attribute cell, e.g. `truncated 0, occluded true`."""
    values = _decoded(attributes)
    told = [say(Span(key, "value"), " ", _value(_text(values[key]))) for key in sorted(values)]
    return some(told, len(told), most=_SHOWN)


def told_step(step: Step | None, key: str, change: str) -> list[Span]:
    """A step in words; without values where there is no one step to tell (None)."""
    name = Span(key, "value")
    if step is None:
        return say(name, f" {change}")
    if step.before is not None and step.after is not None:
        return say(name, " ", _value(step.before), " -> ", _value(step.after))
    return say(name, f" {change} (", _value(step.before or step.after or ""), ")")


def _decoded(attributes: str | None) -> dict[str, msgspec.Raw]:
    return _DECODER.decode(attributes or "{}")


# Values stay JSON text: attribute cells are canonical, so equal values are equal texts.
_DECODER = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _text(value: msgspec.Raw) -> str:
    return bytes(value).decode()


def _value(text: str) -> Span:
    return Span(clip(text, _LONGEST), "value")
