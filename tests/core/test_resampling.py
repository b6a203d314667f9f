import numpy as np
import polars as pl
import pytest

from labelvc.core.resampling import intervals, paired
from labelvc.core.scored import Scored
from labelvc.core.scoring import score
from tests.core.scoring_data import classes, predicted, truth_of

TASK = "text-classification"


def mean_of(values, samples=None, units=None):
    """A measurement whose one metric is the mean of a value a unit."""
    values = np.asarray(values, dtype=float)
    units = np.arange(len(values)) if units is None else np.asarray(units)
    keys = [str(number) for number in range(len(units))] if samples is None else samples
    return Scored(
        headline="mean",
        metrics={"mean": float(values[units].mean())},
        samples=pl.Series(keys),
        units=units,
        unit_count=len(values),
        under=lambda weights: {"mean": weights @ values / np.maximum(weights.sum(axis=1), 1)},
    )


@pytest.mark.parametrize("size", [1, 400])  # samples drawn one by one, and as numbers of a unit
def test_an_interval_is_as_wide_as_theory_says(size):
    units = np.repeat([0, 1, 2], np.array([5, 3, 2]) * size)
    units = units if size > 1 else np.tile(units, 400)
    scored = mean_of([0, 1, 1], units=units)

    low, high = intervals(scored, draws=4000)["mean"]

    deviation = np.sqrt(0.5 * 0.5 / len(units))
    assert high - low == pytest.approx(2 * 1.96 * deviation, rel=0.06)
    assert (low + high) / 2 == pytest.approx(0.5, abs=deviation / 4)


def test_small_units_are_drawn_as_often_as_large_ones():
    units = np.concatenate([np.zeros(5000, dtype=int), np.arange(1, 5001)])
    values = np.concatenate([[1.0], np.zeros(5000)])
    low, high = intervals(mean_of(values, units=units), draws=2000)["mean"]

    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 10_000), rel=0.1)


def test_every_draw_has_as_many_samples_as_there_are():
    seen = []

    def under(weights):
        seen.append(weights)
        return {}

    units = np.array([0] * 500 + [1] * 7 + [2] * 30 + [3])
    scored = mean_of([0, 0, 0, 0], units=units)
    intervals(Scored("mean", {}, scored.samples, units, 4, under), draws=100)

    weights = np.concatenate(seen)
    assert weights.shape == (100, 4)
    assert (weights.sum(axis=1) == len(units)).all()
    assert weights.mean(axis=0) == pytest.approx([500, 7, 30, 1], rel=0.3)


def test_the_same_seed_gives_the_same_intervals():
    scored = mean_of(np.random.default_rng(1).random(300))

    assert intervals(scored, draws=200, seed=4) == intervals(scored, draws=200, seed=4)
    assert intervals(scored, draws=200, seed=4) != intervals(scored, draws=200, seed=5)
    narrow, wide = (intervals(scored, level=level)["mean"] for level in (0.5, 0.99))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_draws_without_a_metric_are_left_out_of_its_interval():
    def under(weights):
        return {"mean": np.where(weights[:, 0] > 0, 0.25, np.nan)}

    scored = Scored("mean", {"mean": 0.25}, pl.Series(["a", "b"]), np.array([0, 1]), 2, under)
    assert intervals(scored) == {"mean": (0.25, 0.25)}
    never = Scored(
        "mean",
        {"mean": 0.25},
        pl.Series(["a"]),
        np.array([0]),
        2,
        lambda w: {"mean": w[:, 1] + np.nan},
    )
    assert intervals(never) == {"mean": (0.25, 0.25)}


def test_both_sides_are_drawn_together():
    random = np.random.default_rng(2)
    values = random.random(500)
    one, two = mean_of(values), mean_of(values + 0.01)

    difference = paired(one, two)["mean"]

    assert difference.difference == pytest.approx(0.01)
    assert (difference.low, difference.high) == pytest.approx((0.01, 0.01))
    apart = intervals(one)["mean"]
    assert apart[1] - apart[0] > 0.04  # alone each is far less certain


def test_samples_meet_by_their_keys_in_any_order():
    values = np.random.default_rng(3).random(200)
    keys = [f"k{number}" for number in range(200)]
    order = np.random.default_rng(4).permutation(200)
    one = mean_of(values, samples=keys)
    two = mean_of(values[order] * 2, samples=[keys[at] for at in order])

    difference = paired(one, two)["mean"]
    same = paired(one, mean_of(values * 2, samples=keys))["mean"]

    assert difference.difference == pytest.approx(same.difference)
    assert (difference.low, difference.high) == pytest.approx((same.low, same.high))


def test_a_sample_of_one_side_counts_on_that_side_only():
    one = mean_of([1.0, 0.0, 0.0], samples=["a", "b", "c"])
    two = mean_of([0.0, 0.0, 1.0, 1.0], samples=["b", "c", "d", "e"])

    difference = paired(one, two)["mean"]

    assert difference.before == pytest.approx(1 / 3)
    assert difference.after == 0.5
    assert difference.low < difference.difference < difference.high


def test_metrics_that_one_side_lacks_are_not_compared():
    one = mean_of([0.0, 1.0])
    other = Scored("x", {"x": 1.0}, one.samples, one.units, 2, lambda weights: {"x": weights[:, 0]})

    assert paired(one, other) == {}
    assert set(paired(one, one)) == {"mean"}


def test_a_label_change_on_one_percent_of_samples_is_told_more_finely_than_either_score():
    random = np.random.default_rng(5)
    keys = [str(number) for number in range(20_000)]
    names = np.array(["bad", "good", "so-so"])
    truth = random.integers(0, 3, len(keys))
    said = np.where(random.random(len(keys)) < 0.8, truth, random.integers(0, 3, len(keys)))
    fixed = truth.copy()
    fixed[:200] = said[:200]

    model = predicted(classes(dict(zip(keys, names[said], strict=True))), keys)
    before, after = (
        score(truth_of(classes(dict(zip(keys, names[labels], strict=True))), keys), model, TASK)
        for labels in (truth, fixed)
    )

    difference = paired(before, after)["accuracy"]
    low, high = intervals(before)["accuracy"]
    assert 0 < difference.low < difference.difference < difference.high
    assert difference.high - difference.low < (high - low) / 5
