"""Where the medium of a sample is found, and where it never is."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from labelvc.core.snapshot import Snapshot, samples_frame
from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from labelvc.repo.media import Found, Media, find_media, media_path

OBJECT = f"ab/{'0' * 30}"


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "images"
    for name in (
        *("a.jpg", "B.JPG", "back\\slash.png", "v1.5", "v1.5.png", "two.bmp", "two.jpg"),
        *("sub/b.wav", "train/c.png", "valid/d.png", "images/e.png", "images/train/f.jpg"),
        *("images/val/g.png", "test/images/h.png", "JPEGImages/i.jpeg", "été/ü.png"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (tmp_path / "data" / "secret.jpg").touch()
    return folder


def found_by_both(media: Path, path: str | None, key: str, split: str | None = None) -> Found:
    """What the single look-up and the one in bulk find, which has to be the same."""
    single = Media(media).find(path, key, split)
    samples = samples_frame(sample=[key], path=[path], split=[split])
    assert find_media(Snapshot(samples=samples), media) == {key: single}
    return single


@pytest.mark.parametrize(
    ("path", "key", "split", "found"),
    [
        ("a.jpg", "1", None, "a.jpg"),
        ("./a.jpg", "1", None, "a.jpg"),
        ("sub/../a.jpg", "1", None, "a.jpg"),
        (None, "a.jpg", None, "a.jpg"),
        ("", "a.jpg", None, "a.jpg"),
        ("gone.jpg", "a.jpg", None, "a.jpg"),
        ("gone.jpg", "a", None, "a.jpg"),
        (None, "a", None, "a.jpg"),
        ("B", "B", None, "B.JPG"),
        ("two", "1", None, "two.jpg"),
        (None, "v1.5", None, "v1.5"),
        ("sub\\b.wav", "1", None, "sub/b.wav"),
        ("back\\slash.png", "1", None, "back\\slash.png"),
        ("été/ü.png", "1", None, "été/ü.png"),
        ("images/a.jpg", "1", None, "a.jpg"),
        ("data/images/sub/b.wav", "1", None, "sub/b.wav"),
        ("../images/a.jpg", "1", None, "a.jpg"),
        ("other/images/a.jpg", "1", None, None),
        ("c.png", "1", "train", "train/c.png"),
        ("c", "c", "train", "train/c.png"),
        ("c", "c", None, None),
        ("c.png", "1", "test", None),
        ("c.png", "1", "../..", None),
        (None, "d", "val", "valid/d.png"),
        ("e.png", "1", None, "images/e.png"),
        (None, "f", "train", "images/train/f.jpg"),
        ("labels/train/f", "1", None, "images/train/f.jpg"),
        ("g", "g", "val", "images/val/g.png"),
        ("h.png", "h", "test", "test/images/h.png"),
        ("i.jpeg", "i", None, "JPEGImages/i.jpeg"),
        ("sub", "1", None, None),
        ("a\0.jpg", "1", None, None),
        ("x" * 5000, "1", None, None),
        ("/".join("x" * 3000), "1", None, None),
        ("..", ".", None, None),
    ],
)
def test_where_a_medium_is_found(
    media: Path, path: str | None, key: str, split: str | None, found: str | None
) -> None:
    expected = Found(None, "missing") if found is None else Found(media / found)
    assert found_by_both(media, path, key, split) == expected
    assert media_path(media, path, key, split=split) == expected.path


def test_names_that_no_file_system_could_have_are_missing(media: Path) -> None:
    assert media_path(media, "\ud800", "\0", split="\ud800") is None
    assert media_path(media, "\ud800", "a", split="\0") == media / "a.jpg"


@pytest.mark.parametrize(
    "path",
    [
        *("../secret.jpg", "sub/../../secret.jpg", "../gone.jpg", "/etc/passwd", "..\\secret.jpg"),
        *("link.jpg", "chain.jpg", "folder/secret.jpg", "folder/../data/secret.jpg"),
    ],
)
def test_nothing_leads_out_of_the_folder(media: Path, path: str) -> None:
    (media / "link.jpg").symlink_to("../secret.jpg")
    (media / "chain.jpg").symlink_to("link.jpg")
    (media / "folder").symlink_to("..")
    for names in ((path, "1"), (None, path)):
        found = found_by_both(media, *names)
        assert found.path is None
        assert found.reason == ("missing" if "folder/.." in path else "outside")
    assert Media(media).at(path) is None


def test_an_absolute_path_counts_inside_the_folder_only(media: Path, tmp_path: Path) -> None:
    (tmp_path / "other way").symlink_to(media.parent)
    for path in (media / "a.jpg", tmp_path / "other way" / "images" / "a.jpg"):
        found = found_by_both(media, str(path), "1").path
        assert found is not None
        assert found.samefile(media / "a.jpg")
    secret = str(media.parent / "secret.jpg")
    assert found_by_both(media, secret, "1") == Found(None, "outside")


def test_a_folder_beside_with_the_same_beginning_is_outside(media: Path) -> None:
    beside = media.with_name("images2")
    beside.mkdir()
    (beside / "x.jpg").touch()
    assert found_by_both(media, str(beside / "x.jpg"), "1") == Found(None, "outside")
    assert found_by_both(media, "../images2/x.jpg", "1") == Found(None, "outside")


def test_links_may_lead_about_inside_and_to_objects_of_a_cache(media: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for at, stored in enumerate((OBJECT, f"files/md5/{OBJECT}", "id_rsa", f"deep/er/{OBJECT}")):
        (cache / stored).parent.mkdir(parents=True, exist_ok=True)
        (cache / stored).touch()
        (media / f"{at}.jpg").symlink_to(cache / stored)
    (media / "inner.jpg").symlink_to("a.jpg")
    (media / "broken.jpg").symlink_to(cache / "files" / "md5" / "00" / ("1" * 30))
    (media / "folder").symlink_to(cache)
    keys = ["inner.jpg", "0.jpg", "1.jpg", "2.jpg", "3.jpg", "broken.jpg", f"folder/{OBJECT}"]
    # without a cache that is known, a link to what looks like an object is one like any other
    for caches, reasons in (
        ([], [None, *["outside"] * 4, "missing", "outside"]),
        ([cache], [None, None, None, "outside", "outside", "missing", "outside"]),
        ([tmp_path / "other"], [None, *["outside"] * 4, "missing", "outside"]),
        # a stranger's configuration may call any folder a cache
        ([Path("/")], [None, *["outside"] * 4, "missing", "outside"]),
    ):
        single = {key: Media(media, caches).find(key, "k") for key in keys}
        assert [found.reason for found in single.values()] == reasons
        snapshot = Snapshot(samples=samples_frame(sample=keys, path=keys))
        assert find_media(snapshot, media, caches) == single
    assert media_path(media, "1.jpg", "k", caches=[cache]) == media / "1.jpg"
    # only a link in the folder may lead there, no path of a label file
    assert media_path(media, f"../../cache/{OBJECT}", "k", caches=[cache]) is None


def test_a_folder_that_is_a_link_is_the_folder_it_leads_to(media: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.symlink_to(media)
    assert found_by_both(linked, "a.jpg", "1") == Found(linked / "a.jpg")
    assert found_by_both(linked, str(media / "a.jpg"), "1").path == media / "a.jpg"


def test_pipes_and_folders_are_no_media(media: Path) -> None:
    os.mkfifo(media / "pipe.wav")
    (media / "link.wav").symlink_to("pipe.wav")
    (media / "folder.png").mkdir()
    for path in ("pipe.wav", "link.wav", "folder.png"):
        assert found_by_both(media, path, "1") == Found(None, "missing")


def test_without_a_folder_there_is_nothing(media: Path) -> None:
    assert media_path(None, "a.jpg", "a.jpg") is None
    samples = samples_frame(sample=["a.jpg"])
    assert find_media(Snapshot(samples=samples), None) == {"a.jpg": Found(None, "no media")}
    assert found_by_both(media / "gone", "a.jpg", "1") == Found(None, "missing")
    assert found_by_both(media / "a.jpg", "a.jpg", "1") == Found(None, "missing")


def test_an_image_folder_is_found_in_its_class_folders(tmp_path: Path) -> None:
    names = ["train/cat/1.png", "test/cat/2.png", "train/dog/sub/3.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "new.png").touch()
    snapshot, _, _ = read(disk_source(tmp_path), "imagefolder", {"keys": "stem"})
    # beside them one that was not there when the folder was read
    new = samples_frame(sample=["new.png"], path=["new.png"])
    whole = replace(snapshot, samples=pl.concat([snapshot.samples, new]))
    found = find_media(whole, tmp_path)
    assert {key: one.path for key, one in found.items()} == {
        "1.png": tmp_path / names[0],
        "2.png": tmp_path / names[1],
        "sub/3.png": tmp_path / names[2],
        "new.png": tmp_path / "new.png",
    }


def test_it_can_be_pickled_and_says_where_a_file_should_be(media: Path) -> None:
    again = pickle.loads(pickle.dumps(Media(media)))
    assert again.find("a.jpg", "1") == Found(media / "a.jpg")
    assert again.at("sub/b.wav") == str(media / "sub" / "b.wav")
    assert again.at("b.wav") is None
    assert again.expected("new/x.jpg") == str(media / "new/x.jpg")
    assert again.expected("../x.jpg") is None
    assert again.expected("/etc/passwd") is None


def test_in_bulk_each_folder_is_listed_once(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listed.append(folder) or scandir(folder))
    keys = [f"sub/{number}.jpg" for number in range(50)] + ["a", "c", "sub/b.wav"]
    samples = samples_frame(sample=keys, split=["train"] * len(keys))
    found = find_media(Snapshot(samples=samples), media)
    assert sum(one.path is not None for one in found.values()) == 3
    assert len(listed) == len(set(listed))
