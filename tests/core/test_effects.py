"""Rankings under two versions of the labels, and evaluations made again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelvc.core.effects import Effect, ranked
from labelvc.core.reproduced import compared
from tests.core.score_records import record


def effect(model: str, before: float, after: float, **more) -> Effect:
    return Effect(model, "train", "accuracy", before, after, after - before, after - before, **more)


def test_models_are_ranked_under_both_versions_and_flips_are_named():
    first, second, third = ranked(
        [effect("a", 0.9, 0.7), effect("b", 0.8, 0.8), effect("c", 0.1, 0.2)]
    )
    assert (first.model, first.rank_before, first.rank_after, first.flips) == ("b", 2, 1, ("a",))
    assert (second.model, second.rank_before, second.rank_after, second.flips) == (
        "a",
        1,
        2,
        ("b",),
    )
    assert (third.rank_after, third.flips) == (3, ())


def test_equal_scores_share_a_rank_and_becoming_equal_is_no_flip():
    one, two = ranked([effect("a", 0.9, 0.8), effect("b", 0.8, 0.8)])
    assert {one.rank_after, two.rank_after} == {1} and not one.flips and not two.flips


def test_where_less_is_better_the_least_comes_first():
    one, two = ranked(
        [effect("a", 0.1, 0.3, lower_is_better=True), effect("b", 0.2, 0.2, lower_is_better=True)]
    )
    assert (one.model, one.rank_before, one.flips) == ("b", 2, ("a",))
    assert two.rank_before == 1


def test_label_sets_and_metrics_are_ranked_apart():
    other = Effect("a", "val", "accuracy", 0, 0, 0, 0)
    assert {one.rank_after for one in ranked([effect("a", 0, 0.5), other])} == {1}


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6))
def test_flips_are_mutual_and_ranks_count_those_who_are_better(scores):
    found = {
        one.model: one for one in ranked([effect(str(at), *pair) for at, pair in enumerate(scores)])
    }
    for one in found.values():
        assert all(one.model in found[rival].flips for rival in one.flips)
        assert one.rank_after == 1 + sum(other.after > one.after for other in found.values())


@pytest.mark.parametrize(
    ("low", "high", "clear"), [(0.1, 0.2, True), (-0.1, 0.2, False), (0, 0, False)]
)
def test_a_difference_is_clear_where_its_interval_leaves_out_zero(low, high, clear):
    assert Effect("a", "s", "m", 0, 0, low, high).is_clear is clear


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ({"accuracy": 0.5, "f1": 0.25}, "identical"),
        ({"accuracy": 0.5004, "f1": 0.25}, "within tolerance"),
        ({"accuracy": 0.5004, "f1": 0.26}, "differs"),
        ({"accuracy": 0.5}, "differs"),
        ({"accuracy": 0.5, "f1": 0.25, "log_loss": 1.0}, "differs"),
    ],
)
def test_the_worst_metric_decides(now, verdict):
    then = record(metrics={"accuracy": 0.5, "f1": 0.25}, intervals={}, headline="accuracy")
    found = compared(then, now, tolerance=0.001, same_predictions=True, environment=[])
    assert found.verdict == verdict
