from __future__ import annotations

import os
from pathlib import Path

import pytest

from labelvc.core.snapshot import Snapshot, samples_frame
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from labelvc.stages.media import find_media, media_path

IN_IMAGES = ("images/f.jpg", "images/train/g.jpg")


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "images"
    for name in ("a.jpg", "sub/b.wav", "train/c.png", "valid/d.png", "E.JPG", *IN_IMAGES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    (tmp_path / "data" / "secret.jpg").write_bytes(b"x")
    return folder


@pytest.mark.parametrize(
    ("path", "key", "split", "found"),
    [
        ("a.jpg", "1", None, "a.jpg"),
        ("./a.jpg", "1", None, "a.jpg"),
        (None, "a.jpg", None, "a.jpg"),
        ("gone.jpg", "a.jpg", None, "a.jpg"),
        (None, "a", None, "a.jpg"),
        (None, "E", None, "E.JPG"),
        ("sub\\b.wav", "1", None, "sub/b.wav"),
        ("images/a.jpg", "1", None, "a.jpg"),
        ("data/images/sub/b.wav", "1", None, "sub/b.wav"),
        ("../images/a.jpg", "1", None, "a.jpg"),
        ("c.png", "1", "train", "train/c.png"),
        (None, "d", "val", "valid/d.png"),
        ("f.jpg", "1", None, "images/f.jpg"),
        (None, "g", "train", "images/train/g.jpg"),
        ("labels/train/g", "1", None, "images/train/g.jpg"),
        ("c.png", "1", "test", None),
        ("c.png", "1", "../..", None),
        ("sub", "1", None, None),
        ("", "", None, None),
        ("a\0.jpg", "\ud800", None, None),
        ("x" * 5000, "1", None, None),
        ("../secret.jpg", "1", None, None),
        ("sub/../../secret.jpg", "1", None, None),
        ("/etc/passwd", "1", None, None),
    ],
)
def test_where_media_are_looked_for(
    media: Path, path: str | None, key: str, split: str | None, found: str | None
):
    expected = None if found is None else media / found
    assert media_path(media, path, key, split=split) == expected
    if key and "\ud800" not in key:
        row = samples_frame(sample=[key], path=[path], split=[split])
        assert find_media(Snapshot(samples=row), media)[key].path == expected


def test_an_absolute_path_counts_inside_the_folder_alone(media: Path):
    assert media_path(media, str(media / "a.jpg"), "1") == media / "a.jpg"
    assert media_path(media, str(media.parent / "secret.jpg"), "1") is None


def test_without_a_folder_there_is_nothing():
    assert media_path(None, "a.jpg", "a.jpg") is None
    assert media_path(Path("/nowhere/at/all"), "a.jpg", "a.jpg") is None


def test_links_may_not_lead_out_except_into_dvcs_cache(media: Path, tmp_path: Path):
    cached = tmp_path / "cache" / "files" / "md5" / "ab" / ("0" * 30)
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"x")
    for name, target in (("dvc.jpg", cached), ("out.jpg", media.parent / "secret.jpg")):
        (media / name).symlink_to(target)
    (media / "folder").symlink_to(tmp_path / "cache")
    assert media_path(media, "dvc.jpg", "1") == media / "dvc.jpg"
    assert media_path(media, "out.jpg", "1") is None
    assert media_path(media, f"folder/files/md5/ab/{'0' * 30}", "1") is None
    linked = tmp_path / "linked"
    linked.symlink_to(media)
    assert media_path(linked, "a.jpg", "1") == linked / "a.jpg"


def test_pipes_are_no_media(media: Path):
    os.mkfifo(media / "pipe.wav")
    assert media_path(media, "pipe.wav", "1") is None


def test_reasons_are_told(media: Path):
    keys = ["a.jpg", "none.jpg", "../secret.jpg"]
    snapshot = Snapshot(samples=samples_frame(sample=keys, path=keys))
    found = find_media(snapshot, media)
    assert [found[key].reason for key in keys] == [None, "missing", "outside"]
    assert {one.reason for one in find_media(snapshot, None).values()} == {"no media"}


def test_an_imagefolder_is_found_in_its_class_folders(tmp_path: Path):
    for name in ("train/cat/1.png", "test/cat/2.png", "train/dog/sub/3.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    snapshot, _, _ = read(disk_source(tmp_path), "imagefolder", {})
    found = find_media(snapshot, tmp_path)
    assert {key: one.path and one.path.relative_to(tmp_path).as_posix()
            for key, one in found.items()} == {
        "1.png": "train/cat/1.png", "2.png": "test/cat/2.png", "sub/3.png": "train/dog/sub/3.png"
    }  # fmt: skip
