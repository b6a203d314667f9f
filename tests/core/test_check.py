"""Findings in the labels of one snapshot."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from labelvc.core.check import check
from labelvc.core.snapshot import Snapshot
from tests.core.strategies import assemble


def snapshot(*rows: dict[str, Any], text: str = "hello world") -> Snapshot:
    made = assemble([{"sample": "s", **row} for row in rows], {"s": text}, ["cat"])
    sized = made.samples.with_columns(
        width=pl.lit(100.0), height=pl.lit(50.0), duration=pl.lit(2.0)
    )
    return Snapshot(made.labels, sized, made.categories)


def box(x: float, y: float, width: float, height: float, **more: Any) -> dict[str, Any]:
    place = {"x": x, "y": y, "width": width, "height": height, "unit": "pixel"}
    return {"kind": "box", "category": "cat", **place, **more}


def span(start: float, end: float, kind: str = "span", unit: str = "character") -> dict[str, Any]:
    return {"kind": kind, "category": "cat", "start": start, "end": end, "unit": unit}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([box(0, 0, 100, 50)], []),
        ([box(0, 0, 100.6, 50.9)], []),
        ([box(90, 10, 30, 10)], ["warning overhang"]),
        ([box(120, 10, 30, 10)], ["error outside"]),
        ([box(-40, 10, 30, 10)], ["error outside"]),
        ([box(10, 10, -5, 10)], ["error inverted"]),
        ([box(10, 10, 0, 10)], ["warning empty"]),
        ([box(0.2, 0.2, 0.9, 0.1, unit="fraction")], ["warning overhang"]),
        ([box(1.2, 0.2, 0.1, 0.1, unit="fraction")], ["error outside"]),
        ([box(0, 0, 9, 9, id="1"), box(9, 9, 9, 9, id="1")], ["error duplicate-id"]),
        ([box(0, 0, 9, 9, id="1"), box(0, 0, 9, 9, id="2")], ["warning duplicate"]),
        ([span(0, 11)], []),
        ([span(6, 12)], ["error outside"]),
        ([span(6, 5)], ["error inverted"]),
        ([span(0, 2, "token", "token")], []),
        ([span(1, 3, "token", "token")], ["error outside"]),
        ([span(0.5, 2.0, "segment", "second")], []),
        ([span(0.5, 2.5, "segment", "second")], ["error outside"]),
    ],
)
def test_finding(rows: list[dict[str, Any]], found: list[str]) -> None:
    assert [f"{issue.severity} {issue.code}" for issue in check(snapshot(*rows))] == found


def test_a_finding_names_the_label() -> None:
    (issue,) = check(snapshot(box(120, 10, 30, 10, id="7")))
    assert (issue.sample, issue.label) == ("s", "7")
    assert issue.message == "box (120, 10, 30, 10) lies outside its sample of 100 x 50"


def test_code_points_count_not_bytes() -> None:
    assert check(snapshot(span(0, 2), text="🐱é")) == []


def test_samples_of_unknown_size_are_not_judged() -> None:
    bare = assemble([{"sample": "s", **box(1e6, 0, 1, 1)}], {}, ["cat"])
    assert check(bare) == []
