"""A patch taken apart: both parts together are the whole, and each can stand by itself."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.match import match
from labelvc.core.patch import Patch, apply, diff
from labelvc.core.selection import split_patch
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from tests.core.strategies import edits, snapshots
from tests.core.test_laws import same

laws = settings(max_examples=60, deadline=None)


def every_row(patch: Patch) -> set[tuple[str, int | str]]:
    tables = (("label", patch.labels), ("sample", patch.samples), ("category", patch.categories))
    return {
        (what, key)
        for what, delta in tables
        for key in (*delta.before[delta.key], *delta.after[delta.key])
    }


@laws
@given(st.data())
def test_both_parts_in_turn_are_the_whole_change(data: st.DataObject) -> None:
    before = data.draw(snapshots())
    after = match(before, data.draw(edits(before))).after
    patch = diff(before, after)
    rows = sorted(every_row(patch), key=repr)
    accepted = data.draw(st.sets(st.sampled_from(rows))) if rows else set()
    parts = split_patch(patch, accepted)
    halfway = apply(before, parts.accepted)
    assert same(apply(halfway, parts.rest), after)
    assert same(apply(after, ~parts.rest), halfway)


@laws
@given(st.data())
def test_what_is_accepted_leaves_no_label_without_its_sample_or_category(
    data: st.DataObject,
) -> None:
    before = data.draw(snapshots())
    after = match(before, data.draw(edits(before))).after
    patch = diff(before, after)
    rows = sorted(every_row(patch), key=repr)
    accepted = data.draw(st.sets(st.sampled_from(rows))) if rows else set()
    halfway = apply(before, split_patch(patch, accepted).accepted)
    assert set(halfway.labels["sample"]) <= set(halfway.samples["sample"])
    used = set(halfway.labels["category"].drop_nulls())
    assert used <= set(halfway.categories["key"])


@laws
@given(st.data())
def test_all_or_nothing_accepted_leaves_nothing_or_all(data: st.DataObject) -> None:
    before = data.draw(snapshots())
    patch = diff(before, match(before, data.draw(edits(before))).after)
    everything, nothing = split_patch(patch, every_row(patch)), split_patch(patch, set())
    assert not everything.rest and everything.accepted == patch
    assert not nothing.accepted and nothing.rest == patch
    assert everything.pulled_in == everything.held_back == ()


def boxes(*rows: tuple[int, str, str]) -> Snapshot:
    keys, samples, names = zip(*rows, strict=True)
    return Snapshot(
        labels=labels_frame(
            key=keys, sample=samples, category=names, kind=["class"] * len(keys),
            verdict=["present"] * len(keys), record=range(len(keys)),
        ),
        samples=samples_frame(sample=sorted({*samples})),
        categories=categories_frame(sorted({*names})),
        records=[str(row).encode() for row in rows],
    )  # fmt: skip


def test_an_added_label_brings_its_new_sample_and_category() -> None:
    patch = diff(boxes((1, "a", "cat")), boxes((1, "a", "cat"), (2, "b", "dog")))
    parts = split_patch(patch, {("label", 2)})
    assert set(parts.pulled_in) == {("sample", "b"), ("category", "dog")}
    assert parts.accepted == patch


def test_a_sample_is_not_removed_while_a_label_of_it_stays() -> None:
    patch = diff(boxes((1, "a", "cat"), (2, "b", "dog")), boxes((1, "a", "cat")))
    parts = split_patch(patch, {("sample", "b"), ("category", "dog")})
    assert set(parts.held_back) == {("sample", "b"), ("category", "dog")}
    assert not parts.accepted


def test_a_fragment_goes_along_only_where_all_of_its_sample_was_accepted() -> None:
    before = boxes((1, "a", "cat"), (2, "a", "cat"), (3, "b", "cat"))
    after = boxes((1, "a", "dog"), (2, "a", "dog"), (3, "b", "dog"))
    accepted = {("label", 1), ("label", 3), ("category", "dog")}
    taken = split_patch(diff(before, after), accepted).accepted.labels.after
    records = dict(taken.select("sample", pl.col("record").is_not_null()).iter_rows())
    assert records == {"a": False, "b": True}
