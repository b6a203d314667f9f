"""Pictures of changes: which part is shown, and where the labels lie on it."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from labelvc.repo.media import Media
from labelvc.review.evidence import Exhibits
from tests.data import data
from tests.review.evidence_cases import (
    BLUE,
    GREEN,
    RED,
    box,
    change,
    is_like,
    picture,
    scene,
    seen,
    shape,
    told,
)

BODY = [[100 + 5 * at, 50 + 5 * at, 2] for at in range(17)]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    scene().save(tmp_path / "a.png")
    return tmp_path


def test_the_part_around_both_sides_is_shown_with_some_context(media: Path) -> None:
    evidence = seen(change(box(400, 300, 40, 40), box(410, 300, 40, 40)), media)
    assert evidence.told["window"] == [336, 236, 179, 169]
    assert evidence.told["image"] == [640, 480]
    assert (evidence.told["width"], evidence.told["height"]) == (179, 169)
    assert evidence.told["shapes"] == [
        {"side": "before", "category": "cell", "box": [400, 300, 40, 40]},
        {"side": "after", "category": "cell", "box": [410, 300, 40, 40]},
    ]
    shown = picture(evidence)
    assert shown.size == (179, 169)
    assert is_like(shown.convert("RGB").getpixel((420 - 336, 320 - 236)), BLUE)
    assert is_like(shown.convert("RGB").getpixel((380 - 336, 320 - 236)), RED)


def test_a_large_part_is_scaled_to_what_is_asked_for(media: Path) -> None:
    item = change(box(10, 10, 600, 440), None)
    assert told(item, media)["window"] == [0, 0, 640, 480]
    for longest, size in ((320, (320, 240)), (64, (64, 48)), (1024, (640, 480))):
        evidence = seen(item, media, longest=longest)
        assert picture(evidence).size == size
        middle = picture(evidence).convert("RGB").getpixel((size[0] * 420 // 640, size[1] * 2 // 3))
        assert is_like(middle, BLUE)


@pytest.mark.parametrize(
    ("label", "window"),
    [
        (box(0, 0, 10, 10), [0, 0, 75, 75]),  # never beyond the image
        (box(630, 470, 100, 100), [566, 406, 74, 74]),
        (box(100, 200, 400, 4), [0, 40, 640, 325]),  # never a mere strip
        (box(500, 300, -400, -10), [0, 130, 640, 331]),  # a mistake in the labels
        (box(700, 500, 10, 10), [0, 0, 640, 480]),  # lies outside: look at all of it
        (box(-1e308, 0, 1e308, 1e308, unit="fraction"), [0, 0, 193, 480]),
        ({"kind": "class", "category": "cell"}, [0, 0, 640, 480]),
    ],
)
def test_which_part_is_shown(media: Path, label: dict[str, Any], window: list[int]) -> None:
    assert told(change(None, label), media)["window"] == window


def test_shapes_are_told_in_pixels_of_the_image_whatever_their_unit(media: Path) -> None:
    by_unit = {
        "pixel": box(64, 48, 320, 240),
        "fraction": box(0.1, 0.1, 0.5, 0.5, unit="fraction"),
        "percent": box(10, 10, 50, 50, unit="percent"),
    }
    for label in by_unit.values():
        assert told(change(None, label), media)["shapes"][0]["box"] == [64, 48, 320, 240]
    ring = shape("polygon", {"polygon": [[0.1, 0.1, 0.5, 0.1, 0.5, 0.5]]}, unit="fraction")
    assert told(change(ring, None), media)["shapes"] == [
        {"side": "before", "category": "cell", "rings": [[64, 48, 320, 48, 320, 240]]}
    ]


def test_a_box_is_drawn_beside_an_outline_only_where_the_boxes_differ(media: Path) -> None:
    ring = {"polygon": [[400, 300, 440, 300, 440, 340]]}
    one = {**box(400, 300, 40, 40), **shape("polygon", ring)}
    moved = {**one, "x": 390.0}

    def drawn(after: dict[str, Any]) -> list[list[str]]:
        shapes = told(change(one, after), media)["shapes"]
        return [sorted(set(found) - {"side", "category"}) for found in shapes]

    assert drawn({**one, "category": "debris"}) == [["rings"], ["rings"]]
    assert drawn(moved) == [["rings"], ["box"], ["rings"], ["box"]]


def test_lines_ellipses_and_cuboids_are_drawn(media: Path) -> None:
    line = shape("polyline", {"polyline": [[10, 10, 50, 10, 50, 60], [100, 100, 120, 100]]})
    drawn = told(change(None, line), media)["shapes"][0]
    assert drawn["points"] == [[10, 10, 2], [50, 10, 2], [50, 60, 2], [100, 100, 2], [120, 100, 2]]
    assert drawn["skeleton"] == [[0, 1], [1, 2], [3, 4]]
    # a quarter turn, in percent of an image that is wider than high
    ellipse = shape("ellipse", {"ellipse": [50, 50, 10, 5, 90]}, unit="percent")
    ring = told(change(None, ellipse), media)["shapes"][0]["rings"][0]
    assert (min(ring[0::2]), max(ring[0::2])) == (320 - 24, 320 + 24)
    assert (min(ring[1::2]), max(ring[1::2])) == (240 - 64, 240 + 64)
    cuboid = shape("cuboid", {"cuboid": [float(at) for at in range(16)]})
    drawn = told(change(None, cuboid), media)["shapes"][0]
    assert len(drawn["points"]) == 8 and len(drawn["skeleton"]) == 12
    broken = {**box(1, 2, 30, 40), **shape("ellipse", {"ellipse": [1, 2]})}
    assert told(change(None, broken), media)["shapes"][0]["box"] == [1, 2, 30, 40]


def test_keypoints_come_with_the_lines_between_them(media: Path) -> None:
    body = told(change(None, shape("keypoints", {"keypoints": BODY})), media)["shapes"][0]
    assert body["points"][2] == [110, 60, 2]
    assert [0, 1] in body["skeleton"] and [15, 13] in body["skeleton"]
    assert max(max(bone) for bone in body["skeleton"]) == 16
    few = shape("keypoints", {"keypoints": [[0, 0, 0], [300, 200, 2], [310, 210, 1], [320, 220]]})
    unknown = told(change(None, few), media)
    assert unknown["shapes"][0]["points"][3] == [320, 220, 2]
    assert unknown["shapes"][0]["skeleton"] == []
    assert unknown["window"][0] == 300 - 64  # what is not labelled has no place
    exhibits = Exhibits({"cells": Media(media)}, skeletons={"cell": [[1, 2], [2, 9]]})
    assert exhibits.of(change(None, few)).told["shapes"][0]["skeleton"] == [[1, 2]]


# A grid of 4 rows and 6 columns whose pixels in row 1, columns 2 to 4, are set.
RUNS = [9, 1, 3, 1, 3, 1, 6]


@pytest.mark.parametrize("counts", [RUNS, "9130003"])
def test_a_mask_is_a_transparent_picture_over_the_part_shown(
    tmp_path: Path, counts: list[int] | str
) -> None:
    Image.new("RGB", (6, 4), RED).save(tmp_path / "a.png")
    label = shape("mask", {"mask": {"size": [4, 6], "counts": counts}})
    evidence = seen(change(None, label), tmp_path)
    assert evidence.told["shapes"] == [
        {"side": "after", "category": "cell", "overlay": {"blob": "mask-0"}}
    ]
    mask = picture(evidence, "mask-0").convert("RGBA")
    assert mask.size == picture(evidence).size == (192, 128)
    covered = [
        [mask.getpixel((column * 32 + 16, row * 32 + 16))[3] > 0 for column in range(6)]
        for row in range(4)
    ]
    assert covered == [[row == 1 and 2 <= column <= 4 for column in range(6)] for row in range(4)]


def test_a_mask_covers_what_its_outline_surrounds(media: Path) -> None:
    drawn = Image.new("1", (640, 480))
    ImageDraw.Draw(drawn).polygon([(100, 100), (300, 150), (150, 400)], fill=1)
    bits = [drawn.getpixel((x, y)) > 0 for x in range(640) for y in range(480)]
    runs, now = [0], False
    for bit in bits:
        if bit != now:
            runs.append(0)
            now = bit
        runs[-1] += 1
    label = shape("mask", {"mask": {"size": [480, 640], "counts": runs}})
    evidence = seen(change(label, None), media)
    x, y, width, height = evidence.told["window"]
    assert (x, y, x + width, y + height) == (0, 0, 422, 480)
    across, down = evidence.told["width"] / width, evidence.told["height"] / height
    mask = picture(evidence, "mask-0").convert("RGBA").getchannel("A")
    for at, is_inside in (((180, 200), True), ((120, 300), False), ((280, 150), True),
                          ((280, 300), False)):  # fmt: skip
        place = round((at[0] - x) * across), round((at[1] - y) * down)
        assert (mask.getpixel(place) > 0) == is_inside
    assert len(evidence.blobs["mask-0"].content) < 2_000


@pytest.mark.parametrize(
    "mask",
    [
        {"size": [4, 6], "counts": [9, 1]},
        {"size": [4, 6], "counts": [30, -6]},
        {"size": [4, 6], "counts": []},
        {"size": [4, 6], "counts": "o" * 400},
        {"size": [0, 0], "counts": [0]},
        {"size": [10**6, 10**6], "counts": [10**12]},
        {"size": [4], "counts": [4]},
    ],
)
def test_a_mask_that_is_none_leaves_the_box(media: Path, mask: dict[str, Any]) -> None:
    label = {**box(400, 300, 40, 40), **shape("mask", {"mask": mask})}
    shapes = told(change(None, label), media)["shapes"]
    assert shapes == [{"side": "after", "category": "cell", "box": [400, 300, 40, 40]}]


def test_small_pictures_are_enlarged_so_that_every_pixel_is_seen(tmp_path: Path) -> None:
    digit = Image.new("L", (8, 8))
    digit.putpixel((3, 5), 200)
    digit.save(tmp_path / "a.png")
    evidence = seen(change(None, {"kind": "class", "category": "3"}), tmp_path)
    assert evidence.blobs["picture"].type == "image/png"
    assert evidence.told["window"] == [0, 0, 8, 8]
    shown = picture(evidence)
    assert shown.size == (192, 192)
    assert shown.getpixel((3 * 24, 5 * 24)) == shown.getpixel((4 * 24 - 1, 6 * 24 - 1)) == 200
    assert shown.getpixel((3 * 24 - 1, 5 * 24)) == shown.getpixel((4 * 24, 5 * 24)) == 0


def test_drawings_stay_exact_and_photographs_small(tmp_path: Path) -> None:
    scene().save(tmp_path / "a.png")
    Image.effect_noise((640, 480), 90).convert("RGB").save(tmp_path / "b.png")
    drawing, photograph = (
        seen(change(None, {"kind": "class"}, name), tmp_path, longest=640)
        for name in ("a.png", "b.png")
    )
    assert picture(drawing).convert("RGB").tobytes() == scene().tobytes()
    assert photograph.blobs["picture"].type == "image/jpeg"


def test_what_else_a_file_says_is_not_passed_on(tmp_path: Path) -> None:
    for suffix in ("jpg", "png"):
        secret = b"where it was taken"
        name = f"a.{suffix}"
        scene().save(tmp_path / name, comment=secret, icc_profile=secret * 20)
        assert secret in (tmp_path / name).read_bytes() or suffix == "png"
        evidence = seen(change(None, {"kind": "class"}, name), tmp_path)
        assert set(picture(evidence).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "tiff", "webp", "gif"])
def test_a_large_picture_of_any_kind_shows_the_right_place(tmp_path: Path, suffix: str) -> None:
    scene((2400, 1600)).save(tmp_path / f"a.{suffix}")
    for label, place, colour in (
        (box(400, 300, 40, 40), (84, 84), BLUE),
        ({"kind": "class"}, (10, 10), GREEN),
        ({"kind": "class"}, (310, 200), RED),
    ):
        evidence = seen(change(None, label, f"a.{suffix}"), tmp_path)
        assert is_like(picture(evidence).convert("RGB").getpixel(place), colour)
    assert (evidence.told["width"], evidence.told["image"]) == (320, [2400, 1600])


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16", "CMYK"])
def test_a_picture_of_any_mode_can_be_shown(tmp_path: Path, mode: str) -> None:
    suffix = "tiff" if mode == "CMYK" else "png"
    image = scene(mode="L").convert("I;16") if mode == "I;16" else scene(mode=mode)
    image.save(tmp_path / f"a.{suffix}")
    assert told(change(None, {"kind": "class"}, f"a.{suffix}"), tmp_path)["type"] == "image"


def test_of_an_animation_the_first_picture_is_shown(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (80, 80), colour) for colour in (GREEN, RED)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    shown = picture(seen(change(None, {"kind": "class"}, "a.gif"), tmp_path))
    assert is_like(shown.convert("RGB").getpixel((5, 5)), GREEN)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff"])
def test_pictures_are_upright_as_those_who_labelled_saw_them(
    tmp_path: Path, orientation: int, suffix: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.new("RGB", (300, 200), RED)
    stored.paste(GREEN, (0, 0, 20, 20))
    stored.save(tmp_path / f"a.{suffix}", exif=exif)
    evidence = seen(change(None, {"kind": "class"}, f"a.{suffix}"), tmp_path)
    size = (300, 200) if orientation < 5 else (200, 300)
    assert tuple(evidence.told["image"]) == picture(evidence).size == size
    # which corner the stored first pixel is turned to: EXIF 2.32, section 4.6.4
    right = orientation in (2, 3, 6, 7)
    low = orientation in (3, 4, 7, 8)
    corner = (size[0] - 8 if right else 8, size[1] - 8 if low else 8)
    assert is_like(picture(evidence).convert("RGB").getpixel(corner), GREEN)


def test_labels_that_lie_on_the_stored_picture_only_are_shown_on_that(tmp_path: Path) -> None:
    exif = Image.Exif()
    for orientation in (6, 8):
        exif[0x0112] = orientation
        stored = Image.new("RGB", (300, 200), RED)
        stored.paste(GREEN, (250, 20, 290, 60))
        stored.save(tmp_path / "a.png", exif=exif)
        evidence = seen(change(None, box(250, 20, 40, 40)), tmp_path)
        x, y, _, _ = evidence.told["window"]
        assert evidence.told["image"] == [300, 200]
        assert is_like(picture(evidence).convert("RGB").getpixel((270 - x, 40 - y)), GREEN)
        turned = seen(change(None, box(20, 250, 40, 40)), tmp_path)
        assert turned.told["image"] == [200, 300]


def bomb() -> bytes:
    """A PNG of a few bytes that says that it is 60,000 pixels wide and high."""
    file = io.BytesIO()
    Image.new("1", (1, 1)).save(file, "PNG")
    content = bytearray(file.getvalue())
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


def cut(suffix: str) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((200, 200), 80).save(file, suffix)
    return file.getvalue()[:5_000]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no image of a known kind"),
        (b"", "no image of a known kind"),
        (b"hello\n", "no image of a known kind"),
        (bomb(), "more than 89478485 pixels"),
        (cut("PNG"), "a.png cannot be shown: "),
        (cut("JPEG"), "truncated"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "it is a video, of which no picture is taken"),
        (b"\x1aE\xdf\xa3webm", "it is a video, of which no picture is taken"),
    ],
)
def test_what_cannot_be_shown_is_told_with_its_reason(
    tmp_path: Path, content: bytes, why: str
) -> None:
    (tmp_path / "a.png").write_bytes(content)
    found = told(change(None, box(1, 1, 2, 2)), tmp_path)
    assert found["type"] == "none"
    assert found["reason"].startswith("a.png cannot be shown: ") and why in found["reason"]


def test_real_photographs_give_small_pictures(tmp_path: Path) -> None:
    folder = data("bccd/BCCD/JPEGImages")
    evidence = seen(change(None, box(100, 100, 100, 90), "BloodImage_00001.jpg"), folder)
    assert evidence.told["window"] == [36, 36, 229, 219]
    original = Image.open(folder / "BloodImage_00001.jpg").crop((36, 36, 265, 255))
    small = [
        image.convert("L").resize((16, 16), Image.Resampling.BOX).tobytes()
        for image in (original, picture(evidence))
    ]
    assert max(abs(one - other) for one, other in zip(*small, strict=True)) < 6
    assert len(evidence.blobs["picture"].content) < 20_000
