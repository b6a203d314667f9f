"""The report of a change. LABELVC_REWRITE_GOLDEN=1 writes the golden files anew: read the diff."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from labelvc.core.reported import Found, Report
from labelvc.report.json_values import dumps
from labelvc.report.markdown_blocks import LIMIT
from labelvc.report.report_json import report_json
from labelvc.report.report_markdown import render_report
from labelvc.report.report_sections import bar
from labelvc.report.report_words import verdict
from tests.report.build import box, comparison, diff, label
from tests.report.cases import CASES
from tests.report.report_cases import REPORT_CASES, made, whole
from tests.report.test_markdown import check
from tests.report.test_terminal import NASTY, strange

GOLDEN = Path(__file__).parent / "golden"
REPORTS = {
    "md": render_report,
    "json": lambda report: (
        json.dumps(json.loads(dumps(report_json(report))), indent=1, ensure_ascii=True) + "\n"
    ),
}
FOLD = re.compile(r"^</?details>.*$", re.MULTILINE)


def checked(told: str) -> None:
    """As for a diff; the fold around all changes is our own."""
    assert len(told) < LIMIT
    assert told.count("<details>") == told.count("</details>") <= 1
    check(FOLD.sub("", told))


@pytest.mark.parametrize("form", REPORTS)
@pytest.mark.parametrize("case", REPORT_CASES)
def test_report_is_as_agreed(case: str, form: str) -> None:
    told = REPORTS[form](REPORT_CASES[case]())
    file = GOLDEN / f"report-{case}.{form}"
    if os.environ.get("LABELVC_REWRITE_GOLDEN"):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", REPORT_CASES)
def test_markup_of_the_report_is_ours_alone(case: str) -> None:
    checked(render_report(REPORT_CASES[case]()))


@settings(max_examples=40, deadline=None)
@given(NASTY)
def test_no_name_of_a_report_becomes_markup(text: str) -> None:
    checked(render_report(made(strange(text))))


def test_parts_stand_in_the_order_of_their_importance() -> None:
    told = render_report(whole())
    parts = ("duplicate-id", "Evaluation data changed", "**Changes**", "**Flips**",
             "**Labels per category**", "**Scores by the same predictions**", "**New problems**",
             "**Worst and most typical changes**", "<details>")  # fmt: skip
    places = [told.index(part) for part in parts[1:]]
    assert places == sorted(places)


def many(number: int) -> Report:
    changes = [
        label(f"{at:06}.jpg", "relabelled", box(f"class-{at % 97}", at, 2, 30, 20, f"{at}"),
              box(f"class-{(at + 1) % 97}", at, 2, 30, 20, f"{at}"), split="train")
        for at in range(number)
    ]  # fmt: skip
    totals = {f"class-{at}": (at, at + 1) for at in range(97)}
    return made(diff(comparison(changes, totals=totals)))


def test_a_report_that_is_too_long_is_cut_and_says_what_was_cut() -> None:
    report = many(3_000)
    name = "n" * 900
    sets = [replace(report.diff.sets[0], name=f"{name}{at}") for at in range(60)]
    told = render_report(replace(report, diff=replace(report.diff, sets=sets)))
    assert len(told) < LIMIT
    assert "**Cut to fit into a comment:**" in told and "report.html has all of it" in told
    assert told.startswith("## Labels") and "label changes" in told


def test_all_changes_are_the_first_to_be_cut() -> None:
    told = render_report(many(3_000))
    assert "... and 2,800 more changes" in told
    assert "**Worst and most typical changes**" in told


@pytest.mark.parametrize(
    ("report", "level", "says"),
    [
        (made(CASES["nothing"]()), "none", "no label changes"),
        (many(3), "notice", "3 label changes in 1 label set"),
        (replace(many(1), found=Found(whole().found.new)), "error", "2 new problems (1 error)"),
        (replace(many(1), effects=whole().effects), "warning", "the ranking of models flips"),
    ],
)
def test_the_verdict_is_as_loud_as_the_change(report: Report, level: str, says: str) -> None:
    assert report.level == level
    assert says in verdict(report)


def test_changes_of_an_evaluation_split_come_first_and_are_marked() -> None:
    moved = (box("a", 1, 1, 9, 9, "1"), box("a", 2, 1, 9, 9, "1"))
    flipped = (box("a", 1, 1, 9, 9, "2"), box("b", 1, 1, 9, 9, "2"))
    rows = [
        label("x.jpg", "relabelled", *flipped, split="train"),
        label("y.jpg", "moved", *moved, split="test", iou=0.9),
    ]
    report = made(diff(comparison(rows)))
    assert [(item.sample, item.is_evaluation) for item in report.items] == [
        ("y.jpg", True),
        ("x.jpg", False),
    ]
    assert report.level == "warning"
    told = render_report(report)
    assert told.index("in <code>test</code> **evaluation**") < told.index("in <code>train</code>")


def test_a_bar_is_as_long_as_its_number() -> None:
    assert [len(bar(number, 16)) for number in (0, 1, 8, 16)] == [0, 1, 8, 16]
    assert bar(1, 10_000) == "▏"
    assert bar(0, 0) == ""
