"""The texts one has to read, and the media to look at, to judge a change of a label."""

from __future__ import annotations

import polars as pl

from labelvc.core.snapshot import Snapshot

_READ = ("class", "span", "token")  # kinds of label that say nothing without the text they stand on


def sample_texts(changes: pl.DataFrame, before: Snapshot, after: Snapshot) -> dict[str, str]:
    """The texts of samples with changed classes, spans or tokens, as they are after.

    `changes` as in `Comparison.changes`. A sample that only `before` has keeps its text there.
    """
    kinds = pl.coalesce("after_kind", "before_kind")
    return _of_samples(changes.filter(kinds.is_in(_READ)), before, after, "text")


def sample_paths(changes: pl.DataFrame, before: Snapshot, after: Snapshot) -> dict[str, str]:
    """The media paths of samples with changed labels, as they are after."""
    return _of_samples(changes, before, after, "path")


def _of_samples(
    changes: pl.DataFrame, before: Snapshot, after: Snapshot, column: str
) -> dict[str, str]:
    values = pl.concat([one.samples.select("sample", column) for one in (before, after)])
    changed = changes.select("sample").unique()
    wanted = values.drop_nulls().join(changed, on="sample", how="semi", maintain_order="left")
    return dict(wanted.iter_rows())
