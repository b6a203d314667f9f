"""Conflicts in people's words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.close import places_iou
from labelvc.core.conflict import KINDS, Conflict
from labelvc.core.conflict_shapes import measures
from labelvc.core.conflict_words import Aspect, absence, aspects, line, subject
from labelvc.core.excerpt import around
from labelvc.core.merge_rows import fields_of
from labelvc.core.merge_table import plain
from labelvc.core.snapshot import LABELS
from tests.core.strategies import label
from tests.report.conflict_cases import CASES, LONG, box, of_labels, pointer, row


def lines(case: str) -> list[str]:
    return [line(c) for one in CASES[case]() for c in one.conflicts.values()]


def test_lines_of_boxes_categories_and_samples():
    assert lines("blood") == [
        "img_12.jpg: box #17: category: ours RBC, theirs Platelets, base WBC",
        "img_12.jpg: box #18 RBC: shape: ours at 8, 9, size 30 x 20, "
        "theirs at 25.5, 5, size 30 x 20, base at 5, 5, size 30 x 20 (IoU 0.20)",
        "img_12.jpg: box #20 WBC: ours changed its category, shape, theirs deleted it",
        "img_12.jpg: box #21 / #22 WBC: both sides added a label of what seems to be one thing",
        "img_12.jpg: box RBC at 7, 7: occluded: ours true, theirs yes, base 0",
        "category Bus: name: ours Coach, theirs Bus, base Bus",
        "category Bus: ours removed it, theirs uses it",
        "sample img_13.jpg: ours removed it, theirs labelled it",
        "sample img_13.jpg: split: ours val, theirs test, base train",
        "the whole label set: ours deleted it, theirs edited it",
        f"file notes/readme.txt: md5: ours {'0' * 32}, theirs {'f' * 32}, base {'b' * 32}",
    ]


def test_lines_of_texts_spans_and_tokens():
    told = lines("texts")
    assert told[1:] == [
        "t1: span PER at 4-9: shape: ours 4-12, theirs 2-9, base 4-9",
        's1: token #s1/3 "banks": upos: ours VERB, theirs PROPN, base NOUN',
        "b.txt: class spam: verdict: ours absent, theirs rejected, base present",
    ]
    assert "disturb" in told[0] and "photograph" in told[0] and "wake" in told[0]
    assert "quick brown fox" not in told[0]


def test_numbers_that_look_alike_are_told_in_full():
    sides = [box("a", "RBC", x, 1.0) for x in (1.0, 1.00001, 1.00002)]
    (aspect, *_) = aspects(of_labels("edit/edit", "shape", *sides))
    assert aspect.ours == "at 1.00001, 1, size 30 x 20"
    assert aspect.theirs == "at 1.00002, 1, size 30 x 20"


def test_a_number_and_its_spelling_are_told_apart():
    sides = [row("a", "class", attributes={"n": value}) for value in (0, 1, "1")]
    assert aspects(of_labels("edit/edit", "attributes.n", *sides))[0][:4] == ("n", "0", "1", '"1"')


def test_of_undecided_rows_the_fields_that_differ_are_told():
    sides = box("a", "RBC", 1, 1, attributes={"k": 1, "z": 2}), box("a", "RBC", 1, 1, text="t")
    told = {a.name: a for a in aspects(of_labels("edit/delete", None, *sides, None))}
    assert told["category"] == Aspect("category", "RBC", "RBC", None)
    assert told["text"] == Aspect("text", None, "t", None, prose=True)
    assert told["z"].base == "2" and told["z"].ours is None
    assert "verdict" not in told and "annotator" not in told


def test_of_a_whole_label_set_what_its_pointers_say_differently_is_told():
    told = aspects(Conflict("whole", "set", None, {}, pointer("0", 7), pointer("f", 9)))
    assert told == [
        Aspect("md5", None, "0" * 32, "f" * 32),
        Aspect("labels", None, "7", "9"),
        Aspect("RBC", None, "-2", "0"),
    ]


@pytest.mark.parametrize(
    ("kind", "sides", "told"),
    [
        ("edit/delete", ("base", "ours", None), (None, None, "deleted")),
        ("delete/edit", ("base", None, "theirs"), (None, "deleted", None)),
        ("add/add", (None, "ours", "theirs"), ("not there yet", None, None)),
    ],
)
def test_why_a_version_says_nothing(kind, sides, told):
    conflict = of_labels(kind, None, *(side and box("a", side, 1, 1) for side in sides))
    assert tuple(absence(conflict, side) for side in ("base", "ours", "theirs")) == told


def test_texts_are_shortened_around_their_difference():
    one, two = around([LONG.format("wake"), LONG.format("disturb")])
    assert one.startswith("...") and one.endswith("...") and len(one) < 70
    assert "wake" in one and "disturb" in two
    assert around(["short", "other"]) == ["short", "other"]
    assert max(map(len, around(["x" * 500, "y" * 900]))) <= 63


def test_names_and_ids_of_any_length_stay_readable():
    conflict = of_labels("edit/edit", "verdict", *[box("s" * 9999, "c" * 9999, 1, 1)] * 3)
    assert len(subject(conflict)) < 700


boxes = st.tuples(*[st.integers(0, 20).map(float)] * 4)


@given(boxes, boxes)
def test_overlaps_are_those_by_which_a_merge_decides(one, two):
    rows = [
        {**dict.fromkeys(LABELS), "kind": "box", "unit": "pixel",
         **dict(zip(("x", "y", "width", "height"), side, strict=True))}
        for side in (one, two)
    ]  # fmt: skip
    (told,) = [m for m in measures(None, *rows) if m[0] == "IoU with ours"]
    assert told[3] == f"{places_iou(*rows):.2f}"


@given(*[st.floats(0, 9)] * 4)
def test_overlaps_of_segments_too(start, length, other, more):
    rows = [
        {**dict.fromkeys(LABELS), "kind": "segment", "unit": "second", "start": a, "end": a + b}
        for a, b in ((start, length), (other, more))
    ]
    assert measures(None, *rows)[0][3] == f"{places_iou(*rows):.2f}"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_labels_can_be_told(data):
    """Whatever rows a conflict has, each field and the whole of it has words."""
    rows = [plain({"key": 0, **data.draw(label())}) for _ in range(3)]
    present = [data.draw(st.booleans()) for _ in range(3)]
    present[2] |= not any(present)
    sides = [{"labels": [row]} if there else {} for row, there in zip(rows, present, strict=True)]
    field = data.draw(st.none() | st.sampled_from(fields_of("labels", *rows)))
    conflict = Conflict(data.draw(st.sampled_from(KINDS[:4])), "labels", field, *sides, sides[2])
    assert line(conflict).startswith(subject(conflict))
    assert not re.search("none none", line(conflict))
    for aspect in aspects(conflict):
        for side, there in zip(("base", "ours", "theirs"), present, strict=True):
            assert there or not aspect.of(side)
