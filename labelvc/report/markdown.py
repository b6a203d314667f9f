"""The report for pull requests: GitHub's and GitLab's Markdown, always short enough to post."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelvc.core.comparison import Comparison, Diff
from labelvc.report.markdown_blocks import Block, fitted, inline, section_block
from labelvc.report.sections import headline, note, sections
from labelvc.report.spans import name, say, some
from labelvc.report.terminal import NOTHING

_ROWS = 2_000  # more changes than this never fit
_SETS = 40  # label sets told of in full
_SHORT = 40  # characters of a label set's name where it is told again


def render_diff(diff: Diff, *, limit: int | None = 20, stat: bool = False) -> str:
    """The report on a diff, fewer than 65,536 characters; what had to be cut is said at its end.

    Names and texts of the label files show as they are and are never read as markup. `limit` and
    `stat` as on the terminal.
    """
    most = min(limit or _ROWS, _ROWS)
    changed = [comparison for comparison in diff.sets if not comparison.is_empty]
    blocks = [] if changed else [Block("", [NOTHING, ""])]
    for comparison in changed[:_SETS]:
        blocks += _blocks(comparison, diff, most, stat)
    blocks.append(Block("label sets", [], _others(diff, changed[_SETS:]), [""], 1))
    return fitted(blocks)


def _blocks(comparison: Comparison, diff: Diff, limit: int, stat: bool) -> Iterator[Block]:
    """The headline, then a block a section, each less important than the one before."""
    told = headline(comparison, diff)
    lines = [f"### {inline(told.title)}", ""]
    for line in told.warnings:
        lines += [f"> {inline(line)}", ""]
    for line in (*told.lines, *told.notes):
        lines += [f"{inline(line)}  "]
    label_set = inline([name(comparison.name[:_SHORT])])
    yield Block(f"the headline of {label_set}", [*lines, ""])
    for importance, section in enumerate(sections(comparison, limit=limit, stat=stat), start=2):
        yield section_block(section, label_set, importance)


def _others(diff: Diff, left: Sequence[Comparison]) -> list[str]:
    """Lines on label sets that did not change, and on those that are too many."""
    same = [comparison for comparison in diff.sets if comparison.is_empty]
    lines = [
        f"{inline(say(kind, ' ', name(one.name), ':', remark))}  "
        for one in same
        for kind, remark in (note(text) for text in one.notes)
    ]
    named = {
        "Changed too": [one.name for one in left],
        "Unchanged": [*(one.name for one in same), *diff.unchanged],
    }
    if len(same) == len(diff.sets):
        del named["Unchanged"]
    for what, names in named.items():
        if names:
            told = some([[name(one)] for one in names], len(names), most=_SETS)
            lines.append(f"{what}: {inline(told)}  ")
    return lines
