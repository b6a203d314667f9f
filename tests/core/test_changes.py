"""What is told of a patch: counts, flips, totals, filters."""

from __future__ import annotations

import polars as pl
import pytest

from labelvc.core.comparison import (
    COUNTS,
    CategoryChange,
    CategoryTotal,
    Comparison,
    Flip,
)
from labelvc.core.counting import category_totals, count, flips
from labelvc.core.filtering import Filter, filtered
from labelvc.core.label_changes import label_changes
from labelvc.core.match import match
from labelvc.core.other_changes import category_changes, sample_changes
from labelvc.core.patch import diff
from labelvc.core.snapshot import Snapshot
from labelvc.core.tally import Tally
from tests.core.strategies import assemble


def compared() -> Comparison:
    def box(sample: str, category: str, x: float, annotator: str) -> dict[str, object]:
        place = {"x": x, "y": 0.0, "width": 10.0, "height": 10.0, "unit": "pixel"}
        row = {"sample": sample, "kind": "box", "category": category, "annotator": annotator}
        return {**row, **place}

    def snapshot(rows: list[dict[str, object]], splits: list[str]) -> Snapshot:
        made = assemble(rows, {}, ["cat", "cow", "dog"])
        samples = made.samples.with_columns(split=_series(splits))
        return Snapshot(made.labels, samples, made.categories)

    before = snapshot(
        [box("a", "cat", 0, "ann"), box("a", "cat", 50, "ann"), box("b", "dog", 0, "bob")],
        ["train", "test"],
    )
    after = snapshot(
        [box("a", "dog", 0, "ann"), box("a", "cat", 53, "ann"), box("c", "dog", 0, "bob"),
         box("b", "dog", 0, "bob")],
        ["train", "train", "test"],
    )  # fmt: skip
    matched = match(before, after)
    patch = diff(before, matched.after)
    changes = label_changes(patch, before, matched.after, matched.how)
    samples = sample_changes(patch)
    taxonomy = category_changes(patch)
    return Comparison(
        name="train", path="train.json", format="coco", sample_key="file_name", matched_by={},
        before=before.tally(), after=after.tally(),
        counts=count(changes, samples, taxonomy), flips=flips(changes),
        categories=category_totals(before.tally(), after.tally(), taxonomy),
        category_changes=taxonomy, sample_changes=samples, changes=changes,
    )  # fmt: skip


def _series(values: list[str]) -> pl.Series:
    return pl.Series(values)


def nonzero(comparison: Comparison) -> dict[str, int]:
    return {name: number for name, number in comparison.counts.items() if number}


def test_everything_is_counted_in_the_documented_order() -> None:
    comparison = compared()
    assert tuple(comparison.counts) == COUNTS
    assert nonzero(comparison) == {
        "changed": 3, "added": 1, "relabelled": 1, "moved": 1,
        "samples_added": 1, "samples_resplit": 1,
    }  # fmt: skip
    assert comparison.flips == [Flip("cat", "dog", 1)]
    assert comparison.categories == [
        CategoryTotal("dog", 1, 3),
        CategoryTotal("cat", 2, 1),
        CategoryTotal("cow", 0, 0),
    ]


def test_a_move_has_its_iou_and_shift() -> None:
    moved = compared().changes.row(by_predicate=_kind("moved"), named=True)
    assert moved["shift"] == 3.0
    assert moved["iou"] == pytest.approx(7 / 13)


def _kind(name: str) -> pl.Expr:
    return pl.col("kinds").list.contains(name)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(kinds=("moved",)), {"changed": 1, "moved": 1}),
        (
            Filter(kinds=("moved", "added")),
            {"changed": 2, "added": 1, "moved": 1, "samples_added": 1},
        ),
        (Filter(categories=("dog",)), {"changed": 2, "added": 1, "relabelled": 1}),
        (Filter(samples=("c",)), {"changed": 1, "added": 1, "samples_added": 1}),
        (
            Filter(splits=("test",)),
            {"changed": 1, "added": 1, "samples_added": 1, "samples_resplit": 1},
        ),
        (Filter(annotators=("bob",)), {"changed": 1, "added": 1}),
        (Filter(categories=("nothing",)), {}),
    ],
)
def test_filters_narrow_counts_and_changes(wanted: Filter, expected: dict[str, int]) -> None:
    narrowed = filtered(compared(), wanted)
    assert nonzero(narrowed) == expected
    assert narrowed.changes.height == expected.get("changed", 0)
    assert narrowed.before == compared().before


def test_no_filter_is_no_work() -> None:
    comparison = compared()
    assert filtered(comparison, Filter()) is comparison


def test_totals_follow_a_renamed_category() -> None:
    renamed = [CategoryChange("renamed", "Film", "film")]
    rows = category_totals(Tally(1, 3, {"Film": 3, "old": 1}), Tally(1, 4, {"film": 4}), renamed)
    assert rows == [CategoryTotal("film", 3, 4), CategoryTotal("old", 1, None)]
