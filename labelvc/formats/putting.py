"""Merged rows put in the place of those they come from, with the fragments of either side."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import polars as pl

from labelvc.core.align import Aligned
from labelvc.core.joined import Joined
from labelvc.core.match import match
from labelvc.core.patch import Delta
from labelvc.core.snapshot import CONTENT, Snapshot
from labelvc.formats.hosting import Host
from labelvc.formats.triple import Triple


@dataclass(frozen=True)
class Names:
    """What the keys of a merge are called in the files.

    `samples` by key, where the name is another; `categories` by the name ours has. `declared`:
    there is a class list.
    """

    samples: Mapping[str, str]
    categories: Mapping[str, str]
    declared: bool


class NameTaken(Exception):
    """An added sample goes by the name of one that nobody looked at.

    Where samples are named by their text, equal texts are counted, so that one more in front gives
    the others other names.
    """


@dataclass(frozen=True)
class Put:
    """The host with the merged rows in the place of those they come from.

    `taken` are the labels that had to go, `put` those that came, both with categories as they are
    called now; `renamed` has their new names by the former ones.
    """

    snapshot: Snapshot
    taken: pl.DataFrame
    put: pl.DataFrame
    renamed: Mapping[str, str] = field(default_factory=dict)


def put_into(host: Host, triple: Triple, aligned: Aligned, merged: Snapshot, names: Names) -> Put:
    """The host's snapshot with the merged rows in the place of those they come from."""
    lent = _Lent(host.snapshot, triple.theirs.rest, aligned.theirs, names)
    if host.others is not None:
        return _put_into_part(host.snapshot, merged, lent)
    return _put_into_whole(host.snapshot, triple.ours.rest, aligned.ours, merged, lent)


def _put_into_part(host: Snapshot, merged: Snapshot, lent: _Lent) -> Put:
    """All of the host's rows are merged ones: it lends them its fragments."""
    keyed = match(merged, host, ids="untrusted").after.labels
    labels = lent.to_labels(merged.labels, set(keyed["key"]), set(host.samples["sample"]))
    places = host.samples.select("sample", "record")
    samples = merged.samples.drop("record").join(
        places, on="sample", how="left", maintain_order="left"
    )
    final = replace(
        host,
        labels=Delta("key", keyed, labels).apply(keyed),
        samples=samples.select(merged.samples.columns),
        categories=merged.categories,
        records=lent.records,
    )
    return Put(final, host.labels, final.labels)


def _put_into_whole(
    host: Snapshot, raw: Snapshot, keyed: Snapshot, merged: Snapshot, lent: _Lent
) -> Put:
    """The rows that were merged replace those they come from; all others stay as they are.

    `raw` is what was read of the host, `keyed` the same with the keys of base.
    """
    table = host.labels.with_columns(
        pl.int_range(pl.len()).alias("key"),
        pl.col("category").replace(lent.names.categories),
    )
    own = (
        range(raw.labels.height) if raw.labels is host.labels else _places(raw.labels, host.labels)
    )
    places = dict(zip(keyed.labels["key"], own, strict=True))
    after = lent.to_labels(merged.labels, set(places), set(host.samples["sample"]))
    rows = _numbered(after["key"].to_list(), places, table.height)
    delta = Delta(
        "key",
        table[sorted(places.values())],
        after.with_columns(pl.Series("key", rows, dtype=pl.Int64)),
    )
    labels = delta.apply(table)
    final = replace(
        host,
        labels=labels,
        samples=_samples(host, raw, keyed, merged, lent),
        categories=merged.categories if lent.names.declared else _in_use(host, merged, labels),
        records=lent.records,
    )
    return Put(final, delta.before, delta.after, lent.names.categories)


