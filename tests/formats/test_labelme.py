"""LabelMe files: what the contract does not ask."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import (
    Snapshot,
    canonical_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.formats import coco, labelme, voc
from labelvc.formats.labelme_mask import from_png, to_pixels, to_png, to_runs
from labelvc.formats.source import MemoryBlob, Source
from tests.formats.folder_laws import edited, folder, read, relabelled
from tests.formats.labelme_cases import TURNED, page, shape


def written(snapshot: Snapshot) -> Mapping[str, bytes]:
    return dict(labelme.write(snapshot, {}))


def test_a_relabelled_shape_changes_one_word() -> None:
    files = {"a.json": page(shape("cat", "rectangle", [[30, 50.50], [10, 20]]))}
    found = written(relabelled(read(labelme, files), 0, "dog"))
    assert found == {"a.json": files["a.json"].replace(b'"cat"', b'"dog"')}


def test_a_moved_rectangle_keeps_the_order_of_its_corners() -> None:
    files = {"a.json": page(shape("cat", "rectangle", [[30.5, 20], [10.25, 50]]))}
    moved = edited(read(labelme, files), 0, x=11.0, width=20.0)
    (content,) = written(moved).values()
    assert json.loads(content)["shapes"][0]["points"] == [[31.0, 20], [11.0, 50]]
    assert content == files["a.json"].replace(b"30.5", b"31.0").replace(b"10.25", b"11.0")


def test_a_turned_box_is_turned_about_its_centre() -> None:
    snapshot = read(labelme, {"a.json": page(shape("a", "oriented_rectangle", TURNED))})
    turned = edited(snapshot, 0, attributes='{"rotation":180.0}')
    points = json.loads(written(turned)["a.json"])["shapes"][0]["points"]
    np.testing.assert_allclose(points, [[25, 25], [5, 25], [5, 15], [25, 15]], atol=1e-9)


def test_the_image_in_a_file_is_compared_by_its_digest_and_kept() -> None:
    data = base64.b64encode(b"picture").decode()
    files = {"a.json": page(shape("cat", "rectangle", [[1, 2], [3, 4]]), imageData=data)}
    snapshot = read(labelme, files)
    digest = hashlib.sha256(b"picture").hexdigest()
    assert snapshot.samples["digest"].to_list() == [f"sha256:{digest}"]
    assert data not in repr(snapshot.samples.to_dicts() + snapshot.labels.to_dicts())
    assert written(relabelled(snapshot, 0, "dog"))["a.json"] == files["a.json"].replace(
        b"cat", b"dog"
    )
    other = base64.b64encode(b"another").decode()
    assert (
        read(labelme, {"a.json": page(imageData=other)}).samples["digest"][0]
        != (snapshot.samples["digest"][0])
    )


def test_another_version_of_labelme_is_no_change() -> None:
    one, two = (read(labelme, {"a.json": page(version=version)}) for version in ("4.5.6", "6.3.1"))
    assert one == two


def test_a_flag_is_taken_back() -> None:
    files = {"a.json": page(flags={"sunny": True, "wet": False})}
    snapshot = edited(read(labelme, files), 0, verdict="absent")
    assert written(snapshot)["a.json"] == files["a.json"].replace(b"true", b"false")
    bare = snapshot.with_labels(snapshot.labels.clear())
    assert json.loads(written(bare)["a.json"])["flags"] == {}


def test_untouched_files_are_not_read_again() -> None:
    class Once:
        digest = None
        reads = 0

        def read(self) -> bytes:
            self.reads += 1
            return page(shape("cat", "rectangle", [[1, 2], [3, 4]]))

    one, two = Once(), Once()
    source = folder({})
    source = replace(source, files={"a.json": one, "b.json": two})
    snapshot = labelme.scan(source, {}).read()
    one.reads = two.reads = 0
    found = labelme.write(relabelled(snapshot, 1, "dog"), {})
    assert (one.reads, two.reads) == (0, 1) and b'"dog"' in found["b.json"]


def test_a_mask_is_cut_anew_where_it_was_edited() -> None:
    pixels = np.zeros((6, 8), dtype=np.bool_)
    pixels[1:4, 2:5] = True
    pixels[2, 3] = False
    mask = shape("a", "mask", [[2, 1], [4, 3]], mask=to_png(pixels[1:4, 2:5]))
    files = {"a.json": page(mask, imageHeight=6, imageWidth=8)}
    snapshot = read(labelme, files)
    geometry = json.loads(snapshot.labels["geometry"][0])["mask"]
    assert (to_pixels(geometry, "a") == pixels).all()
    pixels[5, 7] = True
    geometry = canonical_json({"mask": {"size": [6, 8], "counts": to_runs(pixels)}})
    new = json.loads(written(edited(snapshot, 0, geometry=geometry))["a.json"])["shapes"][0]
    assert new["points"] == [[2, 1], [7, 5]]
    assert (from_png(new["mask"]) == pixels[1:, 2:]).all()


def test_run_lengths_are_those_of_pycocotools() -> None:
    from pycocotools import mask as masks

    chance = np.random.default_rng(7)
    for _ in range(20):
        pixels = chance.random((5, 7)) < 0.5
        rle = masks.frPyObjects({"size": [5, 7], "counts": to_runs(pixels)}, 5, 7)
        assert (masks.decode(rle) == pixels).all()


def test_labels_of_another_format_get_the_plain_layout() -> None:
    snapshot = Snapshot(
        labels_frame(
            sample=["x/a.jpg", "x/a.jpg"],
            kind=["box", "class"],
            category=["cat", "sunny"],
            verdict=["present", "absent"],
            x=[1.0, None], y=[2.0, None], width=[3.5, None], height=[4.0, None],
        ),
        samples_frame(sample=["x/a.jpg"], width=[8.0], height=[6.5]),
        categories_frame(["cat", "sunny"]),
    )  # fmt: skip
    found = written(snapshot)
    assert list(found) == ["x/a.json"]
    value = json.loads(found["x/a.json"])
    assert list(value) == [
        *("version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth")
    ]
    assert value["flags"] == {"sunny": False} and value["imagePath"] == "x/a.jpg"
    assert (value["imageHeight"], value["imageWidth"]) == (6.5, 8)
    (only,) = value["shapes"]
    assert only == shape("cat", "rectangle", [[1.0, 2.0], [4.5, 6.0]])


def test_what_labelme_reads_is_there() -> None:
    """LabelMe's own checks of a file, as its `LabelFile` makes them."""
    files = {"a.json": page(shape("a", "polygon", [[1, 2], [3, 4], [5, 0]]))}
    snapshot = read(labelme, files)
    (content,) = written(relabelled(replace(snapshot, documents={}), 0, "a")).values()
    value = json.loads(content)
    assert {"imageData", "imagePath", "shapes", "flags", "version"} <= value.keys()
    for one in value["shapes"]:
        assert isinstance(one["label"], str) and one["points"]
        assert all(isinstance(n, int | float) for point in one["points"] for n in point)
        assert one["shape_type"] in labelme_types() and isinstance(one["flags"], dict)


