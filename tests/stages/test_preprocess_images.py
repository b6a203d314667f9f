"""Images of every kind, good and bad, and the boxes on them."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image, ImageFile
from pycocotools import mask as coco_mask

from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from labelvc.stages.features import features_of
from tests.data import data
from tests.stages.preparing import BOXES, IMAGES, classes, picture, prepare, reasons, row

ORIENTATION = 0x0112


def pixels_of(folder: Path, name: str, **params: Any) -> Any:
    """The 8 x 8 pixels that a file becomes."""
    params = {"image_size": 8, "near_duplicates": 0, **params}
    prepared = prepare(
        classes({name: "x"}), IMAGES, folder.parent / f"out-{name}", folder, **params
    )
    assert reasons(prepared) == {name: None}
    return prepared.features["images"][0]


def png(width: int, height: int) -> bytes:
    """The beginning of a PNG of that size, as small as can be."""

    def chunk(name: bytes, body: bytes) -> bytes:
        whole = name + body
        return struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    return folder


def test_bad_images_are_told_and_their_labels_counted(media: Path, tmp_path: Path):
    picture(1).save(media / "good.png")
    whole = (media / "good.png").read_bytes()
    (media / "cut.png").write_bytes(whole[:-400])
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255
    (media / "flipped.png").write_bytes(flipped)
    picture(2, 300, 200).save(media / "cut.jpg", quality=95)
    (media / "cut.jpg").write_bytes((media / "cut.jpg").read_bytes()[:-2000])
    (media / "text.jpg").write_text("no image")
    (media / "empty.jpg").write_bytes(b"")
    (media / "script.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    (media / "bomb.png").write_bytes(png(60_000, 60_000))
    (media / "large.png").write_bytes(png(10_000, 10_000))
    names = [path.name for path in media.iterdir()]
    snapshot = classes(dict.fromkeys([*names, "gone.png", "../up.png"], "x"))
    prepared = prepare(snapshot, IMAGES, tmp_path / "out", media)
    assert reasons(prepared) == {
        "../up.png": "outside",
        "bomb.png": "too large",
        "cut.jpg": "truncated",
        "cut.png": "truncated",
        "empty.jpg": "unreadable",
        "flipped.png": "unreadable",
        "gone.png": "missing",
        "good.png": None,
        "large.png": "too large",
        "script.jpg": "unreadable",
        "text.jpg": "unreadable",
    }
    assert prepared.features["images"].shape == (1, 32, 32, 3)
    counts = prepared.report["labels"]
    assert counts["in"] == 11 == counts["kept"] + sum(counts["dropped"].values())
    assert prepared.labels.height == 11
    told = (tmp_path / "out" / "dropped.csv").read_text()
    assert "text.jpg,unreadable,no image of a known kind\n" in told
    assert str(tmp_path) not in told and "0x" not in told


def test_pillows_leniency_is_not_ours(media: Path, tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    picture(2, 300, 200).save(media / "cut.jpg")
    (media / "cut.jpg").write_bytes((media / "cut.jpg").read_bytes()[:-2000])
    prepared = prepare(classes({"cut.jpg": "x"}), IMAGES, tmp_path / "out", media)
    assert reasons(prepared) == {"cut.jpg": "truncated"}
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_without_media_the_labels_remain(tmp_path: Path):
    snapshot = classes({"a.png": "x", "b.png": "y"})
    prepared = prepare(snapshot, IMAGES, tmp_path / "out", None)
    assert reasons(prepared) == {"a.png": "no media", "b.png": "no media"}
    assert prepared.features["images"].shape == (0, 32, 32, 3)
    assert prepared.labels.height == 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_exif_orientation_is_applied(media: Path, orientation: int, suffix: str):
    upright = np.zeros((40, 60), dtype=np.uint8)
    upright[:20, :30], upright[:20, 30:], upright[20:, :30] = 255, 170, 85
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    stored = Image.fromarray(upright)
    if orientation in turns:
        stored = stored.transpose(turns[orientation])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    name = f"a.{suffix}"
    stored.save(media / name, exif=exif, **({"quality": 95} if suffix == "jpg" else {}))
    params = {"image_size": 8, "image_mode": "L", "near_duplicates": 0}
    prepared = prepare(classes({name: "x"}), IMAGES, media.parent / "out", media, **params)
    found = prepared.features["images"][0, :, :, 0].astype(int)
    corners = [found[1, 1], found[1, 6], found[6, 1], found[6, 6]]
    assert np.abs(np.subtract(corners, [255, 170, 85, 0])).max() < 6
    sample = row(prepared, name)
    assert (sample["width"], sample["height"]) == (60, 40)
    assert sample["notes"] == (None if orientation == 1 else "exif")


def test_every_mode_becomes_8_bits_of_colour(media: Path):
    grey = np.full((20, 20), 100, dtype=np.uint8)
    base = Image.fromarray(grey)
    see_through = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 0, 200, 100, 50])
    files = {
        "l.png": (base, (100, 100, 100)),
        "one.png": (Image.new("1", (20, 20), 1), (255, 255, 255)),
        "deep.png": (Image.fromarray(grey.astype(np.uint16) * 257), (100, 100, 100)),
        "deep.tif": (Image.fromarray(grey.astype(np.uint16) * 257), (100, 100, 100)),
        "int.tif": (Image.fromarray(grey.astype(np.int32) * 257), (100, 100, 100)),
        "cmyk.jpg": (Image.new("CMYK", (20, 20), (0, 0, 0, 255)), (0, 0, 0)),
        "clear.png": (see_through, (255, 255, 255)),
        "la.png": (Image.merge("LA", (base, Image.new("L", (20, 20), 255))), (100, 100, 100)),
        "palette.png": (palette, (200, 100, 50)),
        "gif.gif": (palette, (200, 100, 50)),
    }
    for name, (image, expected) in files.items():
        image.save(media / name)
        found = pixels_of(media, name)
        assert np.abs(found.astype(int) - expected).max() <= 3, name
    palette.save(media / "hole.gif", transparency=1)
    assert (pixels_of(media, "hole.gif") == 255).all()
    assert pixels_of(media, "palette.png", image_mode="L").shape == (8, 8, 1)
    gradient = np.linspace(-1, 3, 400, dtype=np.float32).reshape(20, 20)
    Image.fromarray(gradient).save(media / "float.tif")
    found = pixels_of(media, "float.tif", image_size=20, image_mode="L")
    assert (found.min(), found.max()) == (0, 255)


def test_of_an_animation_the_first_frame_is_taken(media: Path):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    for name in ("a.gif", "a.webp", "a.png"):
        frames[0].save(media / name, save_all=True, append_images=frames[1:], duration=100)
        found = pixels_of(media, name).astype(int)
        assert np.abs(found - (255, 0, 0)).max() < 8, name
    prepared = prepare(classes({"a.gif": "x"}), IMAGES, media.parent / "out", media)
    assert row(prepared, "a.gif")["notes"] == "frames"


def test_boxes_outlines_and_points_are_scaled_along(media: Path, tmp_path: Path):
    picture(1, 400, 200).save(media / "a.png")
    geometry = [
        {"polygon": [[0, 0, 400, 0, 400, 200]]},
        {"keypoints": [[400.0, 200.0, 2], [0.0, 0.0, 0]]},
    ]
    snapshot = Snapshot(
        labels_frame(
            sample=["a.png"] * 4,
            kind=["box", "box", "polygon", "keypoints"],
            category=["x"] * 4,
            x=[40, 0.1, 0, None],
            y=[20, 0.1, 0, None],
            width=[100, 0.25, 400, None],
            height=[50, 0.25, 200, None],
            geometry=[None, None, *map(json.dumps, geometry)],
            unit=["pixel", "fraction", "pixel", "pixel"],
        ),
        samples_frame(sample=["a.png"], path=["a.png"], width=[400], height=[200]),
    )
    prepared = prepare(snapshot, BOXES, tmp_path / "out", media, image_size=80)
    found = prepared.labels
    assert found.select("x", "y", "width", "height").rows()[:2] == [(8.0, 4.0, 20.0, 10.0)] * 2
    assert set(found["unit"]) == {"pixel"}
    assert json.loads(found["geometry"][2]) == {"polygon": [[0, 0, 80, 0, 80, 40]]}
    assert json.loads(found["geometry"][3]) == {"keypoints": [[80, 40, 2], [0, 0, 0]]}
    sample = row(prepared, "a.png")
    assert (sample["new_width"], sample["new_height"]) == (80, 40)
    image = prepared.features["images"][0]
    assert image.shape == (80, 80, 3) and (image[40:] == 114).all()
    stretched = prepare(snapshot, IMAGES, tmp_path / "out", media, image_size=80)
    assert stretched.labels["height"][0] == 20.0


def test_labels_of_a_larger_copy_are_scaled_by_its_size(media: Path, tmp_path: Path):
    picture(1, 200, 100).save(media / "a.png")
    picture(2, 200, 100).save(media / "b.png")
    keys = ["a.png", "b.png", "c.png"]
    snapshot = Snapshot(
        labels_frame(
            sample=keys, kind=["box"] * 3, category=["x"] * 3, unit=["pixel"] * 3,
            x=[0] * 3, y=[0] * 3, width=[100] * 3, height=[100] * 3,
        ),
        samples_frame(sample=keys, path=keys, width=[400, 300, 400], height=[200, 300, None]),
    )  # fmt: skip
    prepared = prepare(snapshot, BOXES, tmp_path / "out", media, image_size=100)
    # half the size; another picture, or turned: its own size; no size at all: left as it is
    assert prepared.labels["width"].to_list() == [25.0, 50.0, 100.0]
    assert prepared.report["notes"] == {"size": 2}


def test_masks_are_scaled_by_the_nearest_pixel(media: Path, tmp_path: Path):
    picture(1, 40, 20).save(media / "a.png")
    bitmap = np.zeros((20, 40), dtype=np.uint8, order="F")
    bitmap[4:12, 10:30] = 1
    packed = coco_mask.encode(bitmap)
    masks = [
        {"size": [20, 40], "counts": packed["counts"].decode()},
        {"size": [20, 40], "counts": [7]},
        {"size": [10**9, 10**9], "counts": [10**18]},
        {"size": [20, 40], "counts": [10**30]},
        {"size": [-20, -40], "counts": [800]},
    ]
    snapshot = Snapshot(
        labels_frame(
            sample=["a.png"] * 5, kind=["mask"] * 5, category=["x"] * 5, unit=["pixel"] * 5,
            geometry=[json.dumps({"mask": mask}) for mask in masks],
        ),
        samples_frame(sample=["a.png"], path=["a.png"]),
    )  # fmt: skip
    prepared = prepare(snapshot, "image-segmentation", tmp_path / "out", media, image_size=20)
    found = json.loads(prepared.labels["geometry"][0])["mask"]
    assert found["size"] == [20, 20]
    decoded = coco_mask.decode(coco_mask.frPyObjects(found, 20, 20))
    expected = np.zeros((20, 20), dtype=np.uint8)
    expected[2:6, 5:15] = 1
    assert (decoded == expected).all()
    assert prepared.labels["geometry"].to_list()[1:] == [None] * 4
    assert prepared.report["notes"] == {"masks dropped": 4}


def test_copies_and_near_copies_are_dropped(media: Path, tmp_path: Path):
    original = picture(1, 200, 120)
    original.save(media / "a.png")
    original.save(media / "b.png")
    original.save(media / "c.jpg", quality=60)
    original.resize((100, 60)).save(media / "d.png")
    picture(2, 200, 120).save(media / "e.png")
    Image.new("RGB", (50, 50), "black").save(media / "f.png")
    Image.new("RGB", (50, 50), "white").save(media / "g.png")
    Image.new("RGB", (40, 50), "white").save(media / "h.png")
    labels = dict.fromkeys(sorted(path.name for path in media.iterdir()), "x")
    snapshot = classes({**labels, "d.png": "y"})
    for features in ("arrays", "descriptors"):
        prepared = prepare(snapshot, IMAGES, tmp_path / features, media, features=features)
        assert reasons(prepared) == {
            "a.png": None, "b.png": "duplicate", "c.jpg": "near duplicate",
            "d.png": "near duplicate", "e.png": None, "f.png": None, "g.png": None,
            "h.png": "near duplicate",
        }  # fmt: skip
        assert prepared.samples["row"].null_count() == 0
        assert prepared.report["contradicting_duplicates"] == 1
    off = prepare(snapshot, IMAGES, tmp_path / "off", media, near_duplicates=0)
    assert {name for name, reason in reasons(off).items() if reason} == {"b.png"}
    assert off.samples["phash"].null_count() == len(off.samples)


def test_digits_that_look_alike_are_no_duplicates(media: Path, tmp_path: Path):
    from sklearn.datasets import load_digits

    digits = load_digits()
    names = [f"{place:03}.png" for place in range(400)]
    for name, image in zip(names, digits.images, strict=False):
        Image.fromarray((image * 15.9).astype(np.uint8)).save(media / name)
    labels = {name: str(digit) for name, digit in zip(names, digits.target, strict=False)}
    prepared = prepare(classes(labels), IMAGES, tmp_path / "out", media, near_duplicates=8)
    assert prepared.samples["kept"].all()
    assert prepared.features["images"].shape == (400, 32, 32, 3)


def test_blood_cells_from_voc_files(tmp_path: Path):
    folder = data("bccd/BCCD")
    snapshot, _, _ = read(disk_source(folder), None, {})
    few = set(snapshot.samples["sample"].sort()[:40])
    snapshot = Snapshot(
        snapshot.labels.filter(pl.col("sample").is_in(few)),
        snapshot.samples.filter(pl.col("sample").is_in(few)),
        snapshot.categories,
        snapshot.format,
    )
    prepared = prepare(snapshot, BOXES, tmp_path / "out", folder / "JPEGImages")
    assert prepared.samples["kept"].all() and prepared.report["notes"] == {}
    assert prepared.report["features"] == {"images": [40, 160, 160, 3]}
    assert row(prepared, "BloodImage_00000")["path"] == "BloodImage_00000.jpg"
    before = snapshot.labels.sort("sample", maintain_order=True)
    assert prepared.labels["x"].to_list() == pytest.approx((before["x"] / 4).to_list())
    one = features_of(prepared.features, 0)
    assert one["images"].shape == (1, 160, 160, 3)
    stored = Image.open(folder / "JPEGImages" / "BloodImage_00000.jpg").resize((160, 120))
    difference = one["images"][0, :120].astype(int) - np.asarray(stored).astype(int)
    assert np.abs(difference).mean() < 3


def test_large_jpegs_are_hashed_as_their_lossless_copies(media: Path):
    out = io.BytesIO()
    picture(3, 1600, 1200).save(out, "JPEG", quality=95)
    (media / "a.jpg").write_bytes(out.getvalue())
    Image.open(out).save(media / "b.png")
    prepared = prepare(classes({"a.jpg": "x", "b.png": "x"}), IMAGES, media.parent / "out", media)
    assert reasons(prepared) == {"a.jpg": None, "b.png": "near duplicate"}
    sizes = prepared.samples.select("width", "height").rows()
    assert sizes == [(1600, 1200), (1600, 1200)]
