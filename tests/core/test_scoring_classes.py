from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from sklearn import metrics
from sklearn.preprocessing import MultiLabelBinarizer

from labelvc.core.resampling import paired
from labelvc.core.scored import Scored
from labelvc.core.scoring import score
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from tests.core.scoring_data import classes, predicted, truth_of
from tests.data import data

NAMES = ["ant", "bee", "cat", "dog", "emu", "fox", "gnu"]
TASK = "image-classification"


def random_case(seed: int, size: int = 400):
    random = np.random.default_rng(seed)
    keys = [f"{number}.png" for number in range(size)]
    truth = random.choice(NAMES[:-1], size, p=[0.4, 0.3, 0.15, 0.1, 0.04, 0.01])
    chances = random.random((size, len(NAMES))) ** 3
    chances[np.arange(size), [NAMES.index(name) for name in truth]] += random.random(size)
    return keys, truth, chances / chances.sum(axis=1, keepdims=True)


def test_classification_measures_are_scikit_learns():
    keys, truth, chances = random_case(1)
    said = np.array(NAMES)[chances.argmax(axis=1)]

    scored = score(
        truth_of(classes(dict(zip(keys, truth, strict=True))), keys, NAMES),
        predicted([], keys, NAMES, chances),
        TASK,
    )

    found = scored.metrics
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said), abs=1e-12)
    for average in ("micro", "macro", "weighted"):
        expected = metrics.precision_recall_fscore_support(
            truth, said, average=average, zero_division=0
        )
        got = [found[f"{name}_{average}"] for name in ("precision", "recall", "f1")]
        assert got == pytest.approx(list(expected[:3]), abs=1e-12)
    assert found["log_loss"] == pytest.approx(metrics.log_loss(truth, chances, labels=NAMES))
    for top in (3, 5):
        expected = metrics.top_k_accuracy_score(truth, chances, k=top, labels=NAMES)
        assert found[f"top_{top}_accuracy"] == pytest.approx(expected, abs=1e-12)
    assert found["calibration_error"] == pytest.approx(calibration_error(truth, said, chances))
    assert scored.headline == "accuracy"


def calibration_error(truth, said, chances):
    """The expected calibration error by its definition, one bin after the other."""
    confidence, right = chances.max(axis=1), truth == said
    total = 0.0
    for low, high in pairwise(np.linspace(0, 1, 16)):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


def test_rows_of_categories_and_the_confusion_matrix_are_scikit_learns():
    keys, truth, chances = random_case(2)
    said = np.array(NAMES)[chances.argmax(axis=1)]

    scored = score(
        truth_of(classes(dict(zip(keys, truth, strict=True))), keys, NAMES),
        predicted(classes(dict(zip(keys, said, strict=True))), keys, NAMES),
        TASK,
    )

    labels = [row["category"] for row in scored.categories]
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, said, labels=labels, zero_division=0
    )
    rows = pl.DataFrame(scored.categories)
    assert rows["precision"].to_list() == pytest.approx(list(precision))
    assert rows["recall"].to_list() == pytest.approx(list(recall))
    assert rows["f1"].to_list() == pytest.approx(list(f1))
    assert rows["support"].to_list() == list(support)
    assert rows["predicted"].to_list() == [int((said == name).sum()) for name in labels]
    assert scored.confusion is not None
    assert np.array_equal(
        np.array(scored.confusion.counts),
        metrics.confusion_matrix(truth, said, labels=list(scored.confusion.categories)),
    )
    assert "log_loss" not in scored.metrics  # nothing told of probabilities
    assert "calibration_error" not in scored.metrics


def test_confidences_alone_give_the_calibration_error():
    rows = [
        {"sample": "a", "kind": "class", "category": "x", "confidence": 0.9},
        {"sample": "b", "kind": "class", "category": "y", "confidence": 0.6},
    ]
    scored = score(
        truth_of(classes({"a": "x", "b": "x"}), ["a", "b"]), predicted(rows, ["a", "b"]), TASK
    )

    assert scored.metrics["calibration_error"] == pytest.approx((0.1 + 0.6) / 2)
    assert "log_loss" not in scored.metrics


