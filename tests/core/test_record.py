from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelvc.core.errors import ParseError, SchemaError
from labelvc.core.record import VERSION, ScoreRecord, parse_record
from labelvc.core.scored import Confusion
from tests.core.score_records import PREDICTIONS, SCORED, TRAINED, record


def edited(**changes: Any) -> str:
    """The JSON of a record with some of its keys replaced, or left out (...)."""
    body = {**json.loads(record().to_json())[VERSION], **changes}
    return json.dumps({VERSION: {key: value for key, value in body.items() if value is not ...}})


def refused(text: str | bytes) -> str:
    with pytest.raises(ParseError) as error:
        parse_record(text, "scores/x.json")
    return error.value.message


def test_a_record_is_read_back_as_it_was() -> None:
    assert parse_record(record().to_json()) == record()


def test_the_text_of_a_record_that_was_read_is_the_same() -> None:
    whole = record(metrics={"accuracy": 1, "macro_f1": np.float64(0.1)}, intervals={})
    text = whole.to_json()
    assert parse_record(text).to_json() == text
    assert '"accuracy": 1.0' in text


def test_the_text_is_sorted_and_has_a_row_a_line() -> None:
    lines = record().to_json().splitlines(keepends=True)
    keys = [line.split('"')[1] for line in lines if line.startswith('    "')]
    assert keys == sorted(keys) and len(keys) == 22
    assert '      {"category": "cat", "f1": 0.5, "support": 3},\n' in lines
    assert "        [1, 2],\n" in lines
    assert lines[-1] == "}\n"


def test_the_text_does_not_depend_on_the_order_of_keys() -> None:
    turned = dict(reversed(record().metrics.items()))
    assert replace(record(), metrics=turned).to_json() == record().to_json()


numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(), numbers, max_size=4),
    st.dictionaries(st.text(), values, max_size=4),
    st.lists(st.dictionaries(st.text(), values, max_size=3), max_size=3),
    st.text(min_size=1),
)
def test_anything_that_is_written_is_read_back(
    metrics: dict[str, float], params: dict[str, Any], rows: list[dict[str, Any]], model: str
) -> None:
    told = record(metrics={"accuracy": 0.5, **metrics}, params=params, categories=rows, model=model)
    again = parse_record(told.to_json())
    assert again == told and again.digest == told.digest
    assert again.to_json() == told.to_json()


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    told = record(
        metrics={"accuracy": np.float32(0.5)},
        confusion=Confusion(["a"], [[np.int64(3)]]),  # type: ignore[list-item]
        categories=[{"category": "a", "support": np.int32(2), "f1": -0.0}],
    )
    text = told.to_json()
    assert '"accuracy": 0.5' in text and "[3]" in text
    assert '{"category": "a", "f1": 0.0, "support": 2}' in text


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_what_json_cannot_hold_is_not_written(number: float) -> None:
    with pytest.raises(SchemaError, match=r"/metrics/a~1b is (np.float32\()?-?(nan|inf)"):
        record(metrics={"accuracy": 0.5, "a/b": number}).to_json()


def test_half_a_character_is_not_written() -> None:
    broken = record(model="a\udc80")
    with pytest.raises(SchemaError, match=r"\\udc80"):
        broken.to_json()
    assert len(broken.digest) == 64


def test_an_object_is_not_written() -> None:
    with pytest.raises(SchemaError, match="/params/model is <object"):
        record(params={"model": object()}).to_json()


def test_the_digest_is_a_sha256_and_does_not_change() -> None:
    # A literal, as records of years stand under its beginning.
    assert record().digest == "bbf59c934fd85d4098d3b3f0283e99d55d5296d8d82676889027271d9af7d08b"


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "other"},
        {"task": "text-classification"},
        {"split": "val"},
        {"labels": [{**SCORED, "digest": "v1:" + "9" * 64}, TRAINED]},
        {"labels": [SCORED]},
        {"labels": [SCORED, {**TRAINED, "digest": "v1:" + "9" * 64}]},
        {"predictions": {**PREDICTIONS, "digest": "v1:" + "9" * 64}},
        {"predictions": None},
        {"evaluator": {"name": "labelvc", "version": "0.1.0", "metrics": 2}},
    ],
)
def test_another_measurement_has_another_digest(changes: dict[str, Any]) -> None:
    assert record(**changes).digest != record().digest


