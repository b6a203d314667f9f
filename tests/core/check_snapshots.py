"""Small snapshots for the tests of the check, and what is found in them."""

from __future__ import annotations

from typing import Any

import polars as pl

from labelvc.core.check import check
from labelvc.core.check_rules import DEFAULT, RULES, Rules, Setting
from labelvc.core.snapshot import Snapshot, attributes_json, canonical_json
from tests.core.strategies import assemble

Row = dict[str, Any]


def snapshot(*rows: Row, text: str | None = "hello world", names: tuple[str, ...] = ("cat",)):
    """Labels of the sample `s` (100 x 50 pixels, 2 seconds) unless they say another."""
    texts = {"s": text} if text is not None else {}
    made = assemble([{"sample": "s", **row} for row in rows], texts, list(names))
    sized = made.samples.with_columns(
        width=pl.lit(100.0), height=pl.lit(50.0), duration=pl.lit(2.0)
    )
    return Snapshot(made.labels, sized, made.categories)


def box(x: float, y: float, width: float, height: float, **more: Any) -> Row:
    place = {"x": x, "y": y, "width": width, "height": height, "unit": "pixel"}
    return {"kind": "box", "category": "cat", **place, **more}


def outline(*rings: list[float], **more: Any) -> Row:
    geometry = canonical_json({"polygon": [[float(at) for at in ring] for ring in rings]})
    return {"kind": "polygon", "category": "cat", "unit": "pixel", "geometry": geometry, **more}


def keypoints(*points: tuple[float, ...], **more: Any) -> Row:
    geometry = canonical_json({"keypoints": points})
    return {"kind": "keypoints", "category": "cat", "unit": "pixel", "geometry": geometry, **more}


def span(start: float, end: float, kind: str = "span", unit: str = "character", **more: Any) -> Row:
    place = {"start": start, "end": end, "unit": unit}
    return {"kind": kind, "category": "cat", **place, **more}


def segment(start: float, end: float, channel: int | None = None, **more: Any) -> Row:
    attributes = None if channel is None else attributes_json({"channel": channel})
    return span(start, end, "segment", "second", attributes=attributes, **more)


def tags(*names: str, sample: str = "s") -> list[Row]:
    return [
        {**span(at, at + 1, "token", "token"), "category": name, "sample": sample}
        for at, name in enumerate(names)
    ]


def only(*codes: str, **parameters: float) -> Rules:
    """These rules alone, as warnings."""
    return DEFAULT.with_settings(
        {
            code: Setting("warning", parameters) if code in codes else Setting("off")
            for code in RULES
        }
    )


def codes(snapshot: Snapshot, rules: Rules = DEFAULT) -> list[str]:
    return [f"{issue.severity} {issue.code}" for issue in check(snapshot, rules)]


def messages(snapshot: Snapshot, rules: Rules = DEFAULT) -> list[str]:
    return [issue.message for issue in check(snapshot, rules)]
