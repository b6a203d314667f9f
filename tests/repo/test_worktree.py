"""Hashes of the working tree: DVC's own, and unchanged files are not read again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labelvc.core.errors import NotFound
from labelvc.repo import hashing, worktree
from labelvc.repo.hashing import hash_content, hash_listing
from labelvc.repo.worktree import Worktree
from tests.repo.project import Project

NAMES = ["a.txt", "deep/er/b.txt", "deep/ä ö.txt", 'quote".txt', "訓練.txt", "tab\t.txt", "😀.txt"]


@pytest.fixture
def tree(project: Project) -> Worktree:
    return Worktree(project.path, project.path / ".git" / "labelvc")


@pytest.fixture
def read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose content is read to be hashed."""
    names: list[str] = []

    def counted(path: str, hash_name: str) -> str:
        names.append(os.path.basename(path))
        return hash_content(path, hash_name)

    monkeypatch.setattr(worktree, "hash_content", counted)
    return names


def settle(folder: Path) -> None:
    """Let the files be older than what counts as just written."""
    past = time.time() - 60.5
    for path in folder.rglob("*"):
        os.utime(path, (past, past))


def dvc_hash(project: Project, path: str) -> str:
    """What DVC says, in a pointer of its own making."""
    project.track(path)
    return project.read(f"{path}.dvc").decode().split("md5: ")[1].splitlines()[0]


def test_a_folder_has_the_hash_that_dvc_gives_it(project: Project, tree: Worktree):
    for name in NAMES:
        project.write(f"yolo/{name}", name)
    hash, files = tree.hash_folder("yolo")
    assert sorted(files) == sorted(NAMES)
    assert hash == hash_listing(files) == dvc_hash(project, "yolo")


def test_links_are_followed_to_files_and_not_to_folders(project: Project, tree: Worktree):
    project.write("elsewhere/b.txt", "b")
    project.write("yolo/a.txt", "a")
    (project.path / "yolo/link.txt").symlink_to("../elsewhere/b.txt")
    (project.path / "yolo/folder").symlink_to("../elsewhere")
    hash, files = tree.hash_folder("yolo")
    assert sorted(files) == ["a.txt", "link.txt"]
    assert hash == dvc_hash(project, "yolo")


def test_an_empty_folder(project: Project, tree: Worktree):
    (project.path / "yolo" / "deep").mkdir(parents=True)
    assert tree.hash_folder("yolo") == ("d751713988987e9331980363e24189ce.dir", {})
    assert dvc_hash(project, "yolo") == "d751713988987e9331980363e24189ce.dir"


def test_a_file_has_the_hash_that_dvc_gives_it(project: Project, tree: Worktree):
    project.write("a b.json", b"x" * 3_000_000)
    assert tree.hash_file("a b.json") == dvc_hash(project, "a b.json")


@pytest.mark.parametrize(
    "content", [b"", b"a\r\nb", b"\0\r\n", b"\xff\xfe" * 300 + b"\r\n", "ä\r\n".encode() * 9]
)
def test_the_hash_of_dvc_2(tmp_path: Path, content: bytes):
    from dvc_data.hashfile.hash import file_md5

    (tmp_path / "x").write_bytes(content)
    theirs = file_md5(str(tmp_path / "x"), name="md5-dos2unix")
    assert hash_content(str(tmp_path / "x"), "md5-dos2unix") == theirs


def test_the_hash_of_git(plain: Project):
    file = plain.write("x", b"a\r\nb\0")
    assert hash_content(str(file), "git") == plain.git("hash-object", "x")


def test_unchanged_files_are_read_once(project: Project, tree: Worktree, read_files: list[str]):
    for number in range(5):
        project.write(f"yolo/{number}.txt", f"{number}")
    settle(project.path / "yolo")
    first = tree.hash_folder("yolo")
    assert len(read_files) == 5
    assert tree.hash_folder("yolo") == first
    assert len(read_files) == 5

    project.write("yolo/3.txt", "changed")
    (project.path / "yolo/4.txt").unlink()
    hash, files = tree.hash_folder("yolo")
    assert read_files[5:] == ["3.txt"]
    assert sorted(files) == ["0.txt", "1.txt", "2.txt", "3.txt"]
    assert hash == dvc_hash(project, "yolo")


