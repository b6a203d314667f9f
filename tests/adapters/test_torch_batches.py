"""Batches: what is put together how, in this process and by workers of each start method."""

from __future__ import annotations

import gc
import pickle
import pickletools
import subprocess
import sys
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader

from labelvc.core.errors import NotFound
from labelvc.torch import LabelDataset, Padded, collate
from tests.adapters.test_torch import same
from tests.adapters.torch_sets import cells, coco, declare, wav
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]


def test_images_of_one_size_are_stacked_others_listed() -> None:
    small, large = torch.zeros(3, 4, 5), torch.zeros(3, 6, 5)
    stacked, targets = collate([(small, 1), (small, 2)])
    assert (stacked.shape, targets.tolist()) == ((2, 3, 4, 5), [1, 2])
    assert [image.shape for image in collate([(small, 1), (large, 2)])[0]] == [
        small.shape,
        large.shape,
    ]


def test_sounds_are_padded_and_their_lengths_told() -> None:
    sounds = [torch.ones(2, 3), torch.full((2, 5), 2.0)]
    padded, targets = collate([(sound, {"rate": 8000}) for sound in sounds])
    assert isinstance(padded, Padded)
    assert padded.lengths.tolist() == [3, 5]
    assert padded.values[0].tolist() == [[1, 1, 1, 0, 0]] * 2
    assert padded.values[1].tolist() == [[2] * 5] * 2
    assert targets == [{"rate": 8000}] * 2
    mixed, _ = collate([(torch.ones(1, 3), 0), (torch.ones(2, 3), 0)])
    assert isinstance(mixed, list)


def test_texts_dicts_and_missing_transcripts_stay_lists() -> None:
    boxes = {"boxes": torch.zeros(0, 4)}
    assert collate([("a", boxes), ("b", boxes)]) == (["a", "b"], [boxes, boxes])
    assert collate([("a", "x"), ("b", None)]) == (["a", "b"], ["x", None])
    assert collate([("a", torch.ones(2)), ("b", torch.zeros(2))])[1].tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_workers_give_what_this_process_gives(project: Project, start: str) -> None:
    cells(project)
    dataset = LabelDataset(project.path, "cells", rev="HEAD")
    options: dict[str, Any] = {"batch_size": 2, "collate_fn": collate}
    loader = DataLoader(dataset, num_workers=2, multiprocessing_context=start, **options)
    here = list(DataLoader(dataset, **options))
    there = list(loader)
    assert len(there) == 2
    for (images, targets), (own_images, own_targets) in zip(there, here, strict=True):
        assert torch.equal(images, own_images)
        assert all(same(*pair) for pair in zip(targets, own_targets, strict=True))
    if start != "fork":  # one copy of the labels serves all workers
        tensors = vars(dataset.loading.targets)["_tensors"]
        assert {"_corners", "_codes", "_starts"} <= set(tensors)
        assert all(tensor.is_shared() for tensor in tensors.values())


def test_workers_pad_sounds(project: Project) -> None:
    for at, name in enumerate(("a", "b", "c")):
        project.write(f"words/{'yes' if at else 'no'}/{name}.wav", wav(10 + at))
    declare(project, "words")
    loader = DataLoader(
        LabelDataset(project.path, "words"),
        batch_size=3,
        num_workers=1,
        multiprocessing_context="fork",
        collate_fn=collate,
    )
    ((sounds, targets),) = loader
    assert sounds.values.shape == (3, 1, 12)
    assert sounds.lengths.tolist() == [10, 11, 12]
    assert [target["label"] for target in targets] == [0, 1, 1]


def test_an_error_in_a_worker_keeps_its_sort_and_words(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # after an error PyTorch waits this long for its worker to end, 5 s by default
    monkeypatch.setattr("torch.utils.data._utils.MP_STATUS_CHECK_INTERVAL", 0.1)
    cells(project)
    (project.path / "images" / "a.png").unlink()
    dataset = LabelDataset(project.path, "cells")
    options: dict[str, Any] = {"batch_size": 3, "collate_fn": collate}
    loader = DataLoader(dataset, num_workers=1, multiprocessing_context="fork", **options)
    told = _message_of(loader)
    gc.collect()
    assert told.startswith("Caught NotFound in DataLoader worker process 0.")
    assert "sample 'a.png' of label set cells: 'a.png' is not in" in told


def _message_of(loader: DataLoader[Any]) -> str:
    try:
        next(iter(loader))
    except NotFound as error:
        return str(error)
    raise AssertionError


def test_a_pickle_holds_arrays_and_names_no_code_but_our_own(project: Project) -> None:
    boxes = {f"{number:03}.png": [("cat", (1, 1, 2, 2))] * 100 for number in range(100)}
    project.write("labels/many.json", coco(boxes))
    declare(project, "labels/many.json", media="images")
    dataset = LabelDataset(project.path, "many", media=False)
    pickled = pickle.dumps(dataset)
    # 10,000 boxes of 16 bytes, with two int64 each
    assert len(pickled) < 10_000 * 32 + 20_000
    again = pickle.loads(pickled)
    assert list(again.samples) == list(dataset.samples)
    for at in (0, 99):
        assert again[at][0] == dataset[at][0]
        assert same(again[at][1], dataset[at][1])
    assert len(pickle.dumps(again)) == len(pickled)
    # no repository, handle, function or class of anywhere else travels along
    modules = {
        argument.partition(" ")[0]
        for opcode, argument, _ in pickletools.genops(pickle.dumps(dataset, protocol=2))
        if opcode.name == "GLOBAL"
    }
    assert {name for name in modules if name.startswith("labelvc.repo")} == {"labelvc.repo.media"}
    assert {name.partition(".")[0] for name in modules} <= {
        *("labelvc", "torch", "collections", "copy_reg", "_codecs", "__builtin__")
    }


def test_without_torch_the_import_says_what_to_install() -> None:
    code = "import sys; sys.modules['torch'] = None; import labelvc.torch"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        "ImportError: labelvc.torch needs PyTorch, which is not installed: "
        "pip install 'labelvc[eval]'"
    )


def test_the_public_names_are_sorted_and_there() -> None:
    import labelvc.torch

    assert labelvc.torch.__all__ == sorted(labelvc.torch.__all__)
    assert all(hasattr(labelvc.torch, name) for name in labelvc.torch.__all__)
