"""Laws that every task's scores keep, on random labels and predictions."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from labelvc.core.predictions import Predictions
from labelvc.core.resampling import intervals, paired
from labelvc.core.scoring import score
from labelvc.core.snapshot import Snapshot, canonical_json
from tests.core.scoring_data import box, predicted, repeated, span, truth_of

NAMES = ["ant", "bee", "cat", "dog"]
SAMPLES = ["a.jpg", "b/c d.jpg", "ü.png", "4", "z"]
names = st.sampled_from(NAMES)
# confidences of boxes all differ: equal ones are a matter of order, as in COCO's own evaluation
places = st.floats(0, 50, allow_subnormal=False)
sizes = st.floats(5, 100, allow_subnormal=False)
words = st.lists(st.sampled_from(["a", "cat", "sat", "猫"]), max_size=5).map(" ".join)


def class_rows(draw, sample, model):
    row = {"sample": sample, "kind": "class", "category": draw(names)}
    return [row | ({"confidence": draw(st.floats(0, 1))} if model else {})]


def many_class_rows(draw, sample, model):
    every = draw(st.sets(names, min_size=1))
    return [{"sample": sample, "kind": "class", "category": name} for name in sorted(every)]


def box_rows(draw, sample, model):
    boxes = draw(st.lists(st.tuples(places, places, sizes, sizes), max_size=4))
    return [
        box(sample, draw(names), *numbers, confidence=0.5 if model else None) for numbers in boxes
    ]


def outline_rows(draw, sample, model):
    return [
        row | {"kind": "polygon", "geometry": canonical_json({"polygon": [ring(row)]})}
        for row in box_rows(draw, sample, model)
    ]


def ring(row):
    x, y, right, bottom = row["x"], row["y"], row["x"] + row["width"], row["y"] + row["height"]
    return [x, y, right, y, right, bottom, x, bottom]


def span_rows(draw, sample, model):
    bounds = st.tuples(st.integers(0, 9), st.integers(1, 4), names)
    return [span(sample, s, s + n, name) for s, n, name in draw(st.lists(bounds, max_size=4))]


def text_rows(draw, sample, model):
    return [{"sample": sample, "kind": "text", "text": draw(words)}]


CASES = {
    "image-classification": class_rows,
    "text-classification": many_class_rows,
    "object-detection": box_rows,
    "image-segmentation": outline_rows,
    "token-classification": span_rows,
    "automatic-speech-recognition": text_rows,
}
tasks = pytest.mark.parametrize("task", CASES)
quick = settings(max_examples=25, deadline=None)


@st.composite
def cases(draw, task: str) -> tuple[Snapshot, Predictions]:
    """Labels and predictions of a task that can be scored, not of every sample."""
    rows = CASES[task]
    truth = [row for sample in SAMPLES for row in rows(draw, sample, False)]
    assume(truth)
    seen = draw(st.sets(st.sampled_from(SAMPLES), min_size=1))
    said = [row for sample in sorted(seen) for row in rows(draw, sample, True)]
    if rows in (box_rows, outline_rows):
        order = draw(st.permutations(range(len(said))))
        said = [row | {"confidence": at / len(said)} for row, at in zip(said, order, strict=True)]
    return truth_of(truth, SAMPLES, NAMES), predicted(said, sorted(seen))


@tasks
@quick
@given(st.data())
def test_every_sample_drawn_once_gives_the_metrics_themselves(task, data):
    scored = score(*data.draw(cases(task)), task)
    counts = np.bincount(scored.units, minlength=scored.unit_count)[None].astype(float)

    drawn = {name: float(value[0]) for name, value in scored.under(counts).items()}

    assert set(drawn) <= set(scored.metrics)
    assert drawn == pytest.approx({name: scored.metrics[name] for name in drawn}, abs=1e-12)
    assert scored.headline in drawn
    assert len(scored.samples) == len(scored.units)


@tasks
@quick
@given(st.data())
def test_samples_drawn_several_times_count_as_several_samples(task, data):
    truth, predictions = data.draw(cases(task))
    scored = score(truth, predictions, task)
    times = {key: data.draw(st.integers(0, 3)) for key in SAMPLES}
    again = repeated(truth, predictions, times)
    if not again[0].labels.height or not len(again[1].samples):
        return
    weights = np.zeros((1, scored.unit_count))
    np.add.at(weights[0], scored.units, [times[key] for key in scored.samples])

    expected = score(*again, task)
    assume(expected.headline == scored.headline)  # one with several categories may be drawn or not
    for name, value in scored.under(weights).items():
        assert value[0] == pytest.approx(expected.metrics[name], abs=1e-9), name


@tasks
@quick
@given(st.data())
def test_perfect_predictions_have_perfect_scores(task, data):
    truth, _ = data.draw(cases(task))
    scored = score(truth, Predictions.of_snapshot(truth), task)

    best = 0 if scored.lower_is_better else 1
    assert scored.metrics[scored.headline] == pytest.approx(best, abs=1e-12)


@tasks
@quick
@given(st.data())
def test_the_order_of_rows_and_samples_means_nothing(task, data):
    truth, predictions = data.draw(cases(task))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))

    def mixed(table: pl.DataFrame) -> pl.DataFrame:
        return table[random.permutation(table.height)]

    said = Predictions(
        predictions.samples[random.permutation(len(predictions.samples))],
        mixed(predictions.labels),
        predictions.categories,
    )
    other = replace(truth, labels=mixed(truth.labels), samples=mixed(truth.samples))

    one, two = score(truth, predictions, task), score(other, said, task)

    assert two.metrics == pytest.approx(one.metrics, abs=1e-12)
    assert two.warnings == one.warnings
    assert {row["category"]: row for row in two.categories} == {
        row["category"]: pytest.approx(row) for row in one.categories
    }


@tasks
@quick
@given(st.data())
def test_renaming_samples_changes_no_score(task, data):
    truth, predictions = data.draw(cases(task))
    new = dict(zip(SAMPLES, data.draw(st.permutations(["p", "q", "r", "s", "t"])), strict=True))

    def renamed(column: pl.Series) -> pl.Series:
        return column.replace_strict(new)

    def table(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(renamed(frame["sample"]))

    other = replace(truth, labels=table(truth.labels), samples=table(truth.samples))
    said = replace(
        predictions, samples=renamed(predictions.samples), labels=table(predictions.labels)
    )

    one, two = score(truth, predictions, task), score(other, said, task)

    assert two.metrics == pytest.approx(one.metrics, abs=1e-12)
    assert two.warnings == one.warnings
    assert two.samples.to_list() == [new[key] for key in one.samples]


@tasks
@quick
@given(st.data())
def test_a_score_does_not_differ_from_itself(task, data):
    scored = score(*data.draw(cases(task)), task)

    for name, difference in paired(scored, scored, draws=20).items():
        assert difference.difference == difference.low == difference.high == 0, name


@tasks
@quick
@given(st.data())
def test_no_interval_lies_beside_its_score(task, data):
    scored = score(*data.draw(cases(task)), task)

    for name, (low, high) in intervals(scored, draws=50).items():
        assert low <= scored.metrics[name] <= high, name
