"""Which conflicts a selection means, and what it says where it means none."""

from __future__ import annotations

import pytest

from labelvc.core.conflict import Conflict, Undecided
from labelvc.core.conflict_selection import Selection, check_choice, narrowed, select
from labelvc.core.errors import LabelvcError, NotFound


def labels(*rows: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    return {"labels": [{"kind": "box", "verdict": "present", "key": 0, **row} for row in rows]}


def about(kind: str, field: str | None, **row: object) -> Conflict:
    """A conflict of one label that ours and theirs have like this."""
    base = {} if kind == "add/add" else labels(row)
    return Conflict(kind, "labels", field, base, labels(row), labels(row), labels(row))


SPLIT = Conflict("split/split", "samples", "split", *[{"samples": [{"sample": "b/2.jpg"}]}] * 4)
NOTES = Conflict("edit/edit", "files", "notes.txt", *[{"files": [{"path": "notes.txt"}]}] * 4)
NAME = Conflict("renamed/used", "categories", "name", *[{"categories": [{"name": "Bus"}]}] * 4)
FOUND = [
    Undecided(
        "train", "labels/train.json", "coco", None, None, None, None, None,
        {
            "aaaa1111": about("edit/edit", "category", sample="a/1.jpg", id="17", category="RBC"),
            "aaaa2222": about("edit/edit", "shape", sample="a/1.jpg", id="18", category="WBC",
                              annotator="anna"),
            "bbbb1111": about("add/add", None, sample="a/2.jpg", id="19", category="RBC",
                              annotator="ben"),
            "cccc1111": SPLIT,
        },
    ),
    Undecided(
        "val", "labels/val.json", "coco", None, None, None, None, None,
        {
            "dddd1111": about("edit/edit", "attributes.upos", sample="c[1].jpg", id="17"),
            "dddd1111-2": about("edit/edit", "attributes.upos", sample="c[1].jpg", id="17"),
            "eeee1111": NAME,
            "ffff1111": NOTES,
        },
    ),
]  # fmt: skip


def ids(*patterns: str, **conditions: str) -> list[str]:
    wanted = Selection(patterns, **{name: (word,) for name, word in conditions.items()})
    return [id for one in select(FOUND, wanted) for id in one.conflicts]


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("bbbb1111", ["bbbb1111"]),
        ("bbbb", ["bbbb1111"]),
        ("dddd1111", ["dddd1111"]),  # a whole id is no beginning of the second one's
        ("dddd1111-2", ["dddd1111-2"]),
        ("17", ["aaaa1111", "dddd1111", "dddd1111-2"]),
        ("a/1.jpg", ["aaaa1111", "aaaa2222"]),
        ("b/2.jpg", ["cccc1111"]),
        ("notes.txt", ["ffff1111"]),
        ("*.txt", ["ffff1111"]),
        ("*/2.jpg", ["bbbb1111", "cccc1111"]),
        ("a/?.jpg", ["aaaa1111", "aaaa2222", "bbbb1111"]),
        ("c[1].jpg", ["dddd1111", "dddd1111-2"]),  # a sample's whole key is no pattern
    ],
)
def test_a_pattern_means(pattern: str, meant: list[str]):
    assert ids(pattern) == meant


def test_several_patterns_mean_what_each_of_them_means():
    assert ids("bbbb", "18") == ["aaaa2222", "bbbb1111"]


@pytest.mark.parametrize(
    ("conditions", "meant"),
    [
        ({"kinds": "edit/edit"}, ["aaaa1111", "aaaa2222", "dddd1111", "dddd1111-2", "ffff1111"]),
        ({"categories": "RBC"}, ["aaaa1111", "bbbb1111"]),
        ({"categories": "Bus"}, ["eeee1111"]),
        ({"samples": "a/1.jpg"}, ["aaaa1111", "aaaa2222"]),
        ({"annotators": "anna"}, ["aaaa2222"]),
        ({"fields": "shape"}, ["aaaa2222"]),
        ({"fields": "upos"}, ["dddd1111", "dddd1111-2"]),
        ({"fields": "attributes.upos"}, ["dddd1111", "dddd1111-2"]),
        ({"categories": "RBC", "kinds": "add/add"}, ["bbbb1111"]),
    ],
)
def test_all_conditions_have_to_hold(conditions: dict[str, str], meant: list[str]):
    assert ids(**conditions) == meant


def test_a_pattern_and_a_condition_have_to_hold_both():
    assert ids("a/*", categories="WBC") == ["aaaa2222"]


def test_nothing_asked_for_means_all():
    assert len(ids()) == 8
    assert not Selection() and Selection(fields=("text",)) and Selection(("x",))


def test_label_sets_without_a_conflict_that_is_meant_are_left_out():
    assert [one.name for one in narrowed(FOUND, Selection(kinds=("add/add",)))] == ["train"]
    assert narrowed(FOUND, Selection(samples=("nowhere",))) == []
    assert narrowed(FOUND, Selection()) == FOUND


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [("aaab1111", "aaaa1111"), ("bbb", "labelvc conflicts"), ("a/11.jpg", "'a/1.jpg'")],
)
def test_a_pattern_that_means_nothing_is_told_with_what_may_have_been_meant(pattern, hint):
    with pytest.raises(NotFound) as caught:
        ids("bbbb1111", pattern)
    assert repr(pattern) in caught.value.message and hint in (caught.value.hint or "")


def test_the_beginning_of_several_ids_is_refused():
    with pytest.raises(LabelvcError, match="2 ids: aaaa1111, aaaa2222"):
        ids("aaaa")


def test_the_condition_that_holds_nowhere_is_named():
    with pytest.raises(NotFound, match="category 'RBX'") as caught:
        ids(categories="RBX", kinds="edit/edit")
    assert "'RBC'" in (caught.value.hint or "")
    with pytest.raises(NotFound, match="all of these conditions"):
        ids(categories="Bus", kinds="edit/edit")


def test_a_choice_that_some_do_not_allow_names_the_first_and_how_many():
    with pytest.raises(LabelvcError) as caught:
        check_choice(FOUND, "union")
    assert "3 of 8 conflicts" in caught.value.message and "cccc1111" in caught.value.message
    assert "base, ours, theirs" in (caught.value.hint or "")
    with pytest.raises(LabelvcError, match="a conflict cannot be settled with 'base': bbbb1111"):
        check_choice(select(FOUND, Selection(("a/*",))), "base")


def test_a_choice_that_all_allow_passes():
    check_choice(FOUND, "ours")
    check_choice(select(FOUND, Selection(("a/*",))), "delete")


def test_a_file_of_labels_settles_what_is_about_labels_only():
    check_choice(select(FOUND, Selection(("aaaa1111", "bbbb1111"))), None)
    with pytest.raises(LabelvcError, match="a file of labels: eeee1111"):
        check_choice(select(FOUND, Selection(("eeee1111",))), None)


def test_a_file_of_labels_stands_for_one_conflict_of_a_sample():
    """Its labels of the sample would be there once for each of them."""
    with pytest.raises(LabelvcError, match="aaaa1111 and aaaa2222 are both of"):
        check_choice(select(FOUND, Selection(("a/*",))), None)


def test_where_nothing_is_open_it_says_so():
    assert select([], Selection()) == []
    with pytest.raises(NotFound, match="no conflicts are open"):
        select([], Selection(("17",)))