def _samples(
    host: Snapshot, raw: Snapshot, keyed: Snapshot, merged: Snapshot, lent: _Lent
) -> pl.DataFrame:
    at = {name: row for row, name in enumerate(host.samples["sample"])}
    names = lent.names.samples
    places = {
        names.get(key, key): at[own]
        for key, own in zip(keyed.samples["sample"], raw.samples["sample"], strict=True)
    }
    if any(name in at and name not in places for name in merged.samples["sample"]):
        raise NameTaken
    table = host.samples.with_columns(pl.int_range(pl.len()).alias("_at"))
    rows = _numbered(merged.samples["sample"].to_list(), places, table.height)
    after = lent.to_samples(merged.samples, set(places)).with_columns(
        pl.Series("_at", rows, dtype=pl.Int64)
    )
    return Delta("_at", table[sorted(places.values())], after).apply(table).drop("_at")


def _numbered(keys: Sequence[Any], places: Mapping[Any, int], free: int) -> list[int]:
    """The row of each key: its place, or for keys without one the next free row."""
    numbers = count(free)
    return [places[key] if key in places else next(numbers) for key in keys]


def _places(raw: pl.DataFrame, table: pl.DataFrame) -> list[int]:
    """The rows of a whole table that the rows of a part of it are, in the part's order."""

    def hashed(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.select(
            pl.int_range(pl.len()).alias("row"), pl.struct("id", *CONTENT).hash().alias("content")
        ).with_columns(pl.int_range(pl.len()).over("content").alias("nth"))

    wanted = hashed(raw)
    found = wanted.join(
        hashed(table), on=["content", "nth"], how="left", maintain_order="left", suffix="_whole"
    )
    places: list[int] = found["row_whole"].to_list()
    return places


def _in_use(host: Snapshot, merged: Snapshot, labels: pl.DataFrame) -> pl.DataFrame:
    """The categories of a format without a class list: those that labels have."""
    used = labels["category"].drop_nulls().unique()
    known = pl.concat([host.categories, merged.categories])
    in_use = known.filter(pl.col("name").is_in(used.implode()))
    return in_use.unique("name", maintain_order=True)


class _Lent:
    """The host's fragments, and after them those that theirs lends to the rows it added."""

    def __init__(self, host: Snapshot, theirs: Snapshot, keyed: Snapshot, names: Names) -> None:
        self.names = names
        self._theirs = theirs.records
        self._more: list[bytes] = []
        self.records = Joined(host.records, self._more)
        self._first = len(host.records)
        self._places: dict[int, int] = {}
        self._labels = dict(zip(keyed.labels["key"], theirs.labels["record"], strict=True))
        own = (names.samples.get(key, key) for key in keyed.samples["sample"])
        self._samples = dict(zip(own, theirs.samples["record"], strict=True))

    def to_labels(
        self, labels: pl.DataFrame, known: Collection[int], samples: Collection[str]
    ) -> pl.DataFrame:
        """The labels with the fragments of those that are not `known`; others keep their own.

        A fragment that is a whole sample is not lent to one of the `samples` that are there.
        """
        of_samples = set(self._samples.values())
        records = [
            None
            if key in known or (place in of_samples and sample in samples)
            else self._place(place)
            for key, sample, place in (
                (key, sample, self._labels.get(key))
                for key, sample in labels.select("key", "sample").iter_rows()
            )
        ]
        return _with_records(labels, records)

    def to_samples(self, samples: pl.DataFrame, known: Collection[str]) -> pl.DataFrame:
        """The samples with the fragments of those that are not `known`."""
        records = [
            None if one in known else self._place(self._samples.get(one))
            for one in samples["sample"]
        ]
        return _with_records(samples, records)

    def _place(self, record: int | None) -> int | None:
        if record is None:
            return None
        if record not in self._places:  # several labels may stand in one fragment
            self._places[record] = self._first + len(self._more)
            self._more.append(self._theirs[record])
        return self._places[record]


def _with_records(rows: pl.DataFrame, records: Sequence[int | None]) -> pl.DataFrame:
    return rows.with_columns(pl.Series("record", records, dtype=pl.Int64))
