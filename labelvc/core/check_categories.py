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

    Where most categories have, one finding tells so. Small label sets have few samples of
    everything, so those below four times as many are not judged.
    """
    least = rules.value("few-samples", "least")
    present = snapshot.labels.filter(
        (pl.col("verdict") == "present") & pl.col("category").is_not_null()
    )
    if present["sample"].n_unique() < 4 * least:
        return
    counts = present.group_by("category", maintain_order=True).agg(
        pl.col("sample").n_unique().alias("number")
    )
    few = counts.filter(pl.col("number") < least)
    if 2 * few.height > counts.height:
        message = (
            f"{few.height} of {counts.height} categories stand in fewer than {least:g} samples"
        )
        yield Finding("few-samples", message, about="most categories")
        return
    names = dict(snapshot.categories.select("key", "name").iter_rows())
    for category, number in few.iter_rows():
        name = names.get(category, category)
        what = "1 sample" if number == 1 else f"{number} samples"
        yield Finding("few-samples", f"category {name!r} stands in {what} only", about=name)
