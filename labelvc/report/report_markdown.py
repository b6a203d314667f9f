"""The report of a change as the comment on its pull request."""

from __future__ import annotations

from collections.abc import Iterator

from labelvc.core.reported import Report
from labelvc.report.markdown_blocks import Block, fitted, inline, section_block
from labelvc.report.report_sections import (
    counts_section,
    effects_section,
    highlights_section,
    issues_section,
    items_section,
    pointers_section,
    set_sections,
)
from labelvc.report.report_words import evaluation_changes, title, verdict
from labelvc.report.section import Section
from labelvc.report.sections import note
from labelvc.report.spans import name, some

_SIGNS = {"none": "✅", "notice": "ℹ️", "warning": "⚠️", "error": "❌"}
_SETS = 40
_BENCHMARK = (
    "> **Evaluation data changed.** Scores measured before and after this change are not "
    "comparable; the table of scores tells what the same predictions score under both."
)


def render_report(report: Report) -> str:
    """The report, fewer than 65,536 characters: cut by importance, and it says what was cut.

    Names and texts of the label files show as they are and are never read as markup.
    """
    return fitted(list(_blocks(report)), "report.html has all of it")


def _blocks(report: Report) -> Iterator[Block]:
    sign = _SIGNS[report.level]
    head = [f"## Labels: {inline(title(report))}", "", f"{sign} **{verdict(report)}**", ""]
    if evaluation_changes(report):
        head += [_BENCHMARK, ""]
    yield Block("the verdict", head)
    changed = [one for one in report.diff.sets if not one.is_empty]
    yield from _section(counts_section(report), 1)
    yield from _section(pointers_section(report.pointers), 2)
    for comparison in changed[:_SETS]:
        told = inline([name(comparison.name)])
        sections = [one for one in set_sections(comparison) if one.rows]
        if sections or comparison.notes:
            notes = [f"> {inline(note(text))}\n" for text in comparison.notes]
            yield Block(f"the heading of {told}", [f"### {told}", "", *notes], importance=3)
        for section in sections:
            yield section_block(section, told, 3)
    yield from _section(effects_section(report.effects), 2)
    yield from _section(issues_section(report.found.new), 2)
    if remarks := list(_remarks(report)):
        yield Block("remarks", [], remarks, [""], importance=4)
    yield from _section(highlights_section(report), 3)
    yield from _folded(items_section(report.items, report.left_out))
    yield Block("label sets without changes", [], _unchanged(report), importance=4)


def _section(section: Section, importance: int) -> Iterator[Block]:
    if section.rows:
        yield section_block(section, "", importance)


def _folded(section: Section) -> Iterator[Block]:
    """All changes, out of the way until one asks for them; the first to be cut."""
    if section.rows:
        block = section_block(section, "", 5)
        head = [
            "<details><summary>All changes, the weightiest first</summary>",
            "",
            *block.head[2:],
        ]
        yield Block(block.title, head, block.rows, [*block.foot, "</details>", ""], 5)


def _remarks(report: Report) -> Iterator[str]:
    if report.found.gone:
        number = f"{report.found.gone:,} problem{'s' if report.found.gone > 1 else ''}"
        yield f"{number} of before {'are' if report.found.gone > 1 else 'is'} gone.  "
    for text in (*report.effect_notes, *report.found.notes):
        yield f"{inline(note(text))}  "


def _unchanged(report: Report) -> list[str]:
    same = [one.name for one in report.diff.sets if one.is_empty] + [*report.diff.unchanged]
    if not same:
        return []
    return [f"Unchanged: {inline(some([[name(one)] for one in same], len(same), most=_SETS))}  "]
