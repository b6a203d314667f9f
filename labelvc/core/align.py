"""Three versions of a label set with row keys in common, and the way back to names.

Both sides are matched with base. What both added is matched too: equal additions are one label,
and those that only seem to be of one thing are named for the merge to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from labelvc.core.conflict import SIDES, Conflict, Row, Rows
from labelvc.core.match import Ids, match
from labelvc.core.snapshot import Snapshot


@dataclass(frozen=True)
class Aligned:
    """The versions, keyed alike; `alike` are keys (ours, theirs) of near-duplicate additions.

    `own_names` has, for ours and theirs, the sample keys of that side that are others in base.
    """

    base: Snapshot
    ours: Snapshot
    theirs: Snapshot
    alike: Sequence[tuple[int, int]] = ()
    own_names: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})


@dataclass(frozen=True)
class Known:
    """What is known of labels that were taken away unread, of one side against base.

    As in `labelvc.core.match.match`: how many agree in id and content, how many in content only.
    """

    ids: Ids = "auto"
    agreed: int = 0
    renumbered: int = 0


def align(
    base: Snapshot,
    ours: Snapshot,
    theirs: Snapshot,
    *,
    known: tuple[Known, Known] = (Known(), Known()),
    independent: bool = False,
) -> Aligned:
    """Give the rows, samples and categories of both sides the keys they have in base.

    With `independent`, labels of different annotators are never the same label.
    """
    sides = []
    for side, told in zip((ours, theirs), known, strict=True):
        matched = match(
            base,
            side,
            ids=told.ids,
            independent=independent,
            agreed=told.agreed,
            renumbered=told.renumbered,
        )
        sides.append(matched.after)
    one, two = sides
    one, two, alike = _additions(base, one, two, independent=independent)
    names = tuple(
        {
            key: own
            for key, own in zip(keyed.samples["sample"], raw.samples["sample"], strict=True)
            if key != own
        }
        for keyed, raw in ((one, ours), (two, theirs))
    )
    return Aligned(base, one, two, alike, (names[0], names[1]))


def _additions(
    base: Snapshot, ours: Snapshot, theirs: Snapshot, *, independent: bool
) -> tuple[Snapshot, Snapshot, list[tuple[int, int]]]:
    """Both sides with keys of their own for what they added, but for equal additions."""
    shift = 1 + max((_highest(side) for side in (base, ours)), default=0)
    is_new = ~pl.col("key").is_in(base.labels["key"].implode())
    theirs = theirs.with_labels(
        theirs.labels.with_columns(
            pl.when(is_new).then(pl.col("key") + shift).otherwise(pl.col("key")).alias("key")
        )
    )
    theirs = _with_categories_of(ours, theirs)
    one, two = _new_part(base, ours), _new_part(base, theirs)
    if not two.labels.height or not one.labels.height:
        return ours, theirs, []
    matched = match(one, two, ids="untrusted", independent=independent)
    samples = dict(zip(two.samples["sample"], matched.after.samples["sample"], strict=True))
    samples = {own: key for own, key in samples.items() if own != key}
    pairs = list(_pairs(one, two, matched.after.labels, matched.how))
    equal = {theirs: ours for ours, theirs, rung in pairs if rung == "content"}
    theirs = replace(
        theirs,
        labels=theirs.labels.with_columns(
            pl.col("key").replace(equal), pl.col("sample").replace(samples)
        ),
        samples=theirs.samples.with_columns(pl.col("sample").replace(samples)),
    )
    return ours, theirs, sorted((o, t) for o, t, rung in pairs if rung != "content")


def _pairs(
    one: Snapshot, two: Snapshot, matched: pl.DataFrame, how: pl.DataFrame
) -> Iterator[tuple[int, int, str]]:
    """Keys of ours and theirs, and the rung that found the pair."""
    rungs = dict(how.select("key", "rung").iter_rows())
    content = {key: row for key, *row in one.labels.drop("id", "record").iter_rows()}
    for (key, *row), own in zip(
        matched.drop("id", "record").iter_rows(), two.labels["key"], strict=True
    ):
        if key in rungs:
            # what noise alone told apart is equal too
            yield key, own, "content" if row == content[key] else rungs[key]


def _new_part(base: Snapshot, side: Snapshot) -> Snapshot:
    return replace(
        side,
        labels=side.labels.join(
            base.labels.select("key"), on="key", how="anti", maintain_order="left"
        ),
        samples=side.samples.join(
            base.samples.select("sample"), on="sample", how="anti", maintain_order="left"
        ),
    )


def _with_categories_of(ours: Snapshot, theirs: Snapshot) -> Snapshot:
    """Theirs with ours' key for a category that both added under one name."""
    known = dict(ours.categories.select("name", "key").iter_rows())
    taken = set(theirs.categories["key"])
    keys = {
        key: known[name]
        for key, name in theirs.categories.select("key", "name").iter_rows()
        if name in known and known[name] != key and known[name] not in taken
    }
    if not keys:
        return theirs
    return replace(
        theirs,
        labels=theirs.labels.with_columns(pl.col("category").replace(keys)),
        categories=theirs.categories.with_columns(pl.col("key").replace(keys)),
    )


def _highest(side: Snapshot) -> int:
    return int(side.labels["key"].max() or 0)  # type: ignore[arg-type]


def named(snapshot: Snapshot, names: Mapping[str, str]) -> Snapshot:
    """The snapshot as it would be read from a file: categories keyed by name, samples as `names`
    says (key to key of its own)."""
    categories = dict(snapshot.categories.select("key", "name").iter_rows())
    changed = {key: name for key, name in categories.items() if key != name}
    return replace(
        snapshot,
        labels=snapshot.labels.with_columns(
            pl.col("category").replace(changed), pl.col("sample").replace(names)
        ),
        samples=snapshot.samples.with_columns(pl.col("sample").replace(names)),
        categories=snapshot.categories.with_columns(pl.col("name").alias("key")),
    )


def names_of_samples(aligned: Aligned, merged: Snapshot) -> dict[str, str]:
    """The keys that merged samples have in a file: those of the side whose path and text they have.

    Keys that are the same as in base are left out.
    """
    told = ["sample", "path", "text"]
    names: dict[str, str] = {}
    for side, own in zip((aligned.theirs, aligned.ours), reversed(aligned.own_names), strict=True):
        alike = merged.samples.select(told).join(
            side.samples.select(told), on=told, how="semi", nulls_equal=True
        )
        names |= {key: own[key] for key in alike["sample"] if key in own}
    return names


def named_conflict(
    conflict: Conflict, categories: Mapping[str, str], samples: Mapping[str, str]
) -> Conflict:
    """The conflict with names in place of keys, as in `named`."""

    def row(table: str, told: Row) -> dict[str, Any]:
        found = dict(told)
        if "sample" in found:
            found["sample"] = samples.get(found["sample"], found["sample"])
        if "category" in found:
            found["category"] = categories.get(found["category"], found["category"])
        if table == "categories":
            found["key"] = found["name"]
        return found

    def rows(told: Rows) -> dict[str, list[dict[str, Any]]]:
        return {table: [row(table, one) for one in listed] for table, listed in told.items()}

    base, ours, theirs, now = (rows(conflict.side(side)) for side in (*SIDES, "now"))
    return replace(conflict, base=base, ours=ours, theirs=theirs, now=now)
