"""Findings in the labels of one snapshot."""

from __future__ import annotations

from typing import Any

import pytest

from labelvc.core.check import check
from labelvc.core.check_rules import DEFAULT, RULES, Setting
from labelvc.core.issue import Issue, new_and_gone
from tests.core.check_snapshots import box, codes, only, snapshot, span
from tests.core.strategies import assemble


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([box(0, 0, 100, 50)], []),
        ([box(0, 0, 100.6, 50.9)], []),
        ([box(90, 10, 30, 10)], ["warning overhang"]),
        ([box(120, 10, 30, 10)], ["error outside"]),
        ([box(-40, 10, 30, 10)], ["error outside"]),
        ([box(10, 10, -5, 10)], ["error inverted"]),
        ([box(10, 10, 0, 10)], ["warning empty"]),
        ([box(0.2, 0.2, 0.9, 0.1, unit="fraction")], ["warning overhang"]),
        ([box(1.2, 0.2, 0.1, 0.1, unit="fraction")], ["error outside"]),
        ([box(0, 0, 9, 9, id="1"), box(9, 9, 9, 9, id="1")], ["error duplicate-id"]),
        ([box(0, 0, 9, 9, id="1"), box(0, 0, 9, 9, id="2")], ["warning duplicate"]),
        ([span(0, 11)], []),
        ([span(6, 12)], ["error outside"]),
        ([span(6, 5)], ["error inverted"]),
        ([span(0, 2, "token", "token")], []),
        ([span(1, 3, "token", "token")], ["error outside"]),
        ([span(-1, 4)], ["error outside"]),
        ([span(3, 3)], ["warning empty"]),
        ([span(0.5, 2.0, "segment", "second")], []),
        ([span(0.5, 2.5, "segment", "second")], ["error outside"]),
    ],
)
def test_finding(rows: list[dict[str, Any]], found: list[str]) -> None:
    assert codes(snapshot(*rows), DEFAULT.of_labels()) == found


def test_a_finding_names_the_label() -> None:
    (issue,) = check(snapshot(box(120, 10, 30, 10, id="7")))
    assert (issue.sample, issue.label) == ("s", "7")
    assert issue.message == "box (120, 10, 30, 10) lies outside its sample of 100 x 50"


def test_code_points_count_not_bytes() -> None:
    assert check(snapshot(span(0, 2), text="🐱é")) == []


def test_samples_of_unknown_size_are_not_judged() -> None:
    bare = assemble([{"sample": "s", **box(1e6, 0, 1, 1)}], {}, ["cat"])
    assert check(bare) == []


def test_a_rule_is_as_severe_as_it_is_set() -> None:
    over = snapshot(box(90, 10, 30, 10))
    for level, found in (("error", ["error overhang"]), ("off", [])):
        rules = DEFAULT.with_settings({"overhang": Setting(level)}).of_labels()
        assert codes(over, rules) == found


def test_slack_is_a_matter_of_the_rules() -> None:
    over = snapshot(box(90, 10, 30, 10))
    assert codes(over, only("overhang", slack=20)) == []
    assert codes(over, only("overhang", slack=19.9)) == ["warning overhang"]


def test_settings_add_to_those_above() -> None:
    above = DEFAULT.with_settings({"few-samples": Setting("error", {"least": 20.0})})
    below = above.with_settings({"few-samples": Setting("warning")})
    assert (below.level("few-samples"), below.value("few-samples", "least")) == ("warning", 20)
    assert above.level("few-samples") == "error"


def test_a_commit_applies_the_rules_of_labels_and_those_that_are_set() -> None:
    rules = DEFAULT.with_settings({"leakage": Setting("error")}).of_labels()
    applied = {code for code in RULES if rules.level(code) != "off"}
    assert {"duplicate-id", "overhang", "leakage"} < applied
    assert not {"few-samples", "unused-category", "self-crossing", "span-overlap"} & applied


def issue(sample: str, message: str, label: str = "1", about: str = "") -> Issue:
    return Issue("warning", "overhang", message, sample, label, about=about)


def test_issues_are_told_apart_as_a_multiset_whatever_their_ids() -> None:
    before = [issue("a", "x", "1"), issue("a", "x", "2"), issue("b", "y")]
    after = [issue("a", "x", "9"), issue("a", "x", "8"), issue("a", "x", "7"), issue("a", "y")]
    new, gone = new_and_gone(before, after)
    assert (new, gone) == ([after[2], after[3]], 1)


def test_a_renamed_sample_keeps_its_issues() -> None:
    assert new_and_gone([issue("a", "x")], [issue("b", "x")], {"b": "a"}) == ([], 0)
    assert new_and_gone([issue("a", "x")], [issue("b", "x")])[1] == 1


def test_what_an_issue_is_about_counts_and_not_its_numbers() -> None:
    old, new = issue("a", "3 samples", about="dog"), issue("a", "4 samples", about="dog")
    assert new_and_gone([old], [new]) == ([], 0)
