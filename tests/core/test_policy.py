"""What a project decides beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from labelvc.core.policy import POLICIES, Policy, Settled, settle
from tests.core.merge_case import Row, box, in_words, run, snap
from tests.core.merge_cases import CASES

NAMES = ["cat", "dog", "owl"]
TAKEN = "a sample renamed here to the name of one added there"


def settled(name: str, policy: Policy, newest: str | None = None) -> Settled:
    case = CASES[name]
    outcome = run(case.base, case.ours, case.theirs, rules=case.rules)
    return settle(outcome.snapshot, outcome.conflicts, policy, newest)


def categories(outcome: Settled) -> list[str]:
    return sorted(outcome.snapshot.labels["category"])


def by_people(ours: str | None, theirs: str | None) -> tuple[Row, Row, Row]:
    """A box relabelled differently, by these annotators."""
    told: list[Any] = [("cat", None), ("dog", ours), ("owl", theirs)]
    base, one, two = (box(name, 0, annotator=who) for name, who in told)
    return base, one, two


def settled_by_people(ours: str | None, theirs: str | None, *order: str) -> Settled:
    sides = [snap(row, categories=NAMES) for row in by_people(ours, theirs)]
    outcome = run(*sides)
    return settle(outcome.snapshot, outcome.conflicts, Policy("annotator", order))


@pytest.mark.parametrize(
    ("policy", "newest", "expected"),
    [
        ("manual", None, ["cat"]),
        ("ours", None, ["dog"]),
        ("theirs", None, ["owl"]),
        ("union", None, ["dog", "owl"]),
        ("newest", "theirs", ["owl"]),
        ("newest", "ours", ["dog"]),
        ("newest", None, ["cat"]),
    ],
)
def test_policy(policy: str, newest: str | None, expected: list[str]) -> None:
    outcome = settled("relabelled differently", Policy(policy), newest)
    is_open = expected == ["cat"]
    assert categories(outcome) == expected
    assert len(outcome.conflicts) == is_open
    assert len(outcome.settled) == (not is_open)


def test_the_first_annotator_of_the_order_is_right() -> None:
    assert categories(settled_by_people("ann", "bob", "bob", "ann")) == ["owl"]
    assert categories(settled_by_people("ann", "bob", "ann", "bob")) == ["dog"]
    assert categories(settled_by_people("ann", "eve", "ann")) == ["dog"]


def test_where_the_order_does_not_tell_nothing_is_decided() -> None:
    for ours, theirs in (("eve", "dan"), (None, None), ("ann", "ann")):
        outcome = settled_by_people(ours, theirs, "ann", "bob")
        assert outcome.conflicts
        assert categories(outcome) == ["cat"]


def test_union_keeps_both_additions_and_leaves_what_it_cannot_unite() -> None:
    assert len(settled("added almost alike", Policy("union")).snapshot.labels) == 2
    outcome = settled("a split moved differently", Policy("union"))
    assert [one.kind for one in outcome.conflicts] == ["split/split"]


def test_one_side_may_delete() -> None:
    outcome = settled("deleted here, relabelled there", Policy("ours"))
    assert outcome.snapshot.labels.is_empty()
    outcome = settled("deleted here, relabelled there", Policy("theirs"))
    assert categories(outcome) == ["dog"]


def test_a_category_goes_once_the_labels_are_decided() -> None:
    name = "a category removed with its labels here, one of them relabelled there"
    outcome = settled(name, Policy("ours"))
    assert not outcome.conflicts
    assert outcome.snapshot.categories["name"].to_list() == ["cat"]


@pytest.mark.parametrize("side", ["ours", "theirs"])
@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case.conflicts and name != TAKEN]
)
def test_one_sides_policy_leaves_nothing_open(name: str, side: str) -> None:
    outcome = settled(name, Policy(side))
    assert not outcome.conflicts
    assert all(choice == side for _, choice in outcome.settled)
    outcome.snapshot.check()


@pytest.mark.parametrize("policy", POLICIES)
def test_open_conflicts_show_the_rows_as_they_are(policy: str) -> None:
    for name in ("relabelled and moved differently", "one attribute, differently"):
        outcome = settled(name, Policy(policy))
        rows = {row["key"]: row for row in outcome.snapshot.labels.to_dicts()}
        for conflict in outcome.conflicts:
            for row in conflict.now["labels"]:
                assert all(rows[row["key"]][column] == value for column, value in row.items())


def test_manual_changes_nothing() -> None:
    case = CASES["relabelled and moved differently"]
    outcome = settled("relabelled and moved differently", Policy())
    assert in_words(outcome.snapshot) == in_words(case.expected)
