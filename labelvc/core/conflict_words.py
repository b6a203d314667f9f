"""A conflict in people's words: what it is about, and what base, ours and theirs say of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from labelvc.core.conflict import SIDES, Conflict, Row
from labelvc.core.conflict_shapes import BETWEEN, measures, outline, place
from labelvc.core.excerpt import around, clipped, named
from labelvc.core.merge_rows import ATTRIBUTE, attributes_of, changed_fields, fields_of, told_in
from labelvc.core.patch import KEYS
from labelvc.core.snapshot import canonical_json

_FACTS = 12  # lines of a pointer told
_FACT = re.compile(r"^[ -]*([^:\n]+): (\S[^\n]*)$", re.MULTILINE)
_IDS = 3  # native ids named in a line
# What is told of undecided rows even where all sides agree on it.
_ALWAYS = ("category", "shape", "text", "name")
# What happened, where it is no matter of one field; {gone} is the side that took it away.
_PHRASES = {
    "edit/delete": "ours changed {what}, theirs deleted it",
    "delete/edit": "ours deleted it, theirs changed {what}",
    "add/add": "both sides added a label of what seems to be one thing",
    "removed/used": "{gone} removed it, {kept} uses it",
    "removed/labelled": "{gone} removed it, {kept} labelled it",
    "formats": "the sides keep it in different formats",
    "deleted/edited": "{gone} deleted it, {kept} edited it",
    "whole": "the sides cannot be merged by label",
}


class Aspect(NamedTuple):
    """One thing that the three versions say of a conflict's subject; None: it has none there.

    `prose`: running text, of which people look for the difference.
    """

    name: str
    base: str | None
    ours: str | None
    theirs: str | None
    prose: bool = False

    def of(self, side: str) -> str | None:
        """What one of the three says."""
        value: str | None = getattr(self, side)
        return value


def subject(conflict: Conflict) -> str:
    """What it is about, e.g. `img_12.jpg: box #17`."""
    if conflict.table == "set":
        return "the whole label set"
    if conflict.table == "files":
        return f"file {named(conflict.field or '')}"
    if conflict.table != "labels":
        column = {"samples": "sample", "categories": "name"}[conflict.table]
        noun = "sample" if conflict.table == "samples" else "category"
        return f"{noun} {named(_first(conflict).get(column, ''))}"
    row, ids = _first(conflict), [named(id) for id in conflict.native_ids[:_IDS]]
    words = [row.get("kind", "label"), *([f"#{' / #'.join(ids)}"] if ids else [])]
    if conflict.field != "category" and row.get("category") is not None:
        words.append(named(row["category"]))
    if conflict.field != "text" and row.get("text") is not None:
        words.append(f'"{clipped(row["text"])}"')
    if not ids and (told := place(row)):
        words.append(f"at {told}")
    return f"{', '.join(map(named, conflict.samples))}: {' '.join(words)}"


def line(conflict: Conflict) -> str:
    """The conflict in a line, e.g. `a.jpg: box #17: category: ours RBC, theirs Dog, base WBC`."""
    if conflict.field is None:
        return f"{subject(conflict)}: {_phrase(conflict)}"
    told, *more = aspects(conflict)
    sides = [side for side in ("ours", "theirs", "base") if conflict.side(side)]
    texts = around([told.of(side) or "none" for side in sides])
    values = (f"{side} {text}" for side, text in zip(sides, texts, strict=True))
    overlap = "".join(f" (IoU {aspect.theirs})" for aspect in more if aspect.name == BETWEEN)
    return f"{subject(conflict)}: {told.name}: {', '.join(values)}{overlap}"


def aspects(conflict: Conflict) -> list[Aspect]:
    """The field in conflict; of undecided rows all fields in which the versions differ.

    New places of a label are told in numbers too, by IoU and by how far they have moved.
    """
    if conflict.table in ("set", "files"):
        return _of_files(conflict)
    rows = _rows(conflict)
    told = [_aspect(conflict.table, name, rows) for name in _fields(conflict, rows)]
    if conflict.table == "labels" and any(one.name == "shape" for one in told) and _moved(rows):
        told += [Aspect(*measure) for measure in measures(*(rows[side] for side in SIDES))]
    labels = {side: conflict.side(side).get("labels", ()) for side in SIDES}
    if conflict.table != "labels" and any(labels.values()):
        before = {row["key"]: row for row in labels["base"]}
        counts = (_counted(labels[s], before) if conflict.side(s) else None for s in SIDES)
        told.append(_three("labels", counts))
    return told


def _moved(rows: Mapping[str, Row | None]) -> bool:
    shapes = [told_in(row, "labels", "shape") for side in SIDES if (row := rows[side])]
    return any(shape != shapes[0] for shape in shapes)


def absence(conflict: Conflict, side: str) -> str | None:
    """Why a version says nothing of the subject, in a word; None where it has it."""
    if conflict.side(side).get(conflict.table):
        return None
    if side == "base":
        return "not there yet"
    return "deleted" if conflict.base else "not there"


def _rows(conflict: Conflict) -> dict[str, Row | None]:
    """The row of each side that the conflict is about."""
    return {
        side: next(iter(conflict.side(side).get(conflict.table, ())), None)
        for side in (*SIDES, "now")
    }


def _first(conflict: Conflict) -> Row:
    """What names the subject: base's row, or that of whichever side has one."""
    return next((row for row in _rows(conflict).values() if row), {})


