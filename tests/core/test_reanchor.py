"""A patch made elsewhere is put onto the snapshot at hand, or told why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from labelvc.core.align import named
from labelvc.core.codec import parse_patch, print_patch
from labelvc.core.match import match
from labelvc.core.patch import Patch, apply, diff
from labelvc.core.reanchor import Reanchored, reanchor
from labelvc.core.snapshot import (
    CONTENT,
    Snapshot,
    categories_frame,
    labels_frame,
    samples_frame,
)
from tests.core.strategies import edits, snapshots

laws = settings(max_examples=20, deadline=None)
Rows = list[dict[str, Any]]


def box(id: int, category: str = "cat", x: float = 0.0, **more: Any) -> dict[str, Any]:
    return {
        "id": str(id), "sample": "a.jpg", "kind": "box", "category": category, "unit": "pixel",
        "x": x, "y": 0.0, "width": 10.0, "height": 10.0, **more,
    }  # fmt: skip


def snapshot(rows: Rows, *, names: str = "cat dog cow", samples: str = "a.jpg b.jpg") -> Snapshot:
    """Boxes under declared categories."""
    names_of = names.split()
    keys = samples.split()
    columns = {name: [row.get(name) for row in rows] for name in {n for row in rows for n in row}}
    return Snapshot(
        labels_frame(**columns),
        samples_frame(sample=keys, path=keys),
        categories_frame(names_of, id=[str(at) for at in range(len(names_of))]),
    ).check()


def patch(before: Snapshot, after: Snapshot) -> Patch:
    """As it comes by mail."""
    return parse_patch(print_patch(diff(before, match(before, after).after)))


def applied(found: Reanchored, here: Snapshot) -> Snapshot:
    """The snapshot with the patch in it, as it would be read from a file."""
    return named(found.apply(here), {})


def content(found: Snapshot) -> list[tuple[Any, ...]]:
    return sorted(found.labels.select("sample", "category", "x", "attributes").iter_rows(), key=str)


def reasons(found: Reanchored) -> list[str]:
    return [one.reason for one in found.reasons]


def names_nothing_twice(before: Snapshot, after: Snapshot) -> bool:
    """Whether no row is added that was there already: a patch cannot tell those from its own."""
    delta = diff(before, after).labels
    added = delta.after.join(delta.before, on="key", how="anti")
    return added.join(before.labels, on=CONTENT, how="semi", nulls_equal=True).is_empty()


@laws
@given(st.data())
def test_on_the_snapshot_it_was_made_from_it_is_the_patch_itself(data: st.DataObject) -> None:
    a = data.draw(snapshots())
    b = match(a, data.draw(edits(a))).after
    assume(names_nothing_twice(a, b))
    found = reanchor(patch(a, b), a)
    assert not found.rejected and not found.reasons
    assert apply(a, found.patch) == apply(a, diff(a, b)) == b


@laws
@given(st.data())
def test_the_way_back_leads_back(data: st.DataObject) -> None:
    a = data.draw(snapshots())
    b = match(a, data.draw(edits(a))).after
    sent = patch(a, b)
    assume(names_nothing_twice(a, b) and names_nothing_twice(b, a))
    there = applied(reanchor(sent, a), a)
    back = reanchor(~sent, there)
    assert not back.reasons
    assert applied(back, there) == a


@laws
@given(st.data())
def test_order_and_numbers_of_the_rows_do_not_matter(data: st.DataObject) -> None:
    a = data.draw(snapshots())
    b = match(a, data.draw(edits(a))).after
    assume(names_nothing_twice(a, b))
    order = data.draw(st.permutations(range(a.labels.height)))
    labels = (a.labels[order] if order else a.labels).with_columns(
        key=pl.int_range(pl.len(), dtype=pl.Int64) + 7,
        id=(pl.int_range(pl.len()) + 100).cast(pl.String),
    )
    found = reanchor(patch(a, b), a.with_labels(labels))
    assert not found.reasons
    assert found.apply(a.with_labels(labels)) == b


@laws
@given(st.data())
def test_what_fits_and_what_does_not_are_the_whole_patch(data: st.DataObject) -> None:
    a, other = data.draw(snapshots()), data.draw(snapshots())
    b = match(a, data.draw(edits(a))).after
    sent = patch(a, b)
    found = reanchor(sent, other)
    now = applied(found, other).check()
    assert parse_patch(print_patch(found.rejected)) == found.rejected
    told = [one for one in found.reasons if one.table == "labels"]
    assert len(told) == len(
        {*found.rejected.labels.before["key"], *found.rejected.labels.after["key"]}
    )
    assert now.labels["key"].n_unique() == now.labels.height


def test_fields_that_the_patch_leaves_alone_stay_as_they_are_here() -> None:
    sent = patch(snapshot([box(1), box(2, x=50)]), snapshot([box(1, "dog"), box(2, x=50)]))
    here = snapshot([box(1, x=3, attributes='{"seen":1}'), box(2, x=50)])
    found = reanchor(sent, here)
    assert content(applied(found, here)) == [
        ("a.jpg", "cat", 50.0, None), ("a.jpg", "dog", 3.0, '{"seen":1}')
    ]  # fmt: skip


def test_attributes_are_fields_of_their_own() -> None:
    before = [box(1, attributes='{"a":1,"b":1}')]
    sent = patch(snapshot(before), snapshot([box(1, attributes='{"a":2,"b":1}')]))
    here = snapshot([box(1, attributes='{"a":1,"b":5,"c":0}')])
    assert content(applied(reanchor(sent, here), here))[0][-1] == '{"a":2,"b":5,"c":0}'


BEFORE = [box(1), box(2, x=50)]
REFUSED = {
    "relabelled here to something else": (
        [box(1, "dog"), box(2, x=50)], [box(1, "cow"), box(2, x=50)],
        ["changed since: category"],
    ),
    "relabelled here alike": (
        [box(1, "dog"), box(2, x=50)], [box(1, "dog"), box(2, x=50)], ["already applied"],
    ),
    "moved here and there": (
        [box(1, x=2), box(2, x=50)], [box(1, x=3), box(2, x=50)], ["changed since: shape"],
    ),
    "gone here": ([box(1, "dog"), box(2, x=50)], [box(2, x=50)], ["not there"]),
    "gone here, with another label beside it": (
        [box(1, "dog"), box(2, x=50)], [box(3, x=1), box(2, x=50)], ["not there"],
    ),
    "removed there and changed here": (
        [box(2, x=50)], [box(1, "dog"), box(2, x=50)], ["changed since: category"],
    ),
    "removed both": ([box(2, x=50)], [box(2, x=50)], ["not there"]),
    "added both": ([*BEFORE, box(3, x=90)], [*BEFORE, box(7, x=90)], ["already applied"]),
    "added both, one of two": (
        [*BEFORE, box(3, x=90), box(4, x=90)], [*BEFORE, box(7, x=90)], ["already applied"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_change_that_does_not_fit_is_set_aside_with_the_reason(case: str) -> None:
    after, now, told = REFUSED[case]
    found = reanchor(patch(snapshot(BEFORE), snapshot(after)), snapshot(now))
    assert reasons(found) == told
    assert found.reasons[0].place.startswith("a.jpg: box cat")
    assert len({*found.rejected.labels.before["key"], *found.rejected.labels.after["key"]}) == 1
    if case != "added both, one of two":
        assert not found.patch
        assert applied(found, snapshot(now)) == snapshot(now)


def test_equal_rows_are_counted() -> None:
    twice = [box(1), box(2)]
    sent = patch(snapshot([*twice, box(3)]), snapshot(twice))
    here = snapshot([*twice, box(3), box(4)])
    assert applied(reanchor(sent, here), here).labels.height == 3
    both = patch(snapshot(twice), snapshot([]))
    assert reasons(reanchor(both, snapshot([box(9)]))) == ["not there"]


def test_a_label_that_was_renumbered_and_moved_is_found_where_ids_tell_nothing() -> None:
    many = [box(at, x=100.0 * at) for at in range(1, 9)]
    sent = patch(snapshot(many), snapshot([{**one, "category": "dog"} for one in many]))
    now = [{**one, "id": str(100 - at)} for at, one in enumerate(many)]
    now[3]["x"] += 2
    assert not reanchor(sent, snapshot(now)).reasons


def test_new_rows_get_ids_that_are_free_here() -> None:
    sent = patch(snapshot(BEFORE), snapshot([*BEFORE, box(3, x=90), box(4, x=120)]))
    here = snapshot([*BEFORE, box(3, x=200)])
    assert sorted(applied(reanchor(sent, here), here).labels["id"]) == ["1", "2", "3", "4", "5"]


def test_labels_go_with_their_samples_and_categories() -> None:
    rows = [box(1), box(2, x=50, sample="b.jpg")]
    after = snapshot(
        [*rows, box(3, x=90, sample="c.jpg"), box(4, "wolf", x=95)],
        names="cat dog cow wolf", samples="a.jpg b.jpg c.jpg",
    )  # fmt: skip
    sent = patch(snapshot(rows), after)
    assert applied(reanchor(sent, snapshot(rows)), snapshot(rows)) == after
    there = snapshot(rows, names="cat dog cow wolf", samples="a.jpg b.jpg c.jpg")
    found = reanchor(sent, there)
    assert not found.reasons, "what the labels need is there already"
    assert applied(found, there) == after
    without_b = snapshot(rows[:1], samples="a.jpg")
    moved = patch(snapshot(rows), snapshot([box(1), box(2, x=55, sample="b.jpg")]))
    assert reasons(reanchor(moved, without_b)) == ["no sample 'b.jpg'"]
    no_dog = snapshot(rows, names="cat cow")
    relabelled = patch(snapshot(rows), snapshot([box(1, "dog"), rows[1]]))
    assert reasons(reanchor(relabelled, no_dog)) == ["no category 'dog'"]


def test_samples_and_categories_are_changed_by_field_too() -> None:
    def split(found: Snapshot, **cells: str) -> Snapshot:
        return replace(
            found, samples=found.samples.with_columns(**{k: pl.lit(v) for k, v in cells.items()})
        )

    a = snapshot(BEFORE)
    sent = patch(a, split(a, split="val"))
    here = split(a, attributes='{"seen":1}')
    assert applied(reanchor(sent, here), here) == split(here, split="val")
    assert reasons(reanchor(sent, split(a, split="test"))) == ["changed since: split"] * 2
    assert reasons(reanchor(sent, split(a, split="val"))) == ["already applied"] * 2


def test_what_is_still_used_is_not_removed() -> None:
    a = snapshot([box(1, "cow")])
    b = snapshot([], names="cat dog", samples="b.jpg")
    here = snapshot([box(1, "cow"), box(2, "cow", x=70)])
    found = reanchor(patch(a, b), here)
    assert reasons(found) == ["labels still refer to it"] * 2
    assert applied(found, here) == snapshot([box(2, "cow", x=70)])
    assert not reanchor(patch(a, b), a).reasons


def test_a_renamed_category_is_renamed_here_too() -> None:
    a = snapshot(BEFORE)
    b = snapshot([box(1, "lion"), box(2, "lion", x=50)], names="lion dog cow")
    sent = patch(a, b)
    assert sent.labels.after.is_empty()
    here = snapshot([*BEFORE, box(3, x=90)])
    now = applied(reanchor(sent, here), here)
    assert set(now.labels["category"]) == {"lion"}
    assert applied(reanchor(~sent, now), now) == here
    assert reasons(reanchor(sent, now)) == ["already applied"]
    both = snapshot(BEFORE, names="cat dog lion")
    assert reasons(reanchor(sent, both)) == ["'lion' is already there"]


def test_a_renamed_sample_is_renamed_here_too() -> None:
    a = snapshot(BEFORE)
    b = snapshot([{**row, "sample": "z.jpg"} for row in BEFORE], samples="z.jpg b.jpg")
    sent = patch(a, b)
    assert sent.labels.after.is_empty()
    now = applied(reanchor(sent, a), a)
    assert now == b
    assert applied(reanchor(~sent, now), now) == a


def test_rejected_labels_are_named_as_they_will_be_found() -> None:
    a = snapshot(BEFORE)
    b = snapshot([box(1, "lion"), box(2, "lion", x=55)], names="lion dog cow")
    here = snapshot([box(1), box(2, x=52)])
    found = reanchor(patch(a, b), here)
    assert reasons(found) == ["changed since: shape"]
    now = applied(found, here)
    mended = now.with_labels(now.labels.with_columns(x=pl.col("x").replace(52, 50)))
    assert applied(reanchor(found.rejected, mended), mended) == b


def test_categories_that_nothing_declares_come_and_go_with_labels() -> None:
    def bare(*categories: str) -> Snapshot:
        rows = [box(at, name, x=50 * at) for at, name in enumerate(categories)]
        found = snapshot(rows)
        return replace(found, categories=categories_frame(sorted(set(categories))))

    sent = patch(bare("cat", "cat"), bare("cat", "wolf"))
    for now, then in (
        (["cat", "cat"], ["cat", "wolf"]),
        (["cat", "cat", "wolf"], ["cat", "wolf", "wolf"]),
        (["cow", "cat"], ["cow", "wolf"]),
    ):
        found = reanchor(sent, bare(*now))
        assert not found.reasons
        assert applied(found, bare(*now)).labels.equals(bare(*then).labels)
    back = reanchor(~sent, here := bare("wolf", "wolf"))
    assert not back.reasons
    assert sorted(applied(back, here).labels["category"]) == ["cat", "wolf"]


def test_nothing_is_the_empty_patch() -> None:
    nothing = diff(Snapshot(), Snapshot())
    assert not reanchor(nothing, snapshot(BEFORE)).patch
    assert not reanchor(nothing, Snapshot()).patch
