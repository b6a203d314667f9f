"""Which label here is meant by a row of a mailed patch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from labelvc.core.match import Ids, match
from labelvc.core.snapshot import CONTENT, LABELS, Snapshot

# Of the labels found by content, the part that may bear another id before ids count for nothing.
_RENUMBERED = 0.1


@dataclass(frozen=True)
class Pairs:
    """Keys of the patch and row numbers here, each used once.

    `exact` (key, row) are of equal content; `near` has besides the columns of labels as they are
    here, but for the noise in their numbers.
    """

    exact: pl.DataFrame
    near: pl.DataFrame

    @property
    def both(self) -> pl.DataFrame:
        """All pairs: key, row."""
        return pl.concat([self.exact, self.near.select("key", "row")])


def find(
    before: pl.DataFrame, labels: pl.DataFrame, here: Snapshot, ids: Ids, *, independent: bool
) -> Pairs:
    """The labels that the rows before mean: by content and id, by content, then by the ladder.

    Samples and categories of `before` have the keys here; `labels` are the labels to look among.
    """
    left, right = _hashed(before), _hashed(labels).with_row_index("row")
    found = []
    for on in (["content", "id"], ["content"]):
        found.append(_equal(left, right, on))
        left = left.join(found[-1], on="key", how="anti", maintain_order="left")
        right = right.join(found[-1], on="row", how="anti", maintain_order="left")
    exact = pl.concat(found).select("key", "row")
    right = right.filter(pl.col("sample").is_in(left["sample"].implode()))
    agreed, renumbered = (pairs.drop_nulls(["id", "id_here"]).height for pairs in found)
    part = here.of_samples(left["sample"].unique())
    matched = match(
        part.with_labels(left.select(list(LABELS))),
        part.with_labels(right.select(list(LABELS))),
        ids=ids,
        independent=independent,
        agreed=agreed,
        renumbered=renumbered,
    )
    near = matched.after.labels.with_columns(right["row"]).join(matched.how, on="key")
    if ids != "untrusted" and renumbered <= _RENUMBERED * (agreed + renumbered):
        # The ladder may take a neighbour for a label that is gone: their ids tell them apart.
        near = near.join(left.select("key", "id"), on="key", suffix="_before")
        other = (pl.col("id") != pl.col("id_before")).fill_null(False)
        near = near.filter(~(other & (pl.col("rung") == "overlap")))
    return Pairs(exact, near.select("row", *LABELS))


def standing(rows: pl.DataFrame, labels: pl.DataFrame, here: Snapshot) -> list[int]:
    """The keys of those rows that stand among the labels as they are, equal ones counted."""
    if rows.is_empty() or labels.is_empty():
        return []
    part = here.of_samples(rows["sample"].unique())
    labels = labels.filter(pl.col("sample").is_in(rows["sample"].implode()))
    matched = match(part.with_labels(rows), part.with_labels(labels), ids="untrusted").after
    return _equal(_hashed(rows), _hashed(matched.labels).rename({"key": "row"}), ["content"])[
        "key"
    ].to_list()


def _hashed(labels: pl.DataFrame) -> pl.DataFrame:
    # -0.0 and 0.0 are one number
    content = [pl.col(name) + 0.0 if LABELS[name] == pl.Float64() else name for name in CONTENT]
    return labels.with_columns(content=pl.struct(content).hash())


def _equal(left: pl.DataFrame, right: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """Pairs of key and row that agree in these columns, as multisets, with the ids of both."""
    nth = pl.int_range(pl.len()).over(on).alias("nth")
    return (
        left.select("key", *on, nth, pl.col("id").alias("id_left"))
        .join(
            right.select("row", *on, nth, pl.col("id").alias("id_here")),
            on=[*on, "nth"],
            nulls_equal=True,
        )
        .select("key", "row", pl.col("id_left").alias("id"), "id_here")
    )
