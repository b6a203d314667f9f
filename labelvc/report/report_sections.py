"""The parts of a report that are tables, the most important first; no layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelvc.core.check import Issue
from labelvc.core.comparison import CategoryTotal, Comparison
from labelvc.core.effects import Effect
from labelvc.core.reported import Item, PointerTold, Report
from labelvc.core.summary import summary
from labelvc.report.numbers import count, signed
from labelvc.report.report_words import where, words
from labelvc.report.scores import EFFECT_HEAD, effect_cells, overtaken
from labelvc.report.section import Row, Section, more
from labelvc.report.sections import flips_section, taxonomy_section
from labelvc.report.spans import Line, Span, name, say, some

_ISSUES = 50  # new problems told one by one
_CATEGORIES = 30
_CHANGES = 200
_NAMES = 5
_BAR = 16  # characters of the longest bar
_BLOCKS = " ▏▎▍▌▋▊▉█"


def counts_section(report: Report) -> Section:
    """A row a label set, and one for each split that changed; those for evaluation come first."""
    evaluated = {
        name for name, splits in report.splits.items() if any(one.is_evaluation for one in splits)
    }
    changed = [one for one in report.diff.sets if not one.is_empty]
    ordered = sorted(changed, key=lambda one: one.name not in evaluated)
    rows = tuple(row for comparison in ordered for row in _count_rows(comparison, report))
    head = (say("label set"), say("what changed"), say("labels"), say("samples"))
    return Section("Changes", rows, head, align="llrr")


def _count_rows(comparison: Comparison, report: Report) -> Iterator[Row]:
    before, after = comparison.before, comparison.after
    splits = report.splits.get(comparison.name, ())
    alone = len(splits) == 1 and splits[0].split is None
    mark = _MARK if alone and splits[0].is_evaluation else ()
    yield Row(
        (
            say(name(comparison.name), mark),
            say(summary(comparison.counts, separator=",")),
            say(_step(before.labels, after.labels)),
            say(_step(before.samples, after.samples)),
        )
    )
    for one in () if alone else splits:
        split = Span("no split", "dim") if one.split is None else name(one.split)
        told = say("in ", split, _MARK if one.is_evaluation else ())
        yield Row((told, say(summary(one.counts, separator=",")), (), ()))


_MARK = (Span(" "), Span("evaluation", "warning"))


def _step(before: int, after: int) -> str:
    return count(after) if before == after else f"{count(after)} ({signed(after - before)})"


def set_sections(comparison: Comparison) -> Iterator[Section]:
    """Flips, categories with bars, and the taxonomy of one label set."""
    yield flips_section(comparison.flips)
    yield _categories(comparison.categories)
    yield taxonomy_section(comparison)


def _categories(totals: Sequence[CategoryTotal]) -> Section:
    """All categories that changed, then the largest others, with a bar for what they have now."""
    ordered = sorted(totals, key=lambda one: (one.before == one.after, -(one.after or 0), one.name))
    if not any(one.before != one.after for one in totals):
        return Section("Labels per category", ())
    longest = max((max(one.before or 0, one.after or 0) for one in totals), default=0)
    rows = tuple(
        Row(
            (
                [name(one.name)],
                *(say("-" if side is None else count(side)) for side in (one.before, one.after)),
                say(signed((one.after or 0) - (one.before or 0))),
                [Span(bar(one.after or 0, longest), "value")],
            )
        )
        for one in ordered[:_CATEGORIES]
    )
    head = tuple(map(say, ("category", "before", "after", "difference", "share of the largest")))
    left = more(len(totals) - len(rows), "category")
    return Section("Labels per category", rows, head, align="lrrrl", foot=left)


def bar(number: int, longest: int) -> str:
    """A bar of block characters, an eighth of one the smallest step.

    >>> bar(3, 4), bar(1, 1000)
    ('████████████', '▏')
    """
    eighths = round(number / longest * _BAR * 8) if longest else 0
    eighths = max(eighths, 1 if number else 0)
    return "█" * (eighths // 8) + _BLOCKS[eighths % 8].strip()


def effects_section(effects: Sequence[Effect]) -> Section:
    """Each model's score under both versions of the labels, and whom it overtakes."""
    rows = tuple(
        Row(([name(one.set)], say(one.metric), *effect_cells(one), overtaken(one, effects)))
        for one in effects
    )
    head = tuple(map(say, ("label set", "metric", *EFFECT_HEAD, "overtakes")))
    return Section("Scores by the same predictions", rows, head, align="lllrrrrrl")


def issues_section(new: Sequence[tuple[str, Issue]]) -> Section:
    """New problems, errors first."""
    ordered = sorted(new, key=lambda one: (one[1].severity != "error", one[0]))
    rows = tuple(
        Row(
            (
                [Span(issue.severity, "warning" if issue.severity == "error" else "")],
                [Span(issue.code)],
                [name(label_set)],
                _place(issue),
                [Span(issue.message, "remark")],
            )
        )
        for label_set, issue in ordered[:_ISSUES]
    )
    head = tuple(map(say, ("severity", "code", "label set", "where", "problem")))
    return Section("New problems", rows, head, foot=more(len(new) - len(rows), "problem"))


def _place(issue: Issue) -> Line:
    sample = [] if issue.sample is None else [name(issue.sample)]
    return say(sample, " ", Span(issue.label, "value")) if issue.label else sample


def highlights_section(report: Report) -> Section:
    """The worst and the most typical changes, with why they were picked."""
    rows = tuple(
        Row(([Span(why, "remark")], say(name(item.label_set), " ", where(item)), words(item)))
        for number, why in report.highlights
        for item in [report.items[number]]
    )
    head = (say("why"), say("where"), say("change"))
    return Section("Worst and most typical changes", rows, head)


def items_section(items: Sequence[Item], left_out: int = 0) -> Section:
    """The changes one by one, as far as a page can hold them."""
    rows = tuple(
        Row(
            (
                say(name(item.label_set), _MARK if item.is_evaluation else ()),
                where(item),
                words(item),
            )
        )
        for item in items[:_CHANGES]
    )
    head = (say("label set"), say("where"), say("change"))
    left = more(len(items) - len(rows) + left_out, "change")
    return Section("All changes", rows, head, foot=left)


def pointers_section(pointers: Sequence[PointerTold]) -> Section:
    """Label sets whose labels are not at hand: what their pointers say."""
    rows = tuple(
        Row(
            (
                [name(one.name)],
                _told(one, "labels"),
                _told(one, "samples"),
                _changed(one),
                [Span(one.reason, "remark")],
            )
        )
        for one in pointers
    )
    head = tuple(map(say, ("label set", "labels", "samples", "categories", "why")))
    return Section("Told from pointers alone", rows, head, align="lrrll")


def _told(one: PointerTold, what: str) -> Line:
    sides = (None if side is None else side[what] for side in (one.before, one.after))
    return say(" -> ".join(map(_side, sides)))


def _changed(one: PointerTold) -> Line:
    told = [
        say(name(category), f" {_side(before)} -> {_side(after)}")
        for category, before, after in one.categories
        if before != after
    ]
    return some(told, len(told), most=_NAMES)


def _side(number: int | None) -> str:
    return "?" if number is None else count(number)
