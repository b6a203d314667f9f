"""A new file or folder appears whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labelvc.core.errors import LossError, RepositoryError
from labelvc.repo.placing import place_file, place_folder


def files(path: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()
    }


def test_a_folder_is_written_with_all_its_files(tmp_path: Path) -> None:
    place_folder(tmp_path / "new" / "out", {"a/b.txt": b"1", "c.txt": b"2"}, force=False)
    assert files(tmp_path) == {"new/out/a/b.txt": b"1", "new/out/c.txt": b"2"}
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "new" / "out").stat().st_mode & 0o777 == 0o777 & ~mask


@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "", "a\0b"])
def test_no_file_leaves_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(LossError, match="no path inside the folder"):
        place_folder(tmp_path / "out", {"fine": b"", name: b"x"}, force=False)
    assert files(tmp_path) == {}


def test_a_failure_midway_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_bytes(b"old")
    write = Path.write_bytes

    def fails_at_the_second(self: Path, content: bytes) -> int:
        if self.name == "b":
            raise OSError(28, "No space left on device")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", fails_at_the_second)
    with pytest.raises(RepositoryError, match="No space left"):
        place_folder(tmp_path / "out", {"a": b"1", "b": b"2"}, force=True)
    assert files(tmp_path) == {"out/old": b"old"}
    assert os.listdir(tmp_path) == ["out"]


def test_a_rename_that_fails_gives_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_bytes(b"old")
    rename = Path.rename

    def fails_for_the_new(self: Path, target: Path) -> Path:
        if (self / "a").exists():
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails_for_the_new)
    with pytest.raises(RepositoryError, match="No space left"):
        place_folder(tmp_path / "out", {"a": b"1"}, force=True)
    assert files(tmp_path) == {"out/old": b"old"}
    assert os.listdir(tmp_path) == ["out"]


def test_an_empty_folder_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    place_folder(tmp_path / "out", {"a": b"1"}, force=False)
    assert files(tmp_path) == {"out/a": b"1"}


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "link").symlink_to("precious")
    with pytest.raises(RepositoryError, match="something already"):
        place_file(tmp_path / "link", b"new", force=False)
    place_file(tmp_path / "link", b"new", force=True)
    assert (tmp_path / "precious").read_bytes() == b"mine"
    assert not (tmp_path / "link").is_symlink()


def test_a_file_may_take_the_place_of_a_folder_of_labels(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.txt").write_bytes(b"old")
    place_file(tmp_path / "out", b"new", force=True)
    assert (tmp_path / "out").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["out"]
