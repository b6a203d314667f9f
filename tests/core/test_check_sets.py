"""Findings in a label set as a whole: ids, categories, splits, shares."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from labelvc.core.check import check
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from tests.core.check_snapshots import box, codes, messages, only, snapshot


def classes(counts, declared=()):
    """A class label on each of so many samples."""
    rows = [name for name, number in counts.items() for _ in range(number)]
    samples = [f"{at}.jpg" for at in range(len(rows))]
    return Snapshot(
        labels_frame(sample=samples, kind=["class"] * len(rows), category=rows),
        samples_frame(sample=samples),
        categories_frame(sorted({*counts, *declared})),
    ).check()


def test_an_id_is_told_once_however_often_it_is_used():
    made = snapshot(*(box(at, 0, 3, 3, id="7") for at in range(3)))
    assert messages(made, only("duplicate-id")) == ["id 7 is used 3 times"]
    assert codes(snapshot(box(0, 0, 3, 3), box(5, 5, 3, 3)), only("duplicate-id")) == []


def test_labels_of_samples_and_categories_that_are_not_there():
    made = snapshot(box(0, 0, 3, 3))
    assert codes(made) == []
    alone = replace(made, samples=made.samples.clear())
    assert codes(alone) == ["error dangling-sample"]
    assert codes(replace(made, categories=categories_frame(["dog"]))) == [
        "error undeclared-category", "warning unused-category",
    ]  # fmt: skip


def test_a_parent_is_used_by_its_children():
    made = classes({"cat": 2}, declared=("animal", "emu"))
    parents = pl.when(pl.col("name") == "cat").then(pl.lit("animal"))
    assert messages(made, only("unused-category")) == [
        "category 'animal' has no label", "category 'emu' has no label",
    ]  # fmt: skip
    nested = replace(made, categories=made.categories.with_columns(parent=parents))
    assert messages(nested, only("unused-category")) == ["category 'emu' has no label"]


@pytest.mark.parametrize(
    ("one", "two", "why"),
    [
        ("Plastic Film", "Plastic film", "case"),
        ("traffic_light", "traffic light", "spaces and punctuation"),
        ("cat", "cat ", "spaces and punctuation"),
        ("ﬁsh", "fish", "Unicode form"),
        ("cаt", "cat", "letters that look alike"),
        ("bottle", "Bottles", "a plural"),
        ("berry", "berries", "a plural"),
        ("box", "boxes", None),
        ("glass", "glas", None),
        ("cat", "car", None),
        ("cat", "cats", None),
        ("1.5", "15", None),
        ("a", "A", None),
        ("A+", "A-", None),
        ("NN", "NNS", None),
        ("``", "''", None),
    ],
)
def test_names_that_are_hard_to_tell_apart(one, two, why):
    found = messages(classes({one: 1, two: 1}), only("confusable-categories"))
    first, second = sorted((one, two))
    assert found == ([f"{first!r} and {second!r} differ only by {why}"] if why else [])


def test_categories_of_few_samples():
    assert messages(classes({"cat": 30, "dog": 6, "emu": 1}), only("few-samples")) == [
        "category 'emu' stands in 1 sample only"
    ]
    # small sets, and sets that are small for their categories, are not told of one by one
    assert messages(classes({"cat": 15, "emu": 4}), only("few-samples")) == []
    many = {"cat": 30, **{f"kind {at}": 1 for at in range(9)}}
    assert messages(classes(many), only("few-samples")) == [
        "9 of 10 categories stand in fewer than 5 samples"
    ]
    assert messages(classes({"cat": 30, "emu": 1}), only("few-samples", least=1)) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"cat": 60, "dog": 40}, {"cat": 80, "dog": 20},
         ["category 'dog' went from 40.0% to 20.0% of the labels (40 to 20)"]),
        ({"cat": 60, "dog": 40}, {"cat": 75, "dog": 25}, []),
        ({"cat": 97, "dog": 3}, {"cat": 94, "dog": 6}, []),
        ({"cat": 9970, "dog": 30}, {"cat": 9940, "dog": 60}, []),
        ({"cat": 60, "dog": 40}, {"cat": 60, "emu": 40}, []),
        ({"cat": 60, "dog": 40}, {}, []),
    ],
)  # fmt: skip
def test_shares_that_changed_suddenly(before, after, found):
    issues = check(classes(after), only("share-change"), base=classes(before))
    assert [issue.message for issue in issues] == found


def samples(*rows):
    names, splits, texts, digests = zip(*rows, strict=True)
    return Snapshot(
        samples=samples_frame(sample=names, split=splits, text=texts, digest=digests)
    ).check()


def test_what_stands_in_two_splits():
    made = samples(
        ("a", "train", "Hello  World", None), ("b", "test", "hello world", None),
        ("c", "train", "other", "1"), ("d", "test", "another", "1"),
        ("e", "train", "same", "2"), ("f", "test", "same", "2"),
        ("g", "train", "alone", None), ("h", "train", "alone", None), ("i", None, "same", None),
    )  # fmt: skip
    assert messages(made, only("leakage")) == [
        "the same text in test and train: a, b",
        "the same medium in test and train: c, d",
        "the same medium in test and train: e, f",
    ]


def test_every_leak_is_told():
    rows = [(f"{split}{at}", split, f"text {at}", None) for split in ("a", "b") for at in range(99)]
    assert len(check(samples(*rows), only("leakage"))) == 99
