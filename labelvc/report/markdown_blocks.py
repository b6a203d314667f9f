"""Markdown for forges in blocks: the important ones stay when there is no room for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labelvc.report.escape import markup
from labelvc.report.numbers import count
from labelvc.report.section import Row, Section
from labelvc.report.spans import FOREIGN, Line, Style, name

LIMIT = 65_536  # characters GitHub takes for a comment or description
_ROOM = LIMIT - 4_000  # the rest is for saying what was left out, and for what CI adds
_TOLD = 5  # blocks named among those that were cut


@dataclass(frozen=True)
class Block:
    """Lines that stay together (`head`), then lines that may be cut from the end."""

    title: str
    head: Sequence[str]
    rows: Sequence[str] = ()
    foot: Sequence[str] = ()
    importance: int = 0  # 0 first


def fitted(blocks: Sequence[Block], where: str = "labelvc diff shows them") -> str:
    """The text of the blocks, fewer than `LIMIT` characters; what was cut is said at its end.

    `where` tells where all of it is to be found.
    """
    kept, cut = _fit(blocks)
    told = "".join(
        f"{line}\n" for block in kept for line in (*block.head, *block.rows, *block.foot)
    )
    return told.rstrip("\n") + "\n" + _told_cut(cut, where)


def section_block(section: Section, label_set: str, importance: int) -> Block:
    """A titled table, of one label set where that is named."""
    foot = [f"\n{inline(section.foot)}", ""] if section.foot else [""]
    grouped = any(row.group is not None for row in section.rows)
    columns = max(len(row.cells) for row in section.rows) + grouped
    titled = [f"**{section.title}**", ""] if section.head else []
    names = [inline(cell) for cell in section.head] or [section.title, *[""] * (columns - 1)]
    rule = ("--:" if align == "r" else ":--" for align in section.align or "l" * columns)
    head = [*titled, table_row(names), table_row(rule)]
    rows = list(_rows(section.rows, grouped))
    of_set = f" of {label_set}" if label_set else ""
    return Block(f"{section.title.lower()}{of_set}", head, rows, foot, importance)


def _rows(rows: Iterable[Row], grouped: bool) -> Iterator[str]:
    """The rows of a table; a group's name only in its first row."""
    last: str | None = None
    for row in rows:
        texts = [inline(cell) for cell in row.cells]
        if grouped:
            texts.insert(0, "" if row.group == last else inline([name(row.group or "")]))
            last = row.group
        yield table_row(texts)


def table_row(texts: Iterable[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(texts)} |"


def inline(line: Line) -> str:
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


def _fit(blocks: Sequence[Block]) -> tuple[list[Block], list[tuple[str, int]]]:
    """The blocks as far as there is room, the important ones first; and what was cut of which."""
    room = _ROOM
    kept: dict[int, Block] = {}
    cut: list[tuple[str, int]] = []
    for place in sorted(range(len(blocks)), key=lambda at: (blocks[at].importance, at)):
        block = blocks[place]
        frame = sum(len(line) + 1 for line in (*block.head, *block.foot))
        rows = list(_fitting(block.rows, room - frame))
        if len(rows) < len(block.rows) or frame > room:
            cut.append((block.title, len(block.rows) - len(rows)))
        if frame <= room and (rows or not block.rows):
            room -= frame + sum(len(row) + 1 for row in rows)
            kept[place] = Block(block.title, block.head, rows, block.foot, block.importance)
    return [kept[place] for place in sorted(kept)], cut


def _fitting(rows: Iterable[str], room: int) -> Iterator[str]:
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            return
        yield row


def _told_cut(cut: Sequence[tuple[str, int]], where: str) -> str:
    """The last line, if anything was left out."""
    if not cut:
        return ""
    told = [f"{count(rows, 'row')} of the {title}" if rows else title for title, rows in cut]
    dots = f" and {count(len(told) - _TOLD, 'more part')}" if len(told) > _TOLD else ""
    left_out = ", ".join(told[:_TOLD])
    return f"\n**Cut to fit into a comment:** {left_out}{dots}; {where}.\n"