@pytest.mark.parametrize(
    "change",
    [
        lambda path, stat: path.write_bytes(b"longer"),
        lambda path, stat: os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1)),
        lambda path, stat: replaced(path, stat),
    ],
    ids=["size", "mtime", "inode"],
)
def test_each_part_of_the_stamp_counts(
    project: Project, tree: Worktree, read_files: list[str], change: Callable[..., object]
):
    path = project.write("a.json", b"123456")
    settle(project.path)
    tree.hash_file("a.json")
    tree.hash_file("a.json")
    assert read_files == ["a.json"]
    change(path, path.stat())
    tree.hash_file("a.json")
    assert read_files == ["a.json", "a.json"]


def replaced(path: Path, stat: os.stat_result) -> None:
    path.rename(path.with_name("kept"))
    path.write_bytes(b"654321")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_file_changed_right_after_it_was_hashed(project: Project, tree: Worktree):
    """Same size, same inode, and within the grain of the clock the same mtime."""
    path = project.write("a.json", b"111111")
    before = path.stat()
    first = tree.hash_file("a.json")
    with path.open("r+b") as file:
        file.write(b"222222")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert tree.hash_file("a.json") != first


def test_a_damaged_index_is_no_index(project: Project, tree: Worktree):
    project.write("a.json", b"1")
    first = tree.hash_file("a.json")
    (index,) = (project.path / ".git/labelvc/index").iterdir()
    for content in (b"", b"\xff\xff", index.read_bytes()[:-3]):
        index.write_bytes(content)
        assert tree.hash_file("a.json") == first


def test_an_index_that_cannot_be_written_is_done_without(project: Project):
    project.write("a.json", b"1")
    project.write("file", b"")
    assert Worktree(project.path, project.path / "file").hash_file("a.json")


def test_missing_and_of_another_kind(project: Project, tree: Worktree):
    project.write("a.json", b"1")
    with pytest.raises(NotFound, match="No such file or directory"):
        tree.hash_file("b.json")
    with pytest.raises(NotFound, match="No such file or directory"):
        tree.hash_folder("b")
    with pytest.raises(NotFound, match="not a folder"):
        tree.hash_folder("a.json")


def test_after_dvc_add_a_folder_is_not_read_again(
    project: Project, tree: Worktree, read_files: list[str]
):
    """DVC noted every hash in its state database; a real `dvc add` writes it."""
    for number in range(300):
        project.write(f"the yolo/{number % 3}/{number}ä.txt", f"{number}")
    settle(project.path / "the yolo")
    project.dvc("add", "-q", "the yolo")
    pointer = project.read("the yolo.dvc").decode()
    project.write("the yolo/1/7ä.txt", "changed")
    project.write("the yolo/1/new.txt", "new")
    _, files = tree.hash_folder("the yolo")
    assert len(files) == 301
    assert sorted(read_files) == ["7ä.txt", "new.txt"]
    hash, _ = tree.hash_folder("the yolo")
    project.track("the yolo")
    assert hash in project.read("the yolo.dvc").decode() and hash not in pointer


def test_after_dvc_add_a_large_file_is_not_read_again(
    project: Project, tree: Worktree, read_files: list[str]
):
    file = project.write("big.json", b"x" * 9_000_000)
    settle(project.path)
    hash = dvc_hash(project, "big.json")
    os.utime(file, ns=(1, file.stat().st_mtime_ns))
    assert tree.hash_file("big.json") == hash
    assert read_files == []


def test_dvc_s_notes_of_another_kind_of_hash_do_not_count(
    project: Project, tree: Worktree, read_files: list[str]
):
    project.write("big.json", b"x\r\n" * 3_000_000)
    settle(project.path)
    hash = dvc_hash(project, "big.json")
    assert tree.hash_file("big.json", "md5-dos2unix") != hash
    assert read_files == ["big.json"]


def test_a_damaged_state_database_is_done_without(project: Project, tree: Worktree):
    project.write("big.json", b"x" * 9_000_000)
    hash = dvc_hash(project, "big.json")
    for database in Path(os.environ["DVC_SITE_CACHE_DIR"]).rglob("cache.db*"):
        database.write_bytes(b"no database" * 1000)
    assert tree.hash_file("big.json") == hash


def test_every_kind_of_hash_is_known() -> None:
    assert set(hashing.KINDS) == {"md5", "md5-dos2unix", "git"}


def test_pipes_and_links_in_circles(project: Project, tree: Worktree):
    project.write("l/a.txt", "a")
    os.mkfifo(project.path / "l/pipe")
    with pytest.raises(NotFound, match="l/pipe: a pipe or device"):
        tree.hash_folder("l")
    (project.path / "l/pipe").unlink()
    (project.path / "l/self").symlink_to("self")
    with pytest.raises(NotFound, match="l/self: a link to nothing"):
        tree.hash_folder("l")
