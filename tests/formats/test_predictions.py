"""Predictions in files of others, and in the form they are kept in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelvc.core.errors import LabelvcError, ParseError
from labelvc.core.predictions import Predictions
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.formats.predictions import classes, parse_parquet, read_predictions, to_parquet
from labelvc.formats.reading import read
from labelvc.formats.source import MemoryBlob, Source
from tests.data import data

COCO = {
    "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 9, "file_name": "b.jpg"}],
    "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4]}],
    "categories": [{"id": 3, "name": "cat"}],
}


def source(name: str, content: Any) -> Source:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Source(name, {name: MemoryBlob(raw)}, is_folder=False)


def snapshot(content: Mapping[str, Any] = COCO) -> Snapshot:
    return read(source("truth.json", content), "coco", {})[0]


def test_coco_results_name_images_and_categories_by_the_truths_ids():
    results = [{"image_id": 9, "category_id": 3, "bbox": [5, 6, 7, 8], "score": 0.25}]
    found = read_predictions(source("results.json", results), snapshot())
    assert found.samples.to_list() == ["a.jpg", "b.jpg"]
    (row,) = found.labels.iter_rows(named=True)
    assert (row["sample"], row["category"], row["x"], row["confidence"]) == (
        "b.jpg",
        "cat",
        5,
        0.25,
    )


def test_what_the_truth_lacks_gets_a_name_that_says_so():
    results = [
        {"image_id": 8, "category_id": 3, "bbox": [5, 6, 7, 8], "score": 1},
        {"image_id": 9, "category_id": 4, "bbox": [5, 6, 7, 8], "score": 1},
    ]
    found = read_predictions(source("results.json", results), snapshot()).labels
    assert found["sample"].to_list() == ["image_id 8", "b.jpg"]
    assert found["category"].to_list() == ["cat", "category_id 4"]


def test_no_result_at_all_is_a_prediction_of_nothing_for_every_image():
    for content in (b"[]", b" [ ]\n", b"\xef\xbb\xbf[]"):
        found = read_predictions(source("results.json", content), snapshot())
        assert found.labels.is_empty() and len(found.samples) == 2


@pytest.mark.parametrize("content", [b"[1]", b'[{"image_id": 7}', b'[{"category_id": 7}]', b"["])
def test_what_is_no_list_of_results_is_refused_with_its_place(content: bytes):
    with pytest.raises(ParseError, match=r"results\.json"):
        read_predictions(source("results.json", content), snapshot())


def test_coco_results_need_a_truth_with_such_ids():
    truth = read(source("t.csv", b"image,label\na.jpg,cat\n"), "table", {})[0]
    with pytest.raises(LabelvcError, match="COCO results name images by id"):
        read_predictions(source("results.json", []), truth)


def test_any_label_file_can_be_predictions():
    found = read_predictions(source("said.csv", b"image,label\na.jpg,dog\n"), snapshot())
    assert found.labels.select("sample", "category").rows() == [("a.jpg", "dog")]
    whole = read_predictions(source("said.json", COCO), snapshot())
    assert whole.samples.to_list() == ["a.jpg", "b.jpg"]


def test_a_table_of_probabilities():
    content = b"sample,p:cat,p:dog\n0,0.25,0.75\nb,1,0\n"
    found = read_predictions(source("said.csv", content), snapshot())
    assert found.samples.to_list() == ["0", "b"]
    assert found.labels["category"].to_list() == ["dog", "cat"]
    assert found.probabilities.tolist() == [[0.25, 0.75], [1, 0]]
    decided = b"sample,category,p:cat,p:dog\n0,cat,0.25,0.75\nb,,1,0\n"
    found = read_predictions(source("said.csv", decided), snapshot())
    assert found.labels["category"].to_list() == ["cat", "cat"]


def test_the_samples_may_stand_in_a_column_of_another_name():
    content = b"image\tp:cat\na\t1\n"
    found = read_predictions(source("said.tsv", content), snapshot(), settings={"id": "image"})
    assert found.samples.to_list() == ["a"]
    with pytest.raises(ParseError, match="--set id=COLUMN"):
        read_predictions(source("said.tsv", content), snapshot())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"sample,p:cat\na,1\na,1\n", "row 2: expected each sample once, found 'a'"),
        (b"sample,p:cat\na,1\nb,x\n", "row 2, column p:cat: expected a number, found 'x'"),
        (b"sample,p:cat\na,\n", "row 1, column p:cat: expected a probability, found nothing"),
        (b"sample,p:cat\na,NaN\n", "row 1, column p:cat: expected a probability, found NaN"),
        (b"sample,p:cat\n,1\n", "row 1: expected a sample, found nothing"),
        (b"sample,p:cat\na,1,2\n", "expected a table with a header"),
    ],
)
def test_bad_tables_are_told_with_row_and_column(content: bytes, said: str):
    with pytest.raises(ParseError, match=r"said\.csv") as caught:
        read_predictions(source("said.csv", content), snapshot())
    assert said in str(caught.value)


def test_a_broken_parquet_file_is_one_message():
    with pytest.raises(ParseError, match="expected Parquet"):
        read_predictions(source("said.parquet", b"PAR1 nonsense"), snapshot())


def test_boxes_are_kept_as_they_are_and_so_are_samples_without_any():
    labels = labels_frame(
        sample=["b", "a", "a"],
        kind=["box", "box", "mask"],
        category=["cat", None, "dog"],
        x=[0.1, 2, None],
        y=[1.0, 2, None],
        width=[1.0, 2, None],
        height=[1.0, 2, None],
        geometry=[None, None, '{"mask":{"counts":[4],"size":[2,2]}}'],
        confidence=[0.5, None, 1],
    )
    made = Predictions(pl.Series(["c", "b", "a"]), labels, ["cat", "dog"])
    kept = parse_parquet(to_parquet(made), "kept")
    assert kept.digest() == made.digest()
    assert sorted(kept.samples) == ["a", "b", "c"]
    shuffled = Predictions(made.samples.reverse(), labels.reverse(), ["dog", "cat"])
    assert to_parquet(shuffled) == to_parquet(made)


@given(st.integers(0, 20), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_probabilities_come_back_in_full(samples: int, categories: int, seed: int):
    chances = np.random.default_rng(seed).dirichlet(np.ones(categories), samples)
    names = [f"c{number}" for number in range(categories)]
    keys = pl.Series([f"s{number}" for number in range(samples)], dtype=pl.String)
    made = Predictions(keys, classes(keys, names, chances), names, chances)
    kept = parse_parquet(to_parquet(made), "kept")
    assert kept.digest() == made.digest()
    order = kept.samples.arg_sort()
    assert np.array_equal(kept.probabilities[order], chances[made.samples.arg_sort()])


def test_a_digest_sees_samples_probabilities_and_the_order_of_neither():
    keys, chances = pl.Series(["a", "b"]), np.array([[0.25, 0.75], [1.0, 0.0]])
    made = Predictions(keys, classes(keys, ["x", "y"], chances), ["x", "y"], chances)
    turned = chances[::-1, ::-1]
    same = Predictions(
        keys.reverse(), classes(keys.reverse(), ["y", "x"], turned), ["y", "x"], turned
    )
    assert made.digest() == same.digest()
    assert made.digest() != made.of_samples(pl.Series(["a"])).digest()
    other = Predictions(keys, made.labels, ["x", "y"], np.array([[0.5, 0.5], [1.0, 0.0]]))
    assert made.digest() != other.digest()


def test_predictions_of_a_snapshot_are_what_it_says_is_present():
    told = Snapshot(
        labels_frame(
            sample=["a", "a"],
            kind=["class"] * 2,
            category=["k", "k"],
            verdict=["present", "absent"],
        ),
        samples_frame(sample=["a", "b"]),
        categories_frame(["k"]).with_columns(name=pl.lit("cat")),
    )
    found = Predictions.of_snapshot(told)
    assert found.labels["category"].to_list() == ["cat"]
    assert found.samples.to_list() == ["a", "b"]


def test_real_coco_files_as_results_of_themselves():
    path = next(data("coco_mini").rglob("*instances*.json"))
    truth = read(
        Source("t", {"t.json": MemoryBlob(path.read_bytes())}, is_folder=False), "coco", {}
    )[0]
    content = json.loads(path.read_bytes())
    keys = ("image_id", "category_id", "bbox")
    results = [{**{key: one[key] for key in keys}, "score": 0.5} for one in content["annotations"]]
    found = read_predictions(source("results.json", results), truth)
    names = dict(truth.categories.select("key", "name").iter_rows())
    columns = ["sample", "category", "x", "y", "width", "height"]
    expected = truth.labels.with_columns(pl.col("category").replace(names)).select(columns)
    assert found.labels.select(columns).equals(expected)
