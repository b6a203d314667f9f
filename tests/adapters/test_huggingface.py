"""Label sets as data sets of Hugging Face: columns, features and what info says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from datasets import Audio, ClassLabel, Image, List, Value, load_from_disk

import labelvc.huggingface
from labelvc.core.errors import NotFound
from labelvc.huggingface import dataset, dataset_dict
from tests.adapters.torch_sets import cells, coco, commit_again, declare, png, wav
from tests.data import data
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]


def test_boxes_are_lists_beside_the_image(project: Project) -> None:
    commit = cells(project)
    found = dataset(project.path, "cells", rev="HEAD")
    assert found.features["image"] == Image()
    assert found.features["objects"]["category"] == List(ClassLabel(names=["RBC", "WBC"]))
    row = found[0]
    assert row["sample"] == "a.png"
    assert row["image"].size == (8, 6)
    assert row["objects"] == {
        "bbox": [[1, 2, 3, 2], [0, 0, 8, 6]],
        "category": [0, 1],
        "iscrowd": [0, 0],
    }
    assert found[1]["objects"] == {"bbox": [], "category": [], "iscrowd": []}
    assert f"commit {commit}" in found.info.description
    assert "labels v1:" in found.info.description


def test_a_revision_stays_what_it_was_also_on_disk(project: Project, tmp_path: Path) -> None:
    first = cells(project)
    project.write("labels/cells.json", coco({"a.png": [("WBC", (1, 1, 1, 1))]}))
    commit_again(project, "labels/cells.json")
    old, new = (dataset(project.path, "cells", rev=rev) for rev in (first, "HEAD"))
    assert (len(old), len(new)) == (3, 1)
    assert new[0]["objects"]["bbox"] == [[1, 1, 1, 1]]
    old.save_to_disk(str(tmp_path / "old"))
    again = load_from_disk(str(tmp_path / "old"))
    assert again.info.description == old.info.description != new.info.description
    assert again[0]["objects"] == old[0]["objects"]
    with pytest.raises(NotFound):
        dataset(project.path, "cells", rev="nowhere")


def test_splits_make_a_dict(project: Project) -> None:
    for split, names in (("train", "ab"), ("val", "c")):
        for name in names:
            project.write(f"pets/{split}/{'cat' if name == 'a' else 'dog'}/{name}.png", png(9))
    declare(project, "pets")
    found = dataset_dict(project.path, "pets", decode=False)
    assert {name: len(one) for name, one in found.items()} == {"train": 2, "val": 1}
    assert found["train"].features["label"] == ClassLabel(names=["cat", "dog"])
    assert found["train"]["label"][:] == [0, 1]
    assert Path(found["val"][0]["image"]["path"]) == project.path / "pets/val/dog/c.png"
    assert str(found["val"].split) == "val"
    assert len(dataset(project.path, "pets", split=["train", "val"])) == 3


def test_without_splits_there_is_train(project: Project) -> None:
    cells(project)
    assert list(dataset_dict(project.path, "cells")) == ["train"]


def test_texts_have_a_class_or_none_or_several(project: Project) -> None:
    project.write("labels/texts.csv", "text,label\none,x\ntwo,\n")
    declare(project, "labels/texts.csv", task="text-classification")
    found = dataset(project.path, "texts")
    assert found["text"][:] == ["one", "two"]
    assert found["label"][:] == [0, None]
    rows = [{"text": "a", "cats": ["x", "y"]}, {"text": "b", "cats": []}]
    project.write("labels/tags.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    settings = {"text": "text", "label": "cats"}
    declare(
        project, "labels/tags.jsonl", task="text-classification", format="table", settings=settings
    )
    tags = dataset(project.path, "tags")
    assert tags.features["label"] == List(ClassLabel(names=["x", "y"]))
    assert tags["label"][:] == [[0, 1], []]


def test_spans_keep_their_bounds(project: Project) -> None:
    row = {"text": "Zoë went home", "label": [[0, 3, "PER"]]}
    project.write("labels/names.jsonl", json.dumps(row) + "\n")
    declare(project, "labels/names.jsonl", format="spans")
    (found,) = dataset(project.path, "names")
    spans = found["spans"]
    assert found["text"][spans["start"][0] : spans["end"][0]] == "Zoë"
    assert spans["label"] == [0]


def test_sounds_are_told_with_the_part_that_is_meant(project: Project) -> None:
    rows = [
        {"audio_filepath": "a.wav", "offset": 0.5, "duration": 0.25, "text": "yes"},
        {"audio_filepath": "a.wav", "offset": 0.0, "duration": 0.5, "text": "no"},
    ]
    project.write("audio/a.wav", wav(8000))
    project.write("labels/speech.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    declare(project, "labels/speech.jsonl", media="audio", format="nemo")
    found = dataset(project.path, "speech", decode=False)
    assert found.features["audio"] == Audio(decode=False)
    assert found.features["transcription"] == Value("string")
    assert found["transcription"][:] == ["yes", "no"]
    assert (found["offset"][:], found["duration"][:]) == ([0.5, 0.0], [0.25, 0.5])
    assert soundfile.info(found[0]["audio"]["path"]).frames == 8000


def test_a_real_set_of_boxes(project: Project) -> None:
    raw = json.loads((data("coco_mini") / "annotations/instances_val2017.json").read_text())
    project.write("labels/mini.json", raw)
    declare(project, "labels/mini.json", media="images", task="object-detection")
    found = dataset(project.path, "mini", decode=False)
    assert len(found) == len(raw["images"])
    assert sum(len(one["bbox"]) for one in found["objects"]) == len(raw["annotations"])


def test_without_the_package_one_line_says_so() -> None:
    code = "import sys; sys.modules['datasets'] = None; import labelvc.huggingface"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: labelvc.huggingface needs datasets, which is not installed: "
        "pip install 'labelvc[huggingface]'"
    )
    assert labelvc.huggingface.__all__ == sorted(labelvc.huggingface.__all__)
