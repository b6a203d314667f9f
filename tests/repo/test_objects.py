"""Objects out of DVC's cache and remotes, and what is said where DVC will not."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelvc.core.errors import NotFound, ParseError, RepositoryError
from labelvc.repo.caches import cache_folders, config_value
from labelvc.repo.objects import Objects, Origin
from labelvc.repo.remote import Dvc, dvc_errors
from tests.repo.project import Project, make_project

HASH = "11" + "2" * 30


@pytest.fixture
def dvc(project: Project) -> Iterator[Dvc]:
    opened = Dvc(project.path, project.path)
    yield opened
    opened.close()


@pytest.fixture
def objects(project: Project, dvc: Dvc) -> Objects:
    return Objects(dvc, cache_folders(project.path, None))


def test_both_layouts_of_a_cache(project: Project, objects: Objects):
    project.write(f".dvc/cache/files/md5/11/{HASH[2:]}", b"new")
    project.write(f".dvc/cache/11/{HASH[2:]}", b"old")
    assert objects.read(HASH) == b"new"
    assert objects.read(HASH, "md5-dos2unix") == b"old"
    (project.path / f".dvc/cache/11/{HASH[2:]}").unlink()
    assert objects.read(HASH, "md5-dos2unix") == b"new"  # the same text
    (project.path / f".dvc/cache/files/md5/11/{HASH[2:]}").unlink()
    project.write(f".dvc/cache/11/{HASH[2:]}", b"old")
    assert not objects.has(HASH)  # other bytes perhaps


def test_a_listing(project: Project, objects: Objects):
    listing = [{"md5": "a" * 32, "relpath": "deep/ä..b.txt"}, {"relpath": "b", "md5": "b" * 32}]
    project.write(f".dvc/cache/files/md5/11/{HASH[2:]}.dir", listing)
    assert objects.tree(f"{HASH}.dir") == {"deep/ä..b.txt": "a" * 32, "b": "b" * 32}


@pytest.mark.parametrize("listing", [b"", b"{}", b'[{"relpath": 3}]', b"[", b'[{"md5": "x"}]'])
def test_a_damaged_listing(project: Project, objects: Objects, listing: bytes):
    project.write(f".dvc/cache/files/md5/11/{HASH[2:]}.dir", listing)
    with pytest.raises(ParseError, match=rf"train at 12ab: listing {HASH}.dir: expected a DVC"):
        objects.tree(f"{HASH}.dir", origin=Origin("train at 12ab"))


@pytest.mark.parametrize("relpath", ["/etc/passwd", "../x", "a/../../x", "", "a\0b"])
def test_listed_paths_stay_inside(project: Project, objects: Objects, relpath: str):
    listing = json.dumps([{"md5": "a" * 32, "relpath": relpath}])
    project.write(f".dvc/cache/files/md5/11/{HASH[2:]}.dir", listing)
    with pytest.raises(ParseError, match="a path inside the folder"):
        objects.tree(f"{HASH}.dir")


@pytest.mark.parametrize("hash", ["", "11", "../../x", "1" * 31, "1" * 33, "1" * 32 + ".dirx"])
def test_what_is_no_hash_is_not_looked_up(objects: Objects, hash: str):
    assert objects.path_of(hash) is None


def test_without_dvc_there_are_no_objects(tmp_path: Path):
    objects = Objects(Dvc(tmp_path, tmp_path), cache_folders(tmp_path, None))
    with pytest.raises(NotFound, match="this is no DVC project"):
        objects.read(HASH)


def test_a_cache_that_only_dvc_can_tell(project: Project, tmp_path: Path):
    """`cache.local` names a remote that serves as the cache, an old way."""
    project.write(
        ".dvc/config",
        f"[cache]\n    local = here\n['remote \"here\"']\n    url = {tmp_path / 'odd'}\n",
    )
    project.tracked("a.json", b"1\n")
    hash = project.read("a.json.dvc").decode().split("md5: ")[1].splitlines()[0]
    dvc = Dvc(project.path, project.path)
    assert Objects(dvc, cache_folders(project.path, None)).read(hash) == b"1\n"
    dvc.close()


def test_many_objects_are_fetched_in_one_go(project: Project, objects: Objects, tmp_path: Path):
    project.remote(tmp_path / "remote")
    names = [f"{number}.json" for number in range(3)]
    for name in names:
        project.write(name, name)
    project.track(*names)
    project.commit()
    with project.dvc_repo() as repo:
        repo.push()
    shutil.rmtree(project.path / ".dvc/cache")
    hashes = [project.read(f"{n}.dvc").decode().split("md5: ")[1].splitlines()[0] for n in names]
    assert objects.fetch([(hash, "md5") for hash in [*hashes, HASH]]) is None
    assert [objects.has(hash) for hash in [*hashes, HASH]] == [True, True, True, False]


def test_a_remote_that_cannot_be_reached(project: Project, objects: Objects, tmp_path: Path):
    project.write(".dvc/config", "[core]\n    remote = nowhere\n")
    with pytest.raises(RepositoryError, match=r"cannot fetch.*nowhere.*\n.*dvc config --list"):
        objects.read(HASH)


class NoCredentials(Exception):
    """What the library of some remote raises, of no family that DVC knows."""


def test_what_the_plugin_of_a_remote_raises_is_told_in_one_message():
    with (
        pytest.raises(RepositoryError, match="cannot fetch: NoCredentials: no key"),
        dvc_errors("fetch"),
    ):
        raise NoCredentials("no key")


def test_a_path_that_another_dvc_works_on_is_named_with_the_process(project: Project, dvc: Dvc):
    project.write("a.json", b"1")
    busy = {"write": {str(project.path / "a.json"): {"pid": os.getppid(), "cmd": "dvc repro"}}}
    project.write(".dvc/tmp/rwlock", busy)
    with (
        pytest.raises(RepositoryError, match=rf"cannot store a.json.*{os.getppid()}\): dvc repro"),
        dvc_errors("store a.json", project.path / ".dvc/tmp/lock"),
    ):
        dvc.repo().add([str(project.path / "a.json")])


def test_a_linked_worktree_stores_into_the_main_cache(project: Project, tmp_path: Path):
    project.commit()
    project.git("worktree", "add", "-q", str(tmp_path / "linked"))
    linked = Project(tmp_path / "linked")
    linked.write("a.json", b"1")
    dvc = Dvc(linked.path, linked.path, main_root=project.path)
    dvc.repo().add([str(linked.path / "a.json")])
    dvc.close()
    assert Objects(dvc, [project.path / ".dvc/cache"]).read("c4ca4238a0b923820dcc509a6f75849b")
    assert not (linked.path / ".dvc/cache/files").exists()


def test_where_caches_may_be(tmp_path: Path):
    project = make_project(tmp_path / "p")
    own, main = project.path, tmp_path / "main"
    assert cache_folders(own, None) == [own / ".dvc/cache"]
    project.write(".dvc/config", "[cache]\n    dir = ../../shared\n    type = hardlink\n")
    assert cache_folders(own, None) == [tmp_path / "shared", own / ".dvc/cache"]
    project.write(".dvc/config", "[cache]\n    dir = '/a b'  # here\n")
    assert cache_folders(own, main)[0] == Path("/a b")
    assert main / ".dvc/cache" in cache_folders(own, main)
    project.write(".dvc/config", "[cache]\n    dir = ~/c\n")
    assert cache_folders(own, None)[0] == Path(os.environ["HOME"]) / "c"
    project.write(".dvc/config", "[core]\n    site_cache_dir = /x\n")
    assert config_value(own, "core", "site_cache_dir") == "/x"
    assert config_value(own, "core", "remote") is None


def test_a_config_file_that_is_no_text(project: Project):
    project.write(".dvc/config.local", b"[cache]\n\xff\n")
    with pytest.raises(RepositoryError, match=r"config.local: not a DVC configuration"):
        cache_folders(project.path, None)
