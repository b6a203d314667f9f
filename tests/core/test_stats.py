"""What is counted in a snapshot."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.core.stats import Stats, stats
from labelvc.core.stats_boxes import GRID
from labelvc.core.stats_words import lengths, vocabulary
from labelvc.core.words import words


def classes(rows, *, splits=None, declared=()):
    """A snapshot of class labels from (sample, category) pairs."""
    splits = splits or dict.fromkeys(sample for sample, _ in rows)
    names = sorted({category for _, category in rows} | set(declared))
    return Snapshot(
        labels_frame(
            sample=[sample for sample, _ in rows],
            kind=["class"] * len(rows),
            category=[category for _, category in rows],
        ),
        samples_frame(sample=list(splits), split=list(splits.values())),
        categories_frame(names),
    ).check()


def boxes(*rows, size=(200, 100), unit="pixel"):
    """A snapshot of boxes (x, y, width, height) on one image."""
    x, y, width, height = zip(*rows, strict=True)
    wide, high = size
    return Snapshot(
        labels_frame(
            sample=["a.jpg"] * len(rows), kind=["box"] * len(rows), unit=[unit] * len(rows),
            x=x, y=y, width=width, height=height,
        ),
        samples_frame(sample=["a.jpg"], width=[wide], height=[high]),
    ).check()  # fmt: skip


def texts(*rows, splits=None):
    return Snapshot(
        samples=samples_frame(
            sample=[str(at) for at in range(len(rows))],
            text=list(rows),
            split=list(splits) if splits else [None] * len(rows),
        )
    ).check()


def summary(counted: Stats, name: str) -> tuple[float, ...]:
    one = counted.distributions[name]
    return one.count, one.minimum, one.mean, one.maximum


def test_an_empty_snapshot_has_nothing():
    assert stats(Snapshot()) == Stats()


def test_samples_and_labels_by_split():
    counted = stats(
        classes(
            [("a", "cat"), ("a", "dog"), ("b", "cat"), ("c", "cat")],
            splits={"a": "train", "b": "val", "c": None, "d": "train"},
            declared=["ant"],
        )
    )
    assert (counted.samples, counted.labels, counted.unlabelled) == (4, 4, 1)
    assert [(s.name, s.samples, s.labels, s.duration) for s in counted.splits] == [
        ("train", 2, 2, None), ("val", 1, 1, None), (None, 1, 1, None),
    ]  # fmt: skip
    assert [(c.name, c.labels, c.samples) for c in counted.categories] == [
        ("cat", 3, 3), ("dog", 1, 1), ("ant", 0, 0),
    ]  # fmt: skip
    assert counted.categories[0].splits == {"train": (1, 1), "val": (1, 1), None: (1, 1)}
    assert counted.categories[2].splits == {}


def test_labels_of_one_category_in_one_sample_are_one_sample():
    (one,) = stats(classes([("a", "cat"), ("a", "cat"), ("b", "cat")])).categories
    assert (one.labels, one.samples) == (3, 2)


def test_labels_per_sample_counts_the_empty_ones():
    counted = stats(classes([("a", "x"), ("a", "x")], splits={"a": None, "b": None}))
    assert summary(counted, "labels_per_sample") == (2, 0, 1, 2)
    assert [one.count for one in counted.distributions["labels_per_sample"].bins] == [1, 0, 1]


def test_labels_that_are_not_present_are_counted_apart():
    snapshot = classes([("a", "cat"), ("b", "cat"), ("b", "dog"), ("b", "ant")])
    verdict = pl.Series("verdict", ["present", "absent", "absent", "rejected"])
    counted = stats(snapshot.with_labels(snapshot.labels.with_columns(verdict)))
    assert (counted.labels, counted.unlabelled) == (1, 1)
    assert counted.verdicts == {"absent": 2, "rejected": 1}
    assert {one.name: one.labels for one in counted.categories} == {"cat": 1, "dog": 0, "ant": 0}


def test_categories_go_by_name_where_their_keys_differ():
    snapshot = classes([("a", "cat")])
    renamed = snapshot.categories.with_columns(name=pl.lit("Cat"))
    counted = stats(Snapshot(snapshot.labels, snapshot.samples, renamed))
    assert [one.name for one in counted.categories] == ["Cat"]


def test_kinds_are_counted():
    assert stats(boxes((0, 0, 1, 1))).kinds == {"box": 1}


@pytest.mark.parametrize(
    ("unit", "box"),
    [
        ("pixel", (50, 20, 100, 50)),
        ("fraction", (0.25, 0.2, 0.5, 0.5)),
        ("percent", (25, 20, 50, 50)),
    ],
)
def test_boxes_are_measured_alike_in_every_unit(unit, box):
    counted = stats(boxes(box, unit=unit))
    assert summary(counted, "box_size") == (1, 0.5, 0.5, 0.5)  # root of 100 x 50 of 200 x 100
    assert counted.distributions["box_pixels"].mean == pytest.approx(5000**0.5)
    assert counted.distributions["box_aspect"].mean == 2
    assert counted.distributions["box_x"].mean == 0.5
    assert counted.distributions["box_y"].mean == pytest.approx(0.45)
    assert counted.positions[4][5] == 1 and sum(map(sum, counted.positions)) == 1


def test_without_the_images_size_only_what_can_be_known_is_told():
    pixels = stats(boxes((1, 2, 30, 20), size=(None, None))).distributions
    assert {"box_pixels", "box_aspect"} <= set(pixels)
    assert not {"box_size", "box_x", "box_y"} & set(pixels)
    fractions = stats(boxes((0, 0, 0.5, 0.5), unit="fraction", size=(None, None)))
    assert {"box_size", "box_x", "box_y"} <= set(fractions.distributions)
    assert not {"box_pixels", "box_aspect"} & set(fractions.distributions)


def test_an_image_without_extent_is_no_measure():
    counted = stats(boxes((1, 2, 30, 20), size=(0, 0)))
    assert "box_size" not in counted.distributions and counted.positions == ()


def test_odd_boxes():
    counted = stats(boxes((0, 0, 0, 10), (0, 0, -5, 10), (300, 0, 10, 10), (0, 0, 1e300, 1e300)))
    assert counted.distributions["box_size"].count == 2  # neither the negative nor the absurd one
    assert counted.distributions["box_size"].minimum == 0
    assert counted.distributions["box_aspect"].count == 2  # not where there is no area
    assert counted.distributions["box_x"].bins[-1].low == 1.0  # right of its image
    assert sum(map(sum, counted.positions)) == 1


def test_centres_on_the_border_are_within_the_grid():
    grid = stats(boxes((200, 100, 0, 0), (0, 0, 0, 0))).positions
    assert (grid[0][0], grid[GRID - 1][GRID - 1]) == (1, 1)


def test_texts_and_transcripts():
    snapshot = Snapshot(
        labels_frame(sample=["a", "a"], kind=["text", "text"], text=["Yes, yes!", ""]),
        samples_frame(sample=["a", "b"], text=["one two", None]),
    ).check()
    counted = stats(snapshot)
    assert summary(counted, "text_length") == (1, 7, 7, 7)
    assert summary(counted, "text_words") == (1, 2, 2, 2)
    assert summary(counted, "transcript_length") == (2, 0, 4.5, 9)
    assert summary(counted, "transcript_words") == (2, 0, 1, 2)
    assert counted.vocabularies["transcript"].frequent == (("yes", 2),)
    assert counted.vocabularies["text"].size == 2


@pytest.mark.parametrize(
    "text",
    ["", "  a  b\n", "今日は良い天気です", "中文 and English", "สวัสดี", "don't stop-now", "プレー"],
)
def test_words_are_those_of_the_rest_of_the_program(text):
    assert lengths(pl.Series([text]))[1].item() == len(words(text))


def test_a_vocabulary_knows_neither_case_nor_outer_punctuation():
    found = vocabulary(pl.Series(["The cat, the DOG.", "«The» don't ..."]))
    assert found.frequent[0] == ("the", 3)
    assert dict(found.frequent) == {"the": 3, "cat": 1, "dog": 1, "don't": 1}
    assert (found.size, found.words, found.ratio) == (4, 6, 0.666666667)


def test_no_words_no_vocabulary():
    assert vocabulary(pl.Series([], dtype=pl.String)) is None
    assert vocabulary(pl.Series(["", " ... "])) is None


def test_a_vocabulary_of_many_texts_is_put_together_from_slices(monkeypatch):
    monkeypatch.setattr("labelvc.core.stats_words._SLICE", 2)
    found = vocabulary(pl.Series(["a b", "a", "b", "a c", "a"]))
    assert found.frequent == (("a", 4), ("b", 2), ("c", 1))


def test_durations_by_split():
    samples = samples_frame(
        sample=["a", "b", "c"], split=["train", "train", "val"], duration=[1.5, 2.5, None]
    )
    counted = stats(Snapshot(samples=samples).check())
    assert [(one.name, one.duration) for one in counted.splits] == [("train", 4), ("val", None)]
    assert counted.distributions["duration"].total == 4


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("tuvwxyz")), max_size=30))
def test_categories_in_one_sample_are_counted_by_pairs(rows):
    found = stats(classes(rows)).together
    pairs: Counter[frozenset[str]] = Counter()
    for sample in "abcdef":
        inside = {category for name, category in rows if name == sample}
        pairs.update(map(frozenset, combinations(sorted(inside), 2)))
    assert {frozenset((one, two)): number for one, two, number in found.pairs} == pairs
    assert [number for *_, number in found.pairs] == sorted(pairs.values(), reverse=True)
    for i, one in enumerate(found.categories):
        for j, two in enumerate(found.categories):
            inside = {name for name, category in rows if category == one}
            others = {name for name, category in rows if category == two}
            assert found.matrix[i][j] == len(inside & others)


def test_many_categories_have_no_matrix_but_pairs():
    rows = [("a", f"c{at}") for at in range(51)]
    found = stats(classes(rows)).together
    assert found.matrix == () and found.categories == ()
    assert len(found.pairs) == 1225  # of 1,275


def test_a_sample_with_thousands_of_categories_does_no_harm():
    found = stats(classes([("a", f"c{at}") for at in range(5000)])).together
    assert len(found.pairs) == 1225


def test_the_same_text_in_two_splits_leaks():
    counted = stats(
        texts(
            "Hello  World", "hello world", "other", "ｈｅｌｌｏ world ", "other", "lone", "lone",
            splits=["train", "test", "train", "val", "train", "train", None],
        )
    )  # fmt: skip
    found = counted.leakage["text"]
    assert (found.contents, found.samples) == (1, 3)
    (leak,) = found.examples
    assert leak.splits == ("test", "train", "val")
    assert (leak.samples, leak.count, leak.content) == (("0", "1", "3"), 3, "hello world")
    assert "digest" not in counted.leakage


def test_the_same_medium_in_two_splits_leaks():
    samples = samples_frame(
        sample=list("abcd"), split=["x", "y", "x", "x"], digest=["1", "1", "2", "2"]
    )
    found = stats(Snapshot(samples=samples).check()).leakage["digest"]
    assert [(leak.splits, leak.samples) for leak in found.examples] == [(("x", "y"), ("a", "b"))]


def test_without_splits_nothing_leaks():
    assert stats(texts("a", "a")).leakage == {}
    assert stats(texts("a", "a", splits=["train", "train"])).leakage == {}
    assert stats(texts("a", "b", splits=["train", "val"])).leakage["text"].contents == 0


def test_leaks_are_listed_up_to_a_number():
    both = [f"text {at}" for at in range(30)]
    found = stats(texts(*both, *both, splits=["train"] * 30 + ["val"] * 30)).leakage["text"]
    assert (found.contents, found.samples, len(found.examples)) == (30, 60, 20)


def test_annotators_are_compared_by_classes_only():
    rows = [("a", "x"), ("a", "x"), ("b", "x"), ("b", "y")]
    snapshot = classes(rows)
    named = snapshot.labels.with_columns(annotator=pl.Series(["1", "2", "1", "2"]))
    counted = stats(snapshot.with_labels(named))
    assert counted.agreement is not None and counted.agreement.samples == 2
    boxed = named.with_columns(kind=pl.lit("box"))
    assert stats(snapshot.with_labels(boxed)).agreement is None
