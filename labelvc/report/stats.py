"""The numbers of label sets on a terminal, and as plain text when they are piped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from labelvc.core.comparison import End
from labelvc.core.stats import Stats
from labelvc.core.stats_bins import MEASURES, Distribution
from labelvc.core.stats_told import StatsSet, StatsTable
from labelvc.report.layout import GAP, coloured, hanging, plain, section_lines, shown
from labelvc.report.numbers import count
from labelvc.report.section import Row, Section, more
from labelvc.report.sections import end, note
from labelvc.report.spans import Line, Span, joined, name, say
from labelvc.report.stats_files import NO_SPLIT, has_splits

_CATEGORIES = 20
_PAIRS = 10
_LEAKS = 5
_SPLITS = 4  # splits at most that get a column each
_COLUMNS = 16  # of a histogram
_BLOCKS = "▁▂▃▄▅▆▇█"
_BY = {"digest": "medium", "text": "text"}


def render_stats(table: StatsTable, *, width: int = 80, color: bool = False) -> str:
    """What is counted in each label set, and its drift, in tables."""
    lines: list[Line] = []
    for label_set, one in table.sets.items():
        lines += [()] if lines else []
        lines += _set(label_set, one, End(table.rev, table.commit), width)
    return (coloured if color else plain)(lines or [say("No label sets.")])


def _set(label_set: str, one: StatsSet, at: End, width: int) -> Iterator[Line]:
    told = f" ({one.format})" if one.format else ""
    path = [] if one.path == label_set else [Span(GAP), name(one.path)]
    heading = Span(name(label_set).text, "heading")
    yield from hanging(say(heading, path, f"{told}  at ", end(at)), width, "")
    for line in (*_totals(one.stats), *(note(text) for text in one.notes)):
        yield from hanging(line, width, GAP)
    for make in _SECTIONS:
        section = make(one.stats)
        if section.rows:
            yield ()
            yield from section_lines(section, width)
    drift = _drift(one)
    if drift.rows:
        yield ()
        yield from section_lines(drift, width)


def _totals(stats: Stats) -> Iterator[Line]:
    without = f" ({count(stats.unlabelled)} without labels)" if stats.unlabelled else ""
    yield say(f"{count(stats.labels, 'label')}, {count(stats.samples, 'sample')}{without}")
    counted = [*stats.kinds.items()] if len(stats.kinds) > 1 else []
    counted += stats.verdicts.items()
    if counted:
        yield say(", ".join(f"{count(number)} {word}" for word, number in counted))
    if stats.agreement is not None:
        scores = [("Cohen's kappa", stats.agreement.kappa),
                  ("Krippendorff's alpha", stats.agreement.alpha)]  # fmt: skip
        told = ", ".join(f"{word} {_short(score)}" for word, score in scores if score is not None)
        yield say(
            f"{count(stats.agreement.annotators, 'annotator')} agree on the classes of "
            f"{count(stats.agreement.samples, 'sample')}: {told or 'all are one class'}"
        )


def _splits(stats: Stats) -> Section:
    rows = [
        Row((_split(one.name), say(count(one.samples)), say(count(one.labels)),
             say("" if one.duration is None else _time(one.duration))))
        for one in stats.splits
    ]  # fmt: skip
    head = [say(word) for word in ("split", "samples", "labels", "duration")]
    if all(one.duration is None for one in stats.splits):
        rows, head = [Row(row.cells[:3]) for row in rows], head[:3]
    return Section("Splits", rows if has_splits(stats) else (), head, align="lrrr"[: len(head)])


def _time(seconds: float) -> str:
    """In the unit in which it is at least one, where there is such a unit."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:.1f} s"


def _split(split: str | None) -> Line:
    return say(NO_SPLIT) if split is None else [name(split)]


