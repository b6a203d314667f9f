"""The changes of labels in a mailed patch, put onto the labels at hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from labelvc.core.match import Ids
from labelvc.core.patch import Delta
from labelvc.core.reanchor_find import Pairs, find, standing
from labelvc.core.reanchor_rows import ALREADY, Row, Unfit, changed, changes, differing, since
from labelvc.core.snapshot import CONTENT, LABELS, Snapshot

_NO_RECORD = pl.lit(None, dtype=pl.Int64).alias("record")


@dataclass(frozen=True)
class Here:
    """The snapshot, and the keys that the patch's samples and categories have in it."""

    snapshot: Snapshot
    samples: Mapping[str, str | None]
    categories: Mapping[str, str | None]
    ids: Ids
    independent: bool


@dataclass(frozen=True)
class Found:
    """The delta with the keys of the rows here, and the patch's keys of what does not fit."""

    delta: Delta
    rejected: Sequence[int]
    reasons: Sequence[Unfit]


def reanchor_labels(patch: Delta, here: Here) -> Found:
    """The changes of labels that apply here."""
    reasons = dict(_lost(patch, here))
    delta = _translated(_without(patch, reasons), here)
    samples = {*delta.before["sample"], *delta.after["sample"]}
    labels = here.snapshot.labels.filter(pl.col("sample").is_in(list(samples)))
    pairs = find(delta.before, labels, here.snapshot, here.ids, independent=here.independent)
    settled, refused = _settled(delta, labels, pairs)
    absent = delta.before.join(pairs.both, on="key", how="anti")["key"]
    refused |= dict.fromkeys(absent, "not there")
    awaited = delta.after.join(pairs.both, on="key", how="anti", maintain_order="left")
    free = labels.join(labels[pairs.both["row"]].select("key"), on="key", how="anti")
    refused |= dict.fromkeys(standing(awaited, free, here.snapshot), ALREADY)
    for key in _same(delta) & set(refused):
        del refused[key]  # only its native id changed, which says nothing
    added = awaited.join(delta.before, on="key", how="anti").filter(
        ~pl.col("key").is_in(list(refused))
    )
    return Found(
        _with_added(settled, added, here.snapshot.labels),
        sorted(reasons | refused),
        list(_told(patch, reasons | refused)),
    )


def _lost(patch: Delta, here: Here) -> Iterator[tuple[int, str]]:
    """By key, why the sample or category of a label cannot be had here."""
    for rows in (patch.before, patch.after):
        for key, sample, category in rows.select("key", "sample", "category").iter_rows():
            if here.samples[sample] is None:
                yield key, f"no sample {sample!r}"
            elif category is not None and here.categories[category] is None:
                yield key, f"no category {category!r}"


def _translated(delta: Delta, here: Here) -> Delta:
    """The delta with the keys that samples and categories have here."""

    def side(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(
            pl.col("sample").replace(here.samples),
            pl.col("category").replace(here.categories),
        )

    return Delta(delta.key, side(delta.before), side(delta.after))


def _settled(delta: Delta, labels: pl.DataFrame, pairs: Pairs) -> tuple[Delta, dict[int, str]]:
    """The rows here before and after, and by the patch's key why a change cannot be."""
    before, after = _exact(delta, labels, pairs.exact)
    rows, new, refused = [], [], dict[int, str]()
    same = _same(delta)
    near = {row["key"]: row for row in pairs.near.iter_rows(named=True)}
    for key, old, wanted in changes(_only(delta, near)):
        own = near[key]
        raw = labels.row(own["row"], named=True)
        assert old is not None
        if wanted is None:
            others = differing("labels", old, own)
            result, reason = None, since(others) if others else ""
        elif key in same:
            continue
        else:
            result, reason = changed("labels", old, wanted, own, raw)
        if reason:
            refused[key] = reason
            continue
        rows.append(raw)
        if result is not None and wanted is not None:
            kept = raw["id"] if raw["id"] != old["id"] else wanted["id"]
            new.append({**result, "key": raw["key"], "id": kept})
    found = (pl.DataFrame(each, schema=LABELS, orient="row") for each in (rows, new))
    before, after = (pl.concat(pair) for pair in zip((before, after), found, strict=True))
    return Delta("key", before, after), refused


def _exact(
    delta: Delta, labels: pl.DataFrame, pairs: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same for rows that are here as the patch has them before: nothing has to be compared."""
    before = labels[pairs["row"]]
    own = before.select(pairs["key"], "record", key_here="key", id_here="id").join(
        delta.before.select("key", id_before="id"), on="key"
    )
    kept = pl.col("id_here").ne_missing(pl.col("id_before"))
    after = (
        delta.after.drop("record")
        .join(own, on="key")
        .with_columns(
            pl.when(kept).then(pl.col("id_here")).otherwise(pl.col("id")).alias("id"),
            pl.col("key_here").alias("key"),
        )
        .select(list(LABELS))
    )
    unchanged = before.drop("record").join(
        after.drop("record"), on=[name for name in LABELS if name != "record"], how="semi",
        nulls_equal=True,
    )  # fmt: skip
    before, after = (
        side.join(unchanged, on="key", how="anti", maintain_order="left")
        for side in (before, after)
    )
    return before, after


def _same(delta: Delta) -> set[int]:
    """The keys of rows in which nothing changes but the native id."""
    columns = ["key", *CONTENT]
    both = delta.before.join(delta.after, on=columns, how="semi", nulls_equal=True)
    return set(both["key"])


def _with_added(delta: Delta, added: pl.DataFrame, labels: pl.DataFrame) -> Delta:
    """The delta with new rows under the next free keys."""
    first = int(labels["key"].max() or 0) + 1  # type: ignore[arg-type]
    new = added.sort("key").with_columns(
        pl.int_range(first, first + added.height, dtype=pl.Int64, eager=True).alias("key")
    )
    # without a record a changed row keeps the fragment it has here
    return Delta(delta.key, delta.before, pl.concat([delta.after, new]).with_columns(_NO_RECORD))


def _told(patch: Delta, reasons: Mapping[int, str]) -> Iterator[Unfit]:
    for key, before, after in changes(_only(patch, reasons)):
        row = before or after
        assert row is not None
        yield Unfit("labels", _place(row), reasons[key])


def _place(row: Row) -> str:
    named = " ".join(row[name] for name in ("kind", "category") if row[name] is not None)
    native = "" if row["id"] is None else f" (id {row['id']})"
    return f"{row['sample']}: {named}{native}"


def _only(delta: Delta, keys: Collection[int]) -> Delta:
    wanted = pl.col("key").is_in(list(keys))
    return Delta("key", delta.before.filter(wanted), delta.after.filter(wanted))


def _without(delta: Delta, keys: Collection[int]) -> Delta:
    wanted = ~pl.col("key").is_in(list(keys))
    return Delta("key", delta.before.filter(wanted), delta.after.filter(wanted))
