"""The identity ladder, as a table of named cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from labelvc.core.counting import count
from labelvc.core.label_changes import label_changes
from labelvc.core.match import choose_key, match
from labelvc.core.other_changes import category_changes, sample_changes
from labelvc.core.patch import diff
from labelvc.core.snapshot import Snapshot, canonical_json, categories_frame
from tests.core.strategies import assemble

Row = Mapping[str, Any]


def box(category: str, x: float, y: float = 0.0, **more: Any) -> Row:
    place = {"x": x, "y": y, "width": 10.0, "height": 10.0, "unit": "pixel"}
    return {"sample": "s", "kind": "box", "category": category, **place, **more}


def polygon(category: str, ring: Sequence[float], **more: Any) -> Row:
    geometry = canonical_json({"polygon": [[float(value) for value in ring]]})
    return {**box(category, 0.0), "kind": "polygon", "geometry": geometry, **more}


def whole(category: str, **more: Any) -> Row:
    return {"sample": "s", "kind": "class", "category": category, **more}


def span(category: str, start: int, end: int, **more: Any) -> Row:
    place = {"start": float(start), "end": float(end), "unit": "character"}
    return {"sample": "s", "kind": "span", "category": category, **place, **more}


def caption(text: str, **more: Any) -> Row:
    return {"sample": "s", "kind": "text", "text": text, **more}


SQUARE = [0, 0, 10, 0, 10, 10, 0, 10]
LARGER = [0, 0, 10, 0, 10, 12, 0, 12]
CASES: dict[str, tuple[list[Row], list[Row], dict[str, int]]] = {
    "nothing": ([], [], {}),
    "equal boxes": ([box("cat", 1)], [box("cat", 1)], {}),
    "ids zeroed": (
        [box("cat", 1, id="7"), box("dog", 50, id="8")],
        [box("cat", 1, id="0"), box("dog", 50, id="0")],
        {},
    ),
    "ids shuffled": (
        [box("cat", 1, id="1"), box("dog", 50, id="2"), box("cat", 99, id="3")],
        [box("cat", 1, id="3"), box("dog", 50, id="1"), box("cat", 99, id="2")],
        {},
    ),
    "a class flip is relabelled": ([box("cat", 1)], [box("dog", 1)], {"relabelled": 1}),
    "a class flip without a shared id": (
        [box("cat", 1, id="1")],
        [box("dog", 1, id="9")],
        {"relabelled": 1},
    ),
    "moved a little": ([box("cat", 1)], [box("cat", 2)], {"moved": 1}),
    "moved and relabelled": ([box("cat", 1)], [box("dog", 2)], {"moved": 1, "relabelled": 1}),
    "moved too far to be the same": ([box("cat", 1)], [box("cat", 40)], {"added": 1, "removed": 1}),
    "moved far under a trusted id": (
        [box("cat", 1, id="1"), box("cat", 200, id="2")],
        [box("cat", 40, id="1"), box("cat", 200, id="2")],
        {"moved": 1},
    ),
    "the same category wins over the greater overlap": (
        [box("cat", 10), box("dog", 12)],
        [box("dog", 10.5), box("cat", 12.5)],
        {"moved": 2},
    ),
    "optimal, not greedy": (
        # greedy would pair 10 with 11 and leave 8 and 13.5 unmatched
        [box("cat", 8), box("cat", 10.4)],
        [box("cat", 10), box("cat", 13)],
        {"moved": 2},
    ),
    "duplicates are counted": (
        [box("cat", 1), box("cat", 1)],
        [box("cat", 1)],
        {"removed": 1},
    ),
    "one duplicate relabelled": (
        [box("cat", 1), box("cat", 1)],
        [box("cat", 1), box("dog", 1)],
        {"relabelled": 1},
    ),
    "of three duplicates one relabelled, one moved": (
        [box("cat", 1)] * 3,
        [box("cat", 1), box("cat", 2), box("dog", 1)],
        {"relabelled": 1, "moved": 1},
    ),
    "one box split in two that overlap it": (
        [box("cat", 0, width=20.0)],
        [box("cat", 0), box("cat", 9)],
        {"moved": 1, "added": 1},
    ),
    "all boxes scaled under their ids": (
        [box("cat", 37.0 * at, id=str(at)) for at in range(9)],
        [box("cat", 74.0 * at, width=20.0, height=20.0, id=str(at)) for at in range(9)],
        {"moved": 9},
    ),
    "all boxes shifted under their ids": (
        [box("cat", 12.0 * at, id=str(at)) for at in range(9)],
        [box("cat", 12.0 * at + 8, id=str(at)) for at in range(9)],
        {"moved": 9},
    ),
    "categories swapped": (
        [box(("cat", "dog")[at % 2], 37.0 * at) for at in range(6)],
        [box(("dog", "cat")[at % 2], 37.0 * at) for at in range(6)],
        {"relabelled": 6},
    ),
    "one category split in two": (
        [box("pet", 37.0 * at) for at in range(6)],
        [box(("dog", "cat")[at % 2], 37.0 * at) for at in range(6)],
        {"relabelled": 6},
    ),
    "box drawn as an outline": (
        [box("cat", 0)],
        [polygon("cat", SQUARE)],
        {"reshaped": 1},
    ),
    "outline changed": (
        [polygon("cat", SQUARE)],
        [polygon("cat", LARGER, height=12.0)],
        {"reshaped": 1, "moved": 1},
    ),
    "box rewritten under the same outline": (
        [polygon("cat", SQUARE)],
        [polygon("cat", SQUARE, x=500.0)],
        {"moved": 1},
    ),
    "area follows the outline": (
        [polygon("cat", SQUARE, attributes='{"area":100.0}')],
        [polygon("cat", LARGER, height=12.0, attributes='{"area":120.0}')],
        {"reshaped": 1, "moved": 1},
    ),
    "area alone is an attribute": (
        [polygon("cat", SQUARE, attributes='{"area":100.0}')],
        [polygon("cat", SQUARE, attributes='{"area":101.0}')],
        {"attributes": 1},
    ),
    "noise of float32": ([box("cat", 500.1)], [box("cat", 500.10001)], {}),
    "noise in an outline": (
        [polygon("cat", [0.1, *SQUARE[1:]])],
        [polygon("cat", [0.10000001, *SQUARE[1:]])],
        {},
    ),
    "a sole class": ([whole("cat")], [whole("dog")], {"relabelled": 1}),
    "one of several classes": (
        [whole("cat"), whole("pet")],
        [whole("dog"), whole("pet")],
        {"relabelled": 1},
    ),
    "several classes become others": (
        [whole("cat"), whole("pet")],
        [whole("dog"), whole("wild")],
        {"added": 2, "removed": 2},
    ),
    "a class more": ([whole("cat")], [whole("dog"), whole("pet")], {"added": 2, "removed": 1}),
    "each annotator's sole class": (
        [whole("cat", annotator="ann"), whole("cat", annotator="bob")],
        [whole("dog", annotator="ann"), whole("cow", annotator="bob")],
        {"relabelled": 2},
    ),
    "another annotator, same class": (
        [whole("cat", annotator="ann")],
        [whole("cat", annotator="bob")],
        {"annotator": 1},
    ),
    "a verdict": (
        [whole("cat")],
        [whole("cat", verdict="absent")],
        {"verdict": 1},
    ),
    "a confidence": ([whole("cat")], [whole("cat", confidence=0.5)], {"confidence": 1}),
    "a transcript edited": ([caption("one two")], [caption("one three")], {"edited": 1}),
    "two of three captions edited": (
        [caption("a dog runs home"), caption("the cat sat down"), caption("x")],
        [caption("a dog ran home"), caption("the cat sat there"), caption("x")],
        {"edited": 2},
    ),
    "a span stretched": ([span("PER", 3, 9)], [span("PER", 3, 10)], {"retimed": 1}),
    "a span relabelled": ([span("PER", 3, 9)], [span("ORG", 3, 9)], {"relabelled": 1}),
    "a span moved elsewhere": (
        [span("PER", 0, 4)],
        [span("PER", 10, 14)],
        {"added": 1, "removed": 1},
    ),
}


def compare(before: Snapshot, after: Snapshot, **how: Any) -> tuple[dict[str, int], pl.DataFrame]:
    matched = match(before, after, **how)
    patch = diff(before, matched.after)
    changes = label_changes(patch, before, matched.after, matched.how)
    counts = count(changes, sample_changes(patch), category_changes(patch))
    return {name: number for name, number in counts.items() if number}, changes


TAXONOMY = ["LOC", "ORG", "PER", "cat", "cow", "dog", "pet", "wild"]


def snapshot(rows: Sequence[Row], texts: Mapping[str, str] | None = None) -> Snapshot:
    return assemble([dict(row) for row in rows], dict(texts or {"s": "text"}), TAXONOMY)


def untaxed(rows: Sequence[Row]) -> Snapshot:
    """A snapshot that knows no more categories than its labels have."""
    names = sorted({row["category"] for row in rows})
    return assemble([dict(row) for row in rows], {}, names)


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    before, after, expected = CASES[name]
    counts, _ = compare(snapshot(before), snapshot(after))
    of_labels = {kind: n for kind, n in counts.items() if "_" not in kind and kind != "changed"}
    assert of_labels == expected
    back, _ = compare(snapshot(after), snapshot(before))
    assert back.get("changed") == counts.get("changed")


def test_rungs_are_told() -> None:
    before = [box("cat", 1, id="1"), box("cat", 50, id="2"), box("cat", 100), box("cow", 150)]
    after = [box("dog", 1, id="1"), box("cat", 50, id="2"), box("cow", 100), box("cow", 152)]
    _, changes = compare(snapshot(before), snapshot(after))
    told_rungs = changes.sort("key").select("matched_by", "iou").rows()
    assert told_rungs[0] == ("id", 1.0)
    assert told_rungs[1] == ("place", 1.0)
    assert told_rungs[2] == ("overlap", pytest.approx(8 / 12))


def test_independent_annotators_are_never_mixed() -> None:
    before = snapshot([box("cat", 1, annotator="ann")])
    after = snapshot([box("cat", 2, annotator="bob")])
    counts, _ = compare(before, after)
    assert counts == {"changed": 1, "moved": 1, "annotator": 1}
    counts, _ = compare(before, after, independent=True)
    assert (counts["added"], counts["removed"]) == (1, 1)


def test_untrusted_ids_are_not_used() -> None:
    before = snapshot([box("cat", 1, id="1"), box("cat", 200, id="2")])
    after = snapshot([box("cat", 40, id="1"), box("cat", 200, id="2")])
    counts, _ = compare(before, after, ids="untrusted")
    assert counts == {"changed": 2, "added": 1, "removed": 1}


def test_reused_ids_are_noticed() -> None:
    # all of one sample and category, so that only the places tell
    before = snapshot([box("cat", 100.0 * i, id=str(i)) for i in range(10)])
    after = snapshot([box("cat", 100.0 * (9 - i) + (i > 4), id=str(i)) for i in range(10)])
    counts, changes = compare(before, after)
    assert counts == {"changed": 5, "moved": 5}
    assert set(changes["matched_by"]) == {"overlap"}


def test_spans_are_found_again_in_an_edited_text() -> None:
    before = snapshot([span("PER", 4, 8), span("ORG", 16, 20)], {"s": "Mr. Kant works @ Acme"})
    after = snapshot(
        [span("PER", 10, 14), span("LOC", 22, 26)], {"s": "Hello Mr. Kant works @ Acme"}
    )
    counts, _ = compare(before, after)
    assert counts == {"changed": 1, "relabelled": 1, "samples_media": 1}


def test_a_category_renamed_under_its_id_relabels_nothing() -> None:
    before = _named([box("Plastic Film", 1)], ["Plastic Film", "Cup"], ["0", "1"])
    after = _named([box("Plastic film", 1)], ["Plastic film", "Cup"], ["0", "1"])
    assert compare(before, after)[0] == {"categories_renamed": 1}


def test_a_category_renamed_with_all_its_labels() -> None:
    before = untaxed([box("old", 1), box("old", 50), box("x", 100)])
    after = untaxed([box("new", 1), box("new", 50), box("x", 100)])
    assert compare(before, after)[0] == {"categories_renamed": 1}


def test_a_category_split_off_is_relabelled() -> None:
    before = untaxed([box("old", 1), box("old", 50)])
    after = untaxed([box("old", 1), box("new", 50)])
    counts, _ = compare(before, after)
    assert counts == {"changed": 1, "relabelled": 1, "categories_added": 1}


def test_a_reordered_class_list_relabels() -> None:
    before = _named([box("cat", 1), box("dog", 50)], ["cat", "dog"], ["0", "1"])
    after = _named([box("dog", 1), box("cat", 50)], ["dog", "cat"], ["0", "1"])
    counts, _ = compare(before, after)
    assert counts == {"changed": 2, "relabelled": 2, "categories_renumbered": 2}


def test_a_renamed_sample_keeps_its_labels() -> None:
    before = assemble([dict(box("cat", 1)), dict(box("dog", 50))], {}, ["cat", "dog"])
    moved = [dict(box("cat", 1, sample="t")), dict(box("dog", 50, sample="t"))]
    matched = match(before, _with_paths(assemble(moved, {}, ["cat", "dog"])))
    patch = diff(_with_paths(before), matched.after)
    assert not patch.labels
    assert sample_changes(patch)["kinds"].to_list() == [["renamed"]]


def test_an_edited_text_without_an_id_is_the_same_sample() -> None:
    before = assemble([dict(whole("joy", sample="1"))], {"1": "what a very fine day"}, ["joy"])
    after = assemble([dict(whole("joy", sample="2"))], {"2": "what a very nice day"}, ["joy"])
    assert compare(before, after)[0] == {"samples_media": 1}


def test_spans_before_and_inside_an_edit_are_found_again() -> None:
    before = snapshot([span("PER", 0, 4), span("ORG", 5, 9)], {"s": "Kant Acme met"})
    after = snapshot([span("PER", 0, 5), span("ORG", 6, 10)], {"s": "Kants Acme met"})
    counts, _ = compare(before, after)
    assert counts == {"samples_media": 1}


def _texts(texts: Sequence[str]) -> Snapshot:
    """A text a sample, known by nothing else."""
    rows = [dict(whole("joy", sample=text)) for text in texts]
    return assemble(rows, {text: text for text in texts}, ["joy"])


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.upper(),
        lambda text: text.replace(" stands", " has stood"),
        lambda text: f"And then {text}",
    ],
)
def test_many_edited_texts_are_found_again_among_new_ones(edit: Callable[[str], str]) -> None:
    texts = [f"house {at} stands in street {at * 7919 % 10007} of this town" for at in range(5000)]
    new = [f"nothing of the kind {at}" for at in range(300)]
    counts, _ = compare(_texts(texts), _texts([*new, *map(edit, texts)]))
    assert counts == {"changed": 300, "added": 300, "samples_added": 300, "samples_media": 5000}


def test_many_renamed_samples_are_found_again() -> None:
    def boxes(prefix: str) -> Snapshot:
        rows = [dict(box("cat", float(at), sample=f"{prefix}{at}")) for at in range(20000)]
        return assemble(rows, {}, ["cat"])

    assert match(boxes("a"), boxes("b")).after == boxes("a")


def test_many_labels_of_one_sample_are_told_apart() -> None:
    places = [(at % 70 * 15.0, at // 70 * 15.0) for at in range(2500)]
    before = snapshot([box("cat", x, y) for x, y in places])
    after = snapshot([box("cat", x + 2, y + 1) for x, y in places])
    counts, changes = compare(before, after)
    assert counts == {"changed": 2500, "moved": 2500}
    assert set(changes["shift"].round(6)) == {round(5**0.5, 6)}


@pytest.mark.parametrize(
    ("before", "after", "chosen"),
    [
        ({"name": ["a", "b"]}, {"name": ["a", "b"]}, "name"),
        # renumbered file names under stable addresses
        (
            {"name": ["0", "1", "2"], "url": ["x", "y", "z"]},
            {"name": ["0", "1", "2", "3"], "url": ["n", "x", "y", "z"]},
            "url",
        ),
        # changed addresses under stable file names
        (
            {"name": ["0", "1", "2"], "url": ["x", "y", "z"]},
            {"name": ["0", "1", "2"], "url": ["u", "v", "z"]},
            "name",
        ),
        # native ids are never taken unasked
        (
            {"name": ["0", "1"], "id": ["7", "8"]},
            {"name": ["1", "0"], "id": ["7", "8"]},
            "name",
        ),
        # neither is a field that is not unique
        (
            {"name": ["0", "1"], "url": ["x", "x"]},
            {"name": ["1", "0"], "url": ["x", "x"]},
            "name",
        ),
    ],
)
def test_the_stable_sample_field_is_chosen(
    before: dict[str, list[str]], after: dict[str, list[str]], chosen: str
) -> None:
    assert choose_key(before, after, None) == chosen


def _named(rows: list[Row], names: list[str], ids: list[str]) -> Snapshot:
    made = assemble([dict(row) for row in rows], {}, names)
    return Snapshot(made.labels, made.samples, categories_frame(names, id=ids)).check()


def _with_paths(made: Snapshot) -> Snapshot:
    samples = made.samples.with_columns(pl.col("sample").alias("path"))
    return Snapshot(made.labels, samples, made.categories)
