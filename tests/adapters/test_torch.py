"""Label sets of every kind as PyTorch data sets, from real repositories."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image

from labelvc.formats.reading import read
from labelvc.formats.source import disk_source
from labelvc.repo.media import Media
from labelvc.repo.repository import Repository
from labelvc.torch import LabelDataset
from tests.adapters.torch_sets import CELLS, cells, coco, commit_again, declare, png, wav
from tests.data import data
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]


def same(one: Any, two: Any) -> bool:
    """Whether two targets are equal, tensors by value and type."""
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[name], two[name]) for name in one)
    if isinstance(one, torch.Tensor):
        return one.dtype == two.dtype and torch.equal(one, two)
    return type(one) is type(two) and one == two


def files_of(root: Path) -> dict[str, bytes]:
    """Every file but labelvc's own notes on what it has hashed."""
    found = (
        path for path in root.rglob("*") if path.is_file() and "labelvc" not in path.parent.parts
    )
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def test_boxes_come_as_corners_beside_the_image(project: Project) -> None:
    commit = cells(project)
    dataset = LabelDataset(project.path, "cells", rev="HEAD")
    assert (len(dataset), dataset.categories, dataset.commit) == (3, ["RBC", "WBC"], commit)
    assert list(dataset.samples) == ["a.png", "b.png", "c.png"]
    image, target = dataset[0]
    assert image.shape == (3, 6, 8)
    assert image.dtype == torch.uint8
    assert image[:, 0, 0].tolist() == [0, 0, 255]
    expected = {
        "boxes": torch.tensor([[1.0, 2, 4, 4], [0, 0, 8, 6]]),
        "labels": torch.tensor([0, 1]),
        "iscrowd": torch.tensor([0, 0]),
    }
    assert same(target, expected)
    assert dataset[1][1]["boxes"].shape == (0, 4)
    assert dataset[-1][1]["boxes"].tolist() == [[0.5, 1.25, 2.5, 3.25]]


def test_an_older_revision_is_read_while_the_working_tree_has_other_labels(
    project: Project,
) -> None:
    first = cells(project)
    changed = coco({"a.png": [("WBC", (1, 1, 1, 1))], "new.png": []})
    project.write("labels/cells.json", changed)
    project.write("images/new.png", png(9))
    second = commit_again(project, "labels/cells.json")
    project.write("labels/cells.json", coco({"a.png": [("other", (2, 2, 2, 2))]}))
    project.git("tag", "v1", first)
    before = files_of(project.path)

    old, new, now = (LabelDataset(project.path, "cells", rev=rev) for rev in ("v1", "HEAD", None))

    assert [one.commit for one in (old, new, now)] == [first, second, None]
    assert [one.categories for one in (old, new, now)] == [["RBC", "WBC"], ["WBC"], ["other"]]
    assert old[0][1]["boxes"].shape == (2, 4)
    assert new[0][1]["boxes"].tolist() == [[1, 1, 2, 2]]
    assert now[0][1]["boxes"].tolist() == [[2, 2, 4, 4]]
    assert len({one.digest for one in (old, new, now)}) == 3
    # nothing is checked out or copied
    assert files_of(project.path) == before


def test_the_digest_is_the_snapshots_own(project: Project) -> None:
    cells(project)
    source = disk_source(project.path / "labels" / "cells.json")
    digest = read(source, "coco", {})[0].digest()
    assert LabelDataset(project.path, "cells").digest == digest
    assert LabelDataset(project.path / "labels", "cells", rev="HEAD").digest == digest


def test_labels_that_are_not_checked_out_come_from_the_cache(project: Project) -> None:
    cells(project)
    (project.path / "labels" / "cells.json").unlink()
    assert len(LabelDataset(project.path, "cells")) == 3


def test_crowds_are_told(project: Project) -> None:
    project.write("labels/crowd.json", coco({"a.png": [("cat", (0, 0, 2, 2))]}, iscrowd=1))
    declare(project, "labels/crowd.json", media="images")
    (_, target), *_ = [LabelDataset(project.path, "crowd", media=False)[0]]
    assert target["iscrowd"].tolist() == [1]


