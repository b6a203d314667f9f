"""What a report says of a label set, in the order it says it; no layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labelvc.core.comparison import CategoryChange, CategoryTotal, Comparison, Diff, End, Flip
from labelvc.core.summary import OTHERS, label_summary, other_summary
from labelvc.report.changes import changes_sections
from labelvc.report.numbers import count, signed
from labelvc.report.samples import sample_rows
from labelvc.report.section import Row, Section, more
from labelvc.report.spans import Line, Span, name, say, some
from labelvc.report.words import clip

MATRIX = 8  # categories at most in a matrix of flips,
SHORT_MATRIX = 12  # or this many, where their names are short
SHORT_NAMES = 40  # characters in all
_TOP = 20  # rows of the lists that are not the changes themselves
_NAMES = 5  # names told in a line
_WARNING = "warning:"
_LONGEST_NOTE = 1000
_SHA = 12  # digits of a commit that are enough to tell it


@dataclass(frozen=True)
class Headline:
    """A label set's title, what must not be overlooked, the counts, and remarks."""

    title: Line
    warnings: Sequence[Line]
    lines: Sequence[Line]
    notes: Sequence[Line]


def headline(comparison: Comparison, diff: Diff) -> Headline:
    """Name, path, format, the two ends, the counts in short, the totals."""
    notes = comparison.notes
    return Headline(
        _title(comparison, diff),
        [note(text) for text in notes if text.startswith(_WARNING)],
        _short(comparison),
        [note(text) for text in notes if not text.startswith(_WARNING)],
    )


def _title(comparison: Comparison, diff: Diff) -> Line:
    heading = Span(name(comparison.name).text, "heading")
    told = f" ({comparison.format})" if comparison.format else ""
    if comparison.name == diff.after.rev:  # two files, named as the ends they are
        return say(end(diff.before), " -> ", heading, told)
    path = [] if comparison.path == comparison.name else [Span("  "), name(comparison.path)]
    return say(heading, path, f"{told}  ", end(diff.before), " -> ", end(diff.after))


def end(which: End) -> list[Span]:
    """A revision as it was given, with its commit where that says more."""
    if which.rev is None:
        return say(which.commit[:9] if which.commit else "working tree")
    commit = which.commit or ""
    if not commit:
        return [name(which.rev)]
    if commit.startswith(which.rev):
        return [name(which.rev[:_SHA])]
    return say(name(which.rev), Span(f" ({commit[:9]})", "dim"))


def note(text: str) -> list[Span]:
    """A note as the comparison gave it; those that begin with `warning:` stand out."""
    text = clip(text, _LONGEST_NOTE)
    if text.startswith(_WARNING):
        return [Span(_WARNING, "warning"), Span(text[len(_WARNING) :], "remark")]
    return [Span("note:", "note"), Span(f" {text.removeprefix('note: ')}", "remark")]


def _short(comparison: Comparison) -> list[Line]:
    counts = comparison.counts
    told = [label_summary(counts, separator=",")]
    told += [other_summary(counts, what, separator=",") for what in OTHERS]
    before, after = comparison.before, comparison.after
    totals = say(
        _total(before.labels, after.labels, "label"),
        ", ",
        _total(before.samples, after.samples, "sample"),
    )
    rungs = {rung: number for rung, number in comparison.matched_by.items() if number}
    lines: list[Line] = [say("; ".join(filter(None, told))), totals]
    if rungs.keys() - {"id"}:
        matched = ", ".join(f"{rung} {count(number)}" for rung, number in rungs.items())
        lines.append([Span(f"matched by {matched}", "dim")])
    return lines


def _total(before: int, after: int, noun: str) -> str:
    if before == after:
        return count(after, noun)
    return f"{count(before)} -> {count(after, noun)} ({signed(after - before)})"


def sections(comparison: Comparison, *, limit: int | None, stat: bool) -> Iterator[Section]:
    """Everything below the headline, the most important first; empty sections are left out."""
    found = [
        flips_section(comparison.flips),
        _categories(comparison),
        taxonomy_section(comparison),
        Section("Samples", tuple(sample_rows(comparison))),
    ]
    if not stat:
        found += changes_sections(comparison, limit)
    return (section for section in found if section.rows)


def flips_section(flips: Sequence[Flip]) -> Section:
    """From row to column as a matrix, where it is small; the most frequent as a list, where not."""
    rows, columns = ({getattr(flip, side): 0 for flip in flips} for side in ("before", "after"))
    names = {*rows, *columns}
    short = len(names) <= SHORT_MATRIX and sum(map(len, names)) <= SHORT_NAMES
    if len(names) > MATRIX and not short:
        return _flip_list(flips)
    for flip in flips:
        columns[flip.after] += flip.count
    counts = {(flip.before, flip.after): flip.count for flip in flips}
    ordered = sorted(columns)
    table = tuple(
        Row(
            (
                [name(before)],
                *([_cell(counts.get((before, after)))] for after in ordered),
            )
        )
        for before in sorted(rows)
    )
    head = ([Span("from \\ to", "dim")], *([name(after)] for after in ordered))
    return Section("Flips", table, head, align="l" + "r" * len(ordered))


def _cell(number: int | None) -> Span:
    return Span(".", "dim") if number is None else Span(count(number), "changed")


def _flip_list(flips: Sequence[Flip]) -> Section:
    ordered = sorted(flips, key=lambda flip: -flip.count)
    rows = tuple(
        Row(([name(flip.before)], [name(flip.after)], say(count(flip.count))))
        for flip in ordered[:_TOP]
    )
    head = (say("from"), say("to"), say("labels"))
    return Section("Flips", rows, head, align="llr", foot=more(len(flips) - _TOP, "pair"))


def _categories(comparison: Comparison) -> Section:
    """Categories whose number of labels changed, the largest difference first."""
    changed = [row for row in comparison.categories if row.before != row.after]
    changed.sort(key=lambda row: (-abs(_difference(row)), row.name))
    rows = tuple(
        Row(
            (
                [name(row.name)],
                *(say("-" if side is None else count(side)) for side in (row.before, row.after)),
                [Span(signed(_difference(row)), "added" if _difference(row) > 0 else "removed")],
            )
        )
        for row in changed[:_TOP]
    )
    head = (say("category"), say("before"), say("after"), say("difference"))
    same = len(comparison.categories) - len(changed)
    foot = more(len(changed) - _TOP, "category") or (
        [Span(f"{count(same, 'category')} unchanged", "dim")] if same else []
    )
    return Section("Labels per category", rows, head, align="lrrr", foot=foot)


def _difference(row: CategoryTotal) -> int:
    return (row.after or 0) - (row.before or 0)


def taxonomy_section(comparison: Comparison) -> Section:
    """Changes of the categories themselves, a line a kind."""
    found: dict[str, list[Line]] = {}
    for change in comparison.category_changes:
        found.setdefault(change.kind, []).append(_category_change(change))
    rows = tuple(
        Row((say(f"{count(len(told))} {_word(kind)}"), some(told, len(told), most=_NAMES)))
        for kind, told in found.items()
    )
    return Section("Taxonomy", rows)


def _word(kind: str) -> str:
    return "with other attributes" if kind == "attributes" else kind


def _category_change(change: CategoryChange) -> Line:
    before, after = name(change.before or ""), name(change.after or "")
    if change.kind == "renumbered":
        old, new = (Span("none", "dim") if one is None else name(one) for one in change.ids)
        return say(after, " (", old, " -> ", new, ")")
    if change.kind == "renamed":
        return say(before, " -> ", after)
    return [before if change.after is None else after]
