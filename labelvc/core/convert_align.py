"""What was written, read again: the names its samples have in what was meant."""

from __future__ import annotations

import posixpath
from dataclasses import replace

import polars as pl

from labelvc.core.losses import RENAMED, Loss, told
from labelvc.core.match import match
from labelvc.core.snapshot import Snapshot


def aligned(meant: Snapshot, found: Snapshot) -> tuple[Snapshot, list[Loss]]:
    """`found` with the sample names of `meant`, where the target gives names of its own.

    Samples are the same by their paths or what is left of their names without folders and suffix,
    else by their order if there are as many, else by what `match` finds.
    """
    if set(meant.samples["sample"]) == set(found.samples["sample"]):
        return found, []
    names = _same_samples(meant.samples, found.samples)
    if names is None:
        after = match(meant, found, ids="untrusted").after
        keyed = dict(after.categories.select("key", "name").iter_rows())
        labels = after.labels.with_columns(pl.col("category").replace(keyed))
        return replace(after, labels=labels, categories=found.categories), []
    renamed = pl.col("sample").replace(names)
    other = {mine for its, mine in names.items() if its != mine}
    again = replace(
        found,
        labels=found.labels.with_columns(renamed),
        samples=found.samples.with_columns(renamed),
    )
    rows = meant.samples.filter(pl.col("sample").is_in(list(other)))
    return again, told(rows, "names of samples", RENAMED, table="samples")


def _same_samples(meant: pl.DataFrame, found: pl.DataFrame) -> dict[str, str] | None:
    """By name in `found`, the name in `meant`."""
    mine, its = meant["sample"].to_list(), found["sample"].to_list()
    ways = [(meant["path"].to_list(), found["path"].to_list())]
    ways += [([stem(name or "") for name in one], [stem(name or "") for name in two])
             for one, two in (*ways, (mine, its))]  # fmt: skip
    for one, two in ways:
        if len({*one}) == len(one) and {*one} == {*two} and len(one) == len(two):
            known = dict(zip(one, mine, strict=True))
            return {name: known[told_by] for name, told_by in zip(its, two, strict=True)}
    return dict(zip(its, mine, strict=True)) if len(its) == len(mine) else None


def stem(path: str) -> str:
    """The name of a file without folders and suffix."""
    return posixpath.splitext(posixpath.basename(path))[0]
