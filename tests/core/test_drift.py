"""Drift between two versions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from labelvc.core.drift import drift, merged
from labelvc.core.snapshot import Snapshot, samples_frame
from labelvc.core.stats import Stats, stats
from tests.core.strategies import snapshots
from tests.core.test_stats import boxes, classes


def many(**categories: int) -> Snapshot:
    rows = [name for name, number in categories.items() for _ in range(number)]
    return classes([(f"s{at}", name) for at, name in enumerate(rows)])


def row(before, after, name):
    return next(one for one in drift(before, after) if one.name == name)


@settings(deadline=None, max_examples=40)
@given(snapshots())
def test_a_version_has_not_drifted_from_itself(snapshot):
    for one in drift(snapshot, snapshot):
        assert (one.statistic, one.p_value, one.distance) == (0, 1, 0)
        assert one.before == one.after


@settings(deadline=None, max_examples=40)
@given(snapshots(), snapshots())
def test_both_directions_are_alike(one, two):
    there, back = ({row.name: row for row in drift(*pair)} for pair in ((one, two), (two, one)))
    assert set(there) == set(back)
    for name, row in there.items():
        assert row.statistic == pytest.approx(back[name].statistic)
        assert row.distance == pytest.approx(back[name].distance)
        assert 0 <= row.distance <= 1 and 0 <= row.p_value <= 1


def test_the_chi_square_of_two_categories():
    found = row(many(cat=60, dog=40), many(cat=40, dog=60), "categories")
    assert (found.before, found.after, found.dof) == (100, 100, 1)
    assert found.statistic == pytest.approx(8)  # 4 cells, 10**2 / 50 each
    assert found.p_value == pytest.approx(0.004678, rel=1e-3)


def test_a_larger_version_of_the_same_shares_has_not_drifted():
    found = row(many(cat=30, dog=20), many(cat=90, dog=60), "categories")
    assert found.statistic == pytest.approx(0, abs=1e-9)
    assert found.distance == pytest.approx(0, abs=1e-7)


def test_nothing_in_common_is_the_largest_distance():
    found = row(many(cat=50), many(dog=50), "categories")
    assert found.distance == 1
    assert found.p_value < 1e-20


def test_the_distance_is_that_of_jensen_and_shannon():
    found = row(many(cat=3, dog=1), many(cat=1, dog=1), "categories")
    p, q = np.array([0.75, 0.25]), np.array([0.5, 0.5])
    middle = (p + q) / 2
    divergence = sum((side * np.log2(side / middle)).sum() for side in (p, q)) / 2
    assert found.distance == pytest.approx(divergence**0.5)


def test_too_few_values_are_no_evidence():
    found = row(many(cat=2), many(dog=2), "categories")
    assert (found.statistic, found.dof, found.p_value) == (0, 0, 1)
    assert found.distance == 1


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 2), min_size=1, max_size=20))
def test_bins_are_merged_until_five_are_expected(columns):
    table = np.array(columns).T
    if not table.sum(axis=1).all():
        return
    found = merged(table)
    assert (found.sum(axis=1) == table.sum(axis=1)).all()
    expected = np.outer(found.sum(axis=1), found.sum(axis=0)) / found.sum()
    assert found.shape[1] == 1 or (expected >= 5 - 1e-9).all()


def test_what_is_merged_stays_in_order():
    table = np.array([[10, 1, 1, 10, 4], [10, 1, 1, 10, 4]])
    # 5 in a cell are 10 in a bin: the third takes in two, the last is too small to stand alone
    assert merged(table).tolist() == [[10, 16], [10, 16]]


def test_a_distribution_of_one_side_only_is_left_out():
    names = {one.name for one in drift(boxes((1, 1, 5, 5)), many(cat=3))}
    assert names == {"kinds", "labels_per_sample"}
    assert drift(Stats(), Stats()) == ()


def test_splits_are_compared_where_both_have_some():
    def split(*names):
        keys = [str(at) for at in range(len(names))]
        return Snapshot(samples=samples_frame(sample=keys, split=list(names)))

    one, two = split(*["train"] * 20, *["val"] * 20), split(*["train"] * 20, *[None] * 20)
    assert row(one, two, "splits").distance == pytest.approx(0.5**0.5)
    assert "splits" not in {r.name for r in drift(one, split(None, None))}


def test_counted_versions_and_snapshots_give_the_same():
    one, two = boxes((1, 1, 5, 5), (2, 2, 50, 9)), boxes((1, 1, 5, 5))
    assert drift(one, two) == drift(stats(one), stats(two))


def test_numbers_are_compared_in_the_same_bins():
    small, large = boxes(*[(0, 0, 10, 10)] * 30), boxes(*[(0, 0, 80, 80)] * 30)
    assert row(small, large, "box_size").distance == 1
    assert row(small, large, "box_aspect").distance == 0


def test_the_test_is_pearsons():
    before, after = many(a=50, b=30, c=20), many(a=30, b=30, c=40)
    table = np.array([[50, 30, 20], [30, 30, 40]])
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    known = chisquare(table.ravel(), expected.ravel(), ddof=3)
    found = row(before, after, "categories")
    assert found.statistic == pytest.approx(known.statistic)
    assert found.p_value == pytest.approx(known.pvalue)
