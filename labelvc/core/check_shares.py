"""Categories whose share of the labels changed suddenly from one version to the next."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from labelvc.core.check_rules import Rules
from labelvc.core.issue import Finding
from labelvc.core.snapshot import Snapshot


def share_findings(base: Snapshot, snapshot: Snapshot, rules: Rules) -> Iterator[Finding]:
    """`share-change` for each category of both versions, by name.

    A share is told where it became `factor` times as large or as small, by at least `points`
    percentage points, and the category has at least `labels` labels in one version. Categories that
    came or went are told by the diff.
    """
    factor, points, least = (
        rules.value("share-change", name) for name in ("factor", "points", "labels")
    )
    before, after = _counts(base), _counts(snapshot)
    total, total_after = sum(before.values()), sum(after.values())
    if not total or not total_after:
        return
    for name in sorted(before.keys() & after.keys()):
        old, new = before[name] / total, after[name] / total_after
        low, high = sorted((old, new))
        # Shares are quotients: 0.02 / 0.01 may come out just below 2.
        grown = high >= low * factor * (1 - 1e-9) and 100 * (high - low) >= points - 1e-9
        if grown and max(before[name], after[name]) >= least:
            message = (
                f"category {name!r} went from {old:.1%} to {new:.1%} of the labels "
                f"({before[name]:,} to {after[name]:,})"
            )
            yield Finding("share-change", message, about=name)


def _counts(snapshot: Snapshot) -> dict[str, int]:
    """Labels of each category by name, 0 for declared ones without any."""
    names = dict(snapshot.categories.select("key", "name").iter_rows())
    counts = dict.fromkeys(names.values(), 0)
    present = snapshot.labels.filter(pl.col("verdict") == "present")["category"].drop_nulls()
    for key, number in present.value_counts().iter_rows():
        name = names.get(key, key)
        counts[name] = counts.get(name, 0) + number
    return counts
