"""`labelvc convert`: what it writes, what it refuses, what it leaves alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.shell import FIRST, Shell
from tests.data import ROOT

BOXES = len(FIRST["annotations"])


@pytest.fixture
def folder(tmp_path: Path, run: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.json").write_text(json.dumps(FIRST))
    return tmp_path


def files(path: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*") if one.is_file()
    }


def test_a_file_becomes_a_folder(folder: Path, run: Shell):
    ended = run("convert", "train.json", "yolo", "--to", "yolo", "--allow-lossy")
    assert f"train.json (coco, {BOXES} labels" in ended.out
    assert (folder / "yolo" / "data.yaml").exists()
    assert json.loads((folder / "train.json").read_text()) == FIRST
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_a_folder_becomes_a_file(folder: Path, run: Shell):
    run("convert", "train.json", "voc", "--to", "voc", "--allow-lossy")
    run("convert", "voc", "again.json", "--to", "coco", "--allow-lossy")
    again = json.loads((folder / "again.json").read_text())
    boxes = sorted(one["bbox"] for one in FIRST["annotations"])
    assert sorted(one["bbox"] for one in again["annotations"]) == boxes


def test_a_loss_is_refused_before_anything_is_written(folder: Path, run: Shell):
    scored = [{**one, "score": 0.5} for one in FIRST["annotations"]]
    (folder / "train.json").write_text(json.dumps({**FIRST, "annotations": scored}))
    message = run.refused("convert", "train.json", "voc", "--to", "voc")
    assert f"column confidence: dropped, {BOXES} labels" in message
    assert "--allow-lossy" in message
    assert not (folder / "voc").exists()


def test_the_list_of_losses_is_printed_as_json_also_where_they_are_refused(
    folder: Path, run: Shell
):
    scored = [{**one, "score": 0.5} for one in FIRST["annotations"]]
    (folder / "train.json").write_text(json.dumps({**FIRST, "annotations": scored}))
    refused = run("convert", "train.json", "voc", "--to", "voc", "--json", code=2)
    told = refused.json
    assert told["written"] is False
    (loss,) = [one for one in told["losses"] if one["what"] == "column confidence"]
    assert (loss["table"], loss["count"], loss["done"], loss["refused"]) == (
        "labels", BOXES, "dropped", True,
    )  # fmt: skip
    allowed = run("convert", "train.json", "voc", "--to", "voc", "--json", "--allow-lossy").json
    assert allowed == {**told, "written": True}


def test_what_is_there_is_never_overwritten_unasked(folder: Path, run: Shell):
    (folder / "labels.csv").write_text("mine")
    message = run.refused("convert", "train.json", "labels.csv", "--to", "coco")
    assert "there is something already" in message
    assert (folder / "labels.csv").read_text() == "mine"
    run("convert", "train.json", "labels.csv", "--to", "coco", "--force")
    assert json.loads((folder / "labels.csv").read_text())["images"]


def test_a_folder_with_media_is_not_replaced_even_by_force(folder: Path, run: Shell):
    (folder / "out" / "images").mkdir(parents=True)
    Image.new("L", (2, 2)).save(folder / "out" / "images" / "a.jpg")
    before = files(folder / "out")
    message = run.refused(
        "convert", "train.json", "out", "--to", "yolo", "--allow-lossy", "--force"
    )
    assert "holds media" in message
    assert files(folder / "out") == before


def test_a_folder_of_labels_is_replaced_whole_by_force(folder: Path, run: Shell):
    (folder / "out").mkdir()
    (folder / "out" / "old.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    run("convert", "train.json", "out", "--to", "yolo", "--allow-lossy", "--force")
    assert "old.txt" not in files(folder / "out")
    assert "data.yaml" in files(folder / "out")


def test_one_file_lands_in_a_folder_that_is_there(folder: Path, run: Shell):
    (folder / "out").mkdir()
    run("convert", "train.json", "out", "--to", "coco")
    assert list(files(folder / "out")) == ["annotations.json"]


def test_sizes_are_read_from_the_heads_of_images(folder: Path, run: Shell):
    sizeless = [{"id": one["id"], "file_name": one["file_name"]} for one in FIRST["images"]]
    (folder / "train.json").write_text(json.dumps({**FIRST, "images": sizeless}))
    message = run.refused("convert", "train.json", "yolo", "--to", "yolo", "--allow-lossy")
    assert "the size of the image is not known" in message
    for image in FIRST["images"]:
        path = folder / "media" / image["file_name"]
        path.parent.mkdir(exist_ok=True)
        Image.new("L", (200, 100)).save(path)
    run("convert", "train.json", "yolo", "--to", "yolo", "--media", "media", "--allow-lossy")
    lines = [
        line.split()
        for path, content in files(folder / "yolo").items()
        if path.startswith("labels")
        for line in content.splitlines()
    ]
    widths = sorted(one["bbox"][2] / 200 for one in FIRST["annotations"])
    assert sorted(float(line[3]) for line in lines) == pytest.approx(widths, abs=1e-6)


def test_settings_go_to_either_side(folder: Path, run: Shell):
    (folder / "a.csv").write_text("id;what;note\n1;cat;x\n2;dog;y\n")
    run(
        *("convert", "a.csv", "b.tsv", "--from", "table", "--set", "label=what"),
        *("--to", "table", "--to-set", "label=animal"),
    )
    assert (folder / "b.tsv").read_text().splitlines()[0].split("\t") == ["id", "animal", "note"]
    message = run.refused("convert", "a.csv", "c.csv", "--to", "table", "--to-set", "colour=red")
    assert "has no setting 'colour'" in message


def test_the_suffix_says_whether_a_table_is_delimited_or_json_lines(folder: Path, run: Shell):
    (folder / "a.csv").write_text("text,label\nhello,greeting\nbye,farewell\n")
    run("convert", "a.csv", "a.jsonl", "--to", "table")
    first = json.loads((folder / "a.jsonl").read_text().splitlines()[0])
    assert first == {"text": "hello", "label": "greeting"}
    assert "not as Parquet" in run.refused("convert", "a.csv", "a.parquet", "--to", "table")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.json", "out", "--to", "coco"], "missing.json: no such file"),
        (["train.json", "out", "--to", "cocoa"], "did you mean coco?"),
        (["train.json", "out"], "--to"),
        (["train.json", "out", "--to", "nemo"], "can hold none of these labels"),
        (
            ["train.json", "out", "--to", "coco", "--from", "voc"],
            "nothing is labelled here, read as voc",
        ),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_nothing(
    words: list[str], said: str, folder: Path, run: Shell
):
    assert said in run.refused("convert", *words)
    assert sorted(path.name for path in folder.iterdir()) == ["train.json"]


def test_names_from_files_are_harmless_on_a_terminal(folder: Path, run: Shell):
    images = [{**one, "file_name": f"\x1b[31m{one['id']}.jpg"} for one in FIRST["images"]]
    (folder / "train.json").write_text(json.dumps({**FIRST, "images": images}))
    ended = run("convert", "train.json", "out.json", "--to", "yolo", "--allow-lossy", code=None)
    assert "\x1b" not in ended.out + ended.err


def test_the_json_has_the_keys_of_its_page(folder: Path, run: Shell):
    page = (ROOT / "docs" / "json.md").read_text()
    blocks = map(json.loads, re.findall(r"```json\n(.*?)```", page, re.DOTALL))
    shown = next(block["labelvc.convert/v1"] for block in blocks if "labelvc.convert/v1" in block)
    told = run("convert", "train.json", "out", "--to", "yolo", "--json", "--allow-lossy").json
    assert list(told) == list(shown)
    assert list(told["source"]) == list(told["target"]) == list(shown["source"])
    assert all(list(loss) == list(shown["losses"][0]) for loss in told["losses"])
    assert told["losses"]
