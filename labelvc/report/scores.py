"""Scores on a terminal: of one evaluation, of all models, of a label change, of one made again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelvc.core.effects import Effect
from labelvc.core.record import ScoreRecord
from labelvc.core.reproduced import Reproduced
from labelvc.core.scoretable import ScoreTable
from labelvc.report.layout import GAP, coloured, hanging, plain, section_lines
from labelvc.report.numbers import count
from labelvc.report.section import Row, Section, more
from labelvc.report.spans import Line, Span, Style, joined, name, say

_CATEGORIES = 20
_COUNTS = ("support", "labels", "predicted", "predictions")  # stand before the scores
_VERDICTS: dict[str, Style] = {"differs": "removed", "within tolerance": "changed"}


def render_record(record: ScoreRecord, *, width: int = 80, color: bool = False) -> str:
    """What one evaluation found."""
    split = f", split {record.split}" if record.split else ""
    title = say(name(record.model), " on ", name(record.set), f" ({record.task}{split})")
    title = say(title, "  labels at ", name(record.commit[:9]))
    lines: list[Line] = [*hanging(title, width, "")]
    for section in (_metrics(record), _categories(record)):
        if section.rows:
            lines += [(), *section_lines(section, width)]
    for warning, number in record.warnings.items():
        lines += [
            *hanging(say(Span("note: ", "note"), f"{_words(warning)}: {number:,}"), width, GAP)
        ]
    return (coloured if color else plain)(lines)


def render_tables(tables: Sequence[ScoreTable], *, width: int = 80, color: bool = False) -> str:
    """Models by label versions, a table a label set."""
    if not tables:
        return "No scores yet; labelvc evaluate SET records one.\n"
    lines: list[Line] = []
    for table in tables:
        lines += [()] if lines else []
        lines += _table(table, width)
    return (coloured if color else plain)(lines)


def render_effects(
    effects: Sequence[Effect],
    ends: tuple[str, str],
    notes: Sequence[str] = (),
    *,
    width: int = 80,
    color: bool = False,
) -> str:
    """What a change of the labels does to each model's score."""
    lines: list[Line] = []
    for label_set in dict.fromkeys(effect.set for effect in effects):
        own = [effect for effect in effects if effect.set == label_set]
        lines += [()] if lines else []
        title = say(Span(name(label_set).text, "heading"), f"  {own[0].metric}  ", name(ends[0]),
                    " -> ", name(ends[1]))  # fmt: skip
        lines += hanging(title, width, "")
        lines += section_lines(_effects(own), width)
        lines += [line for one in own for line in _remarks(one, own, width)]
    if not effects:
        lines += [say("No kept predictions to score again.")]
    for text in notes:
        lines += hanging(say(Span("note: ", "note"), name(text)), width, "")
    return (coloured if color else plain)(lines)


def render_reproduced(found: Reproduced, *, width: int = 80, color: bool = False) -> str:
    """Every metric then and now."""
    record = found.record
    lines = list(
        hanging(
            say(name(record.model), " on ", name(record.set), " at ", name(record.commit[:9]), ": ",
                Span(found.verdict, _VERDICTS.get(found.verdict, "added"))),
            width,
            "",
        )
    )  # fmt: skip
    rows = tuple(
        Row((say(one.name), say(_full(one.before)), say(_full(one.after)),
             [Span(one.verdict, _VERDICTS.get(one.verdict, ""))]))
        for one in found.metrics
    )  # fmt: skip
    head = (say("metric"), say("then"), say("now"), say(""))
    lines += [(), *section_lines(Section("Scores", rows, head, align="lrrl"), width)]
    same = "the same" if found.same_predictions else "not the same"
    lines += hanging(say(f"the predictions are {same}"), width, GAP)
    for text in found.environment:
        lines += hanging(say(Span("environment: ", "note"), name(text)), width, GAP)
    if record.dirty:
        told = joined([name(path)] for path in record.dirty)
        lines += hanging(say(Span("warning: ", "warning"), "in no commit then: ", told), width, GAP)
    return (coloured if color else plain)(lines)


def _metrics(record: ScoreRecord) -> Section:
    rows = []
    ordered = sorted(record.metrics.items(), key=lambda item: (item[0] != record.headline, item[0]))
    for metric, value in ordered:
        style: Style = "heading" if metric == record.headline else ""
        low_high = record.intervals.get(metric)
        told = "" if low_high is None else f"{_short(low_high[0])} - {_short(low_high[1])}"
        rows.append(Row(([Span(metric, style)], say(_short(value)), [Span(told, "dim")])))
    return Section("Scores", rows, (say("metric"), say("score"), say("95 % interval")), "lrr")