def _categories(stats: Stats) -> Section:
    """Labels and samples of each category, and its labels in each split where those are few."""
    splits = [one.name for one in stats.splits]
    columns = splits if 1 < len(splits) <= _SPLITS else []
    rows = tuple(
        Row((
            [name(one.name)], say(count(one.labels)), say(count(one.samples)),
            *(say(count(one.splits.get(split, (0, 0))[0])) for split in columns),
        ))
        for one in stats.categories[:_CATEGORIES]
    )  # fmt: skip
    return Section(
        "Labels per category",
        rows,
        (say("category"), say("labels"), say("samples"), *(_split(split) for split in columns)),
        align="l" + "r" * (2 + len(columns)),
        foot=more(len(stats.categories) - _CATEGORIES, "category"),
    )


def _distributions(stats: Stats) -> Section:
    rows = tuple(
        Row((
            say(MEASURES[key].title), say(count(one.count)),
            *(say(_short(value)) for value in (one.minimum, one.median, one.mean, one.maximum)),
            say(histogram(one)),
        ))
        for key, one in stats.distributions.items()
    )  # fmt: skip
    head = ("", "number", "least", "median", "mean", "most", "spread")
    return Section("Distributions", rows, [say(word) for word in head], align="lrrrrrl")


def histogram(found: Distribution) -> str:
    """The bins from left to right as blocks, the fullest the highest; neighbours share a block."""
    share = -(-len(found.bins) // _COLUMNS)
    counts = [one.count for one in found.bins]
    sums = [sum(counts[at : at + share]) for at in range(0, len(counts), share)]
    return "".join(
        _BLOCKS[(len(_BLOCKS) - 1) * number // max(sums)] if number else " " for number in sums
    )


def _short(value: float) -> str:
    """To three digits behind the point where there is one, four significant ones below 0.1."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}" if abs(value) < 1e9 else f"{value:.3g}"
    return f"{value:.4g}" if abs(value) >= 1 or not value else f"{value:.3g}"


def _words(stats: Stats) -> Section:
    rows = tuple(
        Row((
            say(f"in {which}s"), say(count(one.size)), say(count(one.words)),
            say(_short(one.ratio)), joined([name(word)] for word, _ in one.frequent[:_PAIRS]),
        ))
        for which, one in stats.vocabularies.items()
    )  # fmt: skip
    head = ("", "different", "words", "ratio", "most frequent")
    return Section("Words", rows, [say(word) for word in head], align="lrrrl")


def _together(stats: Stats) -> Section:
    pairs = stats.together.pairs
    rows = tuple(
        Row(([name(one)], [name(two)], say(count(samples)))) for one, two, samples in pairs[:_PAIRS]
    )
    return Section(
        "Categories in one sample",
        rows,
        (say("category"), say("with"), say("samples")),
        align="llr",
        foot=more(len(pairs) - _PAIRS, "pair"),
    )


def _leakage(stats: Stats) -> Section:
    """What stands in several splits; of media the names of the samples, of texts the text."""
    rows: list[Row] = []
    for by, found in stats.leakage.items():
        told = f"the same {_BY[by]}: {count(found.contents)} in {count(found.samples, 'sample')}"
        for one in found.examples[:_LEAKS]:
            names = joined([name(sample)] for sample in one.samples)
            what = [Span(one.content, "value")] if by == "text" else names
            rows.append(Row((joined([name(split)] for split in one.splits), what), told))
    return Section("In several splits", rows)


def _drift(one: StatsSet) -> Section:
    rows = tuple(
        Row((
            say(MEASURES[row.name].title if row.name in MEASURES else row.name),
            say(_short(row.distance)), say(_short(row.p_value)), say(_short(row.statistic)),
            say(count(row.dof)),
        ))
        for row in one.drift
    )  # fmt: skip
    head = ("", "distance", "p-value", "chi-square", "dof")
    since = end(one.against or End())
    title = "".join(span.text for span in shown(say("Drift since ", since)))
    return Section(title, rows, [say(word) for word in head], align="lrrrr")


_SECTIONS: Sequence[Callable[[Stats], Section]] = (
    _splits, _categories, _distributions, _words, _together, _leakage,
)  # fmt: skip
