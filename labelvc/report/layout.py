"""Styled text in the columns of a terminal: escaped, wrapped, aligned; plain or in colour."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from labelvc.report.escape import cells, cut, hard_cut, visible
from labelvc.report.section import Section
from labelvc.report.spans import Line, Span

GAP = "  "
_NARROWEST = 8  # columns a cell is cut to at most
_STYLES = {
    "heading": "bold", "dim": "dim", "added": "green", "removed": "red", "changed": "yellow",
    "warning": "bold red", "note": "bold cyan", "remark": "", "name": "cyan", "value": "",
    "old": "red", "new": "green",
}  # fmt: skip
_BRACKETS = {"old": ("[-", "-]"), "new": ("{+", "+}")}


def shown(line: Line) -> list[Span]:
    """The line as terminals get it: nothing unseen in it, the sides of an edit in brackets."""
    found = []
    for text, style in line:
        left, right = _BRACKETS.get(style, ("", ""))
        found.append(Span(f"{left}{visible(text)}{right}", style))
    return found


def wide(line: Line) -> int:
    """Columns a shown line takes."""
    return sum(cells(span.text) for span in line)


def wrapped(line: Line, width: int) -> list[list[Span]]:
    """A shown line in lines of at most `width` columns, broken at spaces where there are any."""
    width = max(width, _NARROWEST)
    lines: list[list[Span]] = [[]]
    used = 0
    for text, style in line:
        for word in re.findall(r" *[^ ]*", text)[:-1]:
            if used and used + cells(word) > width:
                lines.append([])
                used, word = 0, word.lstrip(" ")
            while cells(word) > width:
                head, word = hard_cut(word, width)
                lines[-1].append(Span(head, style))
                lines.append([])
            lines[-1].append(Span(word, style))
            used += cells(word)
    return lines


def table(section: Section, width: int) -> list[list[Span]]:
    """The section's head and rows in aligned columns; the last one wraps, names are cut."""
    rows = [[shown(cell) for cell in row.cells] for row in section.rows]
    head = [[shown(cell) for cell in section.head]] if section.head else []
    widths = _widths([*head, *rows], width, text=not section.head)
    lines = list(_laid(head, widths, section.align))
    group = None
    for source, row in zip(section.rows, rows, strict=True):
        if source.group is not None and source.group != group:
            lines.append([Span(cut(visible(source.group), width), "name")])
        group = source.group
        indent = [Span(GAP)] if group is not None else []
        lines += [[*indent, *line] for line in _laid([row], widths, section.align)]
    return lines


def section_lines(section: Section, width: int) -> Iterator[Line]:
    """Its title, its table, and what was left out."""
    yield [Span(GAP), Span(section.title, "heading")]
    for line in table(section, width - 2 * len(GAP)):
        yield [Span(2 * GAP), *line]
    if section.foot:
        yield from hanging(section.foot, width, 2 * GAP)


def hanging(line: Line, width: int, indent: str) -> Iterator[Line]:
    """The line within the width, what wraps two columns further in."""
    first, *others = wrapped(shown(line), width - len(indent) - len(GAP))
    yield [Span(indent), *first]
    yield from ([Span(indent + GAP), *other] for other in others)


def _widths(rows: Sequence[Sequence[Line]], width: int, *, text: bool) -> list[int]:
    """Each column as wide as its widest cell; the widest give way until the whole fits.

    The last column of `text` takes what is left, at least half of the width.
    """
    widths = [max(wide(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    fixed = widths[:-1] if text else widths
    room = width - len(GAP) * len(widths) - (width // 2 if text else 0)
    while sum(fixed) > room and max(fixed) > _NARROWEST:
        fixed[fixed.index(max(fixed))] -= 1
    if text and widths:
        fixed.append(max(width - sum(fixed) - len(GAP) * len(widths), width // 3, _NARROWEST))
    return fixed


def _laid(
    rows: Iterable[Sequence[Line]], widths: Sequence[int], align: str
) -> Iterator[list[Span]]:
    """The rows with their cells padded; what wraps goes on under its own column."""
    for row in rows:
        *cells_before, last = row
        start: list[Span] = []
        for at, cell in enumerate(cells_before):
            start += [*_padded(cell, widths[at], align[at : at + 1]), Span(GAP)]
        if align:
            yield _stripped([*start, *_padded(last, widths[len(row) - 1], align[len(row) - 1])])
            continue
        first, *others = wrapped(last, widths[len(row) - 1])
        yield _stripped([*start, *first])
        yield from ([Span(" " * wide(start)), *line] for line in others)


def _padded(cell: Line, width: int, align: str) -> list[Span]:
    fitting = list(cell)
    if wide(cell) > width:
        whole = "".join(span.text for span in cell)
        fitting = [Span(cut(whole, width), cell[0].style)]
    padding = Span(" " * (width - wide(fitting)))
    return [padding, *fitting] if align == "r" else [*fitting, padding]


def _stripped(line: list[Span]) -> list[Span]:
    while line and not line[-1].text.strip(" "):
        line.pop()
    return line


def plain(lines: Iterable[Line]) -> str:
    """The shown lines as text."""
    return "".join("".join(span.text for span in line).rstrip(" ") + "\n" for line in lines)


def coloured(lines: Iterable[Line]) -> str:
    """The shown lines with terminal colours; without the colours the same as `plain`."""
    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out, force_terminal=True, no_color=False, color_system="standard", legacy_windows=False
    )
    for line in lines:
        text = Text()
        for span in line:
            text.append(span.text, _STYLES.get(span.style, ""))
        text.rstrip()
        console.print(text, soft_wrap=True, highlight=False)
    return out.getvalue()
