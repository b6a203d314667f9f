"""Three versions of a label set with row keys in common, and the way back to names.

Both sides are matched with base. What both added is matched too: equal additions are one label,
and those that only seem to be of one thing are named for the merge to tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from labelvc.core.conflict import SIDES, Conflict, Row, Rows
from labelvc.core.match import Ids, Matched, match, with_category_keys
from labelvc.core.snapshot import BOX, CONTENT, Snapshot, categories_frame

# Of a category with a single label nobody can tell a new name from relabelling, and the latter can
# be merged with what the other side did to that label.
_RENAMED = 2


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
    """Whether native ids are trusted, and how many labels were taken away unread.

    Those `agreed` in id and content in all versions (see `labelvc.core.match.match`).
    """

    ids: Ids = "auto"
    agreed: int = 0


def align(
    base: Snapshot,
    ours: Snapshot,
    theirs: Snapshot,
    *,
    known: Known = Known(),
    independent: bool = False,
) -> Aligned:
    """Give the rows, samples and categories of both sides the keys they have in base.

    With `independent`, labels of different annotators are never the same label.
    """
    one, two = (
        match(
            base,
            side,
            ids=known.ids,
            independent=independent,
            agreed=known.agreed,
            fewest=_RENAMED,
        ).after
        for side in (ours, theirs)
    )
    two, alike = _additions(one, two, base=base, independent=independent)
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
    ours: Snapshot, theirs: Snapshot, *, base: Snapshot, independent: bool
) -> tuple[Snapshot, list[tuple[int, int]]]:
    """Theirs with keys of its own for what it added, and with ours' where both added the same.

    Also pairs of keys (ours, theirs) of additions that only seem to be of one thing.
    """
    shift = 1 + max((_highest(side) for side in (base, ours)), default=0)
    is_new = ~pl.col("key").is_in(base.labels["key"].implode())
    theirs = theirs.with_labels(
        theirs.labels.with_columns(
            pl.when(is_new).then(pl.col("key") + shift).otherwise(pl.col("key")).alias("key")
        )
    )
    theirs = _with_categories_of(ours, theirs, base)
    one, two = _new_part(base, ours, theirs), _new_part(base, theirs, ours)
    if not (one.labels.height and two.labels.height) and not _both_added_samples(
        base, ours, theirs
    ):
        return theirs, []
    matched = match(
        one, two, ids="untrusted", independent=independent, fewest=_RENAMED, likely=False
    )
    samples = dict(zip(two.samples["sample"], matched.after.samples["sample"], strict=True))
    pairs = _pairs(one, two, matched)
    equal = pairs.filter("equal")
    theirs = replace(
        theirs,
        labels=_with_noise_of(one.labels, theirs.labels, equal).with_columns(
            pl.col("sample").replace({own: key for own, key in samples.items() if own != key})
        ),
        samples=theirs.samples.with_columns(pl.col("sample").replace(samples)),
    )
    alike = _alike(ours.labels, theirs.labels, pairs.filter(~pl.col("equal")))
    return theirs, alike


def _pairs(one: Snapshot, two: Snapshot, matched: Matched) -> pl.DataFrame:
    """`ours`, `theirs`: keys of additions that were found to be of one thing; `rung`; `equal`."""
    labels = matched.after.labels
    pairs = labels.select(pl.col("key").alias("ours")).with_columns(theirs=two.labels["key"])
    # what noise alone told apart is equal too
    content = ["key", *CONTENT]
    settled = labels.select(content).join(
        one.labels.select(content), on=content, how="semi", nulls_equal=True
    )
    same = pl.col("ours").is_in(settled["key"].implode()) | (pl.col("rung") == "content")
    how = matched.how.select(pl.col("key").alias("ours"), "rung")
    return pairs.join(how, on="ours").with_columns(equal=same)


def _with_noise_of(ours: pl.DataFrame, theirs: pl.DataFrame, equal: pl.DataFrame) -> pl.DataFrame:
    """Theirs with the keys of equal additions, and with their numbers as ours has them."""
    keys = pl.col("key").replace(equal["theirs"], equal["ours"])
    noisy = equal.filter(pl.col("rung") != "content").select(key="ours")
    numbers = ours.select("key", *BOX, "start", "end", "geometry").join(noisy, on="key")
    return theirs.with_columns(keys).update(numbers, on="key", how="left")


def _alike(ours: pl.DataFrame, theirs: pl.DataFrame, pairs: pl.DataFrame) -> list[tuple[int, int]]:
    """The pairs of one kind, sorted; a class is like another only where a sample has but one."""
    sides = []
    for name, table in (("ours", ours), ("theirs", theirs)):
        how_many = pl.len().over("sample", "kind", "annotator")
        sides.append(table.select(pl.col("key").alias(name), "kind", how_many.alias("count")))
    both = pairs.join(sides[0], on="ours").join(sides[1], on="theirs", suffix="_theirs")
    sole = (pl.col("count") == 1) & (pl.col("count_theirs") == 1)
    kept = both.filter(
        (pl.col("kind") == pl.col("kind_theirs")) & ((pl.col("rung") != "sole") | sole)
    )
    return sorted(kept.select("ours", "theirs").iter_rows())


def _new_part(base: Snapshot, side: Snapshot, other: Snapshot) -> Snapshot:
    """The labels a side added, and the samples, with those the other side has too.

    Categories go by key here.
    """
    labels = side.labels.join(
        base.labels.select("key"), on="key", how="anti", maintain_order="left"
    )
    old = base.samples.join(other.samples, on="sample", how="anti")
    samples = side.samples.join(old, on="sample", how="anti", maintain_order="left")
    return replace(side, labels=labels, samples=samples, categories=categories_frame([]))


def _both_added_samples(base: Snapshot, ours: Snapshot, theirs: Snapshot) -> bool:
    known = base.samples.select("sample")
    return all(side.samples.join(known, on="sample", how="anti").height for side in (ours, theirs))


def _with_categories_of(ours: Snapshot, theirs: Snapshot, base: Snapshot) -> Snapshot:
    """Theirs with ours' key for a category that both added under one name."""
    old = base.categories.select("key")
    one, two = (
        side.categories.select("name", "key").join(old, on="key", how="anti")
        for side in (ours, theirs)
    )
    known, taken = dict(one.iter_rows()), set(theirs.categories["key"])
    keys = {
        key: known[name]
        for name, key in two.iter_rows()
        if name in known and known[name] != key and known[name] not in taken
    }
    return with_category_keys(theirs, keys)


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

    Keys that are the same as in base are left out, and those that would be two samples'.
    """
    told = ["sample", "path", "text"]
    names: dict[str, str] = {}
    for side, own in zip((aligned.theirs, aligned.ours), reversed(aligned.own_names), strict=True):
        if not own:
            continue
        alike = merged.samples.select(told).join(
            side.samples.select(told), on=told, how="semi", nulls_equal=True
        )
        names |= {key: own[key] for key in alike["sample"] if key in own}
    kept = set(merged.samples["sample"]) - names.keys()
    counted = Counter(names.values())
    return {key: own for key, own in names.items() if own not in kept and counted[own] == 1}


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
