"""Agreement between annotators: the libraries' own numbers, and what they leave undefined."""

from __future__ import annotations

import warnings

import krippendorff
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from labelvc.core.agreement import agreement

# annotator by sample: a class, or None where there is none
RATINGS = st.integers(2, 4).flatmap(
    lambda annotators: st.lists(
        st.lists(st.sampled_from(["a", "b", "c", None]), min_size=annotators, max_size=annotators),
        min_size=1,
        max_size=12,
    )
)


def table(rows):
    cells = [
        (f"s{at}", f"annotator {who}", category)
        for at, row in enumerate(rows)
        for who, category in enumerate(row)
    ]
    return pl.DataFrame(cells, schema=["sample", "annotator", "category"], orient="row").cast(
        pl.String
    )


@settings(deadline=None)
@given(RATINGS)
def test_alpha_is_that_of_the_library(rows):
    found = agreement(table(rows))
    domain = ["a", "b", "c"]
    counts = np.array([[row.count(value) for value in domain] for row in rows])
    if found is None:
        assert sum(any(row[who] for row in rows) for who in range(len(rows[0]))) < 2
    elif found.alpha is None:
        paired = counts[counts.sum(axis=1) > 1]
        assert np.count_nonzero(paired.sum(axis=0)) < 2
    else:
        expected = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
        assert found.alpha == pytest.approx(expected, abs=1e-8)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from(["a", "b", "c", None])] * 2), min_size=1, max_size=12))
def test_kappa_is_that_of_the_library(rows):
    found = agreement(table(rows))
    both = [row for row in rows if None not in row]
    if found is None or not both:
        assert found is None or found.kappa is None
        return
    assert found.samples == len(both)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = cohen_kappa_score(*zip(*both, strict=True))
    if found.kappa is None:
        assert np.isnan(expected)
    else:
        assert found.kappa == pytest.approx(expected, abs=1e-8)


def test_a_published_example():
    """Krippendorff 2011, section C: 4 observers, 12 units, nominal alpha 0.743."""
    observers = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    columns = zip(*(line.split() for line in observers), strict=True)
    found = agreement(table([[None if one == "." else one for one in row] for row in columns]))
    assert found.alpha == pytest.approx(0.743, abs=5e-4)
    assert (found.annotators, found.samples, found.kappa) == (4, 11, None)


def test_the_classes_of_a_sample_are_one_rating():
    rows = [("s", "x", "cat"), ("s", "x", "dog"), ("s", "y", "dog"), ("s", "y", "cat"),
            ("t", "x", "cat"), ("t", "y", "dog")]  # fmt: skip
    found = agreement(pl.DataFrame(rows, schema=["sample", "annotator", "category"], orient="row"))
    assert found.samples == 2
    assert found.kappa == pytest.approx(1 / 3)


def test_one_annotator_or_none_agree_with_nobody():
    assert agreement(table([["a"], ["b"]])) is None
    assert agreement(table([[None, None]])) is None


def test_full_agreement_on_one_class_is_undefined():
    found = agreement(table([["a", "a"], ["a", "a"]]))
    assert (found.samples, found.kappa, found.alpha) == (2, None, None)


def test_annotators_without_a_common_sample():
    found = agreement(table([["a", None], [None, "b"]]))
    assert (found.annotators, found.samples, found.kappa, found.alpha) == (2, 0, None, None)
