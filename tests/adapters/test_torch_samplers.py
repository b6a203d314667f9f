"""Which samples the samplers draw, and how often."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, Subset

from labelvc.core.errors import LabelvcError, NotFound
from labelvc.torch import (
    AnnotatorSampler,
    ChangedSinceSampler,
    ClassBalancedSampler,
    LabelDataset,
    collate,
)
from tests.adapters.torch_sets import CELLS, cells, coco, commit_again, declare, png
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def texts(project: Project, rows: list[tuple[str, str, str]]) -> LabelDataset:
    """A label set of texts: text, label, annotator."""
    body = "".join(f"{text},{text},{label},{annotator}\n" for text, label, annotator in rows)
    project.write("labels/texts.csv", f"id,text,label,annotator\n{body}")
    declare(project, "labels/texts.csv", task="text-classification")
    return LabelDataset(project.path, "texts")


def test_a_rare_category_is_drawn_as_often_as_a_frequent_one(project: Project) -> None:
    dataset = texts(project, [(f"t{at}", "rare" if at == 7 else "often", "a") for at in range(100)])
    sampler = ClassBalancedSampler(dataset, num_samples=20_000, generator=seeded())
    drawn = Counter(sampler)
    assert len(sampler) == 20_000 == drawn.total()
    assert drawn[7] == pytest.approx(10_000, abs=300)
    assert len(drawn) == 100
    assert max(count for at, count in drawn.items() if at != 7) < 160


def test_boxes_of_one_category_in_an_image_count_once(project: Project) -> None:
    crowd = [("RBC", (0, 0, 1, 1))] * 50
    project.write("labels/cells.json", coco({"a.png": crowd, "b.png": crowd[:1], "c.png": []}))
    declare(project, "labels/cells.json", media="images")
    dataset = LabelDataset(project.path, "cells", media=False)
    drawn = Counter(ClassBalancedSampler(dataset, num_samples=4000, generator=seeded()))
    assert set(drawn) == {0, 1}
    assert drawn[0] == pytest.approx(2000, abs=200)


def test_an_epoch_is_by_default_as_long_as_the_data_set(project: Project) -> None:
    cells(project)
    assert len(ClassBalancedSampler(LabelDataset(project.path, "cells"))) == 3


def test_the_generator_decides_and_each_epoch_is_another(project: Project) -> None:
    dataset = texts(project, [(f"t{at}", "ab"[at % 2], "a") for at in range(50)])
    one, two = (ClassBalancedSampler(dataset, generator=seeded(5)) for _ in range(2))
    first, second = list(one), list(one)
    assert first == list(two)
    assert first != second
    torch.manual_seed(3)
    unseeded = list(ClassBalancedSampler(dataset))
    torch.manual_seed(3)
    assert unseeded == list(ClassBalancedSampler(dataset))


def test_without_categories_there_is_nothing_to_balance(project: Project) -> None:
    project.write("labels/cells.json", coco({"a.png": []}))
    declare(project, "labels/cells.json", media="images", task="object-detection")
    with pytest.raises(LabelvcError, match="no label with a category"):
        ClassBalancedSampler(LabelDataset(project.path, "cells"))


def test_only_what_an_annotator_labelled_is_drawn(project: Project) -> None:
    rows = [("t0", "x", "ann"), ("t1", "x", "bob"), ("t1", "y", "ann"), ("t2", "y", "bob")]
    dataset = texts(project, rows)
    sampler = AnnotatorSampler(dataset, "ann", generator=seeded())
    assert sampler.indices == sorted(sampler) == [0, 1]
    assert sorted(AnnotatorSampler(dataset, ["ann", "bob"])) == [0, 1, 2]
    with pytest.raises(NotFound, match="'eve'") as caught:
        AnnotatorSampler(dataset, "eve")
    assert caught.value.hint == "Its annotators: ann, bob."


def test_balanced_annotators_are_drawn_equally_often(project: Project) -> None:
    rows = [(f"t{at}", "x", "few" if at < 3 else "many") for at in range(300)]
    sampler = AnnotatorSampler(
        texts(project, rows), ["few", "many"], balanced=True, generator=seeded()
    )
    drawn = [at for _ in range(20) for at in sampler]
    assert len(drawn) == 6000
    assert sum(at < 3 for at in drawn) == pytest.approx(3000, abs=250)


def test_added_and_relabelled_samples_have_changed_and_equal_ones_not(project: Project) -> None:
    first = cells(project)
    changed = json.loads(json.dumps(CELLS))
    changed["annotations"][2]["category_id"] = 8  # of c.png
    changed["annotations"].append(
        {"id": 99, "image_id": 9, "category_id": 7, "bbox": [0, 0, 1, 1], "iscrowd": 0}
    )
    changed["images"].append({"id": 9, "file_name": "d.png", "width": 8, "height": 6})
    project.write("images/d.png", png(3))
    project.write("labels/cells.json", changed)
    second = commit_again(project, "labels/cells.json")
    dataset = LabelDataset(project.path, "cells", rev=second)

    sampler = ChangedSinceSampler(dataset, first, shuffle=False)

    assert [dataset.samples[at] for at in sampler] == ["c.png", "d.png"]
    assert len(ChangedSinceSampler(dataset, second)) == 0
    assert len(Subset(dataset, sampler.indices)) == 2
    # of the working tree as well
    assert ChangedSinceSampler(LabelDataset(project.path, "cells"), first).indices == [2, 3]


def test_indexes_are_those_of_the_split(project: Project) -> None:
    for at in range(6):
        split = "train" if at % 2 else "val"
        project.write(f"cells/images/{split}/{at}.png", png(at))
        project.write(f"cells/labels/{split}/{at}.txt", "0 0.5 0.5 0.2 0.1\n")
    project.write("cells/classes.txt", "RBC\nWBC\n")
    first = declare(project, "cells", format="yolo")
    for name in ("val/0", "train/3", "train/5"):
        project.write(f"cells/labels/{name}.txt", "1 0.5 0.5 0.2 0.1\n")
    commit_again(project, "cells")
    train = LabelDataset(project.path, "cells", rev="HEAD", split="train")
    found = [train.samples[at] for at in ChangedSinceSampler(train, first).indices]
    assert [name[-5] if name.endswith(".png") else name[-1] for name in found] == ["3", "5"]


def test_a_renamed_sample_has_not_changed_unless_its_labels_have(project: Project) -> None:
    first = cells(project)
    renamed = json.loads(json.dumps(CELLS))
    renamed["images"][0]["file_name"] = "new/a.png"
    project.write("labels/cells.json", renamed)
    commit_again(project, "labels/cells.json")
    dataset = LabelDataset(project.path, "cells", rev="HEAD", media=False)
    assert list(dataset.samples) == ["new/a.png", "b.png", "c.png"]
    assert ChangedSinceSampler(dataset, first).indices == []


def test_a_renamed_text_with_another_label_has_changed(project: Project) -> None:
    def rows(names: str, second: str) -> str:
        labels = ("x", second, "y")
        return "id,text,label\n" + "".join(
            f"{name},the text of {at},{labels[at]}\n" for at, name in enumerate(names)
        )

    project.write("labels/texts.csv", rows("abc", "x"))
    first = declare(project, "labels/texts.csv", task="text-classification")
    project.write("labels/texts.csv", rows("dec", "y"))
    commit_again(project, "labels/texts.csv")
    dataset = LabelDataset(project.path, "texts", rev="HEAD")
    changed = ChangedSinceSampler(dataset, first).indices
    assert [dataset[at][0] for at in changed] == ["the text of 1"]


def test_a_working_tree_that_moved_on_is_told(project: Project) -> None:
    first = cells(project)
    dataset = LabelDataset(project.path, "cells")
    project.write("labels/cells.json", coco({"a.png": []}))
    with pytest.raises(LabelvcError, match="has changed since it was loaded"):
        ChangedSinceSampler(dataset, first)
    with pytest.raises(NotFound):
        ChangedSinceSampler(dataset, "nowhere")


@pytest.mark.parametrize("kind", [ClassBalancedSampler, ChangedSinceSampler])
def test_workers_load_what_is_drawn(project: Project, kind: Any) -> None:
    first = cells(project)
    project.write("labels/cells.json", coco({"b.png": [("WBC", (1, 1, 2, 2))]}))
    commit_again(project, "labels/cells.json")
    dataset = LabelDataset(project.path, "cells", rev="HEAD")
    sampler = kind(dataset, first) if kind is ChangedSinceSampler else kind(dataset)
    loader = DataLoader(dataset, sampler=sampler, num_workers=2, collate_fn=collate)
    (batch,) = loader
    assert batch[1][0]["boxes"].tolist() == [[1, 1, 3, 3]]