@pytest.mark.parametrize(
    "changes",
    [
        {"evaluator": {"name": "labelvc", "version": "7.0.0", "metrics": 1}},
        {"commit": "e" * 40},
        {"labels": [TRAINED, SCORED]},
        {"labels": [{**SCORED, "hash": "f" * 32, "path": "moved.csv"}, TRAINED]},
        {"environment": {}},
        {"inputs": "0" * 64},
    ],
)
def test_the_same_measurement_has_the_same_digest(changes: dict[str, Any]) -> None:
    assert record(**changes).digest == record().digest


def test_without_predictions_the_inputs_decide() -> None:
    one, two = (record(predictions=None, inputs=digit * 64) for digit in "12")
    assert one.digest != two.digest


def test_what_a_later_version_adds_is_left_out() -> None:
    text = edited(novelty=1, predictions={**PREDICTIONS, "size": 3}, labels=[{**SCORED, "x": 1}])
    found = parse_record(text)
    assert found.predictions == PREDICTIONS and found.labels == [SCORED]


@pytest.mark.parametrize("key", list(ScoreRecord.__dataclass_fields__))
def test_a_missing_key_is_named(key: str) -> None:
    assert f"field {key}" in refused(edited(**{key: ...}))


@pytest.mark.parametrize(
    ("changes", "place", "expected"),
    [
        ({"model": 3}, "/model", "str"),
        ({"model": ""}, "/model", "length"),
        ({"commit": "HEAD"}, "/commit", "matching"),
        ({"commit": "d" * 40 + "\n"}, "/commit", "matching"),
        ({"inputs": "d" * 40}, "/inputs", "matching"),
        ({"dirty": "x"}, "/dirty", "array"),
        ({"metrics": []}, "/metrics", "object"),
        ({"metrics": {"accuracy": "0.5"}}, "/metrics", "float"),
        ({"metrics": {"accuracy": True}}, "/metrics", "float"),
        ({"metrics": {"other": 0.5}}, "/headline", "one of the metrics"),
        ({"intervals": {"a/b": [0.5, 0.4]}}, "/intervals/a~1b", "lower number first"),
        ({"intervals": {"a": [0.5]}}, "/intervals", "length 2"),
        ({"lower_is_better": 0}, "/lower_is_better", "bool"),
        ({"labels": []}, "/labels", "'test'"),
        ({"labels": [SCORED, SCORED]}, "/labels", "'test'"),
        ({"labels": [{**SCORED, "name": "val"}]}, "/labels", "'test'"),
        ({"labels": [{**SCORED, "role": "guessed"}]}, "/labels/0/role", "enum"),
        ({"labels": [{**SCORED, "digest": "v1:1"}]}, "/labels/0/digest", "matching"),
        ({"labels": [{**SCORED, "path": "../x"}]}, "/labels/0/path", "inside the project"),
        ({"predictions": {**PREDICTIONS, "path": "/etc/x"}}, "/predictions/path", "inside"),
        ({"predictions": {**PREDICTIONS, "path": "a/../../x"}}, "/predictions/path", "inside"),
        ({"predictions": {"path": "x"}}, "/predictions", "hash"),
        ({"evaluator": {"name": "x", "version": "1", "metrics": "1"}}, "/evaluator/metrics", "int"),
        ({"confusion": {"categories": ["a"], "counts": [[1, 2]]}}, "/confusion/counts", "1 rows"),
        ({"confusion": {"categories": ["a"], "counts": [[-1]]}}, "/confusion/counts", "1 rows"),
        ({"confusion": {"categories": ["a"], "counts": [["1"]]}}, "/confusion/counts/0/0", "int"),
        ({"warnings": {"a": 1.5}}, "/warnings", "int"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    changes: dict[str, Any], place: str, expected: str
) -> None:
    message = refused(edited(**changes))
    assert message.startswith(f"scores/x.json: /labelvc.score~1v1{place}: expected ")
    assert expected in message and len(message) < 300


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '{"labelvc.score/v2": {}}',
        '{"labelvc.score/v1": 3}',
        '{"labelvc.score/v1": {"metrics": NaN}}',
        '{"labelvc.score/v1": {"metrics": 1e999}}',
        '{"a": ' * 100_000,
        '{"a": ' * 5_000 + "1" + "}" * 5_000,
        b"\xff\xfe",
        b"\0",
        '{"labelvc.score/v1": "\udc80"}',
        '{"labelvc.score/v1": "\\ud800"}',
        "9" * 5_000,
    ],
    ids=range(14),
)
def test_what_is_no_record_is_refused(text: str | bytes) -> None:
    assert "scores/x.json: expected" in refused(text)


def test_a_number_too_large_for_a_float_is_refused() -> None:
    refused(edited().replace("0.65", "1" + "0" * 400))