def test_changing_a_target_in_place_leaves_the_label_set_alone(project: Project) -> None:
    cells(project)
    dataset = LabelDataset(project.path, "cells")
    for values in dataset[0][1].values():
        values += 50
    assert dataset[0][1]["boxes"].tolist() == [[1, 2, 4, 4], [0, 0, 8, 6]]
    assert dataset[0][1]["labels"].tolist() == [0, 1]


def test_transforms_get_the_pil_image_and_the_target(project: Project) -> None:
    cells(project)
    dataset = LabelDataset(
        project.path,
        "cells",
        transform=lambda image: image.resize((4, 3)).size,
        target_transform=lambda target: len(target["boxes"]),
    )
    assert [dataset[at] for at in range(3)] == [((4, 3), 2), ((4, 3), 0), ((4, 3), 1)]


def test_paths_instead_of_media_need_no_media(project: Project) -> None:
    cells(project)
    shutil.rmtree(project.path / "images")
    dataset = LabelDataset(project.path, "cells", media=False)
    assert dataset[2][0] == str(project.path / "images" / "c.png")
    assert dataset[2][1]["boxes"].tolist() == [[0.5, 1.25, 2.5, 3.25]]


def test_without_a_media_folder_there_are_still_targets(project: Project) -> None:
    project.write("labels/cells.json", CELLS)
    declare(project, "labels/cells.json")
    path, target = LabelDataset(project.path, "cells", media=False)[0]
    assert path is None
    assert target["labels"].tolist() == [0, 1]


def test_iterating_ends_and_wrong_indexes_are_index_errors(project: Project) -> None:
    cells(project)
    dataset = LabelDataset(project.path, "cells", media=False)
    assert len(list(dataset)) == 3  # type: ignore[call-overload]
    for index in (3, -4):
        with pytest.raises(IndexError):
            dataset[index]


def test_the_blood_cells_have_all_their_boxes(project: Project) -> None:
    shutil.copytree(data("bccd/BCCD/Annotations"), project.path / "cells" / "Annotations")
    images = project.path / "cells" / "JPEGImages"
    images.mkdir()
    for number in range(3):
        shutil.copy(data(f"bccd/BCCD/JPEGImages/BloodImage_0000{number}.jpg"), images)
    declare(project, "cells")
    dataset = LabelDataset(project.path, "cells", media=False)
    names = Counter(
        dataset.categories[label] for _, target in dataset for label in target["labels"]
    )
    assert names == {"RBC": 4155, "WBC": 372, "Platelets": 361}
    assert len(dataset) == 364
    # the images are found beside the annotations, and at a revision in DVC's cache
    image, target = LabelDataset(project.path, "cells")[0]
    assert image.shape == (3, 480, 640)
    assert target["boxes"][0].tolist() == [260, 177, 491, 376]
    shutil.rmtree(images)
    assert torch.equal(LabelDataset(project.path, "cells", rev="HEAD")[0][0], image)


def test_fractions_become_pixels_of_the_very_image(project: Project) -> None:
    for split, size in (("train", (200, 100)), ("val", (50, 40))):
        project.write(f"images/{split}/{split}1.JPG", png(1, size))
        project.write(f"labels/{split}/{split}1.txt", "1 0.5 0.5 0.2 0.4\n")
    project.write("labels/classes.txt", "cat\ndog\n")
    declare(project, "labels", media="images", format="yolo")
    for media in (True, False):
        dataset = LabelDataset(project.path, "labels", media=media)
        targets = {key: dataset[at][1] for at, key in enumerate(dataset.samples)}
        assert targets["train1"]["boxes"].tolist() == [pytest.approx([80, 30, 120, 70], abs=1e-4)]
        assert targets["val1"]["boxes"].tolist() == [pytest.approx([20, 12, 30, 28], abs=1e-4)]
        assert targets["val1"]["labels"].tolist() == [1]


