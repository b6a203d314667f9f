"""Status, log and show on a terminal, and as plain text when they are piped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from labelvc.core.comparison import End
from labelvc.core.summary import summary
from labelvc.core.told import LifeChanges, LogEntry, ShowSet, ShowTable, StatusRow
from labelvc.report.labels import described, mark, native_id, sentence
from labelvc.report.layout import GAP, coloured, hanging, plain, section_lines, table
from labelvc.report.numbers import count
from labelvc.report.samples import sample_words
from labelvc.report.section import Row, Section, more
from labelvc.report.sections import end
from labelvc.report.spans import Line, Span, Style, joined, name, say

_CATEGORIES = 20
_STYLES: dict[str, Style] = {"unchanged": "dim", "changed": "changed", "not committed": "added"}


def render_status(rows: Sequence[StatusRow], *, width: int = 80, color: bool = False) -> str:
    """A line a label set: name, path, state, counts and what to do next."""
    render = coloured if color else plain
    if not rows:
        return render([say("No label sets; labelvc add PATH declares one.")])
    told = tuple(Row((_heading(row.name), [name(row.path)], _state(row))) for row in rows)
    return render(table(Section("", told), width))


def _heading(text: str) -> Line:
    return [Span(name(text).text, "heading")]


def _state(row: StatusRow) -> Line:
    line = say(Span(row.state, _STYLES.get(row.state, "warning")))
    if row.counts is not None and row.state != "unchanged":
        line = say(line, "  ", summary(row.counts, separator=","))
    return say(line, "  ", Span(row.detail, "remark")) if row.detail else line


def render_log(entries: Iterable[LogEntry], *, width: int = 80, color: bool = False) -> str:
    """Commit, date, author and subject, then a line a label set it changed."""
    lines = [line for entry in entries for line in (*_entry(entry, width), ())]
    if not lines:
        lines = [say("No commits that touch labels."), ()]
    return (coloured if color else plain)(lines[:-1])


def _entry(entry: LogEntry, width: int) -> Iterator[Line]:
    date = entry.date[:16].replace("T", " ")
    title = say(Span(entry.commit[:9], "changed"), f"  {date}  ", Span(entry.author, "value"))
    yield from hanging(title, width, "")
    yield from hanging([Span(entry.subject, "heading")], width, GAP)
    rows = tuple(
        Row(([name(label_set)], [Span(counts, "value")]))
        for label_set, counts in entry.sets.items()
    )
    inner = width - 2 * len(GAP)
    yield from ([Span(2 * GAP), *line] for line in table(Section("", rows), inner))
    for changes in entry.changes.values():
        for line in _life(changes):
            yield from hanging(line, width, 3 * GAP)


def _life(changes: LifeChanges) -> Iterator[Line]:
    """What happened to a sample or label, a line a change."""
    for row in changes.labels:
        told = sentence(row, changes.texts.get(row["sample"]))
        yield say(
            mark(row), " ", name(row["sample"]), " ", Span(native_id(row), "value"), " ", told
        )
    for row in changes.samples:
        yield say("sample ", name(row["sample"]), " ", joined(sample_words(row)))
    for note in changes.notes:
        yield [Span(note, "remark")]


def render_show(
    shown_table: ShowTable,
    *,
    width: int = 80,
    limit: int | None = 20,
    stat: bool = False,
    color: bool = False,
) -> str:
    """The label sets at a revision: totals, categories and the first `limit` labels of each."""
    lines: list[Line] = []
    for label_set, one in shown_table.sets.items():
        lines += [()] if lines else []
        lines += hanging(_title(label_set, one, shown_table), width, "")
        totals = (count(one.tally.labels, "label"), count(one.tally.samples, "sample"))
        lines += hanging(say(", ".join(totals)), width, GAP)
        for section in _sections(one, limit, stat):
            lines += [(), *section_lines(section, width)]
    return (coloured if color else plain)(lines or [say("No label sets.")])


def _title(label_set: str, one: ShowSet, whole: ShowTable) -> Line:
    told = f" ({one.format})" if one.format else ""
    where = end(End(whole.rev, whole.commit))
    path = [] if one.path == label_set else [Span(GAP), name(one.path)]
    return say(_heading(label_set), path, f"{told}  at ", where)


def _sections(one: ShowSet, limit: int | None, stat: bool) -> list[Section]:
    ordered = sorted(one.tally.categories.items(), key=lambda item: (-item[1], item[0]))
    rows = tuple(
        Row(([name(category)], say(count(labels)))) for category, labels in ordered[:_CATEGORIES]
    )
    found = [
        Section(
            "Labels per category",
            rows,
            (say("category"), say("labels")),
            align="lr",
            foot=more(len(ordered) - _CATEGORIES, "category"),
        )
    ]
    found += [] if stat else [_labels(one, limit)]
    return [section for section in found if section.rows]


def _labels(one: ShowSet, limit: int | None) -> Section:
    """The labels in words, by sample."""
    if one.snapshot is None:
        return Section("Labels", ())
    labels = one.snapshot.labels.sort("sample", maintain_order=True)
    texts = dict(one.snapshot.samples.select("sample", "text").drop_nulls().iter_rows())
    rows = tuple(
        Row(
            (
                [Span(row["id"] or "", "value")],
                [Span(row["kind"])],
                described(row, "", texts.get(row["sample"])),
            ),
            row["sample"],
        )
        for row in (labels.head(limit) if limit else labels).iter_rows(named=True)
    )
    hint = "; labelvc show --json has all"
    return Section("Labels", rows, foot=more(labels.height - len(rows), hint=hint))