def _fields(conflict: Conflict, rows: Mapping[str, Row | None]) -> list[str]:
    if conflict.field is not None:
        return [conflict.field]
    table, present = conflict.table, [row for side in SIDES if (row := rows[side])]
    return [
        name
        for name in fields_of(table, *present)
        if (name in _ALWAYS and any(_has(row, table, name) for row in present))
        or any(told_in(row, table, name) != told_in(present[0], table, name) for row in present)
    ]


def _has(row: Row, table: str, name: str) -> bool:
    return _value(row, name, exact=False) is not None


def _aspect(table: str, name: str, rows: Mapping[str, Row | None]) -> Aspect:
    told = [rows[side] for side in SIDES]
    values = [row and _value(row, name, exact=False) for row in told]
    differing = {repr(told_in(row, table, name)) for row in told if row}
    if len({value for row, value in zip(told, values, strict=True) if row}) < len(differing):
        values = [row and _value(row, name, exact=True, base=rows["base"]) for row in told]
    one, two, three = (value or None for value in values)
    prose = name == "text" or name.startswith(ATTRIBUTE)
    return Aspect(name.removeprefix(ATTRIBUTE), one, two, three, prose)


def _value(row: Row, name: str, *, exact: bool, base: Row | None = None) -> str | None:
    """A field in words; `exact` where rounding or plain spelling would hide a difference."""
    if name.startswith(ATTRIBUTE):
        held = attributes_of(row)
        value = held.get(name.removeprefix(ATTRIBUTE))
        if name.removeprefix(ATTRIBUTE) not in held:
            return None
        return value if isinstance(value, str) and not exact else canonical_json(value)
    if name == "shape":
        return outline(row, base, exact=exact) or None
    if name == "size":
        sizes = [row[side] for side in ("width", "height", "duration") if row.get(side) is not None]
        return " x ".join(f"{size:g}" if not exact else repr(size) for size in sizes) or None
    value = row.get(name)
    return None if value is None else str(value)


def _of_files(conflict: Conflict) -> list[Aspect]:
    """Of a file or a pointer what differs, line by line."""
    facts = [_facts(conflict.side(side).get(conflict.table, ())) for side in SIDES]
    names = dict.fromkeys(name for one in facts for name in one)
    told = [_three(name, (one.get(name) for one in facts)) for name in names]
    present = [at for at, one in enumerate(facts) if one]
    differing = [one for one in told if len({one[1 + at] for at in present}) > 1]
    return (differing or told)[:_FACTS]


def _facts(rows: Sequence[Row]) -> dict[str, str]:
    """What the pointer's lines say: its hash, its size, its counts of labels."""
    found: dict[str, str] = {}
    for row in rows:
        for name, value in row.items():
            for key, fact in _FACT.findall(value) if name == "pointer" else [(name, value)]:
                found.setdefault(key, str(fact))
    return found


def _three(name: str, values: Iterable[str | None]) -> Aspect:
    base, ours, theirs = values
    return Aspect(name, base, ours, theirs)


def _counted(labels: Sequence[Row], before: Mapping[Any, Row]) -> str:
    """How many labels there are, by category, and how many of them base has not so."""
    counts = Counter(row.get("category", "none") for row in labels)
    told = ", ".join(f"{name} {number}" for name, number in counts.most_common(_IDS))
    new = sum(row["key"] not in before for row in labels) if before else 0
    changed = sum(
        bool(changed_fields("labels", dict(before[row["key"]]), dict(row)))
        for row in labels
        if row["key"] in before
    )
    more = "".join(f"; {n} {word}" for n, word in ((new, "new"), (changed, "changed")) if n)
    return f"{len(labels)}{f' ({told})' if told else ''}{more}"


def _phrase(conflict: Conflict) -> str:
    gone = next((side for side in ("ours", "theirs") if absence(conflict, side)), "one side")
    kept = "theirs" if gone == "ours" else "ours"
    what = "it"
    base, row = _rows(conflict)["base"], _rows(conflict)[kept]
    if base and row and conflict.table in KEYS:
        names = changed_fields(conflict.table, dict(base), dict(row))
        what = f"its {', '.join(name.removeprefix(ATTRIBUTE) for name in names)}" if names else "it"
    return _PHRASES.get(conflict.kind, conflict.kind).format(gone=gone, kept=kept, what=what)
