"""DVC's pointer files."""

from __future__ import annotations

import pytest

from labelvc.core.errors import ParseError
from labelvc.repo.pointer import (
    Output,
    Stored,
    meta_block,
    parse_lock,
    parse_pointer,
    stage_folders,
    with_meta,
)

HASH = "0123456789abcdef0123456789abcdef"
FULL = f"""\
# made by hand
md5: 99
frozen: true
wdir: ../data
desc: "labels: the good ones"
deps:
- path: labels
  repo: {{url: https://example.org/r.git, rev_lock: abc}}
outs:
- md5: {HASH}.dir   # a folder
  size: 10
  nfiles: 2
  hash: md5
  path: labels
  remote: backup
  persist: true
  desc: x
- {{md5: {HASH}, size: 1, path: ünï code.json, cache: true}}
meta:
  owner: ada
  labelvc:
    train: {{format: coco, labels: 3, md5: {HASH}}}
"""


def test_everything_a_pointer_may_hold():
    pointer = parse_pointer(FULL.encode(), "pointers/a.dvc")
    folder, file = pointer.outs
    assert folder == Output("data/labels", f"{HASH}.dir", "md5", True, "backup", size=10)
    assert file == Output("data/ünï code.json", HASH, "md5-dos2unix", False, size=1)
    assert pointer.is_import and pointer.meta["owner"] == "ada"


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"outs: []", b"frozen: true"])
def test_pointers_without_outputs(content: bytes):
    assert parse_pointer(content, "a.dvc").outs == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- a", "a.dvc: expected a DVC file"),
        (b"outs: x", "expected a list of outputs, found 'x'"),
        (b"outs:\n- x", "outs: expected an output with a path"),
        (b"outs:\n- {md5: x}", "outs: expected an output with a path"),
        (b"outs:\n- {path: ../x}", "outs: expected a path inside the project, found '../x'"),
        (b"wdir: ../..\nouts: []", "expected a path inside the project"),
        (b"outs:\n- path: a\n  files: [{relpath: ../../x, md5: a}]", "a path inside the folder"),
        (b"outs:\n- path: a\n  files: [x]", "files with a relpath"),
        (b"outs: [\n", "line 2: expected YAML"),
        (b"a: 2024-99-99", "expected YAML"),
        (b"outs: \xff", "expected UTF-8"),
        (b"x: !!python/name:os.system", "expected YAML"),
    ],
)
def test_what_is_refused_and_where(content: bytes, said: str):
    with pytest.raises(ParseError, match=said):
        parse_pointer(content, "a.dvc")


def test_a_lock_file_with_working_folders():
    lock = f"""\
schema: '2.0'
stages:
  make@train:
    cmd: x
    deps: [{{path: in, md5: a}}]
    outs:
    - {{path: ../out.json, hash: md5, md5: {HASH}, size: 3}}
  plain:
    cmd: x
    outs:
    - {{path: out, md5: {HASH}.dir, size: 3, nfiles: 1}}
"""
    stages = (
        b"stages:\n  make:\n    foreach: [train]\n    do: {wdir: work, cmd: x}\n  plain: {cmd: x}\n"
    )
    folders = stage_folders(stages, "sub/dvc.yaml")
    assert folders == {"make": "work"}
    first, second = parse_lock(lock.encode(), "sub/dvc.lock", folders)
    assert first == Output("sub/out.json", HASH, "md5", False, size=3)
    assert second == Output("sub/out", f"{HASH}.dir", "md5-dos2unix", True, size=3)


def test_a_lock_file_of_dvc_1():
    lock = f"make:\n  cmd: x\n  outs:\n  - path: out.json\n    md5: {HASH}\n"
    assert parse_lock(lock.encode(), "dvc.lock", {}) == (
        Output("out.json", HASH, "md5-dos2unix", False),
    )


def test_the_note_in_a_pointer_counts_only_for_its_own_hash():
    meta = parse_pointer(FULL.encode(), "a/a.dvc").meta
    fresh = Stored(HASH, "md5", False, "dvc", "a.dvc", meta=meta)
    assert meta_block(fresh, "train")["labels"] == 3
    assert meta_block(fresh, "val") is None
    stale = Stored("f" * 32, "md5", False, "dvc", "a.dvc", meta=meta)
    assert meta_block(stale, "train") is None
    for odd in ({"labelvc": 3}, {"labelvc": {"train": 3}}, {"labelvc": {"train": {}}}, {}):
        assert meta_block(Stored(HASH, "md5", False, "dvc", meta=odd), "train") is None


def test_a_note_is_written_and_all_else_stays():
    content = with_meta(
        FULL.encode(), "val", {"labels": 7, "categories": {"RBC: x": 1}, "md5": "1"}
    )
    pointer = parse_pointer(content, "pointers/a.dvc")
    assert pointer.outs == parse_pointer(FULL.encode(), "pointers/a.dvc").outs
    assert pointer.meta["labelvc"]["val"] == {"labels": 7, "categories": {"RBC: x": 1}, "md5": "1"}
    assert pointer.meta["labelvc"]["train"]["labels"] == 3
    assert b"# made by hand" in content and b"# a folder" in content
    assert with_meta(content, "val", pointer.meta["labelvc"]["val"]) == content


def test_a_note_in_a_pointer_as_dvc_writes_it():
    plain = f"outs:\n- md5: {HASH}\n  size: 3\n  hash: md5\n  path: a.json\n".encode()
    content = with_meta(plain, "a", {"labels": 3})
    assert content == plain + b"meta:\n  labelvc:\n    a:\n      labels: 3\n"
