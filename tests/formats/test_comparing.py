"""Comparisons tell exactly the edits that were made to the files, whatever else befell them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from labelvc.core.comparison import COUNTS, Comparison
from labelvc.core.errors import ParseError
from labelvc.formats.comparing import compare
from labelvc.formats.pair import Wanted
from labelvc.formats.source import Source
from tests.formats import rewriting
from tests.formats.rewriting import Script, Thing, base, edited, source, totals

BOXES = ("relabel", "move", "relabel and move", "remove", "add", "add sample", "remove sample")
SPANS = ("relabel", "remove", "add", "add sample", "remove sample")
SPEECH = ("edit", "add sample", "remove sample")
FORMATS: dict[str, tuple[Callable[..., Source], Sequence[str], int]] = {
    "coco": (rewriting.coco, BOXES, 5),
    "yolo": (rewriting.yolo, BOXES, 5),
    "voc": (rewriting.voc, BOXES, 5),
    "table": (rewriting.table, SPANS, 3),
    "spans": (rewriting.spans, SPANS, 5),
    "conll": (rewriting.conll, SPANS, 5),
    "nemo": (rewriting.nemo, SPEECH, 1),
}
IDS = ("kept", "equal", "renumbered", "shuffled", "absent")
SEEDS = range(4)  # the more, the more edits


def compared(fmt: str, before: Source, after: Source) -> Comparison:
    return compare(before, after, name="set", path="set", wanted=Wanted(format=fmt))


def assert_told(
    comparison: Comparison, script: Script, before: list[Thing], after: list[Thing]
) -> None:
    told = {name: number for name, number in comparison.counts.items() if number}
    assert told == dict(script.counts)
    assert {(flip.before, flip.after): flip.count for flip in comparison.flips} == script.flips
    assert comparison.before.samples == len(before) and comparison.after.samples == len(after)
    if comparison.format != "nemo":
        for things, tally in ((before, comparison.before), (after, comparison.after)):
            assert +totals(things) == {k: v for k, v in tally.categories.items() if v}


def mirrored(script: Script) -> Script:
    other = {"added": "removed", "removed": "added"}
    other |= {f"samples_{one}": f"samples_{two}" for one, two in other.items()}
    back = Script()
    for name, number in script.counts.items():
        back.counts[other.get(name, name)] = number
    for (one, two), number in script.flips.items():
        back.flips[two, one] = number
    return back


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fmt", FORMATS)
def test_exactly_the_edits_are_told(fmt: str, seed: int) -> None:
    write, kinds, most = FORMATS[fmt]
    rng = random.Random(f"{fmt} {seed}")
    before = base(rng, 30, most=most)
    after, script = edited(rng, before, 3 + 8 * seed, kinds)
    for order in (None, rng):
        one, two = write(before, rng=order), write(after, rng=order)
        assert_told(compared(fmt, one, two), script, before, after)
        assert_told(compared(fmt, two, one), mirrored(script), after, before)
    assert set(script.counts) <= set(COUNTS)


@pytest.mark.parametrize("ids", IDS)
@pytest.mark.parametrize("ids_before", ["kept", "equal"])
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_became_of_the_ids(ids: str, ids_before: str, seed: int) -> None:
    rng = random.Random(f"{ids} {ids_before} {seed}")
    before = base(rng, 40)
    after, script = edited(rng, before, (0, 1, 8, 40)[seed], BOXES)
    for order, indent in ((None, None), (rng, 1)):
        one = rewriting.coco(before, ids_before)
        two = rewriting.coco(
            after, ids, rng=order or (rng if ids == "shuffled" else None), indent=indent
        )
        assert_told(compared("coco", one, two), script, before, after)
        assert_told(compared("coco", two, one), mirrored(script), after, before)


# Cases that cancelling or matching once told wrongly


def test_ids_that_are_all_equal_tell_nothing() -> None:
    things = base(random.Random(1), 20)
    after, script = edited(random.Random(2), things, 0, BOXES)
    each = next(each for each in after if each.free and each.labels)
    each.labels.pop()
    each.labels.append(rewriting.label(random.Random(3), each))
    comparison = compared("coco", rewriting.coco(things, "equal"), rewriting.coco(after, "equal"))
    script.did("removed")
    script.did("added")
    assert_told(comparison, script, things, after)
    assert comparison.matched_by["id"] == 0


def test_ids_moved_on_by_one_are_not_trusted_for_the_few_that_moved() -> None:
    before = [row(at, x=50 * at) for at in range(60)]
    after = [row(at + 1, x=50 * at + (at in (4, 5, 6))) for at in range(60)]
    comparison = compared("coco", annotated(before), annotated(after))
    assert nonzero(comparison) == {"changed": 3, "moved": 3}
    assert comparison.changes["shift"].to_list() == [1.0, 1.0, 1.0]


def test_an_annotation_of_an_image_that_went_is_told() -> None:
    before = base(random.Random(1), 3)
    one = rewriting.coco(before)
    content = json.loads(one.files["train.json"].read())
    content["images"].pop()
    two = source({"train.json": json.dumps(content)}, folder=False)
    for sides in ((one, two), (two, one)):
        with pytest.raises(ParseError, match="image_id"):
            compared("coco", *sides)


def test_classes_without_a_list_are_those_of_all_files() -> None:
    files = {f"labels/{name}.txt": f"{name} .5 .5 .2 .2\n" for name in range(4)}
    after = {**files, "labels/0.txt": "1 .5 .5 .2 .2\n"}
    comparison = compared("yolo", source(files, folder=True), source(after, folder=True))
    assert nonzero(comparison) == {"changed": 1, "relabelled": 1, "categories_removed": 1}
    assert dict(comparison.after.categories) == {"1": 2, "2": 1, "3": 1}


def test_a_name_that_a_second_split_takes_renames_no_other_sample() -> None:
    line = "0 .5 .5 .2 .2\n"
    files = {f"labels/train/{name}.txt": line for name in "abc"} | {"labels/train/d.txt": ""}
    after = {**files, "labels/val/a.txt": line}
    comparison = compared("yolo", source(files, folder=True), source(after, folder=True))
    assert nonzero(comparison) == {"changed": 1, "added": 1, "samples_added": 1}


def test_a_sample_of_several_rows_by_another_key_is_still_there() -> None:
    head, rows = "id,path,label\n", ["1,a.jpg,cat\n", "1,a.jpg,dog\n", "2,b.jpg,cat\n"]
    one = source({"t.csv": head + "".join(rows)}, folder=False)
    two = source({"t.csv": head + "".join(rows[1:])}, folder=False)
    for key in ("id", "path"):
        wanted = Wanted(format="table", key=key)
        comparison = compare(one, two, name="set", path="set", wanted=wanted)
        assert nonzero(comparison) == {"changed": 1, "removed": 1}
        assert comparison.after.samples == 2


def row(number: int, **box: float) -> dict[str, Any]:
    x, y, width, height = (box.get(name, 20.0) for name in ("x", "y", "width", "height"))
    return {"id": number, "image_id": 1, "category_id": 1, "bbox": [x, y, width, height]}


def annotated(annotations: Sequence[dict[str, Any]]) -> Source:
    """A COCO file of one image."""
    value = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }
    return source({"a.json": json.dumps(value)}, folder=False)


def nonzero(comparison: Comparison) -> dict[str, int]:
    return {name: number for name, number in comparison.counts.items() if number}


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_order_of_rows_and_files_does_not_matter(fmt: str) -> None:
    write, kinds, most = FORMATS[fmt]
    rng = random.Random(fmt)
    before = base(rng, 20, most=most)
    after, _ = edited(rng, before, 12, kinds)
    told = set()
    for _ in range(4):
        one = compared(fmt, write(before, rng=rng), write(after, rng=rng))
        rows = sorted(map(repr, one.changes.drop("key").iter_rows()))
        samples = sorted(map(repr, one.sample_changes.iter_rows()))
        told.add(repr((one.counts, one.flips, one.categories, one.matched_by, rows, samples)))
    assert len(told) == 1
