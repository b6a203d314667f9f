"""Rows of tables as JSON values, and those as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from labelvc.core.comparison import End
from labelvc.core.tally import Tally
from labelvc.report.labels import BOX

if TYPE_CHECKING:
    import polars as pl

_PARSED = ("geometry", "attributes")
_SLICE = 10_000  # rows turned into Python objects at a time
# JSON may spell these out, and terminals do strange things on them.
_UNSEEN = re.compile(
    "[\\x7f-\\x9f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]"
)


def dumps(value: object) -> str:
    """JSON in one line; characters one cannot see are escaped."""
    text = msgspec.json.encode(value).decode()
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def table_rows(table: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows as mappings, without holding all of them at once."""
    parts = table.iter_slices(_SLICE)
    return chain.from_iterable(part.iter_rows(named=True) for part in parts)


def end_json(end: End) -> dict[str, str | None]:
    """A revision as it was given and its commit; both null for the working tree."""
    return {"rev": end.rev, "commit": end.commit}


def totals(tally: Tally) -> dict[str, int]:
    """How many samples and labels."""
    return {"samples": tally.samples, "labels": tally.labels}


def label_json(row: Mapping[str, Any], prefix: str) -> dict[str, Any] | None:
    """The JSON form of one side of a change, without what is absent; None where there is no label.

    Boxes are `[x, y, width, height]`; whole numbers are written without a fraction; the unit goes
    unsaid where it is the pixel, the verdict where it is present.
    """
    if row[f"{prefix}kind"] is None:
        return None
    names = ("kind", "category", "verdict", *_PARSED, "start", "end", "confidence", "unit", "text")
    label = row_json({name: row[prefix + name] for name in (*names, "annotator")})
    if row[f"{prefix}x"] is not None:
        label["box"] = [number(row[prefix + side]) for side in BOX]
    for name, usual in (("verdict", "present"), ("unit", "pixel")):
        if label.get(name) == usual:
            del label[name]
    return label


def row_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON: columns without a value left out, geometry and attributes parsed."""
    return {name: _value(name, value) for name, value in row.items() if value is not None}


def _value(name: str, value: Any) -> Any:
    if name in _PARSED:
        return msgspec.json.decode(value)
    return number(value) if isinstance(value, float) else value


def number(value: float) -> int | float:
    """A float as JSON should show it: 3.0 as 3."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