def test_images_named_without_suffix_are_looked_for_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("images/train/a.PNG", png(1, (200, 100)))
    project.write("labels/train/a.txt", "0 0.5 0.5 0.2 0.4\n")
    project.write("labels/train/late.txt", "0 0.5 0.5 0.2 0.4\n")
    declare(project, "labels", media="images", format="yolo")
    dataset = LabelDataset(project.path, "labels")
    project.write("images/train/late.png", png(2, (10, 10)))
    assert dataset[1][0].shape == (3, 10, 10)
    # looking around takes hundreds of guesses, which opening has spared the others
    monkeypatch.delattr(Media, "find")
    assert dataset[0][0].shape == (3, 100, 200)


def test_an_outline_without_a_box_gets_the_box_around_it(project: Project) -> None:
    project.write("labels/a.txt", "0 0.1 0.1 0.5 0.1 0.5 0.9 0.2 0.3\n")
    project.write("images/a.png", png(1, (10, 100)))
    declare(project, "labels", media="images", format="yolo", settings={"task": "segment"})
    target = LabelDataset(project.path, "labels")[0][1]
    assert target["boxes"].tolist() == [pytest.approx([1, 10, 5, 90], abs=1e-4)]


def test_labels_without_any_box_are_left_out_with_a_warning(project: Project) -> None:
    content = coco({"a.png": [("cat", (0, 0, 2, 2)), ("cat", (1, 1, 2, 2))]})
    content["annotations"][0].update(bbox=[], segmentation={"size": [6, 8], "counts": [0, 4, 44]})
    project.write("labels/masks.json", content)
    declare(project, "labels/masks.json")
    with pytest.warns(UserWarning, match="1 labels without a box are left out"):
        dataset = LabelDataset(project.path, "masks", media=False)
    assert dataset[0][1]["boxes"].tolist() == [[1, 1, 3, 3]]


@pytest.fixture
def pets(project: Project) -> Project:
    """Two classes in two splits, by folders."""
    for at, name in enumerate(("train/cat/1", "train/dog/2", "test/cat/3", "test/dog/4")):
        project.write(f"pets/{name}.png", png(at, mode="L"))
    declare(project, "pets")
    return project


def test_an_image_folder_gives_grey_images_and_classes(pets: Project) -> None:
    dataset = LabelDataset(pets.path, "pets", split="test")
    assert dataset.categories == ["cat", "dog"]
    assert list(dataset.samples) == ["3.png", "4.png"]
    image, target = dataset[1]
    assert (image.shape, image.unique().tolist(), target) == ((1, 6, 8), [3], 1)
    both = LabelDataset(pets.path, "pets", split=["train", "test"])
    assert sorted(both.samples) == ["1.png", "2.png", "3.png", "4.png"]


def test_an_image_folder_at_a_revision_has_its_images_of_then(pets: Project) -> None:
    shutil.move(pets.path / "pets/train/cat/1.png", pets.path / "pets/train/dog/1.png")
    pets.write("pets/train/dog/2.png", png(77, mode="L"))
    commit_again(pets, "pets")
    for rev, classes, pixel in (("HEAD~1", [0, 1], 1), ("HEAD", [1, 1], 77), (None, [1, 1], 77)):
        dataset = LabelDataset(pets.path, "pets", rev=rev, split="train")
        found = dict(zip(dataset.samples, dataset, strict=True))  # type: ignore[call-overload]
        assert [found[key][1] for key in ("1.png", "2.png")] == classes
        assert int(found["2.png"][0][0, 0, 0]) == pixel


def test_intents_are_the_columns_of_the_table(project: Project) -> None:
    table = data("banking77/banking_data/test.csv")
    project.write("labels/intents.csv", table.read_bytes())
    declare(project, "labels/intents.csv")
    dataset = LabelDataset(project.path, "intents")
    with table.open(newline="") as file:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(file)]
    assert [(text, dataset.categories[label]) for text, label in dataset] == rows
    assert len(dataset.categories) == 77


