"""CVAT XML: what the contract does not ask."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from datumaro.components.annotation import AnnotationType
from datumaro.components.dataset import Dataset
from PIL import Image

from labelvc.core.errors import LossError, ParseError
from labelvc.core.patch import diff
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import coco, cvat
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.cvat_cases import BODY, CASES, EVERY_SHAPE, META, text
from tests.formats.row_files import changed, relabelled, scan, written

NAME = "annotations.xml"
ONE = text(META + '\n  <image id="0" name="1.jpg" width="9" height="8">\n    %s\n  </image>')
BOX = '<box label="bird" occluded="0" xtl="1.10" ytl="2" xbr="3.30" ybr="4.00" z_order="0"/>'
SKELETON = text(
    BODY
    + '\n  <image id="0" name="1.jpg">\n    <skeleton label="body">\n'
    + '      <points label="tail" outside="0" occluded="0" points="3.00,4.00"/>\n'
    + '      <points label="head" outside="1" occluded="1" points="1.00,2.00"/>\n'
    + "    </skeleton>\n  </image>"
)


def read(content: str | bytes) -> Snapshot:
    return scan(cvat, content, NAME).read().check()


def rewritten(content: str, row: int, **columns: Any) -> str:
    return written(cvat, relabelled(read(content), row, **columns)).decode()


@pytest.mark.parametrize(
    ("path", "samples", "labels", "splits"),
    [
        ("export_project/annotations.xml", 6, 12, {"Test", "Train", "Validation"}),
        ("export_task/train.xml", 2, 4, {None}),
    ],
)
def test_files_of_cvat(path: str, samples: int, labels: int, splits: set[str | None]) -> None:
    source = disk_source(data(f"formats/datumaro/cvat_dataset/for_images/{path}"))
    assert cvat.sniff(source)
    settled = cvat.settle(source, {})
    cut = cvat.scan(source, settled)
    snapshot = cut.read().check()
    assert (snapshot.samples.height, snapshot.labels.height) == (samples, labels)
    assert set(snapshot.samples["split"]) == splits
    assert snapshot.categories["name"].to_list() == ["label1", "label2"]
    assert cut.tally() == snapshot.tally()
    assert dict(cvat.write(snapshot, settled)) == {
        name: blob.read() for name, blob in source.files.items()
    }


def test_video_is_refused_with_a_way_out() -> None:
    source = disk_source(data("formats/datumaro/cvat_dataset/for_video/annotations.xml"))
    assert cvat.sniff(source)
    with pytest.raises(ParseError, match=r"a <track>.*\n.*CVAT for images 1\.1"):
        cvat.scan(source, {})
    with pytest.raises(ParseError, match="line 4: expected CVAT for images, found a <track>"):
        read(text('\n  <track id="0" label="a"><box frame="0"/></track>'))
    read(text('\n  <!-- <track id="0"/> -->'))


def boxes(folder: Path, snapshot: Snapshot) -> Counter[tuple[Any, ...]]:
    """What Datumaro finds in a snapshot's file: kind, label, numbers to CVAT's two decimals.

    It wants to see the images too.
    """
    path = folder / NAME
    path.write_bytes(written(cvat, snapshot))
    for name, width, height in snapshot.samples.select("path", "width", "height").iter_rows():
        image = folder / "images" / name
        image.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (int(width), int(height))).save(image)
    dataset = Dataset.import_from(str(folder), "cvat")
    categories = dataset.categories()[AnnotationType.label]
    found: Counter[tuple[Any, ...]] = Counter()
    for item in dataset:
        for one in item.annotations:
            name = categories[one.label].name if one.label is not None else None
            if one.type == AnnotationType.mask:
                numbers = tuple(map(tuple, np.argwhere(one.image)))
            else:
                numbers = tuple(np.round(getattr(one, "points", []), 2))
            found[item.id, one.type.name, name, numbers] += 1
    return found


def test_datumaro_reads_in_what_we_wrote_what_we_meant(tmp_path: Path) -> None:
    snapshot = read(EVERY_SHAPE)
    plain = replace(
        snapshot.with_labels(
            snapshot.labels.filter(~pl.col("kind").is_in(["ellipse", "cuboid"])).with_columns(
                pl.lit(None, pl.Int64).alias("record")
            )
        ),
        samples=snapshot.samples.with_columns(pl.lit(None, pl.Int64).alias("record")),
        records=(),
        documents={},
    )
    found = boxes(tmp_path, plain)
    centre, size, rotation = (6.25, 4.5), (10.3, 4.5), 30.5
    assert found["a b/1", "rotated_bbox", "bird", (*centre, *size, rotation)] == 1
    assert found["a b/1", "polygon", "bird", (1, 2, 3.5, 4, 6, 5)] == 1
    assert found["a b/1", "polyline", "bee", (1, 2, 3, 4, 5, -6)] == 1
    assert found["a b/1", "points", "bee", (1, 2, 3, 4)] == 1
    assert found["a b/1", "mask", "bird", ((2, 5), (2, 6), (4, 4))] == 1
    assert found["a b/1", "label", "bee", ()] == 1
    assert found.total() == 6


def test_datumaro_reads_edited_boxes_of_a_real_export(tmp_path: Path) -> None:
    given = data("formats/datumaro/cvat_dataset/for_images/export_task/train.xml")
    snapshot = read(given.read_bytes())
    moved = relabelled(snapshot, 0, x=1.25, width=2.5, category="label2")
    found = [one for one in boxes(tmp_path, moved) if one[1] == "bbox"]
    assert found == [("img0", "bbox", "label2", (1.25, 2, 3.75, 4))]


def test_a_moved_box_keeps_the_spelling_of_its_other_numbers() -> None:
    content = ONE % BOX
    assert rewritten(content, 0, x=1.5, width=1.8) == content.replace('"1.10"', '"1.50"')
    expected = content.replace('"4.00"', '"5.123"').replace('label="bird"', 'label="bee"')
    assert rewritten(content, 0, height=3.123, category="bee") == expected


def test_attributes_are_changed_where_they_stand() -> None:
    shape = BOX.replace("/>", ">\n      <attribute name='pose'>sitting</attribute>\n    </box>")
    content = ONE % shape
    same = {"occluded": "0", "z_order": "0"}
    flying = json.dumps({**same, "pose": "a < b"})
    assert rewritten(content, 0, attributes=flying) == content.replace(
        "<attribute name='pose'>sitting<", '<attribute name="pose">a &lt; b<'
    )
    more = json.dumps({**same, "pose": "sitting", "n": 2, "z_order": "1", "group_id": "4"})
    assert rewritten(content, 0, attributes=more) == content.replace(
        'z_order="0">', 'z_order="1" group_id="4">'
    ).replace("</attribute>\n    </box>", "</attribute>\n      <attribute name=\"n\">2</attribute>"
              "\n    </box>")  # fmt: skip
    assert rewritten(content, 0, attributes=json.dumps(same)) == content.replace(
        "\n      <attribute name='pose'>sitting</attribute>", ""
    )


def test_one_shape_of_many_is_changed_and_the_rest_stays() -> None:
    snapshot = read(EVERY_SHAPE)
    kept = snapshot.labels.filter(~pl.col("kind").is_in(["polyline", "class"]))
    now = written(cvat, relabelled(snapshot.with_labels(kept), 1, category="bee")).decode()
    lines = [line for line in EVERY_SHAPE.splitlines() if "polyline" not in line]
    gone = "\n".join(lines).replace('    <tag label="bee" source="manual">\n    </tag>\n', "")
    assert now == gone.replace('polygon label="bird"', 'polygon label="bee"') + "\n"


def test_outlines_and_masks_are_reshaped() -> None:
    content = ONE % '<polygon label="bird" points="1,2;3.50,4;6,5.0" source="file"/>'
    reshaped = '{"polygon":[[1.0,2.0,3.5,4.25,6.0,5.0]]}'
    assert rewritten(content, 0, geometry=reshaped) == content.replace("3.50,4;", "3.50,4.25;")
    shape = '<mask label="bird" rle="0, 4" left="2" top="1" width="2" height="2" source="file"/>'
    columns = '{"mask":{"counts":[18,3,51],"size":[8,9]}}'
    assert rewritten(ONE % shape, 0, geometry=columns) == (ONE % shape).replace(
        'rle="0, 4" left="2" top="1" width="2" height="2"',
        'rle="0, 3" left="2" top="2" width="1" height="3"',
    )
    nothing = '{"mask":{"counts":[72],"size":[8,9]}}'
    again = read(rewritten(ONE % shape, 0, geometry=nothing))
    assert again.labels["geometry"].to_list() == [nothing]


def test_a_compressed_mask_of_coco_is_written_row_by_row() -> None:
    from pycocotools import mask as coco_mask

    pixels = np.zeros((40, 30), np.uint8, order="F")
    pixels[3:20, 5:9] = pixels[10, 2:28] = 1
    encoded = coco_mask.encode(pixels)
    counts = encoded["counts"].decode()
    image = {"id": 1, "file_name": "1.jpg", "width": 30, "height": 40}
    label = {"id": 1, "image_id": 1, "category_id": 1}
    label |= {"segmentation": {"size": [40, 30], "counts": counts}}
    content = {"images": [image], "annotations": [label], "categories": [{"id": 1, "name": "a"}]}
    snapshot = scan(coco, json.dumps(content), "instances.json").read()
    (mask,) = read(written(cvat, snapshot)).labels["geometry"]
    shape = json.loads(mask)["mask"]
    flat = np.repeat(np.arange(len(shape["counts"])) % 2, shape["counts"])
    assert (pixels == flat.reshape(30, 40).T).all()


def test_points_of_a_skeleton_move_and_hide() -> None:
    snapshot = read(SKELETON)
    assert snapshot.labels["geometry"].to_list() == ['{"keypoints":[[1.0,2.0,0],[3.0,4.0,2]]}']
    hidden = '{"keypoints":[[1.0,2.0,0],[3.5,4.0,1]]}'
    assert rewritten(SKELETON, 0, geometry=hidden) == SKELETON.replace(
        'outside="0" occluded="0" points="3.00,', 'outside="0" occluded="1" points="3.50,'
    )
    with pytest.raises(LossError, match="1 keypoints, but the skeleton 'body' has 2"):
        rewritten(SKELETON, 0, geometry='{"keypoints":[[1.0,2.0,0]]}')


def test_images_are_numbered_on_and_their_numbers_do_not_count() -> None:
    snapshot = read(EVERY_SHAPE)
    new = samples_frame(sample=["new & old.jpg"], width=[5.0], attributes=['{"task_id":"3"}'])
    label = labels_frame(
        key=[99], sample=["new & old.jpg"], kind=["class"], category=["bee"],
        attributes=['{"sure":true,"occluded":true}'],
    )  # fmt: skip
    more = replace(
        snapshot,
        labels=pl.concat([snapshot.labels, label]),
        samples=pl.concat([snapshot.samples, new]),
    )
    now = written(cvat, more).decode()
    added = (
        '\n  <image id="3" name="new &amp; old.jpg" task_id="3" width="5">\n'
        '    <tag label="bee" occluded="1">\n      <attribute name="sure">true</attribute>\n'
        "    </tag>\n  </image>"
    )
    assert now == EVERY_SHAPE.replace("\n</annotations>", added + "\n</annotations>")
    renumbered = scan(cvat, EVERY_SHAPE.replace('id="1"', 'id="7"'), NAME)
    assert renumbered.pieces == scan(cvat, EVERY_SHAPE, NAME).pieces
    tricky = '<annotations><image name="x id=\'%d\'" id="1"/></annotations>'
    assert scan(cvat, tricky % 1, NAME).pieces != scan(cvat, tricky % 2, NAME).pieces


def test_the_time_of_an_export_is_kept_and_not_compared() -> None:
    later = EVERY_SHAPE.replace("2026-01-02", "2027-01-02")
    one, two = scan(cvat, EVERY_SHAPE, NAME), scan(cvat, later, NAME)
    assert one.comparable(two, None) and one.read() == two.read()
    assert written(cvat, two.read()) == later.encode()


def test_another_order_of_a_skeleton_is_another_context() -> None:
    other = BODY.replace(">head<", ">x<").replace(">tail<", ">head<").replace(">x<", ">tail<")
    one, two = scan(cvat, SKELETON, NAME), scan(cvat, SKELETON.replace(BODY, other), NAME)
    assert not one.comparable(two, None)
    subset = META.replace("<id>7</id>", "<subset>val</subset>")
    assert not scan(cvat, EVERY_SHAPE, NAME).comparable(
        scan(cvat, EVERY_SHAPE.replace(META, subset), NAME), None
    )


def test_categories_are_declared_in_meta() -> None:
    bird = json.loads(read(EVERY_SHAPE).categories["attributes"][0])
    assert bird["color"] == "#ff0000" and bird["type"] == "any"
    assert bird["attributes"][0]["values"] == "sitting\nflying"
    body = json.loads(read(SKELETON).categories["attributes"][0])
    assert body["keypoints"] == ["head", "tail"]
    assert body["points"]["tail"] == {"color": "#00ff00", "type": "points"}


def with_categories(content: str, row: int, **columns: Any) -> str:
    snapshot = read(content)
    return written(
        cvat, replace(snapshot, categories=changed(snapshot.categories, row, columns))
    ).decode()


def test_a_renamed_category_is_renamed_in_meta_and_shapes() -> None:
    content = ONE % BOX
    now = with_categories(content, 0, name="owl")
    assert now == content.replace("<name>bird<", "<name>owl<").replace(
        'label="bird"', 'label="owl"'
    )
    assert "<label>\n          <name>owl</name>\n          <type>skeleton" in with_categories(
        SKELETON, 0, name="owl"
    )


def test_categories_come_change_and_go() -> None:
    snapshot = read(ONE % BOX)
    coloured = json.loads(snapshot.categories["attributes"][0]) | {"color": "#0000ff"}
    now = with_categories(ONE % BOX, 0, attributes=json.dumps(coloured))
    assert now == (ONE % BOX).replace("#ff0000", "#0000ff")
    fewer = replace(snapshot, categories=snapshot.categories[:1])
    bee = "        <label>\n          <name>bee</name>\n          <attributes></attributes>\n"
    assert written(cvat, fewer).decode() == (ONE % BOX).replace(f"{bee}        </label>\n", "")
    wasp = snapshot.categories[1:].with_columns(key=pl.lit("wasp"), name=pl.lit("wasp"))
    more = replace(snapshot, categories=pl.concat([snapshot.categories, wasp]))
    again = read(written(cvat, more))
    assert again == more and again.categories["name"].to_list() == ["bird", "bee", "wasp"]


def test_categories_of_coco_are_declared_with_their_parents_and_points() -> None:
    category = {"id": 1, "name": "body", "supercategory": "animal", "keypoints": ["head", "tail"]}
    image = {"id": 1, "file_name": "1.jpg", "width": 30, "height": 40}
    label = {"id": 1, "image_id": 1, "category_id": 1, "keypoints": [1, 2, 2, 3, 4, 1]}
    content = {"images": [image], "annotations": [label], "categories": [category]}
    snapshot = scan(coco, json.dumps(content), "person.json").read()
    snapshot = relabelled(snapshot, 0, x=None, y=None, width=None, height=None, attributes=None)
    found = read(written(cvat, snapshot))
    assert found.labels["geometry"].to_list() == ['{"keypoints":[[1.0,2.0,2],[3.0,4.0,1]]}']
    row = found.categories.row(0, named=True)
    assert row["parent"] == "animal"
    assert json.loads(row["attributes"])["keypoints"] == ["head", "tail"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"confidence": 0.5}, "cannot hold confidence 0.5"),
        ({"text": "a"}, "cannot hold text"),
        ({"kind": "span"}, "cannot hold kind 'span'"),
        ({"verdict": "absent"}, "cannot hold verdict"),
        ({"x": None}, "a box without x, y, width and height"),
        ({"attributes": '{"a":{"b":1}}'}, "cannot hold the attribute 'a'"),
        ({"attributes": '{"a":"\\u0001"}'}, "cannot hold the character"),
        ({"geometry": '{"polygon":[[1.0,2.0]]}'}, "cannot hold geometry"),
        ({"kind": "polygon", "geometry": '{"polygon":[[1,2],[3,4]]}'}, "outlines of one part"),
        ({"kind": "polygon"}, "a polygon without its geometry"),
    ],
)
def test_what_cvat_cannot_hold_is_refused(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(LossError, match=message):
        rewritten(ONE % BOX, 0, **columns)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ('<box label="a" ytl="1" xbr="2" ybr="2"/>', "<box> with xtl, a number, found none"),
        ('<box xtl="1_0" ytl="1" xbr="2" ybr="2"/>', "xtl, a number, found '1_0'"),
        ('<box xtl="1e999" ytl="1" xbr="2" ybr="2"/>', "xtl, a number, found '1e999'"),
        ('<polygon points="1,2;3"/>', "<polygon> with points, numbers like x,y;x,y, found"),
        ('<points points="1,1e999"/>', "points, finite numbers"),
        ('<ellipse cx="1" cy="1" rx="1"/>', "<ellipse> with ry, a number"),
        ('<cuboid xtl1="1"/>', "<cuboid> with ytl1, a number"),
        ('<skeleton><points label="a" points="1,2;3,4"/></skeleton>', "points, one x,y"),
        ('<mask rle="4" left="0" top="0" width="2" height="-2"/>', "height, a whole number"),
        ('<mask rle="5" left="0" top="0" width="2" height="2"/>', r"add up to 2 x 2 = 4, found 5"),
        ('<mask rle="a" left="0" top="0" width="2" height="2"/>', "rle, counts like"),
        ('<mask rle="4" left="8" top="0" width="2" height="2"/>', "a window inside its image"),
        ("<box><a></box>", "expected XML, found mismatched tag"),
        ("<tag>&a;</tag>", "expected XML, found undefined entity"),
    ],
)
def test_trouble_has_a_line(shape: str, message: str) -> None:
    line = (ONE % shape).split("<image")[0].count("\n") + 2
    with pytest.raises(ParseError, match=f"{NAME}: line {line}: .*{message}"):
        read(ONE % shape)


def test_trouble_around_the_images_has_a_line() -> None:
    with pytest.raises(ParseError, match="line 2: expected an <image> with a name"):
        read('<annotations>\n<image id="0"/></annotations>')
    with pytest.raises(ParseError, match="expected <annotations>, found <annotation>"):
        read("<annotation><version>1.1</version></annotation>")
    with pytest.raises(ParseError, match="line 10: expected a <label> with one <name>"):
        read(text(META.replace("<name>bird</name>", "")))
    with pytest.raises(ParseError, match="expected each <label> once"):
        read(text(META.replace(">bee<", ">bird<")))
    with pytest.raises(ParseError, match=f"line {4 + META.count(chr(10))}: expected XML"):
        read(text(META + '\n  <image name="1"><a></image>\n</annotations').replace("<a>", "<a"))
    with pytest.raises(ParseError, match="line 2: expected XML, found a tag that is cut off"):
        read(b'<annotations>\n<image name="1"><tag/></im\xc2\xe3\x99')
    with pytest.raises(ParseError, match="expected plain XML"):
        read('<!DOCTYPE a [<!ENTITY b "c">]>\n<annotations><image name="&b;"/></annotations>')
    with pytest.raises(ParseError, match="one CVAT XML file, found a folder"):
        cvat.scan(disk_source(data("formats/datumaro/cvat_dataset/for_images")), {})


def test_a_window_that_would_fill_the_memory_is_refused() -> None:
    side = 1 << 20
    shape = f'<mask rle="{side * side}" left="0" top="0" width="{side}" height="{side}"/>'
    content = (ONE % shape).replace('width="9" height="8"', f'width="{side}" height="{side}"')
    with pytest.raises(ParseError, match="a window of at most"):
        read(content)


def test_the_diff_of_a_relabelled_shape_is_one_label() -> None:
    one, two = read(ONE % BOX), read((ONE % BOX).replace('label="bird"', 'label="bee"'))
    assert len(diff(one, two).labels.after) == 1


def test_every_case_is_counted_as_it_is_read() -> None:
    for case in CASES:
        (content,) = case.files.values()
        cut = scan(cvat, content, NAME)
        assert cut.tally() == cut.read().tally()
