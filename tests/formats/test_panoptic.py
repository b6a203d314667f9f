"""COCO panoptic: what the contract does not ask."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from datumaro.components.dataset import Dataset
from PIL import Image

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import coco, panoptic
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.panoptic_cases import CATEGORIES, TWO_IMAGES
from tests.formats.row_files import changed, relabelled, scan, source, written

NAME = "panoptic_val.json"
HOME = "formats/datumaro/coco_dataset"


def read(content: str | bytes) -> Snapshot:
    return scan(panoptic, content, NAME).read().check()


def rewritten(content: str, row: int, **columns: Any) -> str:
    return written(panoptic, relabelled(read(content), row, **columns)).decode()


@pytest.mark.parametrize("part", ["train", "val"])
def test_files_of_datumaro(part: str) -> None:
    given = disk_source(data(f"{HOME}/coco_panoptic/annotations/panoptic_{part}.json"))
    assert panoptic.sniff(given) and not coco.sniff(given)
    cut = panoptic.scan(given, {})
    snapshot = cut.read().check()
    assert snapshot.samples.height and snapshot.labels.height and cut.tally() == snapshot.tally()
    (content,) = panoptic.write(snapshot, {}).values()
    assert content == given.only()[1].read()


def test_other_files_of_coco_stay_with_coco() -> None:
    for path in sorted(data(HOME).glob("coco/annotations/*.json")):
        if path.name.startswith("panoptic"):
            continue
        given = disk_source(path)
        assert coco.sniff(given) and not panoptic.sniff(given)
    mentioned = '{"info": "no \\"segments_info\\" here", "images": [], "annotations": [{"a": 1}]}'
    given = source(mentioned, NAME)
    assert coco.sniff(given) and not panoptic.sniff(given)


def test_a_broken_file_is_still_told_apart() -> None:
    given = source(TWO_IMAGES[:-3], NAME)
    assert panoptic.sniff(given) and not coco.sniff(given)


def test_datumaro_reads_in_what_we_wrote_what_we_meant(tmp_path: Path) -> None:
    snapshot = read(TWO_IMAGES)
    snapshot = relabelled(snapshot, 0, category="rug-merged", x=10.0)
    bare = pl.lit(None, pl.Int64).alias("record")
    plain = replace(
        snapshot,
        labels=snapshot.labels.with_columns(bare),
        samples=snapshot.samples.with_columns(bare),
        records=(),
        documents={},
    )
    for number, one in enumerate((snapshot, plain)):
        home = tmp_path / str(number)
        annotations, images = home / "annotations", home / "images" / "val"
        for folder in (annotations / "panoptic_val", images):
            folder.mkdir(parents=True)
        (annotations / NAME).write_bytes(written(panoptic, one))
        for stem, width, height in (("000000142238", 427, 640), ("000000439180", 360, 640)):
            Image.new("RGB", (width, height)).save(images / f"{stem}.jpg")
            pixels = np.zeros((height, width, 3), np.uint8)
            for at, colour in enumerate((8345037, 6968938)):
                pixels[at::2] = [colour % 256, colour // 256 % 256, colour // 65536]
            Image.fromarray(pixels).save(annotations / "panoptic_val" / f"{stem}.png")
        dataset = Dataset.import_from(str(home), "coco_panoptic")
        names = [category.name for category in dataset.categories()[_labels()]]
        assert names == ["person", "rug-merged"]
        found = {
            (item.id, mask.group, names[mask.label], bool(mask.attributes["is_crowd"]))
            for item in dataset
            for mask in item.annotations
        }
        assert found == {
            ("000000439180", 8345037, "rug-merged", False),
            ("000000439180", 6968938, "rug-merged", True),
        }


def _labels() -> Any:
    from datumaro.components.annotation import AnnotationType

    return AnnotationType.label


def test_one_segment_is_rewritten_where_it_stands() -> None:
    assert rewritten(TWO_IMAGES, 0, category="rug-merged") == TWO_IMAGES.replace(
        '"category_id": 1,', '"category_id": 200,'
    )
    assert rewritten(TWO_IMAGES, 1, width=400.5) == TWO_IMAGES.replace("0, 426,", "0, 400.5,")
    assert rewritten(TWO_IMAGES, 0, attributes='{"area":2}') == TWO_IMAGES.replace("36584.50", "2")


def test_segments_go_and_come() -> None:
    snapshot = read(TWO_IMAGES)
    fewer = written(panoptic, snapshot.with_labels(snapshot.labels[1:])).decode()
    first = TWO_IMAGES[TWO_IMAGES.index('{"id": 8345037') : TWO_IMAGES.index('{"id": 6968938')]
    assert fewer == TWO_IMAGES.replace(first, "")
    label = labels_frame(
        key=[9], id=["77"], sample=["000000142238.jpg"], kind=["box"], category=["person"],
        x=[1], y=[2], width=[3], height=[4], unit=["pixel"],
    )  # fmt: skip
    more = written(panoptic, snapshot.with_labels(pl.concat([snapshot.labels, label]))).decode()
    new = '[{"id": 77, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0}]'
    assert json.loads(more)["annotations"][1]["segments_info"] == json.loads(new)
    assert more.count("\n") == TWO_IMAGES.count("\n")


def test_images_go_and_come_with_their_annotations() -> None:
    snapshot = read(TWO_IMAGES)
    rest = snapshot.of_samples(pl.Series(["000000142238.jpg"]))
    values = json.loads(written(panoptic, rest))
    assert [image["id"] for image in values["images"]] == [142238]
    assert [one["image_id"] for one in values["annotations"]] == [142238]
    attributes = ['{"license":1,"panoptic":{"file_name":"c.png"}}', '{"license":1}']
    new = samples_frame(sample=["c.jpg", "d.jpg"], path=["c.jpg", None], attributes=attributes)
    new = new.with_columns(path=pl.col("sample"))
    label = snapshot.labels[:1].with_columns(sample=pl.lit("c.jpg"), record=None, key=pl.lit(9))
    more = replace(
        snapshot,
        labels=pl.concat([snapshot.labels, label], how="vertical_relaxed"),
        samples=pl.concat([snapshot.samples, new]),
    )
    content = written(panoptic, more)
    assert read(content) == more
    values = json.loads(content)
    assert values["annotations"][2]["file_name"] == "c.png"
    assert values["annotations"][2]["image_id"] == values["images"][2]["id"] == 439181


def test_another_png_is_a_change_of_the_sample() -> None:
    one, two = read(TWO_IMAGES), read(TWO_IMAGES.replace("142238.png", "x.png"))
    assert one.labels.equals(two.labels) and one != two
    attributes = two.samples["attributes"][0]
    samples = changed(one.samples, 0, {"attributes": attributes})
    assert written(panoptic, replace(one, samples=samples)) == written(panoptic, two)


def test_a_renamed_category_is_one_change() -> None:
    snapshot = read(TWO_IMAGES)
    renamed = replace(snapshot, categories=changed(snapshot.categories, 1, {"name": "rug"}))
    assert written(panoptic, renamed).decode() == TWO_IMAGES.replace("rug-merged", "rug")
    other = TWO_IMAGES.replace('"rug-merged"', '"person"').replace(
        '"name": "person"', '"name": "a"', 1
    )
    cut = scan(panoptic, TWO_IMAGES, NAME)
    assert cut.comparable(scan(panoptic, TWO_IMAGES.replace("rug-merged", "rug"), NAME), None)
    assert not cut.comparable(scan(panoptic, other, NAME), None)


def test_a_label_without_a_colour_or_a_png_is_refused() -> None:
    with pytest.raises(LossError, match="its id is its colour"):
        rewritten(TWO_IMAGES, 0, id=None, record=None)
    assert rewritten(TWO_IMAGES, 0, id=None, category="rug-merged") == TWO_IMAGES.replace(
        '"category_id": 1,', '"category_id": 200,'
    )
    snapshot = read(TWO_IMAGES)
    samples = snapshot.samples.with_columns(attributes=pl.lit(None, pl.String))
    bare = replace(snapshot, samples=samples, documents={}, records=())
    with pytest.raises(LossError, match=r"none is named\n.*panoptic"):
        written(panoptic, bare)
    with pytest.raises(LossError, match="no place for labels with text"):
        rewritten(TWO_IMAGES, 0, text="a")
    with pytest.raises(LossError, match="labels of kind keypoints"):
        rewritten(TWO_IMAGES, 0, kind="keypoints")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"category_id": 1,', '"category_id": 3,', "/annotations/0/segments_info/0/category_id"),
        ('"image_id": 439180', '"image_id": 5', "/annotations/0/image_id: .*the id of an image"),
        ('"image_id": 439180', '"image_id": 142238', "/annotations/1/image_id: .*no other"),
        ("[0, 297, 335, 342]", "[0, 297, 335]", "/annotations/0/segments_info/0/bbox"),
        ("[0, 297, 335, 342]", '"box"', "/annotations/0/segments_info/0/bbox"),
        ('"segments_info": [],', '"segments_info": {},', "/annotations/1/segments_info"),
        ('"segments_info": [],', "", "/annotations/1: expected a field 'segments_info'"),
        ('{"license": 2,', '{"panoptic": 2,', "without a key 'panoptic'"),
        ('"annotations": [', '"annotations": 3, "x": [', "/annotations: expected"),
        ('"images": [', '"pictures": [', "expected a field 'images'"),
    ],
)
def test_trouble_has_a_place(old: str, new: str, message: str) -> None:
    assert old in TWO_IMAGES
    with pytest.raises(ParseError, match=message):
        read(TWO_IMAGES.replace(old, new))


def test_a_file_without_categories_gets_none_in_passing() -> None:
    content = TWO_IMAGES.replace(",\n" + CATEGORIES, "")
    snapshot = read(content)
    assert json.loads(snapshot.labels["attributes"][0])["category_id"] == 1
    categories = read(TWO_IMAGES).categories
    with pytest.raises(LossError, match="no categories that could be changed"):
        written(panoptic, replace(snapshot, categories=categories))


def test_what_stands_around_the_images_is_merged() -> None:
    ours = TWO_IMAGES.replace('"licenses": []', '"licenses": [{"id": 2}]')
    theirs = TWO_IMAGES.replace("2017", "2018")
    base, one, two = (scan(panoptic, content, NAME) for content in (TWO_IMAGES, ours, theirs))
    content, clashes = panoptic.merged_frame(base, one, two)
    assert content == ours.replace("2017", "2018").encode() and not clashes