def test_several_categories_a_sample_are_ones_among_zeros(project: Project) -> None:
    project.write("labels/films.csv", "id,text,label\n1,a,fun|sad\n2,b,\n3,c,sad\n")
    declare(project, "labels/films.csv", settings={"sep": "|", "text": "text", "label": "label"})
    targets = [target for _, target in LabelDataset(project.path, "films")]
    assert [target.tolist() for target in targets] == [[1, 1], [0, 0], [0, 1]]
    assert targets[0].dtype == torch.float32


def test_a_sample_without_a_class_is_one_that_losses_ignore(project: Project) -> None:
    project.write("labels/texts.csv", "id,text,label\n1,a,fun\n2,b,\n")
    declare(project, "labels/texts.csv")
    assert [target for _, target in LabelDataset(project.path, "texts")] == [0, -100]


def test_of_several_annotators_the_majority_counts(project: Project) -> None:
    votes = "".join(
        f"{sample},some text {sample},{label},{who}\n"
        for sample, labels in ((1, "bba"), (2, "aab"))
        for label, who in zip(labels, ("ann", "bob", "cy"), strict=True)
    )
    project.write("labels/votes.csv", f"id,text,label,annotator\n{votes}")
    declare(project, "labels/votes.csv")
    dataset = LabelDataset(project.path, "votes")
    assert [dataset.categories[target] for _, target in dataset] == ["b", "a"]


def test_spans_are_those_of_the_file(project: Project) -> None:
    file = data("formats/doccano/sequence_labeling.jsonl")
    project.write("labels/names.jsonl", file.read_bytes())
    declare(project, "labels/names.jsonl", format="spans")
    dataset = LabelDataset(project.path, "names")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for (text, target), line in zip(dataset, lines, strict=True):  # type: ignore[call-overload]
        assert text == line["text"]
        assert target["spans"].dtype == target["labels"].dtype == torch.int64
        names = [dataset.categories[label] for label in target["labels"]]
        found = [[*span, name] for span, name in zip(target["spans"].tolist(), names, strict=True)]
        assert sorted(found) == sorted(line["label"])


def test_token_spans_count_the_words_of_the_text(project: Project) -> None:
    project.write("labels/ner.conll", "Ada B-PER\nLovelace I-PER\nin O\nLondon B-LOC\n\nNone O\n")
    declare(project, "labels/ner.conll")
    (text, target), (_, none) = LabelDataset(project.path, "ner")  # type: ignore[misc]
    words = text.split(" ")
    spans = [words[start:end] for start, end in target["spans"].tolist()]
    assert spans == [["Ada", "Lovelace"], ["London"]]
    assert none["spans"].shape == (0, 2)


