"""Identity: which label of one snapshot is which of another. The only fuzzy step there is.

`match` gives the rows of `after` the keys they have in `before`. Everything later (diff, apply,
merge) works on those keys alone. The ladder of rungs, each label used once:

1. `id`       native ids, where they are trusted
2. `content`  equal content, as a multiset
3. `place`    same geometry, span or segment; same category first
   `sole`     the only class or text label of its kind left in a sample
4. `overlap`  same category, overlap of at least 0.5, assigned optimally; then
5.            any category
6. the rest was added or removed

The outcome does not depend on the order of rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from labelvc.core.ladder import climb
from labelvc.core.noise import settle_noise
from labelvc.core.sample_match import match_samples
from labelvc.core.snapshot import Snapshot

Ids = Literal["auto", "trusted", "untrusted"]

# A field other than the configured key identifies samples where both versions share at least this
# much of it, and where it contradicts the key for at least this much of the shared samples.
_SHARED = 0.5
_CONTRADICTED = 0.5


@dataclass(frozen=True)
class Matched:
    """`after` with the keys of before, and how each pair was found: key, rung, iou."""

    after: Snapshot
    how: pl.DataFrame


def match(
    before: Snapshot,
    after: Snapshot,
    *,
    ids: Ids = "auto",
    independent: bool = False,
    agreed: int = 0,
    renumbered: int = 0,
    fewest: int = 1,
    likely: bool = True,
) -> Matched:
    """Give `after` the row, sample and category keys of `before`.

    With `independent`, labels of different annotators are never the same label. `agreed` counts
    labels already known to have the same id and content, `renumbered` those known to have the same
    content under another id, for judging whether ids can be trusted. A category without an id is
    taken for renamed if it has at least so many labels (`fewest`): a few may have been relabelled.
    Unless `likely`, samples under other keys are the same by medium or text alone.
    """
    after = _match_categories(before, after, fewest)
    samples = match_samples(before, after, likely=likely)
    after = _renamed_samples(after, samples)
    pairs = climb(before, after, ids=ids, independent=independent, known=(agreed, renumbered))
    labels = _keyed(before.labels, after.labels, pairs)
    how = pairs.select(
        pl.Series("key", before.labels["key"].gather(pairs["before"])), "rung", "iou"
    )
    labels = settle_noise(before.labels, labels, how)
    return Matched(after.with_labels(labels), how)


def choose_key(
    before: Mapping[str, Sequence[str | None]],
    after: Mapping[str, Sequence[str | None]],
    configured: str | None,
) -> str | None:
    """The field that identifies samples in both versions.

    That is the configured one (by default the first), unless another field is unique and shared by
    both sides and contradicts it for most samples: a re-export that renumbered the file names.
    Native ids are never taken unasked, as they are renumbered more often than anything else.
    """
    default = configured or next(iter(before), None)
    if default is None or default not in before or default not in after:
        return default
    names, names_after = before[default], after[default]
    place = {value: row for row, value in enumerate(names_after)}
    shared = [(i, place[value]) for i, value in enumerate(names) if value in place]
    best, best_share = default, 0.0
    for field in before:
        if field in (default, "id") or field not in after:
            continue
        values, values_after = before[field], after[field]
        share = _share(values, values_after)
        contradicted = sum(values[i] != values_after[j] for i, j in shared)
        if share > max(best_share, _SHARED) and contradicted > _CONTRADICTED * len(shared):
            best, best_share = field, share
    return best


def _share(before: Sequence[str | None], after: Sequence[str | None]) -> float:
    """The part of the smaller side that both sides have; 0 where the field is not unique."""
    one, two = set(before), set(after)
    if None in one or None in two or len(one) < len(before) or len(two) < len(after):
        return 0.0
    return len(one & two) / max(1, min(len(one), len(two)))


def _match_categories(before: Snapshot, after: Snapshot, fewest: int) -> Snapshot:
    """`after` with the category keys of `before`; a renamed category keeps its old key."""
    known = dict(before.categories.select("name", "key").iter_rows())
    names = after.categories["name"].to_list()
    gone = sorted(set(known) - set(names))
    new = sorted(set(names) - set(known))
    renamed = _same_ids(before, after, gone, new)
    renamed |= _same_labels(
        before,
        after,
        [name for name in gone if name not in renamed.values()],
        [name for name in new if name not in renamed],
        fewest,
    )
    taken = set(known.values())
    keys = {}
    for key, name in after.categories.select("key", "name").iter_rows():
        wanted = known.get(renamed.get(name, name))
        if wanted is None:
            wanted = _free(name, taken)
        taken.add(wanted)
        keys[key] = wanted
    return with_category_keys(after, {old: new for old, new in keys.items() if old != new})


def with_category_keys(snapshot: Snapshot, keys: Mapping[str, str]) -> Snapshot:
    """The snapshot with category keys replaced: old key to new key."""
    if not keys:
        return snapshot
    return replace(
        snapshot,
        labels=snapshot.labels.with_columns(pl.col("category").replace(keys)),
        categories=snapshot.categories.with_columns(pl.col("key").replace(keys)),
    )


def _same_ids(
    before: Snapshot, after: Snapshot, gone: Sequence[str], new: Sequence[str]
) -> dict[str, str]:
    """New name to old name, for categories that kept their native id."""

    def by_id(snapshot: Snapshot, names: Sequence[str]) -> dict[str, str]:
        wanted = snapshot.categories.filter(
            pl.col("name").is_in(list(names)) & pl.col("id").is_not_null()
        )
        return dict(wanted.select("id", "name").iter_rows())

    old, now = by_id(before, gone), by_id(after, new)
    return {now[native]: old[native] for native in now if native in old}


def _same_labels(
    before: Snapshot, after: Snapshot, gone: Sequence[str], new: Sequence[str], fewest: int
) -> dict[str, str]:
    """New name to old name, for categories all of whose labels are the same but for the name."""
    if not gone or not new:
        return {}
    old = {name: told for name, told in _contents(before, gone).items() if len(told) >= fewest}
    now = _contents(after, new)
    renamed: dict[str, str] = {}
    for name in new:
        for former in gone:
            if former not in renamed.values() and name in now and now[name] == old.get(former):
                renamed[name] = former
                break
    return renamed


def _contents(snapshot: Snapshot, names: Sequence[str]) -> dict[str, list[int]]:
    """By category name, the sorted hashes of its labels without the category."""
    keys = snapshot.categories.filter(pl.col("name").is_in(list(names))).select("key", "name")
    content = [
        name for name in snapshot.labels.columns if name not in ("key", "id", "record", "category")
    ]
    labels = snapshot.labels.join(keys, left_on="category", right_on="key").select(
        "name", pl.struct(content).hash().alias("_content")
    )
    grouped = labels.group_by("name").agg(pl.col("_content").sort())
    return dict(grouped.iter_rows())


def _free(name: str, taken: set[str]) -> str:
    """`name`, or with a number where another row already has that key."""
    key, number = name, 2
    while key in taken:
        key, number = f"{name}#{number}", number + 1
    return key


def _renamed_samples(after: Snapshot, samples: Mapping[str, str]) -> Snapshot:
    """`after` with sample keys replaced: new key to old key."""
    if not samples:
        return after
    return replace(
        after,
        labels=after.labels.with_columns(pl.col("sample").replace(samples)),
        samples=after.samples.with_columns(pl.col("sample").replace(samples)),
    )


def _keyed(before: pl.DataFrame, after: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """`after` with the keys of the rows of `before` it was paired with, new rows numbered on."""
    keys = pl.Series("key", [None], dtype=pl.Int64).new_from_index(0, after.height)
    keys = keys.scatter(pairs["after"], before["key"].gather(pairs["before"]))
    first = max(before["key"], default=-1) + 1
    new = keys.is_null()
    if new.any():
        content = [name for name in after.columns if name not in ("key", "record")]
        rows = after.with_row_index("_row").filter(new).sort(content)["_row"]
        keys = keys.scatter(rows, pl.int_range(first, first + len(rows), eager=True))
    return after.with_columns(keys)
