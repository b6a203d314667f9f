"""The report for pull requests: GitHub's and GitLab's Markdown, always short enough to post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labelvc.core.comparison import Comparison, Diff
from labelvc.report.escape import markup
from labelvc.report.numbers import count
from labelvc.report.section import Row, Section
from labelvc.report.sections import headline, note, sections
from labelvc.report.spans import FOREIGN, Line, Style, name, say, some
from labelvc.report.terminal import NOTHING

LIMIT = 65_536  # characters GitHub takes for a comment or description
_ROOM = LIMIT - 2_000  # the rest is for saying what was left out
_ROWS = 2_000  # more changes than this never fit
_SETS = 40  # label sets told of in full
_SHORT = 40  # characters of a label set's name where it is told again
_TOLD = 5  # blocks named among those that were cut


@dataclass(frozen=True)
class _Block:
    """Lines that stay together (`head`), then lines that may be cut from the end."""

    title: str
    head: Sequence[str]
    rows: Sequence[str]
    foot: Sequence[str]
    importance: int  # 0 first


def render_diff(diff: Diff, *, limit: int | None = 20, stat: bool = False) -> str:
    """The report on a diff, fewer than 65,536 characters; what had to be cut is said at its end.

    Names and texts of the label files show as they are and are never read as markup. `limit` and
    `stat` as on the terminal.
    """
    most = min(limit or _ROWS, _ROWS)
    changed = [comparison for comparison in diff.sets if not comparison.is_empty]
    blocks = [] if changed else [_Block("", [NOTHING, ""], [], [], 0)]
    for comparison in changed[:_SETS]:
        blocks += _blocks(comparison, diff, most, stat)
    blocks.append(_Block("label sets", [], _others(diff, changed[_SETS:]), [""], 1))
    kept, cut = _fit(blocks)
    told = "".join(
        f"{line}\n" for block in kept for line in (*block.head, *block.rows, *block.foot)
    )
    return told.rstrip("\n") + "\n" + _told_cut(cut)


def _blocks(comparison: Comparison, diff: Diff, limit: int, stat: bool) -> Iterator[_Block]:
    """The headline, then a block a section, each less important than the one before."""
    told = headline(comparison, diff)
    lines = [f"### {_inline(told.title)}", ""]
    for line in told.warnings:
        lines += [f"> {_inline(line)}", ""]
    for line in (*told.lines, *told.notes):
        lines += [f"{_inline(line)}  "]
    label_set = _inline([name(comparison.name[:_SHORT])])
    yield _Block(f"the headline of {label_set}", [*lines, ""], [], [], 0)
    for importance, section in enumerate(sections(comparison, limit=limit, stat=stat), start=2):
        yield _section(section, label_set, importance)


def _section(section: Section, label_set: str, importance: int) -> _Block:
    foot = [f"\n{_inline(section.foot)}", ""] if section.foot else [""]
    grouped = any(row.group is not None for row in section.rows)
    columns = max(len(row.cells) for row in section.rows) + grouped
    titled = [f"**{section.title}**", ""] if section.head else []
    names = [_inline(cell) for cell in section.head] or [section.title, *[""] * (columns - 1)]
    rule = ("--:" if align == "r" else ":--" for align in section.align or "l" * columns)
    head = [*titled, _row(names), _row(rule)]
    rows = list(_rows(section.rows, grouped))
    return _Block(f"{section.title.lower()} of {label_set}", head, rows, foot, importance)


def _rows(rows: Iterable[Row], grouped: bool) -> Iterator[str]:
    """The rows of a table; a group's name only in its first row."""
    last: str | None = None
    for row in rows:
        texts = [_inline(cell) for cell in row.cells]
        if grouped:
            texts.insert(0, "" if row.group == last else _inline([name(row.group or "")]))
            last = row.group
        yield _row(texts)


def _row(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _others(diff: Diff, left: Sequence[Comparison]) -> list[str]:
    """Lines on label sets that did not change, and on those that are too many."""
    same = [comparison for comparison in diff.sets if comparison.is_empty]
    lines = [
        f"{_inline(say(kind, ' ', name(one.name), ':', remark))}  "
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
            lines.append(f"{what}: {_inline(told)}  ")
    return lines


def _inline(line: Line) -> str:
    """A line as Markdown; what comes from label files inside `<code>`, where nothing is a link."""
    return "".join(_span(text, style) for text, style in line)


def _span(text: str, style: Style) -> str:
    if not text:
        return ""
    if style in FOREIGN:
        code = f"<code>{markup(text)}</code>"
        return {"old": f"<del>{code}</del>", "new": f"<ins>{code}</ins>"}.get(style, code)
    if style in ("heading", "remark"):
        # A zero-width space after @ keeps it from calling somebody.
        return markup(text).replace("&#64;", "&#64;&#8203;")
    own = text.replace("<", "&lt;").replace("~", "\\~")
    return f"**{own}**" if style in ("warning", "note") else own


def _fit(blocks: Sequence[_Block]) -> tuple[list[_Block], list[tuple[str, int]]]:
    """The blocks as far as there is room, the important ones first; and what was cut of which."""
    room = _ROOM
    kept: dict[int, _Block] = {}
    cut: list[tuple[str, int]] = []
    for place in sorted(range(len(blocks)), key=lambda at: (blocks[at].importance, at)):
        block = blocks[place]
        frame = sum(len(line) + 1 for line in (*block.head, *block.foot))
        rows = list(_fitting(block.rows, room - frame))
        if len(rows) < len(block.rows) or frame > room:
            cut.append((block.title, len(block.rows) - len(rows)))
        if frame <= room and (rows or not block.rows):
            room -= frame + sum(len(row) + 1 for row in rows)
            kept[place] = _Block(block.title, block.head, rows, block.foot, block.importance)
    return [kept[place] for place in sorted(kept)], cut


def _fitting(rows: Iterable[str], room: int) -> Iterator[str]:
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            return
        yield row


def _told_cut(cut: Sequence[tuple[str, int]]) -> str:
    """The last line, if anything was left out."""
    if not cut:
        return ""
    told = [f"{count(rows, 'row')} of the {title}" if rows else title for title, rows in cut]
    dots = f" and {count(len(told) - _TOLD, 'more part')}" if len(told) > _TOLD else ""
    left_out = ", ".join(told[:_TOLD])
    return f"\n**Cut to fit into a comment:** {left_out}{dots}; labelvc diff shows them.\n"