def test_speech_comes_with_rate_and_transcript(project: Project) -> None:
    lines = []
    for name in ("7_jackson_0", "3_theo_1"):
        source = data(f"fsdd/recordings/{name}.wav")
        project.write(f"audio/{name}.wav", source.read_bytes())
        duration = soundfile.info(str(source)).duration
        lines.append({"audio_filepath": f"audio/{name}.wav", "duration": duration, "text": name})
    lines.append({"audio_filepath": "audio/3_theo_1.wav", "duration": 0.1, "offset": 0.05})
    project.write("labels/speech.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines))
    declare(project, "labels/speech.jsonl", media="audio", format="nemo")
    dataset = LabelDataset(project.path, "speech")
    sound, target = dataset[0]
    frames, rate = soundfile.read(data("fsdd/recordings/7_jackson_0.wav"), dtype="float32")
    assert (sound.shape, sound.dtype) == ((1, len(frames)), torch.float32)
    assert np.array_equal(sound[0].numpy(), frames)
    assert target == {"text": "7_jackson_0", "rate": rate}
    part, target = dataset[2]
    whole = dataset[1][0]
    assert torch.equal(part, whole[:, 400:1200])
    assert target == {"text": None, "rate": 8000}


def test_sounds_in_class_folders_are_audio(project: Project) -> None:
    for name in ("one/a", "two/b"):
        project.write(f"words/{name}.wav", wav(100, rate=16000, channels=2))
    declare(project, "words")
    sound, target = LabelDataset(project.path, "words")[1]
    assert sound.shape == (2, 100)
    assert target == {"label": 1, "rate": 16000}
    path, target = LabelDataset(project.path, "words", media=False)[1]
    assert Path(path).name == "b.wav"
    assert target == {"label": 1}


def test_several_captions_an_image_are_lists(project: Project) -> None:
    source = data("coco_mini/annotations/captions_val2017.json")
    project.write("labels/captions.json", source.read_bytes())
    declare(project, "labels/captions.json")
    dataset = LabelDataset(project.path, "captions", media=False)
    content = json.loads(source.read_text())
    names = {image["id"]: image["file_name"] for image in content["images"]}
    told = {(names[one["image_id"]], one["caption"]) for one in content["annotations"]}
    found = zip(dataset.samples, dataset, strict=True)  # type: ignore[call-overload]
    assert {(key, text) for key, (_, texts) in found for text in texts} == told


def test_the_declared_task_chooses_among_kinds(project: Project) -> None:
    content = coco({"a.png": [("cat", (0, 0, 2, 2))]})
    category = content["categories"][0]["id"]
    content["annotations"].append({"id": 9, "image_id": 0, "category_id": category})
    project.write("labels/mixed.json", content)
    declare(project, "labels/mixed.json", task="image-classification")
    assert LabelDataset(project.path, "mixed", media=False)[0] == (None, 0)


def test_sixteen_bits_become_eight_and_palettes_colours(project: Project) -> None:
    cells(project)
    folder = project.path / "images"
    Image.fromarray(np.full((6, 8), 0x1234, np.uint16)).save(folder / "a.png")
    Image.new("P", (8, 6)).save(folder / "b.png")
    Image.new("RGBA", (8, 6), (1, 2, 3, 4)).save(folder / "c.png")
    dataset = LabelDataset(project.path, "cells")
    deep, palette, clear = (dataset[at][0] for at in range(3))
    assert (deep.shape, deep.unique().tolist()) == ((1, 6, 8), [0x12])
    assert palette.shape == (3, 6, 8)
    assert clear[:, 0, 0].tolist() == [1, 2, 3]


def test_media_may_be_links_into_the_cache(project: Project) -> None:
    cells(project)
    project.write(".dvc/config.local", "[cache]\n    type = symlink\n")
    project.git("rm", "-r", "-q", "--cached", "images")
    project.git("commit", "-q", "-m", "Images leave Git")
    project.track("images")
    assert (project.path / "images" / "a.png").is_symlink()
    assert LabelDataset(project.path, "cells")[0][0].shape == (3, 6, 8)


def test_a_linked_worktree_reads_from_the_main_ones_cache(project: Project, tmp_path: Path) -> None:
    cells(project)
    project.git("worktree", "add", "-q", str(tmp_path / "linked"), "HEAD")
    with closing(Repository.find(tmp_path / "linked")) as linked:
        assert LabelDataset(linked.root, "cells", rev="HEAD")[0][0].shape == (3, 6, 8)


@pytest.mark.parametrize(
    ("task", "empty"),
    [
        ("image-classification", -100),
        ("object-detection", {"boxes": [], "labels": [], "iscrowd": []}),
    ],
)
def test_without_labels_the_declared_task_says_what_is_missing(
    project: Project, task: str, empty: Any
) -> None:
    project.write("labels/none.json", coco({"a.png": [], "b.png": []}))
    declare(project, "labels/none.json", task=task)
    dataset = LabelDataset(project.path, "none", media=False)
    for _, target in dataset:
        shown = (
            {name: values.tolist() for name, values in target.items()} if empty != -100 else target
        )
        assert shown == empty
    assert len(LabelDataset(project.path, "none", split=[], media=False)) == 0
