"""Findings in boxes, outlines, masks and keypoints."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.check import check
from labelvc.core.check_crossing import crossings
from labelvc.core.snapshot import Snapshot, attributes_json, canonical_json
from tests.core.check_snapshots import (
    box,
    codes,
    keypoints,
    messages,
    only,
    outline,
    snapshot,
)
from tests.core.strategies import snapshots

SQUARE = [10, 10, 30, 10, 30, 30, 10, 30]
BOW_TIE = [10, 10, 30, 30, 30, 10, 10, 30]
# A square with a hole, joined to it by a bridge that is walked twice.
KEYHOLE = [0, 0, 9, 0, 9, 9, 0, 9, 0, 0, 3, 3, 3, 6, 6, 6, 6, 3, 3, 3]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([outline(SQUARE)], []),
        ([outline([*SQUARE, 10, 10])], []),
        ([outline(KEYHOLE)], []),
        ([outline(BOW_TIE)], ["warning self-crossing"]),
        ([outline(SQUARE, BOW_TIE)], ["warning self-crossing"]),
        ([outline([10, 10, 30, 30])], ["warning few-points"]),
        ([outline([10, 10, 30, 30, 30, 30, 10, 10])], ["warning few-points"]),
        ([outline([80, 10, 130, 10, 90, 30])], ["warning outline-outside"]),
        ([outline([80, 10, 100.9, 10, 90, 30])], []),
        ([outline([0.8, 0.1, 1.2, 0.1, 0.9, 0.3], unit="fraction")], ["warning outline-outside"]),
        # told once, by its box
        ([outline([80, 10, 130, 10, 90, 30], x=80, y=10, width=50, height=20)],
         ["warning overhang"]),
        ([keypoints((5, 5, 2), (0, 0, 0))], []),
        ([keypoints((5, 5, 2), (0, 0, 2))], ["warning keypoint-at-origin"]),
        ([keypoints((5, 5), (0, 0))], []),
        ([keypoints((5, 60, 1), (200, 9, 0))], ["warning keypoint-outside"]),
    ],
)  # fmt: skip
def test_finding(rows, found):
    assert codes(snapshot(*rows)) == found


def test_a_crossing_is_told_with_its_place():
    assert messages(snapshot(outline(BOW_TIE))) == ["outline crosses itself near (20, 20)"]


def mask(size):
    geometry = canonical_json({"mask": {"size": size, "counts": [5000]}})
    return {"kind": "mask", "category": "cat", "unit": "pixel", "geometry": geometry}


def test_a_mask_is_as_large_as_its_sample():
    assert codes(snapshot(mask([50, 100]))) == []
    assert codes(snapshot(mask([100, 50]))) == ["error mask-size"]
    assert messages(snapshot(mask([100, 50]))) == ["mask of 50 x 100 on a sample of 100 x 50"]


def test_as_many_keypoints_as_the_category_has():
    made = snapshot(keypoints((5, 5, 2), (6, 6, 2)))
    for names, found in ((["nose", "tail"], []), (["nose"], ["error keypoint-count"])):
        attributes = pl.lit(attributes_json({"keypoints": names}))
        categories = made.categories.with_columns(attributes=attributes)
        assert codes(Snapshot(made.labels, made.samples, categories)) == found


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (box(10.2, 10, 20, 20, id="2"), ["near-duplicate"]),
        (box(12, 10, 20, 20), []),
        (box(10.2, 10, 20, 20, sample="t"), []),
        (box(10.2, 10, 20, 20, category="dog"), []),
        (box(10.2, 10, 20, 20, annotator="bob"), []),
        (box(10, 10, 20, 20), ["duplicate"]),
    ],
)
def test_boxes_that_nearly_coincide(other, found):
    made = snapshot(box(10, 10, 20, 20), other, names=("cat", "dog"))
    issues = check(made, only("duplicate", "near-duplicate"))
    assert [issue.code for issue in issues] == found
    assert all(issue.label == other.get("id") for issue in issues)


def test_outlines_coincide_by_their_area_and_not_by_their_box():
    place = {"x": 10, "y": 10, "width": 20, "height": 20}
    full = outline(SQUARE, **place)
    corner = outline([10, 10, 30, 10, 10, 30], **place)
    same = outline([10, 10, 30, 10, 30, 29.8, 10, 30], **place)
    assert codes(snapshot(full, corner), only("near-duplicate")) == []
    assert codes(snapshot(full, same), only("near-duplicate")) == ["warning near-duplicate"]


places = st.integers(0, 12).map(float)
sides = st.integers(1, 24).map(float)


def iou(one, two):
    wide = min(one[0] + one[2], two[0] + two[2]) - max(one[0], two[0])
    tall = min(one[1] + one[3], two[1] + two[3]) - max(one[1], two[1])
    shared = max(wide, 0) * max(tall, 0)
    return shared / (one[2] * one[3] + two[2] * two[3] - shared)


@given(st.lists(st.tuples(places, places, sides, sides), max_size=12, unique=True))
@settings(max_examples=60, deadline=None)
def test_all_pairs_that_nearly_coincide_are_found(boxes):
    expected = sum(iou(one, two) >= 0.6 - 1e-12 for one, two in combinations(boxes, 2))
    made = snapshot(*(box(*one) for one in boxes))
    assert len(check(made, only("near-duplicate", iou=0.6 - 1e-12))) == expected


def turn(a, b, c):
    return np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def crosses(ring):
    edges = [(ring[at], ring[(at + 1) % len(ring)]) for at in range(len(ring))]
    return any(
        turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0
        for (a, b), (c, d) in combinations(edges, 2)
    )


rings = st.lists(st.tuples(places, places), min_size=3, max_size=9, unique=True)


@given(st.lists(rings, max_size=4))
@settings(max_examples=150, deadline=None)
def test_crossings_are_those_of_any_two_edges(found):
    told = {at for at, _, _ in crossings([np.array(ring) for ring in found])}
    assert told == {at for at, ring in enumerate(found) if crosses(ring)}


@given(snapshots())
@settings(max_examples=60, deadline=None)
def test_whatever_the_labels_the_check_has_an_answer(made):
    issues = check(made, base=made)
    assert issues == sorted(issues, key=lambda one: (one.severity, one.sample or "", one.code))
    assert all(issue.severity in ("error", "warning") for issue in issues)
