"""What a reviewer reads on a terminal, and plain text when it is piped."""

from __future__ import annotations

from collections.abc import Iterator

from labelvc.core.comparison import Comparison, Diff
from labelvc.report.layout import GAP, coloured, hanging, plain, section_lines
from labelvc.report.listings import render_log, render_show, render_status
from labelvc.report.sections import headline, note, sections
from labelvc.report.spans import Line, Span, joined, name, say

__all__ = ["render_diff", "render_log", "render_show", "render_status"]

NOTHING = "No label changes."
_NARROWEST = 40


def render_diff(
    diff: Diff, *, width: int = 80, limit: int | None = 20, stat: bool = False, color: bool = False
) -> str:
    """The report on a diff, in lines of at most `width` columns.

    `limit` changes are listed one by one for each label set (0 or None: all of them); with `stat`
    none are.
    """
    render = coloured if color else plain
    return render(_diff(diff, max(width, _NARROWEST), limit, stat))


def _diff(diff: Diff, width: int, limit: int | None, stat: bool) -> Iterator[Line]:
    changed = [comparison for comparison in diff.sets if not comparison.is_empty]
    if not changed:
        yield say(NOTHING)
    for place, comparison in enumerate(changed):
        if place:
            yield ()
        yield from _set(comparison, diff, width)
        for section in sections(comparison, limit=limit, stat=stat):
            yield ()
            yield from section_lines(section, width)
    yield from _rest(diff, width)


def _set(comparison: Comparison, diff: Diff, width: int) -> Iterator[Line]:
    told = headline(comparison, diff)
    yield from hanging(told.title, width, "")
    for line in (*told.warnings, *told.lines, *told.notes):
        yield from hanging(line, width, GAP)


def _rest(diff: Diff, width: int) -> Iterator[Line]:
    """Notes on label sets without changes, and the names of the others."""
    same = [comparison for comparison in diff.sets if comparison.is_empty]
    for comparison in same:
        for text in comparison.notes:
            kind, remark = note(text)
            yield from hanging(say(kind, " ", name(comparison.name), ":", remark), width, "")
    unchanged = [*(comparison.name for comparison in same), *diff.unchanged]
    if unchanged and len(same) < len(diff.sets):
        yield ()
        told = joined([name(one)] for one in unchanged)
        yield from hanging(say(Span("unchanged: ", "dim"), told), width, "")
