"""Overlaps, against pycocotools where it defines them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from labelvc.core.geometry import bounds, box_iou, interval_iou
from labelvc.core.shapes import mask_iou, oks, polygon_iou, rle_counts

sides = st.floats(0, 50)
boxes = st.tuples(sides, sides, st.floats(1, 40), st.floats(1, 40))
bitmaps = st.lists(st.booleans(), min_size=35, max_size=35).map(
    lambda bits: np.asfortranarray(np.array(bits, dtype=np.uint8).reshape(5, 7))
)


def iou_of(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    names = ("x", "y", "width", "height")
    columns = dict(zip(names, one, strict=True))
    columns |= dict(zip((f"{name}_after" for name in names), two, strict=True))
    return float(pl.DataFrame([columns]).select(box_iou()).item())


@given(boxes, boxes)
def test_boxes_as_pycocotools(one: tuple[float, ...], two: tuple[float, ...]) -> None:
    expected = coco_mask.iou(np.array([one]), np.array([two]), [0])[0, 0]
    assert iou_of(one, two) == pytest.approx(expected, abs=1e-9)


def test_boxes_without_area_equal_only_themselves() -> None:
    assert iou_of((3, 3, 0, 0), (3, 3, 0, 0)) == 1.0
    assert iou_of((3, 3, 0, 0), (4, 3, 0, 0)) == 0.0


@settings(deadline=None)
@given(bitmaps, bitmaps)
def test_masks_as_pycocotools(one: np.ndarray, two: np.ndarray) -> None:
    left, right = coco_mask.encode(one), coco_mask.encode(two)
    expected = coco_mask.iou([left], [right], [0])[0, 0] if one.any() or two.any() else 1.0
    assert mask_iou(left["counts"].decode(), right["counts"].decode()) == pytest.approx(expected)
    runs = rle_counts(left["counts"].decode())
    flat = np.repeat(np.arange(len(runs)) % 2, runs)
    assert (flat.reshape(one.shape, order="F") == one).all()
    assert mask_iou(list(map(int, runs)), right["counts"].decode()) == pytest.approx(expected)


def test_polygons_by_their_area() -> None:
    square = [0.0, 0.0, 10.0, 0.0, 10.0, 10.0, 0.0, 10.0]
    half = [0.0, 0.0, 5.0, 0.0, 5.0, 10.0, 0.0, 10.0]
    assert polygon_iou([square], [square]) == 1.0
    assert polygon_iou([square], [half]) == pytest.approx(0.5, abs=0.02)
    assert polygon_iou([square], [[v + 20 for v in square]]) == 0.0
    # the same corners from another start
    assert polygon_iou([square], [square[2:] + square[:2]]) == pytest.approx(1.0)
    # two boxes overlap fully, the triangles in them do not
    lower, upper = [0.0, 0.0, 10.0, 0.0, 0.0, 10.0], [10.0, 10.0, 10.0, 0.0, 0.0, 10.0]
    assert polygon_iou([lower], [upper]) < 0.02


def test_keypoints_as_cocos_definition() -> None:
    person = [[float(10 * i), float(i), 2] for i in range(17)]
    assert oks(person, person, 400.0) == 1.0
    away = [[x + 2, y, v] for x, y, v in person]
    sigmas = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1e3
    expected = np.exp(-4 / (2 * 400.0 * (2 * sigmas) ** 2)).mean()
    assert oks(person, away, 400.0) == pytest.approx(expected)
    assert oks(person, person[:5], 400.0) == 0.0


def test_intervals() -> None:
    row = {"start": 0.0, "end": 4.0, "start_after": 2.0, "end_after": 6.0}
    assert pl.DataFrame([row]).select(interval_iou()).item() == pytest.approx(2 / 6)
    empty = {"start": 3.0, "end": 3.0, "start_after": 3.0, "end_after": 3.0}
    assert pl.DataFrame([empty]).select(interval_iou()).item() == 1.0


def test_bounds_of_what_has_an_outline() -> None:
    assert bounds('{"polygon":[[1.0,2.0,5.0,2.0,3.0,9.0]]}') == (1.0, 2.0, 4.0, 7.0)
    assert bounds('{"keypoints":[[0.0,0.0,0],[4.0,4.0,1],[6.0,9.0,2]]}') == (4.0, 4.0, 2.0, 5.0)
    assert bounds('{"mask":{"counts":[1],"size":[1,1]}}') is None


@pytest.mark.parametrize("counts", ["o" * 20 + "0", "o" * 2_000_000, [2**70]])
def test_a_mask_with_an_impossible_run_overlaps_only_itself(counts: object) -> None:
    assert mask_iou(counts, counts) == 1.0  # type: ignore[arg-type]
    assert mask_iou(counts, "52203") == 0.0  # type: ignore[arg-type]
