"""Conflicts on a terminal: base, ours and theirs side by side, or one below the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

from labelvc.core.conflict import SIDES, Conflict, Undecided
from labelvc.core.conflict_words import subject
from labelvc.report.conflict_cells import HOW, Told, headline, told
from labelvc.report.escape import cut, visible
from labelvc.report.layout import GAP, coloured, hanging, plain, shown, wide, wrapped
from labelvc.report.section import more
from labelvc.report.spans import Line, Span, name, say

NOTHING = "no conflicts"
SEE_ALL = "; labelvc conflicts --limit 0 shows all"
_NARROWEST = 40
_COLUMN = 14  # columns below which the versions stand below each other
_NAME = 24  # columns of what is compared, at most


def render_conflicts(
    sets: Sequence[Undecided], *, width: int = 80, limit: int | None = 20, color: bool = False
) -> str:
    """The open conflicts by label set, `limit` of each (0, None: all), in `width` columns."""
    render = coloured if color else plain
    return render(_all(sets, max(width, _NARROWEST), limit) if sets else [say(NOTHING)])


def render_conflict(id: str, conflict: Conflict, *, width: int = 80, color: bool = False) -> str:
    """One conflict with its id, kind, subject and versions."""
    render = coloured if color else plain
    return render(_conflict(id, conflict, max(width, _NARROWEST)))


def _all(sets: Sequence[Undecided], width: int, limit: int | None) -> Iterator[Line]:
    for place, one in enumerate(sets):
        if place:
            yield ()
        path = [] if one.path == one.name else [Span(GAP), name(one.path)]
        heading = Span(name(one.name).text, "heading")
        yield from hanging(say(heading, path, f"  {headline(one)}"), width, "")
        for id, conflict in islice(one.conflicts.items(), limit or None):
            yield ()
            yield from ([Span(GAP), *line] for line in _conflict(id, conflict, width - len(GAP)))
        if left := more(len(one.conflicts) - limit if limit else 0, "conflict", hint=SEE_ALL):
            yield ()
            yield from hanging(left, width, GAP)
    if any(one.conflicts for one in sets):
        yield ()
        yield from hanging([Span(HOW, "dim")], width, "")


def _conflict(id: str, conflict: Conflict, width: int) -> Iterator[Line]:
    title = say(Span(id, "changed"), f"  {conflict.kind}  ", Span(subject(conflict), "name"))
    yield from hanging(title, width, "")
    rows = list(told(conflict))
    room = width - 2 * len(GAP)
    first = min(max((wide(shown([Span(row.name)])) for row in rows), default=0), _NAME)
    free = room - first - 3 * len(GAP)
    laid = _columns(rows, first, free) if free // 3 >= _COLUMN else _stacked(rows, room)
    yield from ([Span(2 * GAP), *line] for line in laid)


def _columns(rows: Sequence[Told], first: int, free: int) -> Iterator[Line]:
    """Side by side, each column as wide as it has to be; the widest give way."""
    head = Told("", (_head("base"), _head("ours"), _head("theirs")))
    table = [[shown(cell) for cell in row.cells] for row in (head, *rows)]
    widths = [max(wide(row[at]) for row in table) for at in range(3)]
    while sum(widths) > free:
        widths[widths.index(max(widths))] -= 1
    for row, cells in zip((head, *rows), table, strict=True):
        parts = [wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
        title = cut(visible(row.name), first)
        for at, lines in enumerate(zip_longest(*parts, fillvalue=[])):
            start = [Span((title if at == 0 else "").ljust(first))]
            yield _stripped(_line(start, lines, widths))


def _line(start: Line, cells: Sequence[Line], widths: Sequence[int]) -> list[Span]:
    line = list(start)
    for cell, width in zip(cells, widths, strict=True):
        line += [Span(GAP), *cell, Span(" " * (width - wide(cell)))]
    return line


def _stripped(line: list[Span]) -> list[Span]:
    while line and not line[-1].text.strip(" "):
        line.pop()
    return line


def _stacked(rows: Sequence[Told], width: int) -> Iterator[Line]:
    """Below each other, for narrow terminals."""
    for row in rows:
        yield [Span(cut(visible(row.name), width))]
        for side, cell in zip(SIDES, row.cells, strict=True):
            if cell:
                yield from hanging(say(Span(f"{side:<8}", "heading"), cell), width, GAP)


def _head(side: str) -> Line:
    return [Span(side, "heading")]
