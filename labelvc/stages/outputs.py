"""What `dvc metrics` and `dvc plots` read of an evaluation."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from labelvc.core.record import ScoreRecord
from labelvc.repo.writing import write_atomic

METRICS = "scores.json"
CATEGORIES = "categories.csv"
CONFUSION = "confusion.csv"
_MOST_PAIRS = 100_000  # rows of the table that DVC's template counts


def write_outputs(record: ScoreRecord, folder: Path) -> None:
    """The metrics, a table of categories, and what `dvc plots` needs for a confusion matrix.

    All three files are always there, as DVC wants each output to be; a table with nothing to tell
    has its header only.
    """
    write_atomic(folder / METRICS, _json(_metrics(record)))
    names = list(dict.fromkeys(name for row in record.categories for name in row)) or ["category"]
    rows = ([row.get(name) for name in names] for row in record.categories)
    write_atomic(folder / CATEGORIES, _csv(names, rows))
    write_atomic(folder / CONFUSION, _csv(["actual", "predicted"], _pairs(record)))


def _metrics(record: ScoreRecord) -> dict[str, Any]:
    found: dict[str, Any] = {**record.metrics}
    if record.splits:
        found["splits"] = {name: dict(metrics) for name, metrics in record.splits.items()}
    return found


def _pairs(record: ScoreRecord) -> Iterable[Sequence[str]]:
    """A row a sample, as DVC's template `confusion` counts them."""
    if record.confusion is None or sum(map(sum, record.confusion.counts)) > _MOST_PAIRS:
        return
    names = record.confusion.categories
    for truth, row in zip(names, record.confusion.counts, strict=True):
        for said, count in zip(names, row, strict=True):
            for _ in range(count):
                yield truth, said


def _json(value: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)}\n".encode()


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode()
