"""Spans and transcripts that a model gave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from labelvc.core.snapshot import labels_frame
from labelvc.stages.collect_answers import category, confidence, plain, refusal
from labelvc.stages.interface import Sample


def spans(answers: Sequence[Any], samples: Sequence[Sample], unit: str | None) -> pl.DataFrame:
    """A label a span, in characters or tokens (`unit`, where known), end exclusive.

    Raises LabelvcError.
    """
    rows = [
        _span(sample.key, found, _length(sample.text, unit))
        for sample, answer in zip(samples, answers, strict=True)
        for found in _list(sample.key, answer)
    ]
    columns = ("sample", "start", "end", "category", "confidence")
    return labels_frame(
        **{name: [row[at] for row in rows] for at, name in enumerate(columns)},
        kind=["span"] * len(rows),
        unit=[unit] * len(rows),
    )


def texts(answers: Sequence[Any], keys: Sequence[str]) -> pl.DataFrame:
    """A label a transcript. Raises LabelvcError for what is no text."""
    for key, answer in zip(keys, answers, strict=True):
        if not isinstance(answer, str):
            raise refusal(key, answer, "a transcript: text")
    return labels_frame(sample=keys, kind=["text"] * len(keys), text=list(map(str, answers)))


def _list(key: str, answer: Any) -> list[Any]:
    if not isinstance(answer, list | tuple):
        raise refusal(key, answer, "a list of spans (an empty one where there is none)")
    return list(answer)


def _span(key: str, found: Any, length: int | None) -> tuple[str, float, float, str, float | None]:
    if not isinstance(found, list | tuple) or len(found) not in (3, 4):
        raise refusal(key, found, "a span (start, end, category) or with a confidence as fourth")
    start, end = plain(found[0]), plain(found[1])
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in (start, end)):
        raise refusal(key, found, "a span whose start and end are whole numbers")
    if not 0 <= start < end:
        raise refusal(key, found, "a span that starts at 0 or later and ends after its start")
    if length is not None and end > length:
        raise refusal(key, found, f"a span within the text, which ends at {length}")
    more = found[3] if len(found) > 3 else None
    return key, float(start), float(end), category(key, found[2]), confidence(key, more)


def _length(text: str | None, unit: str | None) -> int | None:
    """Where the text ends; in characters where the unit is not known: no token ends later."""
    if text is None:
        return None
    return len(text.split(" ")) if unit == "token" else len(text)