def test_a_sample_without_prediction_is_wrong_and_no_category_is_blamed():
    truth = classes({"a": "x", "b": "x", "c": "y", "d": "y"})
    scored = score(
        truth_of(truth, list("abcd")), predicted(classes({"a": "x", "c": "y"}), list("acd")), TASK
    )

    assert scored.metrics["accuracy"] == 0.5
    assert scored.metrics["precision_macro"] == 1.0
    assert scored.metrics["recall_macro"] == 0.5
    assert scored.warnings == {"missing_predictions": 2}
    assert scored.confusion is not None and scored.confusion.counts == [[1, 0], [0, 1]]


def test_categories_that_the_label_set_lacks_stay_as_wrong_answers():
    truth = truth_of(classes({"a": "x", "b": "y"}), ["a", "b"], ["x", "y"])
    scored = score(truth, predicted(classes({"a": "x", "b": "wolf"}), ["a", "b"]), TASK)

    assert scored.metrics["accuracy"] == 0.5
    assert scored.metrics["recall_macro"] == pytest.approx(1 / 3)
    assert scored.warnings == {"unknown_categories": 1}
    assert [row["category"] for row in scored.categories] == ["x", "y", "wolf"]


def test_annotators_who_disagree_are_outvoted():
    rows = [
        {"sample": sample, "kind": "class", "category": category, "annotator": annotator}
        for sample, said in {"a": "yyx", "b": "yx", "c": "xxx"}.items()
        for annotator, category in zip(("one", "two", "three"), said, strict=False)
    ]
    answers = classes({"a": "y", "b": "x", "c": "x"})  # of two equals the first by name
    scored = score(truth_of(rows, list("abc")), predicted(answers, list("abc")), TASK)

    assert scored.metrics["accuracy"] == 1.0
    assert scored.warnings == {"annotators_disagree": 2}


def test_a_label_that_says_what_is_not_there_is_no_truth():
    rows = [*classes({"a": "x", "b": "y"}), *classes({"b": "x", "c": "x"}, verdict="absent")]
    scored = score(
        truth_of(rows, list("abc")),
        predicted(classes({"a": "x", "b": "y", "c": "y"}), list("abc")),
        TASK,
    )

    assert scored.metrics["accuracy"] == 1.0
    assert scored.samples.to_list() == ["a", "b"]
    assert scored.warnings == {"unlabelled_samples": 1}


def test_a_split_of_one_class_is_scored_with_a_warning():
    scored = score(
        truth_of(classes({"a": "x", "b": "x"}), list("ab")),
        predicted(classes({"a": "x", "b": "x"}), list("ab")),
        TASK,
    )

    assert scored.warnings == {"one_class": 1}
    assert scored.metrics["accuracy"] == scored.metrics["f1_macro"] == 1.0


def test_ties_do_not_hang_on_the_order_in_which_a_model_lists_its_categories():
    truth = truth_of(classes({"a": "p", "b": "q"}), ["a", "b"])
    names = ["q", "r", "p", "s"]
    chances = np.array([[0.4, 0.1, 0.4, 0.1], [0.25, 0.25, 0.25, 0.25]])
    order = [3, 0, 2, 1]
    one = score(truth, predicted([], ["a", "b"], names, chances), TASK)
    two = score(
        truth, predicted([], ["a", "b"], [names[at] for at in order], chances[:, order]), TASK
    )

    assert one.metrics == two.metrics
    assert one.metrics["accuracy"] == 0.5  # p comes before q


def test_a_truth_that_the_model_does_not_know_has_no_probability():
    truth = truth_of(classes({"a": "new"}), ["a"])
    scored = score(truth, predicted([], ["a"], ["x", "y"], np.array([[0.5, 0.5]])), TASK)

    assert scored.metrics["accuracy"] == 0
    assert scored.metrics["log_loss"] == pytest.approx(-np.log(np.finfo(float).eps))


