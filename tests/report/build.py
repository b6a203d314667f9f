"""Comparisons in a few lines, for the reports' tests."""

import polars as pl

from labelvc.core.comparison import (
    CategoryChange,
    CategoryTotal,
    Comparison,
    Diff,
    End,
)
from labelvc.core.counting import count, flips
from labelvc.core.snapshot import CONTENT, LABELS, SAMPLES
from labelvc.core.tally import Tally

MAIN = End("main", "9fceb02d0ae598e95dc970b74767f19372d61af8")
WORKING_TREE = End()
SIDES = ("before", "after")
SAMPLE_COLUMNS = tuple(name for name in SAMPLES if name not in ("sample", "record"))
LABEL_SCHEMA = {
    "key": pl.Int64(),
    "sample": pl.String(),
    "split": pl.String(),
    "kinds": pl.List(pl.String()),
    "matched_by": pl.String(),
    "iou": pl.Float64(),
    "shift": pl.Float64(),
    **{
        f"{side}_{name}": LABELS[name]
        for name in ("id", *CONTENT)
        for side in SIDES
        if name != "sample"
    },
}
SAMPLE_SCHEMA = {
    "sample": pl.String(),
    "kinds": pl.List(pl.String()),
    **{f"{side}_{name}": SAMPLES[name] for side in SIDES for name in SAMPLE_COLUMNS},
}


def label(sample, kinds, before=None, after=None, **columns):
    """A row of `Comparison.changes`; `before` and `after` are the columns of one side."""
    row = {"sample": sample, "kinds": kinds.split(), **columns}
    for side, values in zip(SIDES, (before, after), strict=True):
        if values is not None:
            row |= {f"{side}_verdict": "present"}
            row |= {f"{side}_{name}": value for name, value in values.items()}
    return row


def box(category, x, y, width, height, id=None, **more):
    place = {"x": float(x), "y": float(y), "width": float(width), "height": float(height)}
    return {"kind": "box", "category": category, "unit": "pixel", "id": id, **place, **more}


def sample(key, kinds, before=None, after=None):
    """A row of `Comparison.sample_changes`."""
    row = {"sample": key, "kinds": kinds.split()}
    for side, values in zip(SIDES, (before, after), strict=True):
        row |= {f"{side}_{name}": value for name, value in (values or {}).items()}
    return row


def label_rows(rows):
    return pl.DataFrame(rows, schema=LABEL_SCHEMA).with_columns(key=pl.int_range(pl.len()))


def comparison(changes=(), samples=(), taxonomy=(), totals=None, **fields):
    """`changes` and `samples` are rows or frames; `totals` maps categories to (before, after)."""
    if not isinstance(changes, pl.DataFrame):
        changes = label_rows(list(changes))
    if not isinstance(samples, pl.DataFrame):
        samples = pl.DataFrame(list(samples), schema=SAMPLE_SCHEMA)
    taxonomy = [CategoryChange(*change) for change in taxonomy]
    totals = totals or {}
    tallies = [
        Tally(40 + side, sum(pair[side] or 0 for pair in totals.values())) for side in (0, 1)
    ]
    values = {
        "name": "train",
        "path": "labels/train.json",
        "format": "coco",
        "sample_key": "file_name",
        "matched_by": {"id": tallies[0].labels},
        "before": tallies[0],
        "after": tallies[1],
        "counts": count(changes, samples, taxonomy),
        "flips": flips(changes),
        "categories": [CategoryTotal(name, *pair) for name, pair in totals.items()],
        "category_changes": taxonomy,
        "sample_changes": samples,
        "changes": changes,
    }
    return Comparison(**{**values, **fields})


def diff(*sets, before=MAIN, after=WORKING_TREE, **more):
    return Diff(before, after, sets, **more)
