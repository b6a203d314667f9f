"""Categories that nobody declared, nobody uses, or that stand in few samples."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot


def category_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`undeclared-category` for each label, `unused-category` for each category.

    A category that is the parent of others is used by them.
    """
    declared = snapshot.categories.select("key")
    used = snapshot.labels.select(pl.col("category").unique().drop_nulls())
    missing = used.join(declared, left_on="category", right_on="key", how="anti")
    if missing.height and snapshot.categories.height:
        labels = snapshot.labels.join(missing, on="category", how="semi", maintain_order="left")
        for name, sample, native, key in labels.select(
            "category", "sample", "id", "key"
        ).iter_rows():
            message = f"category {name!r} is not declared"
            yield Finding("undeclared-category", message, sample, native, key)
    parents = set(snapshot.categories["parent"].drop_nulls())
    idle = snapshot.categories.join(used, left_on="key", right_on="category", how="anti")
    for name in idle["name"]:
        if name not in parents:
            yield Finding("unused-category", f"category {name!r} has no label", about=name)


def sample_count_findings(snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`few-samples` for each category that has labels, but in fewer samples than `least`.

    Small label sets have few samples of everything, so those below four times as many are not
    judged.
    """
    least = rules.value("few-samples", "least")
    present = snapshot.labels.filter(
        (pl.col("verdict") == "present") & pl.col("category").is_not_null()
    )
    if present["sample"].n_unique() < 4 * least:
        return
    names = snapshot.categories.select("key", "name")
    counts = (
        present.group_by("category", maintain_order=True)
        .agg(pl.col("sample").n_unique().alias("number"))
        .filter(pl.col("number") < least)
        .join(names, left_on="category", right_on="key", how="left", maintain_order="left")
        .with_columns(pl.coalesce("name", "category"))
    )
    for name, number in counts.select("name", "number").iter_rows():
        what = "1 sample" if number == 1 else f"{number} samples"
        yield Finding("few-samples", f"category {name!r} stands in {what} only", about=name)
