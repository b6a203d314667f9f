"""Tags of tokens that cannot follow each other: BIO, IOB1, BIOES and BILOU.

For labels that hold the tags themselves (`B-PER`), as tables and token lists do. Formats that read
entities out of tags, such as `conll`, refuse wrong ones when they read.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot

_TAG = r"^(?:O|([BIESLU])-(.+))$"
_INSIDE, _LAST = ("I", "E", "L"), ("E", "L", "S", "U")


def tag_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`tag-scheme` for a tag that continues nothing, and for one that nothing ends.

    Only where every category of token labels is a tag, and some begin with `B-`. Whether `I-` may
    begin an entity (IOB1) is told by what most entities do.
    """
    tokens = _tokens(snapshot)
    if tokens.is_empty():
        return
    begins = (pl.col("letter") != "O") & ~pl.col("continues")
    first = dict(tokens.filter(begins)["letter"].value_counts().iter_rows())
    is_iob1 = first.get("I", 0) > first.get("B", 0)
    closing = bool(set(tokens["letter"].unique()) & set(_LAST))
    orphan = pl.col("letter").is_in(_INSIDE) & ~pl.col("continues")
    if is_iob1 and not closing:
        orphan = pl.lit(False)
    open_ended = pl.col("letter").is_in(["B", "I"]) & ~pl.col("continued") & closing
    found = tokens.with_columns(orphan.alias("orphan")).filter(pl.col("orphan") | open_ended)
    for tag, before, after, orphan_, sample, native, key in found.select(
        "category", "before", "after", "orphan", "sample", "id", "key"
    ).iter_rows():
        told = f"continues nothing: after {before}" if orphan_ else f"is not ended: before {after}"
        yield Finding("tag-scheme", f"{tag} {told}", sample, native, key)


def _tokens(snapshot: Snapshot) -> pl.DataFrame:
    """The tags in order, with their letter and what stands beside them; nothing for other labels.

    `continues`: the tag goes on with an entity of its category; `continued`: the next one does.
    """
    labels = snapshot.labels.filter((pl.col("unit") == "token") & pl.col("category").is_not_null())
    names = labels["category"].unique()
    if names.is_empty() or not names.str.contains(_TAG).all():
        return labels.clear()
    if not names.str.starts_with("B-").any():
        return labels.clear()
    parts = pl.col("category").str.extract_groups(_TAG)
    neighbours = ["sample", "annotator"]
    tokens = labels.with_columns(
        parts.struct[0].fill_null("O").alias("letter"), parts.struct[1].alias("type")
    ).sort("sample", "annotator", "start", "key")
    adjacent = pl.col("start") == pl.col("end").shift().over(neighbours)

    def beside(step: int, column: str) -> pl.Expr:
        return pl.col(column).shift(step).over(neighbours)

    continues = (
        adjacent
        & (beside(1, "type") == pl.col("type"))
        & beside(1, "letter").is_in(["B", "I"])
        & pl.col("letter").is_in(_INSIDE)
    )
    return tokens.with_columns(
        continues.fill_null(value=False).alias("continues"),
        pl.when(adjacent).then(beside(1, "category")).fill_null("nothing").alias("before"),
        adjacent.fill_null(value=False).alias("adjacent"),
    ).with_columns(
        beside(-1, "continues").fill_null(value=False).alias("continued"),
        pl.when(beside(-1, "adjacent"))
        .then(beside(-1, "category"))
        .fill_null("nothing")
        .alias("after"),
    )
