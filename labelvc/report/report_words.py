"""The verdict of a report and its single changes, in words."""

from __future__ import annotations

from labelvc.core.reported import Item, Report
from labelvc.report.labels import native_id, sentence
from labelvc.report.numbers import count
from labelvc.report.samples import sample_words
from labelvc.report.sections import end
from labelvc.report.spans import Line, Span, joined, name, say


def title(report: Report) -> Line:
    """From which revision to which."""
    return say(end(report.diff.before), " -> ", end(report.diff.after))


def verdict(report: Report) -> str:
    """What the change comes to, in a line of our own words: numbers only, no names."""
    told = _changes(report)
    if evaluated := evaluation_changes(report):
        subject = count(evaluated, "change")
        told.append(f"{subject} in evaluation data, which changes the benchmark itself")
    if any(one.flips for one in report.effects):
        told.append("the ranking of models flips")
    if new := report.found.new:
        errors = sum(1 for _, issue in new if issue.severity == "error")
        which = f" ({count(errors, 'error')})" if errors else ""
        told.append(f"{count(len(new), 'new problem')}{which}")
    if report.pointers:
        told.append(f"{count(len(report.pointers), 'changed label set')} told from pointers alone")
    return "; ".join(told) or "no label changes"


def evaluation_changes(report: Report) -> int:
    """How many changes are in data that models are scored on."""
    return sum(1 for item in report.items if item.is_evaluation)


def _changes(report: Report) -> list[str]:
    labels = sum(one.counts["changed"] for one in report.diff.sets)
    others = sum(1 for item in report.items if item.what != "label")
    changed = [one for one in report.diff.sets if not one.is_empty]
    if not changed:
        return []
    told = count(labels, "label change") if labels or not others else ""
    if others:
        more = f"{count(others, 'change')} of samples or categories"
        told = f"{told}, {more}" if told else more
    return [f"{told} in {count(len(changed), 'label set')}"]


def words(item: Item) -> Line:
    """What changed, without saying where."""
    if item.what == "label":
        return sentence(item.row, item.text)
    if item.what == "sample":
        return say("sample ", joined(sample_words(item.row)))
    return joined(_category_words(item))


def _category_words(item: Item) -> list[Line]:
    before, after = item.row["before"], item.row["after"]
    told: list[Line] = []
    for kind in item.kinds:
        if kind == "renamed":
            told.append(say("category renamed ", name(before), " -> ", name(after)))
        else:
            word = "other attributes" if kind == "attributes" else kind
            told.append(say("category ", name(before if after is None else after), f" {word}"))
    return told


def plain(line: Line) -> str:
    """The text of a line."""
    return "".join(span.text for span in line)


def where(item: Item) -> Line:
    """The sample, and the label's own id where it has one."""
    if item.sample is None:
        return []
    native = native_id(item.row) if item.what == "label" else ""
    return say(name(item.sample), " " if native else "", Span(native, "value"))
