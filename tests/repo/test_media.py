"""Where the medium of a sample is found, and where it never is."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from labelvc.repo.media import Media, media_path


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "images"
    for name in (
        "a.jpg",
        "B.JPG",
        "train/c.png",
        "images/d.png",
        "images/val/e.png",
        "test/images/f.png",
        "JPEGImages/g.jpeg",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("path", "key", "split", "found"),
    [
        ("a.jpg", "k", None, "a.jpg"),
        ("./a.jpg", "k", None, "a.jpg"),
        (None, "a.jpg", None, "a.jpg"),
        ("gone.jpg", "a", None, "a.jpg"),
        ("images/a.jpg", "k", None, "a.jpg"),
        ("data/images/a.jpg", "k", None, "a.jpg"),
        ("other/images/a.jpg", "k", None, None),
        ("B", "B", None, "B.JPG"),
        ("c", "c", "train", "train/c.png"),
        ("c", "c", None, None),
        ("d.png", "d", None, "images/d.png"),
        ("e", "e", "val", "images/val/e.png"),
        ("f.png", "f", "test", "test/images/f.png"),
        ("g.jpeg", "g", None, "JPEGImages/g.jpeg"),
        ("train", "train", None, None),
        ("a.jpg\0", "k", None, None),
        ("x" * 5000, "k", None, None),
        ("", "a.jpg", None, "a.jpg"),
    ],
)
def test_where_a_medium_is_found(
    media: Path, path: str | None, key: str, split: str | None, found: str | None
) -> None:
    expected = None if found is None else media / found
    assert media_path(media, path, key, split=split) == expected


def test_an_absolute_path_counts_inside_the_folder_only(media: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.jpg").touch()
    assert media_path(media, str(media / "a.jpg"), "k") == media / "a.jpg"
    assert media_path(media, str(tmp_path / "outside.jpg"), "k") is None


@pytest.mark.parametrize("path", ["../secret", "train/../../secret", "..", "link", "folder/secret"])
def test_nothing_leads_out_of_the_folder(media: Path, path: str) -> None:
    (media.parent / "secret").touch()
    (media / "link").symlink_to("../secret")
    (media / "folder").symlink_to("..")
    assert media_path(media, path, "k") is None
    assert media_path(media, None, path) is None


def test_links_may_lead_about_inside_and_into_the_cache(media: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / "ab").mkdir(parents=True)
    (cache / "ab" / "cdef").touch()
    (media / "inner").symlink_to("a.jpg")
    (media / "stored").symlink_to(cache / "ab" / "cdef")
    (media / "broken").symlink_to(cache / "gone")
    assert media_path(media, "inner", "k") == media / "inner"
    assert media_path(media, "stored", "k") is None
    assert media_path(media, "stored", "k", caches=[cache]) == media / "stored"
    assert media_path(media, "broken", "k", caches=[cache]) is None
    # only a link in the folder may lead there, no path of a label file
    assert media_path(media, "../../cache/ab/cdef", "k", caches=[cache]) is None


def test_a_folder_that_is_a_link_is_the_folder_it_leads_to(media: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(media)
    assert media_path(tmp_path / "linked", "a.jpg", "k") == tmp_path / "linked" / "a.jpg"


def test_pipes_and_no_folder_at_all_are_nothing(media: Path) -> None:
    os.mkfifo(media / "pipe")
    assert media_path(media, "pipe", "k") is None
    assert media_path(None, "a.jpg", "k") is None
    assert media_path(media / "gone", "a.jpg", "k") is None


def test_it_can_be_pickled_and_says_where_a_file_should_be(media: Path) -> None:
    again = pickle.loads(pickle.dumps(Media(media)))
    assert again.find("a.jpg", "k") == str(media / "a.jpg")
    assert again.expected("new/x.jpg") == str(media / "new/x.jpg")
    assert again.expected("../x.jpg") is None
    assert again.expected("/etc/passwd") is None
