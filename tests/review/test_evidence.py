"""What is to be seen or heard of changes: which medium, why none, and of how many."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from labelvc.core.conflict import Conflict
from labelvc.core.review_items import review_items
from labelvc.core.snapshot import BOX
from labelvc.formats.pair import Wanted
from labelvc.repo.compare import diff_files
from labelvc.repo.media import Found, Media
from labelvc.review.evidence import Exhibits, inlined, linked
from labelvc.review.evidence_shapes import skeletons_of
from tests.data import data
from tests.review.evidence_cases import box, change, scene, seen, shape, told

CELL = box(400, 300, 40, 40)
MASK = shape("mask", {"mask": {"size": [480, 640], "counts": [100, 50, 480 * 640 - 150]}})


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    scene().save(folder / "a.png")
    scene().save(tmp_path / "secret.png")
    return folder


def test_a_category_has_nothing_to_be_seen(media: Path) -> None:
    row = {"kinds": ["added"], "before": None, "after": "cell"}
    item = replace(change(None, CELL), what="category", row=row, sample=None)
    assert told(item, media) == {
        "type": "none",
        "reason": "a category is no picture or sound; the changes of its labels are",
    }


def test_without_a_media_folder_that_is_said() -> None:
    expected = "nothing says where the media of cells are: `media:` in labelvc.yaml does"
    for shelves in ({}, {"cells": None}):
        found = Exhibits(shelves).of(change(None, CELL)).told
        assert found == {"type": "none", "reason": expected}


def test_a_missing_medium_is_named(media: Path) -> None:
    item = change(None, CELL, "0001", path="images/0001.jpg")
    reason = "images/0001.jpg is not here; `dvc pull` brings what DVC tracks"
    assert told(item, media) == {"type": "none", "reason": reason}
    long = told(change(None, CELL, "x" * 5_000), media)["reason"]
    assert len(long) < 300


def test_no_path_leads_out_of_the_media_folder(media: Path) -> None:
    (media / "link.png").symlink_to(media.parent / "secret.png")
    for path in ("../secret.png", str(media.parent / "secret.png"), "link.png"):
        found = told(change(None, CELL, path), media)
        assert found["type"] == "none"
        assert "leads out of the media folder" in found["reason"], path


def test_a_file_that_may_not_be_read_is_no_error(media: Path) -> None:
    class Gone:
        def find(self, path: str | None, key: str, split: str | None = None) -> Found:
            return Found(media / "gone.png")

    found = Exhibits({"cells": Gone()}).of(change(None, CELL)).told
    assert found["reason"] == "a.png cannot be shown: No such file or directory"


def test_a_text_stands_for_a_medium_that_is_not_here(media: Path) -> None:
    label = {"kind": "class", "category": "cell"}
    assert told(change(None, label, text="What a cell"), media)["type"] == "image"
    assert told(change(None, label, "b.png", text="What a cell"), media)["type"] == "text"


@pytest.mark.parametrize("kinds", [["added"], ["media"], ["renamed"]])
def test_of_a_changed_sample_all_is_shown(media: Path, kinds: list[str]) -> None:
    row = {"kinds": kinds, "before_text": None, "after_text": None}
    item = replace(change(None, None), what="sample", row=row, kinds=kinds)
    found = told(item, media)
    assert (found["type"], found["window"], found["shapes"]) == ("image", [0, 0, 640, 480], [])


def test_a_sample_whose_text_was_edited_shows_how() -> None:
    row = {"kinds": ["attributes"], "before_text": "a cat", "after_text": "a dog"}
    item = replace(change(None, None, "1", text="a dog"), what="sample", row=row)
    assert Exhibits({}).of(item).told == {
        "type": "text",
        "text": "a dog",
        "marks": [],
        "words": [["same", "a "], ["old", "cat"], ["new", "dog"]],
    }


def test_a_conflict_shows_all_three_sides(media: Path) -> None:
    sides = [
        {"labels": [{**box(x, 300, 40, 40), "sample": "1", "key": 4}]} for x in (400, 410, 390)
    ]
    sample = {"samples": [{"sample": "1", "path": "a.png"}]}
    conflict = Conflict("edit/edit", "labels", "shape", *sides, now={**sides[0], **sample})
    found = Exhibits({"cells": Media(media)}).of_conflict("cells", conflict).told
    assert [(one["side"], one["box"][0]) for one in found["shapes"]] == [
        ("base", 400), ("ours", 410), ("theirs", 390),
    ]  # fmt: skip


def test_a_conflict_may_hold_its_outlines_as_values(media: Path) -> None:
    ring = {"polygon": [[10, 10, 90, 10, 90, 90]]}
    row = {"sample": "a.png", "kind": "polygon", "unit": "pixel", "geometry": ring}
    conflict = Conflict("edit/delete", "labels", None, {"labels": [row]}, {"labels": [row]})
    found = Exhibits({"cells": Media(media)}).of_conflict("cells", conflict).told
    assert [sorted(one) for one in found["shapes"]] == [["category", "rings", "side"]] * 2


def test_spans_in_conflict_are_marked_in_the_text_that_is_given() -> None:
    rows = [
        {"sample": "1", "kind": "span", "start": 0.0, "end": end, "unit": "character"}
        for end in (3.0, 5.0)
    ]
    conflict = Conflict("add/add", "labels", None, {}, *({"labels": [row]} for row in rows))
    found = Exhibits({}).of_conflict("docs", conflict, text="Ada Lovelace").told
    assert [(one["side"], one["end"]) for one in found["marks"]] == [("ours", 3), ("theirs", 5)]


def test_a_conflict_of_a_category_or_a_whole_set_has_nothing_to_be_seen() -> None:
    conflict = Conflict("formats", "set", None)
    assert Exhibits({}).of_conflict("cells", conflict).told == {
        "type": "none",
        "reason": "this conflict is not about one sample",
    }


def test_files_are_kept_inside_or_linked(media: Path) -> None:
    evidence = seen(change(MASK, None), media)
    inside = inlined(evidence)
    assert inside["src"].startswith("data:image/png;base64,")
    content = base64.b64decode(inside["shapes"][0]["overlay"].partition(",")[2])
    assert content == evidence.blobs["mask-0"].content
    json.dumps(inside, allow_nan=False)
    outside = linked(evidence, lambda name: f"/media/7/{name}?token=T")
    assert outside["src"] == "/media/7/picture?token=T"
    assert outside["shapes"][0]["overlay"] == "/media/7/mask-0?token=T"
    assert inlined(Exhibits({}).of(change(None, CELL)))["type"] == "none"


def several(media: Path, count: int) -> list[Any]:
    """Changes of ten pictures, in turn."""
    for at in range(10):
        Image.effect_noise((200, 200), 20 + at).save(media / f"{at}.png")
    return [
        change(None, box(at % 90, 5, 90, 90), f"{at % 10}.png", number=at) for at in range(count)
    ]


def test_many_changes_give_what_each_gives_and_always_the_same(media: Path) -> None:
    items = several(media, 300)
    made = [
        Exhibits({"cells": Media(media)}).many(items, most=1_000, bytes=10**9) for _ in range(2)
    ]
    assert list(made[0].found) == list(range(300))
    assert made[0].found == made[1].found
    assert (made[0].left_out, made[0].reason, made[0].shown) == (0, "", 300)
    assert made[0].bytes == sum(
        len(json.dumps(inlined(one), separators=(",", ":"))) for one in made[0].found.values()
    )
    one = Exhibits({"cells": Media(media)})
    assert all(one.of(items[number]) == made[0].found[number] for number in (0, 7, 299))


def test_the_first_changes_are_shown_as_far_as_allowed(media: Path) -> None:
    items = several(media, 40)
    exhibits = Exhibits({"cells": Media(media)})
    few = exhibits.many(items, most=7, bytes=10**9)
    assert (list(few.found), few.left_out) == (list(range(7)), 33)
    assert few.reason == "Pictures, texts and sounds are kept of the first 7 changes only"
    small = exhibits.many(items, most=40, bytes=few.bytes)
    assert small.found == few.found
    megabytes = f"{few.bytes / 1e6:g} MB"
    assert small.reason == f"Pictures, texts and sounds are kept up to {megabytes} only"
    none = exhibits.many(items, most=40, bytes=10)
    assert (dict(none.found), none.left_out, none.bytes) == ({}, 40, 0)
    assert exhibits.many([], most=40, bytes=10).reason == ""


def test_what_is_missing_counts_as_told_and_not_as_shown(media: Path) -> None:
    items = [change(None, CELL, name, number=at) for at, name in enumerate(["a.png", "gone.png"])]
    found = Exhibits({"cells": Media(media)}).many(items, most=9, bytes=10**9)
    assert (len(found.found), found.shown) == (2, 1)


def test_several_threads_may_ask_at_once(media: Path) -> None:
    items = several(media, 60)
    exhibits = Exhibits({"cells": Media(media)})
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(exhibits.of, items))
    assert found == [Exhibits({"cells": Media(media)}).of(item) for item in items]


def test_a_picture_that_changed_meanwhile_is_read_again(media: Path) -> None:
    exhibits = Exhibits({"cells": Media(media)})
    label = {"kind": "class"}
    before = exhibits.of(change(None, label))
    scene().transpose(Image.Transpose.ROTATE_180).save(media / "a.png")
    assert exhibits.of(change(None, label)) != before


@pytest.mark.parametrize(
    ("name", "expected"),
    [("instances", {"rings", "overlay"}), ("person_keypoints", {"points"})],
)
def test_real_labels_of_coco_lie_in_the_part_that_is_shown(
    tmp_path: Path, name: str, expected: set[str]
) -> None:
    home = data("coco_mini")
    before = home / "annotations" / f"{name}_val2017.json"
    after = tmp_path / "labels.json"
    after.write_text(json.dumps({**json.loads(before.read_text()), "annotations": []}))
    diff = diff_files(before, after, reading=Wanted("coco"))
    items = [item for item in review_items(diff, lambda *_: False)[0] if item.what == "label"]
    there = {path.name for path in (home / "val2017").iterdir()}
    items = [item for item in items if item.sample in there]
    made = Exhibits({diff.sets[0].name: Media(home / "val2017")}).many(
        items, most=len(items), bytes=10**9
    )
    kinds = set()
    for item in items:
        found = made.found[item.number].told
        (drawn,) = found["shapes"]
        kinds |= {*drawn} - {"side", "category", "skeleton"}
        window, place = found["window"], [item.row[f"before_{at}"] for at in BOX]
        if "points" not in drawn:  # which may be few, within a large box
            for axis in (0, 1):
                assert window[axis] <= place[axis] + 1
                assert window[axis] + window[axis + 2] >= place[axis] + place[axis + 2] - 1
    assert kinds == expected and made.shown == len(items) > 40


def test_skeletons_are_found_in_the_attributes_of_categories() -> None:
    attributes = {
        "person": '{"keypoints":["a","b"],"skeleton":[[1,2]]}',
        "cell": None,
        "odd": '{"skeleton":"none"}',
        "bare": '{"colour":"red"}',
    }
    assert skeletons_of(attributes) == {"person": [[0, 1]]}


def test_the_body_that_is_assumed_is_that_of_coco(media: Path) -> None:
    file = data("coco_mini") / "annotations" / "person_keypoints_val2017.json"
    (person,) = json.loads(file.read_text())["categories"]
    points = [[at, at, 2] for at in range(len(person["keypoints"]))]
    (drawn,) = told(change(None, shape("keypoints", {"keypoints": points})), media)["shapes"]
    assert drawn["skeleton"] == skeletons_of({"person": json.dumps(person)})["person"]
