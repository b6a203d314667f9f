"""Label sets and predictions for the tests of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from labelvc.core.predictions import Predictions
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame

Row = Mapping[str, Any]


def truth_of(
    rows: Sequence[Row],
    samples: Sequence[str],
    categories: Sequence[str] = (),
    **columns: Sequence[Any],
) -> Snapshot:
    """A label set; `columns` are of its samples."""
    return Snapshot(
        _labels(rows), samples_frame(sample=samples, **columns), categories_frame(categories)
    ).check()


def predicted(
    rows: Sequence[Row],
    samples: Sequence[str],
    categories: Sequence[str] = (),
    probabilities: NDArray[np.float64] | None = None,
) -> Predictions:
    """Predictions for these samples."""
    keys = pl.Series(list(samples), dtype=pl.String)
    return Predictions(keys, _labels(rows), list(categories), probabilities)


def _labels(rows: Sequence[Row]) -> pl.DataFrame:
    rows = [{"verdict": "present", **row} for row in rows]
    names = {name for row in rows for name in row}
    return labels_frame(**{name: [row.get(name) for row in rows] for name in names})


def classes(answers: Mapping[str, str | None], **more: Any) -> list[Row]:
    """A class label for each sample that has one."""
    return [
        {"sample": sample, "kind": "class", "category": category, **more}
        for sample, category in answers.items()
        if category is not None
    ]


def box(sample: str, category: str, *numbers: float, **more: Any) -> Row:
    """A box x, y, width, height in pixels."""
    place = dict(zip(("x", "y", "width", "height"), numbers, strict=True))
    return {"sample": sample, "kind": "box", "category": category, "unit": "pixel"} | place | more


def span(sample: str, start: float, end: float, category: str) -> Row:
    """A span in tokens."""
    return {
        "sample": sample, "kind": "span", "category": category,
        "start": start, "end": end, "unit": "token",
    }  # fmt: skip


def transcripts(texts: Mapping[str, str | None]) -> list[Row]:
    """A transcript for each sample that has one."""
    return [
        {"sample": sample, "kind": "text", "text": text}
        for sample, text in texts.items()
        if text is not None
    ]


def repeated(
    truth: Snapshot, predictions: Predictions, times: Mapping[str, int]
) -> tuple[Snapshot, Predictions]:
    """Each sample as often as said, under names that stand side by side."""
    copies = pl.DataFrame(
        [(key, f"{key}#{at}") for key, number in times.items() for at in range(number)],
        schema={"sample": pl.String(), "copy": pl.String()},
        orient="row",
    )

    def of(table: pl.DataFrame) -> pl.DataFrame:
        joined = table.join(copies, on="sample", maintain_order="left")
        return joined.with_columns(sample=pl.col("copy")).select(table.columns)

    labels = of(truth.labels).with_columns(key=pl.int_range(pl.len()))
    samples = of(
        pl.DataFrame({"sample": predictions.samples, "row": range(len(predictions.samples))})
    )
    chances = predictions.probabilities
    return (
        replace(truth, labels=labels, samples=of(truth.samples)),
        Predictions(
            samples["sample"],
            of(predictions.labels),
            predictions.categories,
            None if chances is None else chances[samples["row"].to_numpy()],
        ),
    )
