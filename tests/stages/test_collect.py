"""What a model returned becomes predictions, or one message that names the sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from labelvc.core.errors import LabelvcError
from labelvc.core.predictions import Predictions
from labelvc.stages.collect import collect
from labelvc.stages.interface import Sample

CLASSES, BOXES, SPANS = "text-classification", "object-detection", "token-classification"
SPEECH, OUTLINES, POINTS = (
    "automatic-speech-recognition",
    "image-segmentation",
    "keypoint-detection",
)
TEXT = "one two three"
A = {"category": "a"}


def said(raw: Any, task: str = CLASSES, count: int = 2, **told: Any) -> Predictions:
    samples = [Sample(f"s{number}", text=TEXT) for number in range(count)]
    return collect(raw, samples, task, ["a", "b"], **told)


def rows(found: Predictions, *columns: str) -> list[tuple[Any, ...]]:
    return found.labels.select(columns).rows()


@pytest.mark.parametrize(
    "raw",
    [
        [[0.75, 0.25], [0, 1]],
        ([0.75, 0.25], (0.0, 1.0)),
        np.array([[0.75, 0.25], [0, 1]], dtype=np.float32),
        torch.tensor([[0.75, 0.25], [0, 1]], requires_grad=True),
        torch.tensor([[0.75, 0.25], [0, 1]], dtype=torch.bfloat16),
        [torch.tensor([0.75, 0.25], requires_grad=True), np.array([0, 1])],
        [{"a": 0.75, "b": 0.25}, {"b": 1}],
        [{"a": np.float32(0.75), "b": torch.tensor(0.25)}, {"b": np.int64(1)}],
        pd.DataFrame({"a": [0.75, 0], "b": [0.25, 1]}),
        pd.DataFrame({"b": [0.25, 1], "a": [0.75, 0]}),
        pd.DataFrame({0: [0.75, 0], 1: [0.25, 1]}),
        iter([[0.75, 0.25], [0, 1]]),
    ],
)
def test_probabilities_may_come_in_any_container(raw: Any):
    found = said(raw)
    assert found.categories == ["a", "b"] and found.probabilities is not None
    assert found.probabilities.tolist() == [[0.75, 0.25], [0, 1]]
    expected = [("s0", "class", "a", 0.75), ("s1", "class", "b", 1)]
    assert rows(found, "sample", "kind", "category", "confidence") == expected


@pytest.mark.parametrize(
    "raw",
    [
        ["b", "a"],
        np.array(["b", "a"]),
        pd.Series(["b", "a"]),
        pd.DataFrame({"label": ["b", "a"]}),
        np.array([["b"], ["a"]], dtype=object),
    ],
)
def test_names_may_come_in_any_container(raw: Any):
    found = said(raw)
    assert found.probabilities is None
    assert rows(found, "sample", "category") == [("s0", "b"), ("s1", "a")]


def test_categories_that_only_the_model_knows_come_last():
    found = said([{"z": 0.5, "a": 0.5}, {"a": 1}])
    assert found.categories == ["a", "b", "z"] and found.probabilities is not None
    assert found.probabilities.tolist() == [[0.5, 0, 0.5], [1, 0, 0]]
    assert rows(said(["z", "a"]), "category") == [("z",), ("a",)]


def test_what_rounding_leaves_is_evened_out():
    found = said([[1 + 1e-7, -1e-7], [0.5004, 0.5]])
    assert found.probabilities is not None
    assert found.probabilities[0].tolist() == [1, 0]
    assert found.probabilities[1].sum() == pytest.approx(1, abs=1e-15)


def test_no_samples_are_no_predictions():
    for raw in ([], np.zeros((0, 2))):
        assert said(raw, count=0).labels.is_empty()
    assert all(said([], task, 0).labels.is_empty() for task in (BOXES, SPANS, SPEECH))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "returned None, expected a list of one prediction a sample"),
        ("ab", "returned 'ab', expected a list"),
        ({"s0": "a", "s1": "b"}, "expected a list of one prediction a sample"),
        (3, "returned 3, expected a list"),
        (["a"], "returned 1 predictions for 2 samples"),
        (np.zeros((3, 2)), "returned 3 predictions for 2 samples"),
        ([0, 1], "'s0': expected the name of a category, or probabilities, found 0"),
        (["a", None], "'s1': expected the name of a category, found None"),
        (["a", [1, 0]], "'s1': expected the name of a category, found [1, 0]"),
        ([{"a": 1}, "a"], "'s1': expected a mapping from names to probabilities, as elsewhere"),
        ([{1: 1.0}, {}], "'s0': expected the name of a category, found 1"),
        ([[1, 0], [1]], "'s1': expected 2 probabilities, one a category, found 1 numbers"),
        (np.zeros((2, 3)), "'s0': expected 2 probabilities, one a category, found 3 numbers"),
        (np.zeros((2, 2, 1)), "'s0': expected a probability, found [0.0]"),
        ([[1, 0], ["x", "y"]], "'s1': expected a probability, found 'x'"),
        ([[1, 0], [10**400, 0]], "'s1': expected a probability, found 1000"),
        ([[1, 0], [True, False]], "'s1': expected a probability, found True"),
        ([[1, 0], [float("nan"), 1]], "'s1': expected a probability, found nan"),
        (np.array([[1, 0], [np.nan, 1]]), "'s1': expected finite probabilities, found nan"),
        ([{"a": 1}, {"a": float("inf")}], "'s1': expected a probability, found inf"),
        ([[1, 0], [-0.5, 1.5]], "'s1': expected probabilities from 0 to 1, found -0.5"),
        ([[1, 0], [0.5, 0.6]], "'s1': its probabilities sum to 1.1, expected 1"),
        ([[1, 0], [0, 0]], "'s1': its probabilities sum to 0, expected 1"),
        ([{"a": 1}, {}], "'s1': its probabilities sum to 0, expected 1"),
        (["a", "\ud800"], "is no Unicode text"),
    ],
)
def test_what_is_no_classification_is_refused(raw: Any, message: str):
    refused(raw, CLASSES, message)


def refused(raw: Any, task: str, message: str, count: int = 2) -> None:
    with pytest.raises(LabelvcError) as caught:
        said(raw, task, count)
    assert message in caught.value.message


def test_boxes_are_in_pixels_and_a_sample_may_have_none():
    one = {**A, "box": (1, 2, 3, 4), "confidence": 0.5}
    other = {"category": "b", "box": np.array([0, 0, 1.5, 0]), "confidence": torch.tensor(1.0)}
    found = said([[one, other], []], BOXES)
    assert found.samples.to_list() == ["s0", "s1"]
    columns = ("sample", "kind", "category", "x", "y", "width", "height", "unit", "confidence")
    assert rows(found, *columns) == [
        ("s0", "box", "a", 1, 2, 3, 4, "pixel", 0.5),
        ("s0", "box", "b", 0, 0, 1.5, 0, "pixel", 1),
    ]


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (None, "expected a list of objects"),
        (A, "expected a list of objects"),
        ([3], "expected a mapping of category, box, confidence, found 3"),
        ([A], "expected a box of four finite numbers: x, y, width, height, found None"),
        ([{**A, "box": [1, 2, 3]}], "expected a box of four finite numbers"),
        ([{**A, "box": [1, 2, 3, float("nan")]}], "expected a box of four finite numbers"),
        ([{**A, "box": [1, 2, 3, 10**400]}], "expected a box of four finite numbers"),
        ([{**A, "box": "1234"}], "expected a box of four finite numbers"),
        ([{**A, "box": [1, 2, -3, 4]}], "the last two not below 0, found [1.0, 2.0, -3.0, 4.0]"),
        ([{**A, "bbox": [1, 2, 3, 4]}], "no other names than category, box, confidence, found"),
        ([{"category": 1, "box": [1, 2, 3, 4]}], "expected the name of a category, found 1"),
        ([{"box": [1, 2, 3, 4]}], "expected the name of a category, found None"),
        ([{**A, "box": [1, 2, 3, 4], "confidence": 1.5}], "a confidence from 0 to 1, found 1.5"),
        ([{**A, "box": [1, 2, 3, 4], "confidence": "x"}], "a confidence from 0 to 1, found 'x'"),
    ],
)
def test_what_is_no_box_is_refused(one: Any, message: str):
    refused([[], one], BOXES, message)
    refused([[], one], BOXES, "sample 's1': ")


def test_outlines_masks_and_keypoints_are_taken():
    outline = {**A, "polygon": [[0, 0, 4, 0, 4, 2]], "confidence": 0.5}
    mask = {"category": "b", "mask": {"size": [2, 2], "counts": [1, 3]}}
    found = said([[outline], [mask]], OUTLINES)
    assert rows(found, "kind", "width", "height", "geometry") == [
        ("polygon", 4, 2, '{"polygon":[[0.0,0.0,4.0,0.0,4.0,2.0]]}'),
        ("mask", None, None, '{"mask":{"counts":[1,3],"size":[2,2]}}'),
    ]
    found = said([[{**A, "keypoints": np.array([[1, 2, 2], [0, 0, 0]])}], []], POINTS)
    assert rows(found, "kind", "geometry") == [
        ("keypoints", '{"keypoints":[[1.0,2.0,2],[0.0,0.0,0]]}')
    ]


@pytest.mark.parametrize(
    ("task", "more", "message"),
    [
        (OUTLINES, {}, "expected one of polygon, mask"),
        (OUTLINES, {"polygon": [0, 0, 4, 0, 4, 2]}, "expected a polygon of rings"),
        (OUTLINES, {"polygon": [[0, 0, 4, 0]]}, "expected a polygon of rings"),
        (OUTLINES, {"mask": {"size": [2, 2], "counts": [1, 2]}}, "counts that fill it"),
        (OUTLINES, {"mask": {"size": [2, 2], "counts": [10**30]}}, "counts that fill it"),
        (OUTLINES, {"mask": {"size": [2, 2], "counts": "\ud800"}}, "counts that fill it"),
        (OUTLINES, {"mask": [[0, 1], [1, 1]]}, "expected a mask as COCO has it"),
        (POINTS, {"keypoints": [[1, 2]]}, "expected keypoints [x, y, v]"),
        (POINTS, {"keypoints": [[1, 2, 7]]}, "expected keypoints [x, y, v]"),
    ],
)
def test_what_is_no_shape_is_refused(task: str, more: dict[str, Any], message: str):
    refused([[], [{**A, **more}]], task, message)


def test_spans_are_taken_with_and_without_confidence():
    found = said([[(0, 3, "a"), (np.int64(4), torch.tensor(7), "b", 0.5)], []], SPANS)
    assert rows(found, "sample", "kind", "start", "end", "category", "confidence") == [
        ("s0", "span", 0, 3, "a", None),
        ("s0", "span", 4, 7, "b", 0.5),
    ]
    assert rows(said([[(0, 3, "a")], []], SPANS, unit="token"), "unit") == [("token",)]


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (None, "expected a list of spans"),
        ("abc", "expected a list of spans"),
        ([(0, 3)], "expected a span (start, end, category)"),
        ([{"start": 0, "end": 3}], "expected a span (start, end, category)"),
        ([(3, 0, "a")], "ends after its start, found (3, 0, 'a')"),
        ([(2, 2, "a")], "ends after its start"),
        ([(-1, 2, "a")], "starts at 0 or later"),
        ([(0, 2.5, "a")], "start and end are whole numbers, found (0, 2.5, 'a')"),
        ([(0, float("nan"), "a")], "start and end are whole numbers"),
        ([("0", "3", "a")], "start and end are whole numbers"),
        ([(0, 14, "a")], "expected a span within the text, which ends at 13"),
        ([(0, 3, None)], "expected the name of a category, found None"),
        ([(0, 3, "a", 2)], "expected a confidence from 0 to 1, found 2"),
    ],
)
def test_what_is_no_span_is_refused(one: Any, message: str):
    refused([[], one], SPANS, message)
    refused([[], one], SPANS, "sample 's1': ")


def test_spans_of_tokens_end_with_the_last_token():
    said([[(0, 3, "a")], []], SPANS, unit="token")
    with pytest.raises(LabelvcError, match="within the text, which ends at 3"):
        said([[(0, 4, "a")], []], SPANS, unit="token")


def test_transcripts_are_texts():
    for raw in (["one", ""], np.array(["one", ""]), pd.DataFrame({"text": ["one", ""]})):
        found = said(raw, SPEECH)
        assert rows(found, "sample", "kind", "text") == [("s0", "text", "one"), ("s1", "text", "")]


@pytest.mark.parametrize("one", [None, 3, b"one", ["one"], {"text": "one"}])
def test_what_is_no_transcript_is_refused(one: Any):
    refused(["one", one], SPEECH, "sample 's1': expected a transcript: text, found ")


def test_a_message_stays_short_whatever_was_returned():
    huge: Sequence[Any] = [list(range(10_000))] * 2
    with pytest.raises(LabelvcError) as caught:
        said([huge, huge], BOXES)
    assert len(str(caught.value)) < 300
