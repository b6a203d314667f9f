"""The texts one has to read to judge a change of a label."""

from __future__ import annotations

import polars as pl

from labelvc.core.snapshot import Snapshot

_READ = ("class", "span", "token")  # kinds of label that say nothing without the text they stand on


def sample_texts(changes: pl.DataFrame, before: Snapshot, after: Snapshot) -> dict[str, str]:
    """The texts of samples with changed classes, spans or tokens, as they are after.

    `changes` as in `Comparison.changes`. A sample that only `before` has keeps its text there.
    """
    kinds = pl.coalesce("after_kind", "before_kind")
    samples = changes.filter(kinds.is_in(_READ)).select("sample").unique()
    texts = pl.concat([one.samples.select("sample", "text") for one in (before, after)])
    wanted = texts.drop_nulls().join(samples, on="sample", how="semi", maintain_order="left")
    return dict(wanted.iter_rows())