def _categories(record: ScoreRecord) -> Section:
    found = {key for row in record.categories for key in row}
    columns = sorted(found, key=lambda key: (key != "category", key not in _COUNTS, key))
    rows = tuple(
        Row(tuple(_cell(row.get(column)) for column in columns))
        for row in record.categories[:_CATEGORIES]
    )
    head = tuple(say(_words(column)) for column in columns)
    return Section("Categories", rows, head, "l" + "r" * (len(columns) - 1),
                   more(len(record.categories) - _CATEGORIES, "category"))  # fmt: skip


def _cell(value: object) -> Line:
    if value is None:
        return [Span("-", "dim")]
    if isinstance(value, float):
        return say(_short(value))
    return say(count(value)) if isinstance(value, int) else say(name(str(value)))


def _table(table: ScoreTable, width: int) -> Iterator[Line]:
    metrics = {record.headline for record in table.cells.values()}
    title = say(Span(name(table.set).text, "heading"), f"  {', '.join(sorted(metrics))}")
    yield from hanging(title, width, "")
    rows = tuple(
        Row(([name(model)], *(_score(table, model, version.digest) for version in table.versions)))
        for model in table.models
    )
    head = (say("model"), *(say(name(version.commit[:9])) for version in table.versions))
    yield from section_lines(Section("Models by label versions", rows, head,
                                     "l" + "r" * len(table.versions)), width)  # fmt: skip
    versions = tuple(
        Row(([name(one.commit[:9])], [name(one.subject)] if one.subject else say("")))
        for one in table.versions
    )
    yield ()
    yield from section_lines(Section("Label versions", versions), width)


def _score(table: ScoreTable, model: str, digest: str) -> Line:
    record = table.cells.get((model, digest))
    if record is None:
        return [Span("-", "dim")]
    value = record.metrics.get(record.headline)
    line = say("undefined" if value is None else _short(value))
    if (low_high := record.intervals.get(record.headline)) is not None:
        line = say(line, Span(f" ({_short(low_high[0])} - {_short(low_high[1])})", "dim"))
    extra = table.more.get((model, digest), 0)
    line = say(line, Span(f" +{extra}", "dim")) if extra else line
    return say(line, Span(" dirty", "warning")) if record.dirty else line


def _effects(effects: Sequence[Effect]) -> Section:
    rows = tuple(Row(effect_cells(one)) for one in effects)
    return Section("Effect of the label change", rows, tuple(map(say, EFFECT_HEAD)), "lrrrrr")


EFFECT_HEAD = ("model", "before", "after", "difference", "95 % interval", "rank")


def effect_cells(one: Effect) -> tuple[Line, ...]:
    """What `EFFECT_HEAD` names of one model."""
    return (
        [name(one.model)],
        say(_short(one.before)),
        say(_short(one.after)),
        [Span(f"{one.difference:+.4f}", _tone(one))],
        say(f"{one.low:+.4f} - {one.high:+.4f}"),
        say(f"{one.rank_before} -> {one.rank_after}"),
    )


def overtaken(one: Effect, effects: Sequence[Effect]) -> Line:
    """The models of the same label set that it was behind and now leads; empty without any."""
    rivals = [rival for rival in effects if (rival.set, rival.metric) == (one.set, one.metric)]
    return joined([name(r.model)] for r in rivals if r.model in one.flips and _leads(one, r))


def _tone(one: Effect) -> Style:
    if not one.is_clear:
        return "dim"
    return "removed" if (one.difference > 0) == one.lower_is_better else "added"


def _remarks(one: Effect, others: Sequence[Effect], width: int) -> Iterator[Line]:
    if told := overtaken(one, others):
        line = say(Span("ranking flips: ", "warning"), name(one.model), " overtakes ", told)
        yield from hanging(line, width, GAP)
    if any(one.unpredicted):
        before, after = one.unpredicted
        yield from hanging(
            say(Span("note: ", "note"), name(one.model),
                f" never saw {before:,} samples of the one and {after:,} of the other: left out"),
            width,
            GAP,
        )  # fmt: skip


def _leads(one: Effect, other: Effect) -> bool:
    return one.rank_after < other.rank_after


def _words(key: str) -> str:
    return key.replace("_", " ")


def _short(value: float) -> str:
    return f"{value:.4f}"


def _full(value: float | None) -> str:
    return "-" if value is None else f"{value:.10g}"