@pytest.mark.parametrize("chances_only", [False, True])
def test_several_categories_a_sample_are_scored_as_scikit_learn_does(chances_only):
    random = np.random.default_rng(5)
    keys = [str(number) for number in range(200)]
    truth, said = (random.random((2, 200, 5)) < 0.35).astype(int)
    names = NAMES[:5]
    truth[:, 0] |= truth.sum(axis=1) == 0
    chances = np.where(
        said == 1, 0.5 + random.random(said.shape) / 2, random.random(said.shape) / 2
    )

    def rows(matrix):
        return [
            {"sample": keys[row], "kind": "class", "category": names[column]}
            for row, column in np.argwhere(matrix)
        ]

    scored = score(
        truth_of(rows(truth), keys, names),
        predicted([], keys, names, chances) if chances_only else predicted(rows(said), keys, names),
        "text-classification",
    )

    found = scored.metrics
    assert found["subset_accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    for average in ("micro", "macro", "weighted"):
        expected = metrics.precision_recall_fscore_support(
            truth, said, average=average, zero_division=0
        )
        got = [found[f"{name}_{average}"] for name in ("precision", "recall", "f1")]
        assert got == pytest.approx(list(expected[:3]))
    samples = metrics.f1_score(truth, said, average="samples", zero_division=0)
    assert found["f1_samples"] == pytest.approx(samples)
    assert scored.headline == "f1_micro"
    assert scored.confusion is None


def test_a_sample_whose_labels_are_all_absent_has_no_category_where_there_may_be_several():
    rows = [
        *classes({"a": "x", "b": "x"}),
        *classes({"a": "y"}),
        *classes({"c": "x"}, verdict="absent"),
    ]
    said = [*classes({"a": "x", "b": "x", "c": "y"}), *classes({"a": "y"})]
    scored = score(truth_of(rows, list("abc")), predicted(said, list("abc")), TASK)

    binary = MultiLabelBinarizer(classes=["x", "y"])
    truth, answers = (
        binary.fit_transform([["x", "y"], ["x"], []]),
        binary.transform([["x", "y"], ["x"], ["y"]]),
    )
    assert scored.metrics["f1_micro"] == pytest.approx(
        metrics.f1_score(truth, answers, average="micro")
    )
    assert scored.metrics["subset_accuracy"] == pytest.approx(2 / 3)


def test_corrected_labels_of_mnist_lift_a_real_models_accuracy():
    folder = data("cleanlab_label_errors")
    chances = np.load(
        folder / "cross_validated_predicted_probabilities" / "mnist_test_set_pyx.npy",
        allow_pickle=False,
    )
    chances = chances / chances.sum(axis=1, keepdims=True)
    before, after = (
        mnist(folder / "derived" / f"mnist_{version}.csv") for version in ("original", "corrected")
    )
    keys = before.samples["sample"].to_list()
    names = [str(digit) for digit in range(10)]
    model = predicted([], keys, names, chances)

    scores = [score(truth, model, TASK) for truth in (before, after)]
    difference = paired(*scores)["accuracy"]

    for truth, scored in zip((before, after), scores, strict=True):
        labels = truth.labels["category"].cast(pl.Int64).to_numpy()
        assert scored.metrics["accuracy"] == (chances.argmax(axis=1) == labels).mean()
        assert_is_multilayered(scored)
    assert difference.difference > 0
    assert difference.low <= difference.difference <= difference.high


def mnist(path):
    snapshot, _, _ = read(disk_source(path), "table", {})
    return snapshot


def assert_is_multilayered(scored: Scored) -> None:
    assert scored.confusion is not None
    counts = np.array(scored.confusion.counts)
    assert counts.trace() / counts.sum() == pytest.approx(scored.metrics["accuracy"])
    assert counts.sum(axis=1).tolist() == [row["support"] for row in scored.categories]
