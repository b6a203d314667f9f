"""COCO: real files, pycocotools as the second opinion, edits in place, errors with a place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask
from pycocotools.coco import COCO

from labelvc.core.errors import LossError, ParseError, SchemaError
from labelvc.core.snapshot import (
    Snapshot,
    canonical_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.formats import coco
from labelvc.formats.coco_scan import CocoScan
from labelvc.formats.source import MemoryBlob, Source, disk_source
from tests.data import data
from tests.formats.case import Case
from tests.formats.coco_cases import BOX, CASES, CATS, IMAGES, RLE
from tests.formats.coco_cases import coco as plain

COCO_FILES = {
    "instances_train2017": 739,
    "instances_val2017": 624,
    "person_keypoints_train2017": 172,
    "person_keypoints_val2017": 118,
    "captions_train2017": 400,
    "captions_val2017": 395,
}
TACO_FILES = {
    "official_2019-06-09_56bdab81": 1827,
    "official_2019-06-24_a35e9445": 2152,
    "official_2019-06-26_1e4d24a1": 2152,
    "official_2019-12-19_508da019": 4784,
    "unofficial_2020-12-28_7ca58c9e": 4537,
    "unofficial_2021-01-11_618f72be": 4605,
}
REAL = {f"coco_mini/annotations/{name}.json": count for name, count in COCO_FILES.items()} | {
    f"taco/{name}.json": count for name, count in TACO_FILES.items()
}


def scan(value: Any) -> CocoScan:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return coco.scan(Source("x.json", {"x.json": MemoryBlob(content)}, is_folder=False), {})


def written(snapshot: Snapshot) -> Any:
    (content,) = coco.write(snapshot, {}).values()
    return json.loads(content)


def with_labels(snapshot: Snapshot, **changes: pl.Expr) -> Snapshot:
    return snapshot.with_labels(snapshot.labels.with_columns(**changes))


@pytest.mark.parametrize("path", REAL)
def test_real_file_is_read_whole_and_written_as_it_was(path: str) -> None:
    source = disk_source(data(path))
    found = coco.scan(source, {})
    snapshot = found.read().check()
    assert coco.sniff(source)
    assert snapshot.labels.height == REAL[path]
    assert found.tally() == snapshot.tally()
    (content,) = coco.write(snapshot, {}).values()
    assert content == data(path).read_bytes()


@pytest.mark.parametrize("path", REAL)
def test_real_file_survives_the_plain_layout(path: str) -> None:
    snapshot = coco.scan(disk_source(data(path)), {}).read()
    again = scan(coco.write(replace(snapshot, documents={}), {})["annotations.json"]).read()
    assert again == snapshot


@pytest.mark.parametrize("case", CASES, ids=str)
def test_keeping_every_piece_reads_what_reading_the_whole_reads(case: Case) -> None:
    found = coco.scan(case.source(), {})
    keep = {table: range(len(pieces)) for table, pieces in found.pieces.items()}
    assert found.read(keep) == found.read()
    assert list(found.read(keep).records) == list(found.read().records)


def test_a_part_holds_the_kept_pieces_only() -> None:
    found = scan(plain([BOX, {**BOX, "id": 6, "image_id": 7}, {**BOX, "id": 8}]))
    part = found.read({"labels": [1], "samples": [0]})
    assert part.labels["id"].to_list() == ["6"]
    assert part.labels["sample"].to_list() == ["b.jpg"]
    assert part.samples["sample"].to_list() == ["a.jpg"]
    assert part.categories["name"].to_list() == ["cat", "dog"]
    assert json.loads(part.records[part.labels["record"][0]])["id"] == 6
    assert json.loads(part.records[part.samples["record"][0]])["id"] == 10
    assert not part.documents


def test_null_ids_of_categories_mean_none_with_or_without_a_list_of_them() -> None:
    for categories in (CATS, []):
        labels = scan(plain([{**BOX, "category_id": None}], IMAGES, categories)).read().labels
        assert labels["category"].to_list() == [None]
        assert labels["attributes"].to_list() == ['{"area":600.0}']


def test_further_keys_change_nothing_else() -> None:
    """The quick way for annotations of known keys and the other one agree on every text."""
    numbers = [1, 1.0, 0.1, 1e-7, 1e22, 123456789012345678901234567890, -0.0, None, "12", [1.50]]
    rows = [{**BOX, "area": n, "segmentation": [[1, 2.5, 3e-9, 4, 5, 6]]} for n in numbers]
    quick = scan(plain(rows)).read()
    slow = scan(plain([*rows, {**BOX, "more": 1}])).read()
    assert slow.with_labels(slow.labels.head(len(rows))) == quick


def test_masks_are_those_of_pycocotools(tmp_path: Path) -> None:
    path = data("coco_mini/annotations/instances_val2017.json")
    theirs = COCO(path)
    rows = coco.scan(disk_source(path), {}).read().labels.filter(pl.col("kind") == "mask")
    assert rows.height == 5
    for row in rows.iter_rows(named=True):
        ours = json.loads(row["geometry"])["mask"]
        annotation = theirs.anns[int(row["id"])]
        packed = mask.frPyObjects(ours, *ours["size"])
        assert (mask.decode(packed) == theirs.annToMask(annotation)).all()


@pytest.fixture(scope="module")
def instances() -> Snapshot:
    path = data("coco_mini/annotations/instances_val2017.json")
    return coco.scan(disk_source(path), {}).read()


@settings(max_examples=25, deadline=None)
@given(edits=st.data())
def test_random_edits_reach_pycocotools_and_nothing_else_changes(
    instances: Snapshot, edits: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    count = instances.labels.height
    some = st.sets(st.integers(0, count - 1), max_size=6)
    relabelled, moved, removed, copied = (edits.draw(some) for _ in range(4))
    key = pl.col("key")
    labels = instances.labels.with_columns(
        category=pl.when(key.is_in(relabelled)).then(pl.lit("zebra")).otherwise("category"),
        x=pl.when(key.is_in(moved)).then(pl.col("x") + 0.125).otherwise("x"),
    )
    added = labels.filter(key.is_in(copied)).with_columns(
        key=key + count, record=pl.lit(None, pl.Int64), width=pl.col("width") + 1
    )
    after = instances.with_labels(pl.concat([labels.filter(~key.is_in(removed)), added]))
    file = tmp_path_factory.mktemp("coco") / "after.json"
    (content,) = coco.write(after, {}).values()
    file.write_bytes(content)
    assert coco.scan(disk_source(file), {}).read() == after
    theirs = COCO(file)
    assert len(theirs.anns) == len(theirs.dataset["annotations"]) == after.labels.height
    zebra = theirs.getCatIds(catNms=["zebra"])[0]
    known = {row["id"]: row for row in after.labels.iter_rows(named=True) if row["key"] < count}
    for native, row in known.items():
        annotation = theirs.anns[int(native)]
        assert annotation["bbox"] == [row["x"], row["y"], row["width"], row["height"]]
        assert (annotation["category_id"] == zebra) == (row["category"] == "zebra")
    untouched = set(range(count)) - relabelled - moved - removed
    assert all(instances.records[at] in content for at in untouched)


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_edited_label_keeps_the_text_of_everything_else(indent: Any) -> None:
    text = json.dumps(plain([BOX, {**BOX, "id": 6}]), indent=indent).replace("600.0", "6.000e2")
    snapshot = scan(text.encode()).read()
    third = pl.col("record") == 0
    after = with_labels(
        snapshot,
        category=pl.when(third).then(pl.lit("dog")).otherwise("category"),
        width=pl.when(third).then(31.25).otherwise("width"),
    )
    (content,) = coco.write(after, {}).values()
    expected = text.replace('"category_id": 1', '"category_id": 3', 1).replace("30", "31.25", 1)
    assert content.decode() == expected


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("gone", [{0}, {1}, {2}, {0, 1}, {1, 2}, {0, 2}, {0, 1, 2}])
def test_removing_leaves_what_dumping_the_rest_would_give(gone: set[int], indent: Any) -> None:
    annotations = [{**BOX, "id": at} for at in range(3)]
    snapshot = scan(json.dumps(plain(annotations), indent=indent).encode()).read()
    after = snapshot.with_labels(snapshot.labels.filter(~pl.col("record").is_in(gone)))
    (content,) = coco.write(after, {}).values()
    rest = [value for at, value in enumerate(annotations) if at not in gone]
    assert content.decode() == json.dumps(plain(rest), indent=indent)


def test_added_rows_take_the_look_of_the_file_and_fresh_ids() -> None:
    text = json.dumps(plain([BOX, {**BOX, "id": 9}]), separators=(",", ":"))
    snapshot = scan(text.encode()).read()
    new = labels_frame(
        key=[7, 8], id=["9", "12"], sample=["c.jpg", "a.jpg"], kind=["box", "class"],
        category=["cow", "cat"], x=[1.5, None], y=[2.0, None], width=[3.0, None],
        height=[4.0, None], unit=["pixel", None],
    )  # fmt: skip
    after = replace(
        snapshot,
        labels=pl.concat([snapshot.labels, new]),
        samples=pl.concat([snapshot.samples, samples_frame(sample=["c.jpg"], path=["c.jpg"])]),
        categories=pl.concat([snapshot.categories, categories_frame(["cow"], parent=["animal"])]),
    )
    (content,) = coco.write(after, {}).values()
    expected = plain(
        [BOX, {**BOX, "id": 9},
         {"id": 10, "image_id": 11, "category_id": 4, "bbox": [1.5, 2, 3, 4]},
         {"id": 12, "image_id": 10, "category_id": 1}],
        [*IMAGES, {"id": 11, "file_name": "c.jpg"}],
        [*CATS, {"id": 4, "name": "cow", "supercategory": "animal"}],
    )  # fmt: skip
    assert content.decode() == json.dumps(expected, separators=(",", ":"))
    assert scan(content).read() == after


def test_first_category_of_a_file_without_a_list_of_them() -> None:
    snapshot = scan({"images": IMAGES, "annotations": []}).read()
    label = labels_frame(sample=["a.jpg"], kind=["class"], category=["cow"])
    after = replace(snapshot, labels=label, categories=categories_frame(["cow"]))
    (content,) = coco.write(after, {}).values()
    assert scan(content).read() == after


def test_renaming_a_category_touches_its_name_alone() -> None:
    text = json.dumps(plain([BOX]))
    snapshot = scan(text.encode()).read()
    names = pl.when(pl.col("name") == "cat").then(pl.lit("kitten")).otherwise("name")
    after = replace(snapshot, categories=snapshot.categories.with_columns(name=names))
    (content,) = coco.write(after, {}).values()
    assert content.decode() == text.replace('"cat"', '"kitten"')


def test_a_row_of_another_file_brings_its_own_fragment() -> None:
    mine = scan(plain([BOX])).read()
    cats = [{"id": 8, "name": "dog"}]
    theirs = scan(
        '{{"images":[{{"id":99,"file_name":"b.jpg"}}],"categories":{},"annotations":[{}]}}'.format(
            json.dumps(cats),
            '{"bbox":[1.50,2,3,4],"note":"x","image_id":99,"category_id":8,"id":5}',
        ).encode()
    ).read()
    row = theirs.labels.with_columns(key=pl.lit(1, pl.Int64), record=pl.lit(3, pl.Int64))
    after = replace(
        mine,
        labels=pl.concat([mine.labels, row]),
        records=[*mine.records, *theirs.records],
    )
    (content,) = coco.write(after, {}).values()
    assert b'{"bbox":[1.50,2,3,4],"note":"x","image_id":7,"category_id":3,"id":6}' in content
    assert scan(content).read() == after


def test_an_endless_box_stays_as_it_is_beside_an_edit() -> None:
    endless = CASES[-1].files["instances.json"]
    snapshot = scan(endless).read()
    after = with_labels(snapshot, category=pl.lit("dog"))
    (content,) = coco.write(after, {}).values()
    assert content == endless.replace(b'"category_id": 1', b'"category_id": 3')


def test_iscrowd_and_num_keypoints_follow_their_label() -> None:
    crowd = {**BOX, "segmentation": RLE, "iscrowd": 1}
    posed = {**BOX, "keypoints": [1, 2, 2, 3, 4, 2], "num_keypoints": 2}
    snapshot = scan(plain([crowd, posed])).read()
    first = pl.col("record") == 0
    after = with_labels(
        snapshot,
        attributes=pl.lit('{"area":600.0}'),
        geometry=pl.when(first).then("geometry").otherwise(
            pl.lit('{"keypoints":[[1.0,2.0,2],[0.0,0.0,0]]}')
        ),
    )  # fmt: skip
    one, two = written(after)["annotations"]
    assert one == {**crowd, "iscrowd": 0}
    assert two == {**posed, "keypoints": [1, 2, 2, 0, 0, 0], "num_keypoints": 1}


def test_samples_may_go_by_another_field() -> None:
    images = [{**image, "coco_url": f"u/{at}", "sha": f"{at}"} for at, image in enumerate(IMAGES)]
    found = scan(plain([BOX], [*images, {"id": 3, "file_name": "c.jpg"}]))
    assert list(found.sample_fields()) == ["file_name", "coco_url", "id"]
    assert list(scan(plain([], images)).sample_fields())[-1] == "sha"
    assert found.sample_fields()["coco_url"] == ["u/0", "u/1", None]
    snapshot = found.read(key="coco_url")
    assert snapshot.samples["sample"].to_list() == ["u/0", "u/1", "c.jpg"]
    assert snapshot.samples["path"].to_list() == ["a.jpg", "b.jpg", "c.jpg"]
    assert snapshot.labels["sample"].to_list() == ["u/0"]
    assert found.read(key="id").samples["sample"].to_list() == ["10", "7", "3"]


def test_comparable_asks_for_equal_meaning_of_the_ids_both_have() -> None:
    one = scan(plain([BOX]))
    renamed = [{**CATS[0], "name": "kitten"}, CATS[1]]
    swapped = [{**CATS[0], "name": "dog"}, {**CATS[1], "name": "cat"}]
    other_image = [{**IMAGES[0], "file_name": "z.jpg"}, IMAGES[1]]
    more = [*IMAGES, {"id": 11, "file_name": "c.jpg"}]
    assert one.comparable(scan(json.dumps(plain([BOX]), indent=1).encode()), None)
    assert one.comparable(scan(plain([], more, [*CATS, {"id": 9, "name": "x"}])), None)
    assert one.comparable(scan(plain([BOX], IMAGES, renamed)), None)
    assert not one.comparable(scan(plain([BOX], IMAGES, swapped)), None)
    assert not one.comparable(scan(plain([BOX], other_image)), None)
    assert one.comparable(scan(plain([BOX], other_image)), "id")


def test_without_ids_blanks_ids_only_where_they_are_surely_the_labels_own() -> None:
    one, two = scan(plain([BOX, {**BOX, "segmentation": RLE}])), scan(plain([{**BOX, "id": 77}]))
    blanked = one.without_ids()
    assert blanked is not None and two.without_ids() == blanked[:1]
    nested = {key: value for key, value in BOX.items() if key != "id"} | {"of": {"id": 3}}
    assert scan(plain([nested])).without_ids() is None
    assert scan(plain([{**BOX, "of": {"id": 3}}])).without_ids() is None


BAD: Mapping[str, tuple[Any, str, str]] = {
    "cut off": (b'{"images": [],\n "annotations": [{"id"', "line 2", "the end of the file"),
    "missing comma": (b'{"images": []\n "annotations": []}', "line 2, column 2", "','"),
    "half a character": (
        b'{"images": [{"id": 1, "file_name": "a\\ud800.jpg"}], "annotations": []}',
        "column 44",
        "expected valid JSON, found",
    ),
    "NaN": (b'{"images": [], "annotations": [{"area": NaN}]}', "line 1, column 41", "finite"),
    "NaN beside garbage": (
        b'{"images": [], "annotations": [{"bbox": [NaN 1]}]}',
        "line 1",
        "finite",
    ),
    "NaN in part of a box": (
        json.dumps(plain([{**BOX, "bbox": [float("nan"), 2, 3, 4]}])).encode(),
        "line 1",
        "finite",
    ),
    "a number of 5,000 digits": (
        json.dumps(plain([BOX])).replace("600.0", "9" * 5000).encode(),
        "/annotations/0/area",
        "out of range",
    ),
    "nested without end": (b'{"images": ' + b"[" * 99999, "", "endlessly nested"),
    "no annotations": ({"images": []}, "", "'annotations'"),
    "a list": ([1], "", "`object`"),
    "images no list": ({"images": {}, "annotations": []}, "/images", "`array`"),
    "short box": (plain([{**BOX, "bbox": [1, 2]}]), "/annotations/0/bbox", "2 numbers"),
    "text in box": (plain([BOX, {**BOX, "bbox": [1, 2, "3", 4]}]), "/annotations/1/bbox/2", "str"),
    "huge number": (
        json.dumps(plain([BOX])).replace("2.5", "1e999").encode(),
        "/annotations/0/bbox/1",
        "finite",
    ),
    "odd outline": (plain([{**BOX, "segmentation": [[1] * 7]}]), "/segmentation/0", "7 numbers"),
    "odd keypoints": (plain([{**BOX, "keypoints": [1] * 4}]), "/0/keypoints", "4 numbers"),
    "mask without size": (
        plain([{**BOX, "segmentation": {"counts": []}}]),
        "/segmentation",
        "size",
    ),
    "no image id": (plain([{"id": 1}]), "/annotations/0", "'image_id'"),
    "unknown image": (plain([BOX, {**BOX, "image_id": 99}]), "/annotations/1/image_id", "found 99"),
    "unknown category": (
        plain([{**BOX, "category_id": 2}]),
        "/annotations/0/category_id",
        "found 2",
    ),
    "image id twice": (plain([], [*IMAGES, IMAGES[0]]), "/images/2/id", "as in /images/0"),
    "file name twice": (
        plain([], [*IMAGES, {**IMAGES[0], "id": 1}]),
        "/images/2/file_name",
        "`key`",
    ),
    "width as text": (plain([], [{**IMAGES[0], "width": "64"}]), "/images/0/width", "'64'"),
    "category id twice": (plain([], IMAGES, [*CATS, CATS[0]]), "/categories/2/id", "found 1"),
    "category without name": (plain([], IMAGES, [{"id": 1}]), "/categories/0/name", "None"),
    "bytes that are no UTF-8": (
        b'{"images": [{"id": 1, "file_name": "\xff"}], "annotations": []}',
        "/images",
        "UTF-8",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_error_with_a_place(name: str) -> None:
    value, place, said = BAD[name]
    with pytest.raises(ParseError) as caught:
        scan(value).read()
    assert place in caught.value.place
    assert said in str(caught.value)


def test_tally_names_an_unknown_category_too() -> None:
    with pytest.raises(ParseError, match="/annotations/1/category_id"):
        scan(plain([BOX, {**BOX, "category_id": 2}])).tally()


def test_a_key_that_stands_twice_is_not_written_over() -> None:
    text = json.dumps(plain([BOX])).replace('{"images": ', '{"images": [], "images": ', 1)
    snapshot = scan(text.encode()).read()
    with pytest.raises(ParseError, match="repeated key"):
        coco.write(with_labels(snapshot, category=pl.lit("dog")), {})


def test_an_unknown_key_names_the_fields_there_are() -> None:
    with pytest.raises(ParseError, match="file_name, id"):
        scan(plain([])).read(key="flickr_url")


def test_what_coco_cannot_hold_is_refused_in_one_message() -> None:
    labels = labels_frame(
        sample=["a", "a"], kind=["span", "class"], start=[0.0, None], end=[3.0, None],
        unit=["character", None], verdict=["present", "absent"], annotator=["ann", None],
    )  # fmt: skip
    with pytest.raises(LossError) as caught:
        coco.write(Snapshot(labels, samples_frame(sample=["a"], split=["val"])), {})
    for word in ("span (1)", "verdict", "unit", "start", "annotator (1)", "split"):
        assert word in str(caught.value)
    clash = labels_frame(sample=["a"], kind=["class"], attributes=['{"bbox":1}'])
    with pytest.raises(LossError, match="bbox"):
        coco.write(Snapshot(clash, samples_frame(sample=["a"])), {})


def test_a_label_of_no_sample_is_refused() -> None:
    with pytest.raises(SchemaError, match="'a' is not among samples"):
        coco.write(Snapshot(labels_frame(sample=["a"], kind=["class"])), {})


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"images": []}', b'{"annotations": {}, "images": []}', b"\x89PNG", b"[1, 2"],
)
def test_other_files_are_not_taken_for_coco(content: bytes) -> None:
    assert coco.sniff(Source("x", {"x": MemoryBlob(content)}, is_folder=False)) is None


@pytest.mark.parametrize(
    "number", [0.0, -0.0, 3.0, 0.1 + 0.2, 1e-4, 1e-5, 5e-324, 123456789.125, 1e15, 1e16, -1e22]
)
def test_boxes_by_the_column_are_spelled_as_one_by_one(number: float) -> None:
    labels = labels_frame(
        sample=["a", "a"], kind=["box"] * 2, category=["c"] * 2, x=[number] * 2, y=[0.5] * 2,
        width=[1.0] * 2, height=[2.0] * 2, unit=["pixel"] * 2, attributes=[None, '{"k":1}'],
    )  # fmt: skip
    snapshot = Snapshot(labels, samples_frame(sample=["a"]), categories_frame(["c"]))
    (content,) = coco.write(snapshot, {}).values()
    by_column, one_by_one = json.loads(content)["annotations"]
    assert by_column["bbox"] == one_by_one["bbox"] == [number, 0.5, 1, 2]
    spelled = re.findall(rb'"bbox": (\[.*?\])', content)
    assert spelled[0] == spelled[1]


@pytest.mark.parametrize(
    "attributes",
    [None, {"area": 12.5}, {"area": 7, "iscrowd": 1}, {"iscrowd": 0}, {"area": 1e300}, {"k": 1},
     {"area": "12", "iscrowd": 1}, {"area": None}, {"iscrowd": 2}, {"area": 0.1 + 0.2}],
)  # fmt: skip
def test_what_boxes_say_besides_is_written_by_the_column_too(attributes: Any) -> None:
    text = None if attributes is None else canonical_json(attributes)
    box = {"x": [1.0] * 2, "y": [2.0] * 2, "width": [3.0] * 2, "height": [4.0] * 2}
    labels = labels_frame(
        sample=["a"] * 2, kind=["box"] * 2, category=["c"] * 2, unit=["pixel"] * 2,
        attributes=[text] * 2, text=[None, "a word, which makes it be written by itself"], **box,
    )  # fmt: skip
    snapshot = Snapshot(labels, samples_frame(sample=["a"]), categories_frame(["c"]))
    (content,) = coco.write(snapshot, {}).values()
    by_column, one_by_one = json.loads(content)["annotations"]
    assert list(by_column.items())[1:] == [
        item for item in one_by_one.items() if item[0] not in ("id", "caption")
    ]


def test_new_ids_are_free_ones_where_not_all_are_numbers() -> None:
    labels = labels_frame(
        id=["7", None, "7"], sample=["a"] * 3, kind=["box"] * 3, category=["c"] * 3,
        x=[0.0] * 3, y=[0.0] * 3, width=[1.0] * 3, height=[2.0] * 3, unit=["pixel"] * 3,
    )  # fmt: skip
    snapshot = Snapshot(labels, samples_frame(sample=["a"]), categories_frame(["c"]))
    (content,) = coco.write(snapshot, {}).values()
    assert [one["id"] for one in json.loads(content)["annotations"]] == [7, 8, 9]
