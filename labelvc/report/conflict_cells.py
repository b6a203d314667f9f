"""What base, ours and theirs say of a conflict, as styled cells: for the terminal and for HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from labelvc.core.conflict import SIDES, Conflict, Undecided
from labelvc.core.conflict_words import Aspect, absence, aspects
from labelvc.core.excerpt import around
from labelvc.report.numbers import count
from labelvc.report.spans import Line, Span, say
from labelvc.report.words import clip, difference

HOW = (
    "`labelvc resolve ID --with ours|theirs|base|union|delete` settles one, `labelvc resolve` asks"
)
_LONGEST = 240  # characters of a value
_READ = 24  # characters from which one looks for the difference in a text


class Told(NamedTuple):
    """A row of a conflict's table: what is compared, and how base, ours and theirs have it."""

    name: str
    cells: tuple[Line, Line, Line]


def told(conflict: Conflict) -> Iterator[Told]:
    """The conflict's table; where a version lacks the subject, its first row says so."""
    absent = {side: absence(conflict, side) for side in SIDES}
    found = aspects(conflict)
    for at, aspect in enumerate(found):
        base, ours, theirs = (
            _cell(aspect, side)
            if not absent[side] or aspect.of(side)
            else _dim(absent[side] or "" if at == 0 else "")
            for side in SIDES
        )
        yield Told(aspect.name, (base, ours, theirs))


def headline(one: Undecided) -> str:
    """How many conflicts are open, by kind, and how many a policy settled."""
    kinds = Counter(conflict.kind for conflict in one.conflicts.values())
    open_ = count(len(one.conflicts), "open conflict")
    if len(kinds) > 1:
        open_ += f" ({', '.join(f'{number:,} {kind}' for kind, number in kinds.most_common())})"
    elif kinds:
        open_ += f" ({next(iter(kinds))})"
    settled = ", ".join(f"{number:,} {choice}" for choice, number in one.settled.items())
    return f"{open_}; settled by policy: {settled}" if settled else open_


def _dim(text: str) -> Line:
    return [Span(f"({text})", "dim")] if text else []


def _cell(aspect: Aspect, side: str) -> Line:
    value = aspect.of(side)
    if not value:
        return _dim("none") if value is None else []
    if not aspect.prose or max(len(aspect.of(one) or "") for one in SIDES) < _READ:
        return [Span(clip(value, _LONGEST), "value")]
    if side != "base" and aspect.base is not None and aspect.base != value:
        return say(difference(aspect.base, value))
    present = [text for one in SIDES if (text := aspect.of(one)) is not None]
    return [Span(around(present, _LONGEST // 2)[present.index(value)], "value")]
