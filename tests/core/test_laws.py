"""The laws of the algebra, on thousands of random snapshots of every kind of label."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.codec import parse_patch, print_patch
from labelvc.core.errors import PatchError
from labelvc.core.match import match
from labelvc.core.patch import Patch, apply, diff
from labelvc.core.snapshot import CONTENT, Snapshot
from tests.core.strategies import edits, snapshots

laws = settings(max_examples=60, deadline=None)


def keyed(before: Snapshot, after: Snapshot) -> Snapshot:
    """`after` with the keys of `before`."""
    return match(before, after).after.check()


def by_key(snapshot: Snapshot) -> list[pl.DataFrame]:
    """The tables in the order of their keys: equality that keys and ids count in."""
    return [
        snapshot.labels.drop("record").sort("key"),
        snapshot.samples.drop("record").sort("sample"),
        snapshot.categories.sort("key"),
    ]


def same(one: Snapshot, two: Snapshot) -> bool:
    pairs = zip(by_key(one), by_key(two), strict=True)
    return one == two and all(left.equals(right) for left, right in pairs)


@laws
@given(st.data())
def test_a_patch_leads_from_one_end_to_the_other(data: st.DataObject) -> None:
    a = data.draw(snapshots())
    b = keyed(a, data.draw(edits(a)))
    assert same(apply(a, diff(a, b)), b)


@laws
@given(snapshots(), snapshots())
def test_also_between_unrelated_snapshots(a: Snapshot, other: Snapshot) -> None:
    b = keyed(a, other)
    assert same(apply(a, diff(a, b)), b)
    assert same(apply(b, ~diff(a, b)), a)


@laws
@given(snapshots())
def test_nothing_changed_is_the_empty_patch(a: Snapshot) -> None:
    assert not diff(a, a)
    assert same(apply(a, diff(a, a)), a)


@laws
@given(st.data())
def test_the_inverse_is_the_way_back(data: st.DataObject) -> None:
    a = data.draw(snapshots())
    b = keyed(a, data.draw(edits(a)))
    assert ~diff(a, b) == diff(b, a)
    assert ~~diff(a, b) == diff(a, b)


@laws
@given(st.data())
def test_two_steps_are_one(data: st.DataObject) -> None:
    a = data.draw(snapshots())
    b = keyed(a, data.draw(edits(a)))
    c = keyed(b, data.draw(edits(b)))
    assert diff(a, b) + diff(b, c) == diff(a, c)
    assert same(apply(a, diff(a, b) + diff(b, c)), c)


@laws
@given(st.data())
def test_printing_loses_nothing(data: st.DataObject) -> None:
    a = data.draw(snapshots())
    patch = diff(a, keyed(a, data.draw(edits(a))))
    assert parse_patch(print_patch(patch)) == patch


@laws
@given(st.data())
def test_order_and_ids_are_no_content(data: st.DataObject) -> None:
    a = data.draw(snapshots())
    order = data.draw(st.permutations(range(a.labels.height)))
    shuffled = a.labels[order] if order else a.labels
    ids = data.draw(st.sampled_from(["keep", "zero", "drop", "renumber"]))
    column = {
        "keep": pl.col("id"),
        "zero": pl.lit("0").alias("id"),
        "drop": pl.lit(None, dtype=pl.String).alias("id"),
        "renumber": pl.int_range(pl.len()).cast(pl.String).alias("id"),
    }[ids]
    b = a.with_labels(
        shuffled.with_columns(column, pl.int_range(pl.len(), dtype=pl.Int64).alias("key"))
    )
    assert a == b
    assert a.digest() == b.digest()
    matched = match(a, b, ids="untrusted").after
    assert matched.labels.select("key", *CONTENT).sort("key").equals(
        a.labels.select("key", *CONTENT).sort("key")
    ) or _only_duplicates_swapped(a, matched)


def _only_duplicates_swapped(a: Snapshot, b: Snapshot) -> bool:
    return all(
        old[name] == new[name]
        for old, new in zip(
            a.labels.sort("key").to_dicts(), b.labels.sort("key").to_dicts(), strict=True
        )
        for name in CONTENT
    )


@laws
@given(st.data())
def test_matching_does_not_depend_on_order(data: st.DataObject) -> None:
    a = data.draw(snapshots())
    b = data.draw(edits(a))
    order = data.draw(st.permutations(range(b.labels.height)))
    shuffled = b.with_labels(b.labels[order] if order else b.labels)

    def outcome(after: Snapshot) -> pl.DataFrame:
        rows = match(a, after).after.labels.drop("record")
        return rows.sort("key", *CONTENT)

    assert outcome(b).drop("id").equals(outcome(shuffled).drop("id"))


@laws
@given(st.data())
def test_a_patch_that_does_not_fit_is_refused(data: st.DataObject) -> None:
    a = data.draw(snapshots().filter(lambda s: s.labels.height > 0))
    b = a.with_labels(a.labels.head(0))
    with pytest.raises(PatchError):
        apply(b, diff(a, b))


@laws
@given(snapshots(), snapshots())
def test_equal_snapshots_and_only_those_have_equal_digests(a: Snapshot, b: Snapshot) -> None:
    assert (a == b) == (a.digest() == b.digest())


def test_a_patch_is_a_value() -> None:
    nothing = diff(Snapshot(), Snapshot())
    assert isinstance(nothing, Patch)
    assert not nothing
    assert nothing == ~nothing
