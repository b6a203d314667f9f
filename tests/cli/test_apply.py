"""`labelvc apply`: patches by mail, in real repositories."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import FIRST, SECOND, Shell
from tests.repo.project import Project

PATCH = ("diff", "main", "side", "--output", "patch")
Files = dict[str, str]


def feed(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> None:
    """What stands on stdin."""
    content = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def boxes(labels: Project, name: str = "labels/train.json") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(labels.read(name))["annotations"]
    return found


@pytest.fixture
def fix(labels: Project, run: Shell) -> str:
    """The path of a patch from main to side."""
    run(*PATCH, "-o", "fix.json")
    return "fix.json"


def test_a_patch_says_of_which_set_and_version_it_is(labels: Project, fix: str):
    told = json.loads(labels.read(fix))["labelvc.patch/v1"]
    assert told["set"] == {
        "name": "train", "path": "labels/train.json", "format": "coco", "sample_key": "file_name",
    }  # fmt: skip
    assert told["before"] == {"rev": "main", "commit": labels.git("rev-parse", "main")}
    assert told["after"]["rev"] == "side"


def test_through_a_pipe(labels: Project, run: Shell, monkeypatch: pytest.MonkeyPatch):
    feed(monkeypatch, run(*PATCH).out)
    told = run("apply")
    assert told.out == "train: +1 ~1 (relabelled 1)\n" and told.err == ""
    assert run("diff", "side").out == "No label changes.\n"
    assert labels.git("status", "--porcelain") == ""  # the pointer waits for a commit


def test_reverse_is_the_way_back_to_the_same_bytes(labels: Project, run: Shell, fix: str):
    before = labels.read("labels/train.json")
    run("apply", fix)
    assert labels.read("labels/train.json") != before
    assert run("apply", "--reverse", fix).out == "train: -1 ~1 (relabelled 1)\n"
    assert json.loads(labels.read("labels/train.json")) == json.loads(before)
    assert run("diff").out == "No label changes.\n"


def test_check_writes_nothing(labels: Project, run: Shell, fix: str):
    before = labels.read("labels/train.json")
    assert run("apply", "--check", fix).out == "train: +1 ~1 (relabelled 1)\n"
    assert labels.read("labels/train.json") == before
    run("apply", fix)
    told = run("apply", "--check", fix, code=1)
    assert told.out == "" and "train: 2 of 3 changes cannot be applied" in told.err
    assert "already applied" in told.err


def test_all_or_nothing_without_reject(labels: Project, run: Shell, fix: str):
    content = json.loads(json.dumps(FIRST))
    content["annotations"][1]["bbox"] = [1, 1, 9, 9]
    del content["annotations"][1]["id"]
    labels.write("labels/train.json", content)
    before = labels.read("labels/train.json")
    told = run("apply", fix, code=1)
    assert "train: a.jpg: box dog (id 2): not there" in told.err
    assert "nothing was applied; `--reject`" in told.err
    assert labels.read("labels/train.json") == before


def test_reject_applies_what_fits_and_keeps_the_rest(labels: Project, run: Shell, fix: str):
    content = json.loads(json.dumps(FIRST))
    content["annotations"][1]["category_id"] = 2
    content["categories"].append({"id": 2, "name": "cow"})
    labels.write("labels/train.json", content)
    told = run("apply", "--reject", fix, code=1)
    assert told.out == "train: +1\n"
    assert "train: a.jpg: box dog (id 2): changed since: category" in told.err
    assert "train: 1 of 3 changes rejected, kept in train.rej.json" in told.err
    assert len(boxes(labels)) == 4
    content = json.loads(labels.read("labels/train.json"))
    content["annotations"][1]["category_id"] = 1
    labels.write("labels/train.json", content)
    assert run("apply", "train.rej.json").out == "train: ~1 (relabelled 1)\n"
    assert run("apply", "--reject-to", "rest.json", fix, code=1).out == "train: no changes\n"
    assert json.loads(labels.read("rest.json"))["labelvc.patch/v1"]["set"]["name"] == "train"


def test_the_json_has_the_documented_form(labels: Project, run: Shell, fix: str):
    run("apply", fix)
    told = run("apply", "--json", "--reject", fix, code=1).json
    assert (told["check"], told["reverse"], told["written"], told["paths"]) == (
        False, False, True, [],
    )  # fmt: skip
    one = told["sets"]["train"]
    assert one["path"] == "labels/train.json" and not any(one["counts"].values())
    assert (one["changes"], one["rejects"]) == (3, "train.rej.json")
    assert one["rejected"][0] == {
        "table": "labels", "place": "a.jpg: box dog (id 2)", "reason": "already applied",
    }  # fmt: skip


def test_several_sets_in_one_patch(labels: Project, run: Shell):
    labels.write("labels/val.json", FIRST)
    run("add", "labels/val.json")
    run("commit", "-m", "More")
    for name in ("train", "val"):
        labels.write(f"labels/{name}.json", SECOND)
    run("diff", "--output", "patch", "-o", "both.json")
    assert list(json.loads(labels.read("both.json"))) == ["labelvc.patches/v1"]
    for name in ("train", "val"):
        labels.write(f"labels/{name}.json", FIRST)
    assert run("apply", "both.json", "--", "val").out == "val: +1 ~1 (relabelled 1)\n"
    before = labels.read("labels/train.json")
    told = run("apply", "both.json", code=1)
    assert "val: 2 of 3 changes cannot be applied" in told.err
    assert labels.read("labels/train.json") == before, "all sets or none"
    run("apply", "both.json", "--", "labels/train.json")
    assert run("diff", "--stat", "--json").json["sets"].keys() == {"train", "val"}
    assert "no label set 'test'" in run.refused("apply", "both.json", "--", "test")


def test_a_set_by_another_name(labels: Project, run: Shell, fix: str):
    text = labels.read(fix).decode()
    labels.write("other.json", text.replace('"name":"train"', '"name":"elsewhere"'))
    assert run("apply", "--check", "other.json").out.startswith("train: +1"), "found by its path"
    labels.write("other.json", text.replace("train", "elsewhere"))
    message = run.refused("apply", "other.json")
    assert "the patch is of label set 'elsewhere', which is not here" in message
    assert "labelvc apply FILE -- SET" in message and "Label sets here: train" in message
    assert run("apply", "other.json", "--", "train").out.startswith("train: +1")


HOSTILE = {
    "nothing": b"",
    "no JSON": b"diff --git a/x b/x\n",
    "no text": b"\xff\xfe\x00",
    "another version": b'{"labelvc.patch/v9": {}}',
    "a number": b"1e999",
    "brackets without end": b"[" * 5_000_000,
    "a long list": b"[" + b"1," * 5_000_000 + b"1]",
    "no list": b'{"labelvc.patches/v1": 3}',
    "twice": b'{"labelvc.patches/v1": [%s, %s]}',
    "set is a number": b'{"labelvc.patch/v1": {"set": 1, "labels": [], "samples": [],'
    b' "categories": []}}',
}  # fmt: skip
ROWS = {
    "a huge key": '{"key": 1e99, "sample": "a.jpg", "kind": "class", "verdict": "present"}',
    "a huge number": '{"key": 1%s, "sample": "a.jpg", "kind": "class"}' % ("0" * 400),
    "a huge width": '{"key": 1, "sample": "a.jpg", "kind": "class", "width": 1e999}',
    "half a box": '{"key": 1, "sample": "a.jpg", "kind": "box", "verdict": "present", "x": 1}',
    "no sample": '{"key": 1, "kind": "class", "verdict": "present"}',
    "no outline": '{"key": 1, "sample": "a.jpg", "kind": "polygon", "verdict": "present"}',
    "an odd outline": '{"key": 1, "sample": "a.jpg", "kind": "polygon", "verdict": "present",'
    ' "geometry": {"polygon": "x"}}',
    "text as attributes": '{"key": 1, "sample": "a.jpg", "kind": "class", "attributes": "x"}',
}


@pytest.mark.parametrize("case", [*HOSTILE, *ROWS])
def test_what_is_no_patch_is_refused_in_one_message(
    labels: Project, run: Shell, monkeypatch: pytest.MonkeyPatch, case: str
):
    if case in ROWS:
        empty = '{"labelvc.patch/v1": {"set": {"name": "train"}, "labels": [%s],'
        text = empty % f'{{"before": null, "after": {ROWS[case]}}}'
        content = f'{text} "samples": [], "categories": []}}}}'.encode()
    else:
        content = HOSTILE[case]
        if case == "twice":
            one = b'{"labelvc.patch/v1": {"labels": [], "samples": [], "categories": []}}'
            content %= one, one
    feed(monkeypatch, content)
    message = run.refused("apply")
    assert message.startswith("labelvc: error: the patch on stdin")
    assert len(message) < 700


def test_what_is_not_there_is_told(labels: Project, run: Shell, fix: str):
    assert "none.json: no such file" in run.refused("apply", "none.json")
    assert "has nothing to do" in run.refused("apply", "--check", "--reject", fix)
    (labels.path / "labels/train.json").unlink()
    assert "labels/train.json" in run.refused("apply", fix)


def test_an_empty_patch(labels: Project, run: Shell, monkeypatch: pytest.MonkeyPatch):
    feed(monkeypatch, run("diff", "main", "main", "--output", "patch").out)
    assert run("apply").out == "The patch holds no changes.\n"


# Other formats


def voc(name: str, **objects: int) -> Files:
    """A VOC file of boxes: their category (a leading _ tells equal ones apart) and left side."""
    boxes = "".join(
        f"<object><name>{category.strip('_')}</name><bndbox><xmin>{x}</xmin><ymin>1</ymin>"
        f"<xmax>{x + 40}</xmax><ymax>30</ymax></bndbox></object>"
        for category, x in objects.items()
    )
    head = f"<annotation><!-- {name} --><filename>{name}.jpg</filename>"
    return {f"Annotations/{name}.xml": f"{head}{boxes}</annotation>\n"}


FORMATS: dict[str, tuple[str, tuple[Files, Files, Files], str]] = {
    "csv": (
        "t.csv",
        (
            {"": "id,label,note\na,cat,x\nb,dog,'y'\nc,cat,\n"},
            {"": "id,label,note\na,dog,x\nb,dog,'y'\nd,cow,\n"},
            {"": "id,label,note\nz,cow,1\na,cat,other\nb,dog,'y'\nc,cat,\n"},
        ),
        "id,label,note\nz,cow,1\na,dog,other\nb,dog,'y'\nd,cow,\n",
    ),
    "yolo": (
        "pets",
        (
            {"data.yaml": "names: [cat, dog]\n", "labels/a.txt": "0 0.5 0.5 0.2 0.2\n",
             "labels/b.txt": "1 .50 0.5 0.1 0.1\n"},
            {"data.yaml": "names: [cat, dog]\n", "labels/a.txt": "1 0.5 0.5 0.2 0.2\n",
             "labels/c.txt": "1 0.25 0.5 0.1 0.1\n", "labels/b.txt": "1 .50 0.5 0.1 0.1\n"},
            {"data.yaml": "names: [dog, cat]\n",
             "labels/a.txt": "0 .1 .1 .1 .1\n1 0.51 0.5 0.2 0.2\n",
             "labels/b.txt": "0 .50 0.5 0.1 0.1\n"},
        ),
        "0 .1 .1 .1 .1\n0 0.51 0.5 0.2 0.2\n",
    ),
    "voc": (
        "pets",
        (
            {**voc("a", cat=1, _cat=100), **voc("b", dog=5)},
            {**voc("a", dog=1, _cat=100), **voc("b", dog=5), **voc("c", cat=7)},
            {**voc("a", cow=300, cat=4, _cat=100), **voc("b", dog=5)},
        ),
        "",
    ),
}  # fmt: skip


def lay(project: Project, path: str, files: Files) -> None:
    for name, content in files.items():
        project.write(f"{path}/{name}" if name else path, content)


def held(project: Project, path: str, files: Files) -> Files:
    return {name: project.read(f"{path}/{name}" if name else path).decode() for name in files}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(project: Project, run: Shell, name: str):
    path, (first, second, theirs), expected = FORMATS[name]
    lay(project, path, first)
    run("init", at=project.path)
    run("add", path, "--format", {"csv": "table"}.get(name, name), *CSV.get(name, ()))
    run("commit", "-m", "First")
    lay(project, path, second)
    run("commit", "-m", "Second")
    run("diff", "HEAD~1", "HEAD", "--output", "patch", "-o", "fix.json")
    counts = run("diff", "HEAD~1", "HEAD", "--json", "--stat").json["sets"][stem(path)]["counts"]
    for gone in set(second) - set(theirs):
        (project.path / path / gone).unlink()
    lay(project, path, theirs)
    inodes = {file: (project.path / path / file).stat().st_ino for file in theirs if file}
    told = run("apply", "--json", "fix.json").json["sets"][stem(path)]
    assert {k: n for k, n in told["counts"].items() if not k.startswith("categories")} == {
        k: n for k, n in counts.items() if not k.startswith("categories")
    }
    now = held(project, path, theirs)
    if name == "csv":
        assert now[""] == expected
    if name == "yolo":
        assert now["labels/a.txt"] == expected
        assert (project.path / path / "labels/c.txt").read_text() == (
            "0 0.250000 0.500000 0.100000 0.100000\n"
        )
    if name == "voc":
        assert now["Annotations/a.xml"] == theirs["Annotations/a.xml"].replace("cat", "dog", 1)
    for file in inodes:
        if "b." in file or file == "data.yaml":
            assert now[file] == theirs[file]
            assert (project.path / path / file).stat().st_ino == inodes[file], "never touched"
    run("apply", "-R", "fix.json")
    assert held(project, path, theirs) == theirs


CSV = {"csv": ("--set", "label=label", "--key", "id")}


def stem(path: str) -> str:
    return Path(path).stem
