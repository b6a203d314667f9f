import numpy as np
import pytest

from labelvc.core.errors import LabelvcError
from labelvc.core.predictions import Predictions
from labelvc.core.scoring import score, score_splits
from tests.core.scoring_data import box, classes, predicted, span, transcripts, truth_of

TASK = "image-classification"
TRUTH = truth_of(classes({"a": "x", "b": "y", "c": "x"}), ["a", "b", "c"], ["x", "y"])


def fails(message, predictions, task=TASK, **more):
    with pytest.raises(LabelvcError, match=message):
        score(TRUTH, predictions, task, **more)


@pytest.mark.parametrize(
    ("task", "row", "metric"),
    [
        ("image-classification", classes({"a": "x"})[0], "accuracy"),
        ("text-classification", classes({"a": "x"})[0], "accuracy"),
        ("audio-classification", classes({"a": "x"})[0], "accuracy"),
        ("object-detection", box("a", "x", 0, 0, 9, 9), "AP"),
        ("image-segmentation", box("a", "x", 0, 0, 9, 9), "AP"),
        ("token-classification", span("a", 0, 2, "x"), "f1_strict"),
        ("automatic-speech-recognition", transcripts({"a": "hello"})[0], "wer"),
    ],
)
def test_labels_taken_as_predictions_are_perfect_in_every_task(task, row, metric):
    truth = truth_of([row], ["a"], ["x"])
    scored = score(truth, Predictions.of_snapshot(truth), task)

    assert scored.headline == metric
    assert scored.metrics[metric] == (0 if scored.lower_is_better else 1)


def test_predictions_for_strangers_are_left_out_and_counted():
    said = classes({"a": "x", "b": "y", "c": "x", "stranger": "z", "other": "y"})
    scored = score(TRUTH, predicted(said, ["stranger", "a", "b", "c", "other"]), TASK)

    assert scored.metrics["accuracy"] == 1
    assert scored.warnings == {"unknown_samples": 2}
    assert "z" not in [row["category"] for row in scored.categories]


def test_predictions_without_a_sample_in_common_are_refused():
    fails(
        "no sample in common: predictions of 'p'.*labels of 'a'",
        predicted(classes({"p": "x"}), ["p"]),
    )
    fails("no sample in common: predictions of nothing", predicted([], []))


@pytest.mark.parametrize("confidence", [float("nan"), 1.5, -0.1, float("inf")])
def test_confidences_that_are_none_are_refused(confidence):
    rows = classes({"b": "y"}, confidence=confidence)
    fails(
        "the prediction for 'b' has confidence .*, expected a number from 0 to 1",
        predicted(rows, ["b"]),
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([0.5, float("nan")], "'b' has a probability of nan, expected a number from 0 to 1"),
        ([1.2, -0.2], "'b' has a probability of 1.2"),
        ([0.5, 0.4], "'b' has probabilities that sum to 0.9, expected 1"),
    ],
)
def test_probabilities_that_are_none_are_refused_with_sample_and_value(row, message):
    fails(message, predicted([], ["a", "b"], ["x", "y"], np.array([[0.5, 0.5], row])))


def test_probabilities_may_be_rounded():
    chances = np.array([[0.3333, 0.3333, 0.333]])
    scored = score(TRUTH, predicted([], ["a"], ["x", "y", "z"], chances), TASK)
    assert scored.warnings["missing_predictions"] == 2


def test_probabilities_of_another_shape_are_refused():
    fails(
        r"shape \(1, 3\), expected \(1, 2\)", predicted([], ["a"], ["x", "y"], np.ones((1, 3)) / 3)
    )


def test_boxes_that_are_no_numbers_are_refused():
    truth = truth_of([box("a", "x", 0, 0, 9, 9)], ["a"])
    said = predicted([box("a", "x", 0, float("nan"), 9, 9)], ["a"])
    with pytest.raises(LabelvcError, match="the prediction for 'a' has y nan"):
        score(truth, said, "object-detection")


def test_samples_and_categories_named_twice_are_refused():
    fails("samples of the predictions name 'a' twice", predicted([], ["a", "a"]))
    fails("categories of the predictions name 'x' twice", predicted([], ["a"], ["x", "x"]))


def test_predictions_of_another_sort_than_the_task_are_refused():
    fails(
        "predictions are of kind box; this task scores labels of kind class",
        predicted([box("a", "x", 0, 0, 1, 1)], ["a"]),
    )


@pytest.mark.parametrize(
    ("task", "what"),
    [
        ("object-detection", "box"),
        ("image-segmentation", "mask or outline"),
        ("keypoint-detection", "set of keypoints"),
        ("token-classification", "span"),
        ("automatic-speech-recognition", "transcript"),
    ],
)
def test_labels_of_another_sort_than_the_task_are_nothing_to_score(task, what):
    fails(f"the label set has no sample with a {what}", predicted([], ["a"]), task)


def test_an_unknown_task_is_told_with_those_there_are():
    fails("no such task: poetry", predicted([], ["a"]), "poetry")


def split_truth():
    labels = classes({"a": "x", "b": "y", "c": "x", "d": "y"})
    splits = ["train", "test", "test", "train", "spare", None]
    return truth_of(labels, ["a", "b", "c", "d", "e", "f"], ["x", "y"], split=splits)


def test_a_split_is_scored_by_itself():
    said = predicted(classes({"a": "y", "b": "y", "c": "x", "d": "y"}), list("abcd"))
    scored = score(split_truth(), said, TASK, split="test")

    assert scored.samples.to_list() == ["b", "c"]
    assert scored.metrics["accuracy"] == 1
    assert scored.warnings == {}
    splits = score_splits(split_truth(), said, TASK)
    assert {name: one.metrics["accuracy"] for name, one in splits.items()} == {
        "test": 1,
        "train": 0.5,
    }


def test_splits_without_predictions_are_no_part_of_the_answer():
    splits = score_splits(split_truth(), predicted(classes({"a": "x"}), ["a"]), TASK)

    assert list(splits) == ["train"]
    assert splits["train"].warnings == {"missing_predictions": 1}


def test_a_split_that_cannot_be_scored_is_told():
    said = predicted(classes({"a": "x", "e": "x"}), ["a", "e"])
    for split, message in {
        "dev": "no sample is in the split 'dev'.*\n.*Splits: spare, test, train",
        "test": "there are predictions, but for no sample of the split 'test'",
        "spare": "the split 'spare' has no sample with a class label",
    }.items():
        with pytest.raises(LabelvcError, match=message):
            score(split_truth(), said, TASK, split=split)
    with pytest.raises(LabelvcError, match="the split 'spare' has no sample with a class label"):
        score_splits(split_truth(), predicted(classes({"e": "x"}), ["e"]), TASK)


def test_without_splits_there_are_no_scores_of_them():
    assert score_splits(TRUTH, predicted(classes({"a": "x"}), ["a"]), TASK) == {}


def test_bad_probabilities_are_told_whichever_split_they_are_in():
    said = predicted([], ["a", "b"], ["x", "y"], np.array([[0.5, 0.5], [0.9, 0.9]]))
    with pytest.raises(LabelvcError, match="'b' has probabilities that sum to"):
        score_splits(split_truth(), said, TASK)
