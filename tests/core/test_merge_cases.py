"""Every case of the merge table: the labels, the conflicts, and that nothing is lost."""

from __future__ import annotations

from functools import cache

import pytest

from labelvc.core.conflict import KINDS, swapped
from tests.core.merge_case import Outcome, in_words, run, said
from tests.core.merge_cases import CASES
from tests.core.no_loss import losses


@cache
def merged(name: str) -> Outcome:
    case = CASES[name]
    return run(case.base, case.ours, case.theirs, rules=case.rules, independent=case.independent)


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case, outcome = CASES[name], merged(name)
    assert outcome.told == sorted(case.conflicts, key=lambda row: (row[0], row[1], row[2] or ""))
    assert in_words(outcome.snapshot) == in_words(case.expected)
    assert outcome.snapshot == case.expected
    assert dict(outcome.merged.renumbered) == case.renumbered


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_lost(name: str) -> None:
    outcome = merged(name)
    assert losses(outcome.aligned, outcome.merged, CASES[name].given_up) == []


@pytest.mark.parametrize("name", CASES)
def test_native_ids_stay_unique(name: str) -> None:
    case, outcome = CASES[name], merged(name)
    for table in ("labels", "categories"):
        versions = [getattr(one, table)["id"].drop_nulls() for one in (case.ours, case.theirs)]
        if not any(ids.is_duplicated().any() for ids in versions):
            assert not getattr(outcome.snapshot, table)["id"].drop_nulls().is_duplicated().any()


@pytest.mark.parametrize("name", CASES)
def test_sides_exchanged(name: str) -> None:
    case, one = CASES[name], merged(name)
    if case.given_up:
        return
    two = run(case.base, case.theirs, case.ours, rules=case.rules, independent=case.independent)
    assert in_words(two.snapshot) == in_words(one.snapshot)
    assert sorted(map(said, two.conflicts)) == sorted(said(swapped(one)) for one in one.conflicts)


def test_all_kinds_of_conflict_within_a_label_set_have_a_case() -> None:
    told = {kind for case in CASES.values() for kind, _, _ in case.conflicts}
    assert told == set(KINDS) - {"formats", "deleted/edited", "whole"}
    assert len(CASES) >= 80
