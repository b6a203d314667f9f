"""Deciding conflicts: what each choice makes of the labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from labelvc.core.conflict import Conflict
from labelvc.core.errors import LabelvcError
from labelvc.core.resolve import choices, locate, refreshed, resolve, resolve_all
from labelvc.core.snapshot import Snapshot
from tests.core.merge_case import Outcome, box, in_words, run, snap, whole
from tests.core.merge_cases import CASES

CAT, DOG, OWL = box("cat", 0), box("dog", 0), box("owl", 0)
NAMES = ["cat", "dog", "owl"]
TAKEN = "a sample renamed here to the name of one added there"


def merged(name: str) -> Outcome:
    case = CASES[name]
    return run(case.base, case.ours, case.theirs, rules=case.rules, independent=case.independent)


def decided(name: str, choice: str) -> Snapshot:
    """A case of the merge table, each of its conflicts decided one way."""
    outcome = merged(name)
    snapshot, refused = resolve_all(
        outcome.snapshot, [(conflict, choice) for conflict in outcome.conflicts]
    )
    assert not refused
    return snapshot.check()


def labels(*rows: Mapping[str, Any]) -> list[str]:
    return [line for line in in_words(snap(*rows)) if line.startswith("labels")]


CHOICES = {
    ("relabelled differently", "ours"): [DOG],
    ("relabelled differently", "theirs"): [OWL],
    ("relabelled differently", "base"): [CAT],
    ("relabelled differently", "union"): [DOG, OWL],
    ("relabelled differently", "delete"): [],
    ("moved differently", "theirs"): [box("cat", -2)],
    ("relabelled and moved differently", "ours"): [box("dog", 2)],
    ("deleted here, relabelled there", "ours"): [],
    ("deleted here, relabelled there", "theirs"): [DOG],
    ("deleted here, relabelled there", "base"): [CAT],
    ("deleted here, relabelled there", "union"): [DOG],
    ("moved here, deleted there", "ours"): [box("cat", 2)],
    ("moved here, deleted there", "delete"): [],
    ("added almost alike", "ours"): [CAT],
    ("added almost alike", "theirs"): [box("cat", 1)],
    ("added almost alike", "union"): [CAT, box("cat", 1)],
    ("added almost alike", "delete"): [],
    ("a category renamed here, newly used there", "ours"): [
        box("kitty", 0), box("dog", 50), box("kitty", 90)
    ],
    ("a category renamed here, newly used there", "theirs"): [
        CAT, box("dog", 50), box("cat", 90)
    ],
    ("two categories renamed to one name", "ours"): [box("pet", 0), box("dog", 50)],
    ("two categories renamed to one name", "theirs"): [CAT, box("pet", 50)],
    ("a category removed here, newly used there", "ours"): [CAT, box("dog", 50)],
    ("a category removed here, newly used there", "theirs"): [CAT, box("dog", 50), box("owl", 90)],
    ("a category removed here, newly used there", "delete"): [CAT, box("dog", 50)],
    ("a category renamed and newly used here, removed there", "ours"): [
        CAT, box("dog", 50), box("eagle", 90)
    ],
    ("a category renamed and newly used here, removed there", "union"): [
        CAT, box("dog", 50), box("eagle", 90)
    ],
    ("a category renamed and newly used here, removed there", "theirs"): [CAT, box("dog", 50)],
    ("a category renamed and newly used here, removed there", "base"): [CAT, box("dog", 50)],
    ("a sample removed here, labelled there", "ours"): [box("owl", 0, sample="t")],
    ("a sample removed here, labelled there", "theirs"): [
        CAT, box("dog", 50), box("owl", 0, sample="t")
    ],
    ("a sample removed here, labelled there", "base"): [CAT, box("owl", 0, sample="t")],
    ("a sample removed here, labelled there", "union"): [
        CAT, box("dog", 50), box("owl", 0, sample="t")
    ],
    ("a sample renamed differently", "ours"): [box("dog", 0, sample="new")],
    ("a sample renamed differently", "theirs"): [box("dog", 0, sample="other")],
}  # fmt: skip


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_choice(name: str, choice: str) -> None:
    said = [line for line in in_words(decided(name, choice)) if line.startswith("labels")]
    assert said == labels(*CHOICES[name, choice])


def test_two_names_merged_into_one_leave_one_category() -> None:
    outcome = merged("two categories renamed to one name")
    one, two = outcome.conflicts
    snapshot = resolve(resolve(outcome.snapshot, one, "ours"), two, "theirs")
    assert snapshot.categories["name"].to_list() == ["pet"]
    assert set(snapshot.labels["category"]) == {"pet"}


def test_a_category_that_is_kept_under_its_new_name_is_there_once() -> None:
    snapshot = decided("a category renamed and newly used here, removed there", "ours")
    assert snapshot.categories["name"].to_list() == ["cat", "dog", "eagle"]
    assert snapshot.categories["id"].to_list() == ["1", "2", "3"]


def test_a_removed_sample_goes_with_all_its_labels() -> None:
    snapshot = decided("a sample removed here, labelled there", "ours")
    assert snapshot.samples["sample"].to_list() == ["t"]


def test_a_category_cannot_go_while_labels_have_it() -> None:
    case = CASES["a category removed with its labels here, one of them relabelled there"]
    outcome = run(case.base, case.ours, case.theirs)
    category = next(one for one in outcome.conflicts if one.table == "categories")
    with pytest.raises(LabelvcError, match=r"'dog' cannot go: 1 labels still have it") as error:
        resolve(outcome.snapshot, category, "ours")
    assert "Settle the conflicts of those labels first" in str(error.value)


def test_deciding_all_at_once_makes_room_for_the_category_to_go() -> None:
    snapshot = decided(
        "a category removed with its labels here, one of them relabelled there", "ours"
    )
    assert snapshot.categories["name"].to_list() == ["cat"]


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("added almost alike", "base"),
        ("a split moved differently", "union"),
        ("a split moved differently", "delete"),
        ("a category renamed differently", "union"),
        ("relabelled differently", "mine"),
    ],
)
def test_a_choice_that_is_not_allowed_is_refused(name: str, choice: str) -> None:
    outcome = merged(name)
    with pytest.raises(LabelvcError, match=f"cannot be settled with '{choice}'") as error:
        resolve(outcome.snapshot, outcome.conflicts[0], choice)
    assert all(word in str(error.value.hint) for word in choices(outcome.conflicts[0]))


def test_a_sample_cannot_take_the_name_of_another() -> None:
    outcome = merged(TAKEN)
    (conflict,) = outcome.conflicts
    with pytest.raises(LabelvcError, match="s cannot be called new: that is another sample"):
        resolve(outcome.snapshot, conflict, "ours")
    assert resolve(outcome.snapshot, conflict, "base") == CASES[TAKEN].expected


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case.conflicts and name != TAKEN]
)
def test_every_choice_offered_can_be_made(name: str) -> None:
    outcome = merged(name)
    for choice in {choice for one in outcome.conflicts for choice in choices(one)}:
        wanted = [(one, choice) for one in outcome.conflicts if choice in choices(one)]
        snapshot, refused = resolve_all(outcome.snapshot, wanted)
        assert not refused
        assert set(snapshot.check().labels["sample"]) <= set(snapshot.samples["sample"])


def test_rows_can_be_given_in_the_place_of_the_undecided_ones() -> None:
    outcome = merged("relabelled differently")
    given = [{**whole("owl"), "verdict": "present"}, {**box("dog", 3), "verdict": "present"}]
    snapshot = resolve(outcome.snapshot, outcome.conflicts[0], "", given).check()
    said = [line for line in in_words(snapshot) if line.startswith("labels")]
    assert said == labels(whole("owl"), box("dog", 3))


def test_given_rows_bring_their_categories() -> None:
    outcome = merged("relabelled differently")
    given = [{**box("emu", 0), "verdict": "present"}]
    snapshot = resolve(outcome.snapshot, outcome.conflicts[0], "", given)
    assert "emu" in set(snapshot.categories["name"])


def test_a_label_that_is_gone_meanwhile_is_told() -> None:
    outcome = merged("relabelled differently")
    emptied = outcome.snapshot.with_labels(outcome.snapshot.labels.clear())
    with pytest.raises(LabelvcError, match="no longer there"):
        resolve(emptied, outcome.conflicts[0], "ours")
    assert resolve(emptied, outcome.conflicts[0], "delete").labels.is_empty()


def test_fragments_stay_with_the_labels_that_are_decided() -> None:
    outcome = merged("relabelled differently")
    placed = outcome.snapshot.with_labels(
        outcome.snapshot.labels.with_columns(record=pl.lit(7, dtype=pl.Int64))
    )
    assert resolve(placed, outcome.conflicts[0], "theirs").labels["record"].to_list() == [7]


def test_labels_are_found_again_in_a_file_that_was_read_anew() -> None:
    sides = [
        snap(box(one, 0), box("cat", 50), box("cat", 90), categories=NAMES)
        for one in ("cat", "dog", "owl")
    ]
    outcome = run(*sides)
    anew = snap(box("cat", 90), box("cat", 0), box("cat", 51), categories=NAMES)
    found = locate(anew, outcome.conflicts)
    snapshot = resolve(found, outcome.conflicts[0], "theirs")
    said = [line for line in in_words(snapshot) if line.startswith("labels")]
    assert said == labels(box("owl", 0), box("cat", 51), box("cat", 90))


def test_conflicts_that_are_left_know_what_was_decided() -> None:
    versions = [
        snap(box(name, 0), box(other, 50), categories=[{"name": name, "id": "1"}, *NAMES[1:]])
        for name, other in (("cat", "cat"), ("kitty", "dog"), ("kitten", "owl"))
    ]
    outcome = run(*versions)
    assert outcome.told == [
        ("edit/edit", "categories", "name"), ("edit/edit", "labels", "category")
    ]  # fmt: skip
    name, category = sorted(outcome.conflicts, key=lambda one: one.table)
    snapshot = resolve(outcome.snapshot, name, "ours")
    (left,) = refreshed([category], snapshot, [(name, "ours")])
    assert [row["category"] for row in left.now["labels"]] == ["kitty"]
    kept = resolve(snapshot, left, "base")
    assert set(kept.categories["name"]) == {"kitty", "dog", "owl"}


def test_conflicts_that_are_left_know_a_category_by_the_name_it_is_kept_under() -> None:
    owl, eagle = ({"name": name, "id": "3"} for name in ("owl", "eagle"))
    outcome = run(
        snap(CAT, categories=["cat", "dog", owl]),
        snap(box("eagle", 0), box("eagle", 90), categories=["cat", "dog", eagle]),
        snap(DOG, categories=["cat", "dog"]),
    )
    assert outcome.told == [
        ("edit/edit", "labels", "category"), ("removed/used", "categories", None)
    ]  # fmt: skip
    category, label = sorted(outcome.conflicts, key=lambda one: one.table)
    snapshot = resolve(outcome.snapshot, category, "ours")
    (left,) = refreshed([label], snapshot, [(category, "ours")])
    kept = resolve(snapshot, left, "ours").check()
    assert kept.categories["name"].to_list() == ["cat", "dog", "eagle"]
    assert kept.labels["category"].to_list() == ["eagle", "eagle"]


def test_what_a_whole_label_set_offers() -> None:
    told = {"set": [{"pointer": "..."}]}
    assert choices(Conflict("formats", "set", None, told, told, told)) == ("ours", "theirs", "base")
    assert choices(Conflict("formats", "set", None, {}, told, told)) == ("ours", "theirs")


def test_no_other_row_of_a_file_read_anew_has_the_key_of_a_label_to_come() -> None:
    others = [box("cat", 100.0 * at, sample=f"{at}.jpg") for at in range(1, 20)]
    anew = snap(box("cat", 0, sample="0.jpg"), *others)
    coming = {"key": 10, **box("dog", 50, sample="0.jpg")}
    gone = Conflict(
        "removed/labelled", "labels", None, {}, {"labels": [coming]}, {}, {"labels": []}
    )
    keyed = locate(anew, [gone])
    assert 10 not in set(keyed.labels["key"])
    assert resolve(keyed, gone, "ours").labels.height == 21
