"""Distributions over fixed bins."""

import itertools

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.stats_bins import MEASURES, QUARTERS, TENTHS, WHOLE, distribution

SCALES = {"whole": WHOLE, "quarters": QUARTERS, "tenths": TENTHS}


@pytest.mark.parametrize("edges", SCALES.values(), ids=SCALES)
def test_edges_grow(edges):
    assert all(low < high for low, high in itertools.pairwise(edges))


@settings(deadline=None)
@given(st.sampled_from(list(SCALES.values())), st.lists(st.floats(-1e9, 1e15), min_size=1))
def test_every_value_is_in_the_bin_that_says_so(edges, values):
    found = distribution(pl.Series(values, dtype=pl.Float64), edges)
    assert found is not None and found.count == len(values)
    for one in found.bins:
        low = -float("inf") if one.low is None else one.low
        high = float("inf") if one.high is None else one.high
        assert one.count == sum(low <= value < high for value in values)
    assert all(one.high == two.low for one, two in itertools.pairwise(found.bins))
    assert found.bins[0].count and found.bins[-1].count


def test_the_summary():
    found = distribution(pl.Series([1, None, 2, 6]), WHOLE)
    assert (found.count, found.total, found.mean, found.median) == (3, 9, 3, 2)
    assert (found.minimum, found.maximum) == (1, 6)
    assert [(one.low, one.count) for one in found.bins] == [
        (1, 1), (2, 1), (3, 0), (4, 0), (5, 0), (6, 1),
    ]  # fmt: skip


def test_a_third_is_told_to_nine_digits():
    assert distribution(pl.Series([0.0, 0.0, 1.0]), QUARTERS).mean == 0.333333333


def test_small_whole_numbers_have_a_bin_each_and_large_ones_a_fifth():
    assert WHOLE[:18] == (*range(17), 20)
    assert all(high / low < 1.26 for low, high in itertools.pairwise(WHOLE[16:]))


def test_zero_and_the_tiniest_share_a_bin():
    found = distribution(pl.Series([0.0, 2**-11]), QUARTERS)
    assert [(one.low, one.high, one.count) for one in found.bins] == [(0, 2**-10, 2)]


def test_what_lies_outside_is_told_in_open_bins():
    found = distribution(pl.Series([-0.2, 1.0, 3.0]), TENTHS)
    assert (found.bins[0].low, found.bins[0].high) == (None, 0)
    assert (found.bins[-1].low, found.bins[-1].high, found.bins[-1].count) == (1, None, 2)


def test_no_values_no_distribution():
    assert distribution(pl.Series([None, None], dtype=pl.Float64), WHOLE) is None
    assert distribution(pl.Series([1e300, float("inf"), float("nan")]), WHOLE) is None


def test_every_measure_says_what_it_is():
    assert all(one.title and one.of and one.unit and one.edges for one in MEASURES.values())
