"""Issues on a terminal, and as plain text when they are piped: by label set and code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelvc.core.check_rules import RULES
from labelvc.core.checked import Checked, CheckedSet, ToldIssue
from labelvc.core.issue import Severity, told
from labelvc.report.layout import GAP, coloured, hanging, plain
from labelvc.report.numbers import count
from labelvc.report.sections import end, note
from labelvc.report.spans import Line, Span, Style, name, say

_STYLES: dict[Severity, Style] = {"error": "removed", "warning": "changed"}
SHOWN = 5  # issues of each code, unless --limit says otherwise


def render_check(
    checked: Checked, *, width: int = 80, color: bool = False, limit: int = SHOWN
) -> str:
    """Each label set with issues, `limit` of each code (0: all), and a line that sums up."""
    lines: list[Line] = []
    for one in checked.sets:
        if one.issues or one.gone:
            lines += [*_set(one, checked, width, limit), ()]
    for label_set, why in checked.unchecked:
        lines += hanging(note(f"{label_set} was not checked: {why}"), width, "")
    lines += hanging(_summary(checked), width, "")
    return (coloured if color else plain)(lines)


def _set(one: CheckedSet, checked: Checked, width: int, limit: int) -> Iterator[Line]:
    path = [] if one.path == one.name else [Span(GAP), name(one.path)]
    heading = Span(name(one.name).text, "heading")
    yield from hanging(say(heading, path, "  at ", end(checked.end)), width, "")
    if checked.against is not None:
        counts = [
            count(len(one.issues), "new issue"),
            f"{one.gone:,} gone",
            f"{one.kept:,} as before",
        ]
        yield from hanging(say(", ".join(counts)), width, GAP)
    by_code: dict[str, list[ToldIssue]] = {}
    for issue in one.issues:
        by_code.setdefault(issue.issue.code, []).append(issue)
    for code, found in by_code.items():
        yield from _code(code, found, width, limit)


def _code(code: str, found: Sequence[ToldIssue], width: int, limit: int) -> Iterator[Line]:
    severity = found[0].issue.severity
    style = Span(severity, _STYLES[severity])
    what = Span(f"  {RULES[code].what}", "dim")
    yield from hanging(say(style, f" {code} ({len(found):,})", what), width, GAP)
    shown = found if not limit else found[:limit]
    for one in shown:
        untouched = Span("  (label unchanged)", "dim") if one.is_touched is False else ""
        yield from hanging(say(Span(told(one.issue), "value"), untouched), width, 2 * GAP)
    if len(found) > len(shown):
        yield say(2 * GAP, Span(f"... and {len(found) - len(shown):,} more", "dim"))


def _summary(checked: Checked) -> Line:
    counts = checked.counts()
    new = "new " if checked.against is not None else ""
    told_counts = [count(counts["error"], f"{new}error"), count(counts["warning"], f"{new}warning")]
    sets = count(len(checked.sets), "label set")
    since = say(" since ", end(checked.against)) if checked.against is not None else []
    if not counts:
        return say(Span(f"No {new}issues in {sets}", "added"), since)
    style = _STYLES["error" if counts["error"] else "warning"]
    return say(Span(", ".join(told_counts), style), f" in {sets}", since)
