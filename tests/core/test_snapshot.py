"""Snapshots: the schema they keep, counts, digests, the pandas face."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest

from labelvc.core.errors import SchemaError
from labelvc.core.snapshot import (
    CATEGORIES,
    LABELS,
    SAMPLES,
    Snapshot,
    attributes_json,
    canonical_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.core.tally import Tally


def one_label(**columns: Any) -> Snapshot:
    row: dict[str, Any] = {"sample": "s", "kind": "class", "category": "cat", **columns}
    return Snapshot(
        labels_frame(**{name: [value] for name, value in row.items()}),
        samples_frame(sample=["s"]),
        categories_frame(["cat", "unused"]),
    )


def test_tables_have_every_column_whatever_is_given() -> None:
    assert dict(labels_frame(sample=["a"]).schema) == LABELS
    assert dict(samples_frame().schema) == SAMPLES
    assert dict(categories_frame(["a"]).schema) == CATEGORIES
    assert Snapshot().check().tally() == Tally()


def test_unknown_columns_are_refused() -> None:
    with pytest.raises(SchemaError, match="no such column: colour"):
        labels_frame(colour=["red"])


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("column", ["x", "start", "confidence"])
def test_numbers_that_are_none_are_refused(column: str, number: float) -> None:
    with pytest.raises(SchemaError, match=f"sample 's': {column} is .*, expected a finite number"):
        one_label(**{column: number}).check()


def test_nan_in_attributes_is_refused() -> None:
    with pytest.raises(SchemaError, match="cannot hold"):
        attributes_json({"score": math.nan})


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"kind": "cube"}, "kind is 'cube'"),
        ({"verdict": "maybe"}, "verdict is 'maybe'"),
        ({"unit": "inch"}, "unit is 'inch'"),
    ],
)
def test_unknown_words_are_refused(columns: dict[str, str], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        one_label(**columns).check()


def test_repeated_keys_are_refused() -> None:
    twice = Snapshot(labels_frame(key=[1, 1], sample=["a", "b"], kind=["class"] * 2))
    with pytest.raises(SchemaError, match="the key 1 is missing or stands more than once"):
        twice.check()


def test_unused_categories_count_nothing_but_are_there() -> None:
    assert one_label().tally() == Tally(1, 1, {"cat": 1, "unused": 0})


def test_a_tally_by_what_changed() -> None:
    whole = Tally(10, 20, {"cat": 15, "dog": 5})
    part, now = Tally(1, 2, {"cat": 2}), Tally(2, 3, {"dog": 2, "cow": 1})
    expected = Tally(11, 21, {"cat": 13, "dog": 7, "cow": 1})
    assert whole.replaced(part, now) == expected
    assert expected.replaced(now, part) == Tally(10, 20, {"cat": 15, "dog": 5, "cow": 0})


def test_the_digest_is_of_content() -> None:
    base = one_label(id="1", record=0)
    assert base.digest() == one_label(id="2", record=None).digest()
    assert base.digest() != one_label(category="dog").digest()
    assert base.digest() != one_label(confidence=0.5).digest()
    assert one_label(confidence=0.0).digest() == one_label(confidence=-0.0).digest()


def test_the_digest_stays_what_it_was() -> None:
    # Digests are kept in pointers and MLflow runs: a change of this value breaks them all.
    assert one_label().digest() == (
        "v1:467da73fc2359e1f2898348f35bb6f390fbb39db045bb89bee5496b30132f904"
    )


def test_canonical_json_has_one_spelling() -> None:
    assert canonical_json({"b": [1, 2.0], "a": "ü"}) == '{"a":"ü","b":[1,2.0]}'
    assert attributes_json({}) is None


def test_the_pandas_face() -> None:
    tables = one_label(x=1.0).to_pandas()
    assert list(tables["labels"].columns) == list(LABELS)
    assert tables["labels"]["x"].dtype == "float64"
    assert tables["labels"].loc[0, "category"] == "cat"


def test_equality_needs_the_same_samples_and_categories() -> None:
    base = one_label()
    assert base == one_label(id="9")
    assert base != Snapshot(base.labels, base.samples, categories_frame(["cat"]))
    assert base != Snapshot(base.labels, samples_frame(sample=["s", "t"]), base.categories)
    assert base != "something else"
    assert base == Snapshot(
        base.labels.with_columns(pl.lit(7).alias("key")), base.samples, base.categories
    )


def test_text_that_no_file_can_hold_is_refused() -> None:
    with pytest.raises(SchemaError, match=r"is no Unicode text"):
        samples_frame(sample=["\udcff.jpg"])


def test_endless_nesting_is_told() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(SchemaError, match="endlessly nested"):
        canonical_json(nested)
    while nested:  # Python would run out of stack taking it apart by itself
        nested = nested.pop()  # type: ignore[assignment]