def labelme_types() -> set[str]:
    return {
        *("polygon", "rectangle", "oriented_rectangle", "point", "line", "circle", "linestrip"),
        *("points", "mask"),
    }


def test_a_single_file_is_named_as_json() -> None:
    source = Source("x", {"x": MemoryBlob(page())}, is_folder=False)
    assert not labelme.sniff(source)
    with pytest.raises(ParseError, match=r"a name that ends with \.json"):
        labelme.scan(source, {})


def test_a_single_file_holds_one_image() -> None:
    source = Source("a.json", {"a.json": MemoryBlob(page())}, is_folder=False)
    snapshot = labelme.scan(source, {}).read()
    assert dict(labelme.write(snapshot, {})) == {"a.json": page()}
    for samples in (snapshot.samples.clear(), pl.concat([snapshot.samples] * 2)):
        named = samples.with_columns(
            sample=pl.Series(["a", "b"][: samples.height], dtype=pl.String)
        )
        with pytest.raises(LossError, match="a single LabelMe file holds one image"):
            labelme.write(replace(snapshot, samples=named), {})


def test_no_other_format_claims_it() -> None:
    source = folder({"a.json": page()})
    assert labelme.sniff(source) and not coco.sniff(source) and not voc.sniff(source)
    assert not labelme.sniff(folder({"a.json": page(), "b.json": b"{}"}))


@pytest.mark.parametrize(
    "columns,said",
    [
        ({"kind": "polygon", "geometry": '{"polygon":[[1,1,2,2,3,1],[1,1,2,2,3,1]]}'}, "2 parts"),
        ({"kind": "ellipse", "geometry": '{"ellipse":[1,1,2,3,0]}'}, "no circle"),
        ({"kind": "keypoints", "geometry": '{"keypoints":[[1,1,1]]}'}, "hidden"),
        ({"text": "a"}, "cannot hold text"),
        ({"verdict": "rejected"}, "as they are"),
        ({"unit": "fraction"}, "cannot hold unit"),
    ],
)
def test_what_no_shape_says_is_refused(columns: dict[str, Any], said: str) -> None:
    snapshot = read(labelme, {"a.json": page(shape("cat", "rectangle", [[1, 2], [3, 4]]))})
    with pytest.raises(LossError, match=said):
        written(edited(snapshot, 0, **columns))


def test_the_same_flag_twice_is_refused() -> None:
    snapshot = read(labelme, {"a.json": page(flags={"wet": False})})
    twice = pl.concat([snapshot.labels, snapshot.labels.with_columns(key=pl.lit(9, pl.Int64))])
    with pytest.raises(LossError, match="a flag stands once"):
        written(snapshot.with_labels(twice))


@pytest.mark.parametrize(
    "content,said",
    [
        (b'{"shapes": [', "a.json: line 1, column"),
        (b"[]", "a.json: expected `object`"),
        (b'{"flags": {}}', "a.json: expected a field 'shapes'"),
        (page({"label": 3}), "/shapes/0/label: expected a text, found 3"),
        (page({"points": []}), "/shapes/0/label: expected a text"),
        (page(shape("a", "polygon", [])), "/shapes/0/points: expected points"),
        (page(shape("a", "polygon", [[1, 2], [3]])), "/shapes/0/points: expected points"),
        (page(shape("a", "polygon", [[1, "2"]])), "/shapes/0/points: expected points"),
        (page(shape("a", "mask", [[0, 0], [1, 1]], mask="?")), "/shapes/0/mask: expected a PNG"),
        (page(imageData="%"), "/imageData: expected an image in base64"),
        (page(imageHeight="x"), "/imageHeight: expected a number"),
        (page(imagePath=3), "/imagePath: expected a text"),
    ],
)
def test_trouble_has_a_place(content: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        read(labelme, {"a.json": content})
