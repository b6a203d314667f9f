"""Every trouble of label files and places: one message with thing, place and next step; exit 2."""

import json

import pytest

from tests.cli.shell import FIRST, Shell, coco
from tests.repo.project import Project


def changed(**edits):
    """FIRST with its first label (or image) edited."""
    content = json.loads(json.dumps(FIRST))
    for key, value in edits.items():
        content["annotations"][0][key] = value
    return content


BROKEN = {
    "malformed JSON": ("train.json", '{"images": [\n {"id": 1,,\n]}', "coco", "line 2"),
    "truncated JSON": ("train.json", '{"images": [], "annotations": [', "coco", "line 1"),
    "malformed XML": (
        "voc/a.xml", "<annotation>\n<filename>a.jpg</filename>\n<object></annotation>", "voc",
        "a.xml: line 3",
    ),
    "malformed CSV": (
        "train.csv", 'file,label\na.jpg,cat\nb.jpg,"dog\n', "table", "train.csv: line 3",
    ),
    "dangling image": ("train.json", changed(image_id=77), "coco", "77"),
    "dangling category": ("train.json", changed(category_id=99), "coco", "99"),
    "duplicate ids": ("train.json", changed(id=2), "coco", "id 2 is used twice"),
    "outside its sample": ("train.json", changed(bbox=[400, 400, 5, 5]), "coco", "lies outside"),
    "not a number": ("train.json", changed(bbox=[0, 0, "wide", 5]), "coco", "/annotations/0"),
    "span behind its text": (
        "train.jsonl", '{"text": "short", "label": [[0, 99, "X"]]}\n',
        "spans", "ends after",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_label_file_is_refused_with_its_place(project: Project, run: Shell, case: str):
    name, content, fmt, said = BROKEN[case]
    project.write(name, content)
    run("init", at=project.path)
    project.git("add", "-A", ":!voc", ":!train*")
    before = project.git("status", "--porcelain", "-uall")
    message = run.refused("add", name.partition("/")[0], "--format", fmt)
    assert name.rpartition("/")[2] in message and said in message
    assert message.startswith("labelvc: error: ")
    assert project.git("status", "--porcelain", "-uall") == before


@pytest.mark.parametrize("case", [case for case in BROKEN if BROKEN[case][0] == "train.json"])
def test_it_is_not_committed_either(labels: Project, run: Shell, case: str):
    _, content, _, said = BROKEN[case]
    labels.write("labels/train.json", content)
    before = labels.read("labels/train.json.dvc"), labels.git("rev-parse", "HEAD")
    message = run.refused("commit", "-m", "x")
    assert "labels/train.json" in message and said in message
    assert (labels.read("labels/train.json.dvc"), labels.git("rev-parse", "HEAD")) == before


def test_a_file_that_several_formats_may_be_in_is_a_question(project: Project, run: Shell):
    run("init", at=project.path)
    project.write("notes.txt", "just words\n")
    message = run.refused("add", "notes.txt")
    assert "notes.txt" in message and "--format" in message


def test_not_a_repository(run: Shell, tmp_path):
    for verb in (["status"], ["diff"], ["commit", "-m", "x"], ["log"], ["show"]):
        message = run.refused(*verb, at=tmp_path)
        assert f"not a Git repository: {tmp_path}" in message and "labelvc init" in message


def test_a_place_that_cannot_be_written(labels: Project, run: Shell):
    """The kernel refuses folders in /sys, whoever asks."""
    labels.write(".dvc/config.local", "[cache]\n    dir = /sys/labelvc\n")
    labels.write("labels/train.json", coco({"a.jpg": ["dog"]}))
    before = labels.read("labels/train.json.dvc"), labels.read("labels/train.json")
    message = run.refused("commit", "-m", "x", "--no-check")
    assert "right to write there" in message or "dvc pull" in message
    assert (labels.read("labels/train.json.dvc"), labels.read("labels/train.json")) == before


def test_another_labelvc_at_work(labels: Project, run: Shell):
    import os

    (labels.path / ".git/labelvc/lock").write_text(f"{os.getppid()}\n")
    labels.write("labels/train.json", coco({"a.jpg": ["dog"]}))
    message = run.refused("commit", "-m", "x")
    assert f"process {os.getppid()}" in message and "Wait" in message
