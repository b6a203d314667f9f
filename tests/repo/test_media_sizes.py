"""The sizes of images are read from their heads, upright, and from below the folder only."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from labelvc.core.snapshot import Snapshot, samples_frame
from labelvc.repo.media_sizes import missing_sizes, read_size


def image(path: Path, size: tuple[int, int], orientation: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[274] = orientation
    Image.new("L", size).save(path, exif=exif)
    return path


@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (30.0, 20.0)), (3, (30.0, 20.0)), (6, (20.0, 30.0))]
)
def test_a_picture_taken_sideways_is_turned_upright(
    orientation: int, size: tuple[float, float], tmp_path: Path
) -> None:
    assert read_size(image(tmp_path / "a.jpg", (30, 20), orientation)) == size


def test_what_is_no_image_has_no_size(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8 no more")
    assert read_size(tmp_path / "a.jpg") == (None, None)
    assert read_size(tmp_path / "missing.jpg") == (None, None)


def test_only_what_labels_do_not_tell_is_read(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        image(tmp_path / "media" / name, (30, 20))
    image(tmp_path / "secret.jpg", (7, 7))
    samples = samples_frame(
        sample=["a", "b", "../secret", "c"],
        path=["a.jpg", "b.jpg", "../secret.jpg", None],
        width=[1.0, None, None, None],
        height=[1.0, None, None, None],
    )
    assert missing_sizes(Snapshot(samples=samples), tmp_path / "media") == {"b": (30.0, 20.0)}
