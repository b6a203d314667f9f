"""What stands in several splits: a score on it says too much."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot
from labelvc.core.stats_leakage import NORMAL

_NAMES = 5  # samples told of one leak
# In this order: samples of one medium have one text too, and need not be told twice.
_BY = {"medium": pl.col("digest"), "text": NORMAL}


def leakage_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`leakage` for each medium or text of several splits, at the first of its samples.

    Texts are compared as `stats` does. Samples without a split do not count.
    """
    samples = snapshot.samples.filter(pl.col("split").is_not_null())
    if samples["split"].n_unique() < 2:
        return
    told: set[str] = set()
    for what, content in _BY.items():
        for value, splits, names in _shared(samples.with_columns(content.alias("content"))):
            if names[0] in told:
                continue
            told.add(names[0])
            more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
            message = (
                f"the same {what} in {' and '.join(splits)}: {', '.join(names[:_NAMES])}{more}"
            )
            yield Finding("leakage", message, names[0], about=f"{what} {value}")


def _shared(samples: pl.DataFrame) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each content of several splits, with those and its samples."""
    known = samples.filter(pl.col("content").is_not_null() & (pl.col("content") != ""))
    shared = known.filter(pl.col("content").is_duplicated())
    leaks = (
        shared.group_by("content")
        .agg(pl.col("split").unique().sort(), pl.col("sample").sort())
        .filter(pl.col("split").list.len() > 1)
        .sort(pl.col("sample").list.first())
    )
    yield from leaks.iter_rows()
