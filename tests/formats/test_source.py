"""Folders that hold more than plain files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labelvc.core.errors import NotFound
from labelvc.formats.source import disk_source


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text("a")
    for name in ("in/up", "in/again", "side"):
        (tmp_path / name).symlink_to(tmp_path)
    (tmp_path / "b.txt").symlink_to("in/a.txt")
    assert list(disk_source(tmp_path).files) == ["b.txt", "in/a.txt"]


@pytest.mark.parametrize("name", ["in", "."])
def test_pipes_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    os.mkfifo(tmp_path / "in/pipe")
    (tmp_path / "in/a.txt").symlink_to("pipe")
    with pytest.raises(NotFound, match=r"in/(pipe|a\.txt): a pipe or device"):
        disk_source(tmp_path / name)


@pytest.mark.parametrize("target", ["gone.txt", "lost.txt"])
def test_a_link_to_nothing_is_told(tmp_path: Path, target: str) -> None:
    (tmp_path / "lost.txt").symlink_to(target)
    files = disk_source(tmp_path).files
    with pytest.raises(NotFound, match=r"lost\.txt: (No such file|Too many levels)"):
        files["lost.txt"].read()
