from __future__ import annotations

from typing import Any

import pytest

from labelvc.core.errors import LabelvcError
from labelvc.stages.preprocess import PreprocessParams, parse_params


def test_nothing_gives_the_defaults():
    assert parse_params({}, "params.yaml: preprocess") == PreprocessParams()
    assert parse_params({"image_size": None, "mels": None}, "params.yaml") == PreprocessParams()


def test_values_are_taken():
    given = {"image_size": [48, 32], "min_rms": 0, "unicode": "NFKC", "near_duplicates": 0}
    params = parse_params(given, "params.yaml")
    assert (params.image_size, params.min_rms, params.unicode) == ((48, 32), 0.0, "NFKC")
    assert parse_params({"image_size": 24}, "params.yaml").image_size == (24, 24)


def test_an_unknown_key_is_refused_with_the_likely_one():
    with pytest.raises(LabelvcError, match=r"params.yaml: preprocess: no such .* 'imagesize'") as e:
        parse_params({"imagesize": 32}, "params.yaml: preprocess")
    assert e.value.hint == "Did you mean image_size?"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("image_size", 0),
        ("image_size", [32]),
        ("image_size", [32, 32.5]),
        ("image_size", True),
        ("image_mode", "CMYK"),
        ("image_mode", ["RGB"]),
        ("features", "pixels"),
        ("sample_rate", 16e3),
        ("sample_rate", 1),
        ("mels", "40"),
        ("mels", True),
        ("buckets", 2**31),
        ("near_duplicates", -1),
        ("min_rms", "0.1"),
        ("min_rms", float("nan")),
        ("clip_fraction", 2),
        ("unicode", "nfc"),
        ("duplicates", False),
    ],
)
def test_wrong_values_are_refused_by_name(key: str, value: Any):
    with pytest.raises(LabelvcError, match=f"^p: {key}: expected .*, found "):
        parse_params({key: value}, "p")
