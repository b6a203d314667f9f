"""The laws of merging, on random snapshots of every kind of label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from labelvc.core.align import Aligned
from labelvc.core.conflict import SIDES, Conflict, Undecided, numbered, swapped
from labelvc.core.conflict_codec import parse_conflicts, print_conflicts
from labelvc.core.match import match
from labelvc.core.merge import Merged, Rules, merge
from labelvc.core.merge_rows import told_in
from labelvc.core.patch import KEYS
from labelvc.core.resolve import Decision, choices, locate, resolve_all
from labelvc.core.snapshot import CONTENT, Snapshot
from tests.core.merge_case import in_words, run, said
from tests.core.no_loss import losses
from tests.core.strategies import changed, described

laws = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
)
# No two shapes agree unless they are equal, so that the sides can be exchanged.
STRICT = Rules(close=2.0)


def keyed(before: Snapshot, after: Snapshot) -> Snapshot:
    """`after` with the keys of `before`."""
    return match(before, after).after.check()


def merged(base: Snapshot, ours: Snapshot, theirs: Snapshot) -> Merged:
    """The merge, once proven to be a label set that can be written."""
    outcome = merge(base, ours, theirs, rules=STRICT)
    sound(outcome.snapshot)
    return outcome


def sound(snapshot: Snapshot) -> None:
    """No label without its sample or category, no two categories of one name."""
    snapshot.check()
    assert set(snapshot.labels["sample"]) <= set(snapshot.samples["sample"])
    assert set(snapshot.labels["category"].drop_nulls()) <= set(snapshot.categories["key"])
    assert not snapshot.categories["name"].is_duplicated().any()


@st.composite
def triples(draw: st.DrawFn) -> tuple[Snapshot, Snapshot, Snapshot]:
    """A snapshot, and two that were made from it, as read from files."""
    base = draw(described())
    return base, draw(changed(base)), draw(changed(base))


@laws
@given(st.data())
def test_what_one_side_did_alone_is_what_comes_out(data: st.DataObject) -> None:
    base = data.draw(described())
    side = keyed(base, data.draw(changed(base)))
    for versions in ((base, base, side), (base, side, base), (base, side, side)):
        outcome = merged(*versions)
        assert in_words(outcome.snapshot) == in_words(side)
        assert outcome.snapshot == side
        assert not outcome.conflicts
        assert not outcome.renumbered


@laws
@given(triples())
def test_exchanging_the_sides_exchanges_the_names_in_the_conflicts(
    versions: tuple[Snapshot, Snapshot, Snapshot],
) -> None:
    base, ours, theirs = (
        versions[0],
        keyed(versions[0], versions[1]),
        keyed(versions[0], versions[2]),
    )
    one, two = merged(base, ours, theirs), merged(base, theirs, ours)
    assert in_words(one.snapshot) == in_words(two.snapshot)
    assert sorted(map(said, one.conflicts)) == sorted(said(swapped(c)) for c in two.conflicts)


@laws
@given(triples())
def test_nothing_is_lost(versions: tuple[Snapshot, Snapshot, Snapshot]) -> None:
    base, ours, theirs = (
        versions[0],
        keyed(versions[0], versions[1]),
        keyed(versions[0], versions[2]),
    )
    outcome = merged(base, ours, theirs)
    assert losses(Aligned(base, ours, theirs), outcome) == []


@laws
@given(triples())
def test_nothing_is_lost_from_files(versions: tuple[Snapshot, Snapshot, Snapshot]) -> None:
    outcome = run(*versions, rules=STRICT)
    sound(outcome.snapshot)
    assert losses(outcome.aligned, outcome.merged) == []


@laws
@given(triples())
def test_a_row_that_one_side_touched_is_that_sides(
    versions: tuple[Snapshot, Snapshot, Snapshot],
) -> None:
    base, ours, theirs = (
        versions[0],
        keyed(versions[0], versions[1]),
        keyed(versions[0], versions[2]),
    )
    outcome = merged(base, ours, theirs)
    undecided = {
        row["key"]
        for one in outcome.conflicts
        for side in (one.base, one.ours, one.theirs, one.now)
        for row in side.get("labels", ())
    }
    before, one, two, now = (
        {
            row["key"]: (row["category"], row["attributes"], row["text"])
            for row in side.labels.to_dicts()
        }
        for side in (base, ours, theirs, outcome.snapshot)
    )
    for key in before.keys() - undecided:
        if two.get(key) == before[key]:
            assert now.get(key) == one.get(key)
        elif one.get(key) == before[key]:
            assert now.get(key) == two.get(key)


@laws
@given(st.data())
def test_from_files_order_is_no_matter(data: st.DataObject) -> None:
    base, ours, theirs = data.draw(triples())
    one = run(base, ours, theirs, rules=STRICT)
    again = run(*(data.draw(_shuffled(side)) for side in (base, ours, theirs)), rules=STRICT)
    assert in_words(one.snapshot) == in_words(again.snapshot)
    assert sorted(map(said, one.conflicts)) == sorted(map(said, again.conflicts))


@st.composite
def _shuffled(draw: st.DrawFn, snapshot: Snapshot) -> Snapshot:
    order = draw(st.permutations(range(snapshot.labels.height)))
    labels = snapshot.labels[order] if order else snapshot.labels
    return snapshot.with_labels(labels.with_columns(key=pl.int_range(pl.len(), dtype=pl.Int64)))


@laws
@given(triples())
def test_the_same_merge_is_the_same_merge(
    versions: tuple[Snapshot, Snapshot, Snapshot],
) -> None:
    one, two = run(*versions, rules=STRICT), run(*versions, rules=STRICT)
    assert one.snapshot.labels.equals(two.snapshot.labels)
    assert dict(numbered(one.conflicts)) == dict(numbered(two.conflicts))
    assert len(dict(numbered(one.conflicts))) == len(one.conflicts)


@laws
@given(triples())
def test_printing_conflicts_loses_nothing(
    versions: tuple[Snapshot, Snapshot, Snapshot],
) -> None:
    outcome = run(*versions, rules=STRICT)
    told = Undecided(
        "train", "a.json", "coco", None, "b", "o", None, "m", dict(numbered(outcome.conflicts))
    )
    assert parse_conflicts(print_conflicts([told])) == [told]


@laws
@given(triples(), st.sampled_from(SIDES))
def test_all_decided_for_a_side_is_as_that_side_has_it(
    versions: tuple[Snapshot, Snapshot, Snapshot], side: str
) -> None:
    outcome = run(*versions, rules=STRICT)
    decided = decided_for(outcome.snapshot, outcome.conflicts, side)
    sound(decided)
    for conflict in outcome.conflicts:
        if side in choices(conflict):
            assert unlike(decided, conflict, side) == []


@laws
@given(triples(), st.sampled_from(SIDES), st.randoms())
def test_the_order_of_decisions_is_no_matter(
    versions: tuple[Snapshot, Snapshot, Snapshot], side: str, random: Random
) -> None:
    outcome = run(*versions, rules=STRICT)
    shuffled = random.sample(outcome.conflicts, len(outcome.conflicts))
    one = decided_for(outcome.snapshot, outcome.conflicts, side)
    two = decided_for(outcome.snapshot, shuffled, side)
    assert in_words(one) == in_words(two)


@laws
@given(st.data())
def test_the_rows_of_conflicts_are_found_in_a_file_read_anew(data: st.DataObject) -> None:
    outcome = run(*data.draw(triples()), rules=STRICT)
    found = locate(data.draw(_shuffled(outcome.snapshot)), outcome.conflicts).check()
    contents = {row["key"]: content(row) for row in found.labels.to_dicts()}
    for conflict in outcome.conflicts:
        for row in conflict.now.get("labels", ()):
            assert contents[row["key"]] == content(row)
    assert found == outcome.snapshot


def content(row: Mapping[str, object]) -> dict[str, object]:
    """What a label says, without its key, id and fragment."""
    return {name: row[name] for name in CONTENT if row.get(name) is not None}


def decided_for(snapshot: Snapshot, conflicts: Sequence[Conflict], side: str) -> Snapshot:
    """All conflicts that allow it decided for one side."""
    wanted: list[Decision] = [(one, side) for one in conflicts if side in choices(one)]
    snapshot, refused = resolve_all(snapshot, wanted)
    assert not refused
    return snapshot


def unlike(snapshot: Snapshot, conflict: Conflict, side: str) -> list[str]:
    """What of a conflict is not as a side has it, where that can be told by key."""
    rows = {row["key"]: row for row in snapshot.labels.to_dicts()}
    if conflict.table == "labels":
        told = {row["key"]: row for row in conflict.side(side).get("labels", ())}
        if conflict.field is None:
            now = [row["key"] for row in conflict.now["labels"]]
            return [f"{key}" for key in now if (key in rows) != (key in told)]
        key = conflict.now["labels"][0]["key"]
        one, two = (told_in(row, "labels", conflict.field) for row in (rows[key], told[key]))
        return [] if one == two else [f"{key}: {one} is not {two}"]
    if conflict.field is None and conflict.table in ("samples", "categories"):
        name = KEYS[conflict.table]
        there = set(getattr(snapshot, conflict.table)[name])
        now, wanted = (
            {row[name] for row in rows.get(conflict.table, ())}
            for rows in (conflict.now, conflict.side(side))
        )
        return [one for one in now if (one in there) != (one in wanted)]
    row = next((row for row in conflict.side(side)[conflict.table]), {})
    said = [
        told_in(one, conflict.table, str(conflict.field)) for one in _rows_of(snapshot, conflict)
    ]
    return [] if told_in(row, conflict.table, str(conflict.field)) in said else [f"{row}: {said}"]


def _rows_of(snapshot: Snapshot, conflict: Conflict) -> list[dict[str, object]]:
    """The rows of a sample or category by its name now, or by the name it may have got."""
    names = {row.get("name") or row.get("path") for row in (*_every(conflict),)}
    names |= {row[KEYS[conflict.table]] for row in _every(conflict)}
    rows: list[dict[str, object]] = getattr(snapshot, conflict.table).to_dicts()
    return [row for row in rows if row[KEYS[conflict.table]] in names]


def _every(conflict: Conflict) -> list[Mapping[str, object]]:
    return [row for side in (*SIDES, "now") for row in conflict.side(side).get(conflict.table, ())]
