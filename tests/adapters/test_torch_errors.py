"""What the loaders refuse, each in one message that says what to do."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelvc.core.errors import LabelvcError, NotFound, RepositoryError
from labelvc.torch import LabelDataset
from tests.adapters.torch_sets import CELLS, cells, coco, commit_again, declare, png, wav
from tests.repo.conftest import project, surroundings
from tests.repo.project import Project

__all__ = ["project", "surroundings"]


def refused(sort: type[LabelvcError], act: Callable[[], Any]) -> str:
    """The message of an error, which has to have a hint."""
    with pytest.raises(sort) as caught:
        act()
    assert caught.value.hint
    return str(caught.value)


def open_cells(project: Project, name: str = "cells", **options: Any) -> LabelDataset:
    return LabelDataset(project.path, name, **options)


def test_unknown_sets_revisions_splits_and_repositories(project: Project, tmp_path: Path) -> None:
    first = project.commit("Nothing yet")
    cells(project)
    told = refused(NotFound, lambda: open_cells(project, "cell"))
    assert told == "no label set 'cell'\n  Did you mean cells?"
    assert "unknown revision 'v9'" in refused(NotFound, lambda: open_cells(project, rev="v9"))
    assert "no label set 'cells'" in refused(NotFound, lambda: open_cells(project, rev=first))
    told = refused(NotFound, lambda: open_cells(project, split="test"))
    assert told == "label set cells: no sample is in split 'test'\n  It has no splits."
    outside = tmp_path / "outside"
    outside.mkdir()
    told = refused(RepositoryError, lambda: LabelDataset(outside, "cells"))
    assert told.startswith("not a Git repository")


def test_a_split_that_no_sample_has_names_those_there_are(project: Project) -> None:
    for at, name in enumerate(("train/cat/1", "train/dog/2", "val/cat/3")):
        project.write(f"pets/{name}.png", png(at))
    declare(project, "pets")
    told = refused(NotFound, lambda: open_cells(project, "pets", split=["train", "test"]))
    assert told.endswith("no sample is in split 'test'\n  Its splits: train, val.")


def test_a_set_that_a_revision_declares_but_lacks(project: Project) -> None:
    cells(project)
    project.git("rm", "-q", "labels/cells.json.dvc")
    project.commit("Only declared")
    told = refused(NotFound, lambda: open_cells(project, rev="HEAD"))
    assert told.startswith("label set cells: labels/cells.json is not there at HEAD")


def test_labels_of_several_kinds(project: Project) -> None:
    content = coco({"a.png": [("cat", (0, 0, 2, 2))]})
    category = content["categories"][0]["id"]
    content["annotations"].append({"id": 9, "image_id": 0, "category_id": category})
    project.write("labels/mixed.json", content)
    declare(project, "labels/mixed.json")
    told = refused(LabelvcError, lambda: open_cells(project, "mixed"))
    assert told.startswith("label set mixed holds labels of several kinds: box, class\n")
    assert "`task:`" in told
    assert "image-classification" in told
    assert "speech" not in told


def test_labels_that_the_declared_task_does_not_learn(project: Project) -> None:
    project.write("labels/cells.json", CELLS)
    declare(project, "labels/cells.json", task="text-classification")
    told = refused(LabelvcError, lambda: open_cells(project))
    assert told.startswith("label set cells holds box, which text-classification does not learn")


def test_no_labels_and_no_task(project: Project) -> None:
    project.write("labels/none.json", coco({"a.png": []}))
    declare(project, "labels/none.json")
    assert "holds no labels" in refused(LabelvcError, lambda: open_cells(project, "none"))


def test_no_media_folder(project: Project) -> None:
    project.write("labels/cells.json", CELLS)
    declare(project, "labels/cells.json")
    told = refused(LabelvcError, lambda: open_cells(project))
    assert told.startswith("label set cells: nothing says where its media are\n  Add `media:")


def test_texts_that_are_not_there(project: Project) -> None:
    project.write("labels/pets.csv", "path,label\na.png,cat\nb.png,dog\n")
    declare(project, "labels/pets.csv", task="text-classification")
    told = refused(LabelvcError, lambda: open_cells(project, "pets"))
    assert "sample 'a.png' has no text" in told


def test_a_missing_image_names_sample_path_and_command(project: Project) -> None:
    cells(project)
    (project.path / "images" / "b.png").unlink()
    dataset = open_cells(project)
    assert dataset[0][0].shape == (3, 6, 8)
    told = refused(NotFound, lambda: dataset[1])
    assert f"sample 'b.png' of label set cells: 'b.png' is not in {project.path}/images" in told
    assert "`dvc pull images`" in told


def test_an_image_gone_from_the_cache(project: Project) -> None:
    for name in ("cat/1", "dog/2"):
        project.write(f"pets/{name}.png", png(3))
    project.write("pets/dog/3.png", png(4))
    declare(project, "pets")
    project.write("pets/dog/3.png", png(5))
    commit_again(project, "pets")
    dataset = LabelDataset(project.path, "pets", rev="HEAD~1")
    place = Path(dataset.loading.reader._files.find(2))  # type: ignore[attr-defined]
    place.unlink()
    told = refused(NotFound, lambda: LabelDataset(project.path, "pets", rev="HEAD~1")[2])
    assert "is not in DVC's cache" in told
    assert "`dvc fetch -A pets`" in told


def test_a_box_in_fractions_of_an_unknown_size(project: Project) -> None:
    project.write("labels/a.txt", "0 0.5 0.5 0.2 0.4\n")
    declare(project, "labels", format="yolo")
    dataset = open_cells(project, "labels", media=False)
    assert "sample 'a'" in refused(NotFound, lambda: dataset[0])


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "sub/../../secret.png"])
def test_a_path_never_leads_out_of_the_media_folder(project: Project, path: str) -> None:
    project.write("secret.png", png(1))
    project.write("images/sub/other.png", png(1))
    project.write("labels/cells.json", coco({path: [("cat", (0, 0, 1, 1))]}))
    declare(project, "labels/cells.json", media="images")
    for media in (True, False):
        dataset = open_cells(project, media=media)
        assert "leads out of" in refused(NotFound, lambda: dataset[0])  # noqa: B023


def test_a_link_never_leads_out_of_the_media_folder(project: Project) -> None:
    cells(project)
    project.write("secret.png", png(1))
    (project.path / "images" / "a.png").unlink()
    (project.path / "images" / "a.png").symlink_to("../secret.png")
    for media in (True, False):
        dataset = open_cells(project, media=media)
        assert "leads out of" in refused(NotFound, lambda: dataset[0])  # noqa: B023


def _bomb() -> bytes:
    """The head of a PNG of 60,000 by 60,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


_EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
_BROKEN = (b"", b"no image", png(1, (500, 400))[:120], _bomb(), _EPS)


@pytest.mark.parametrize("content", _BROKEN, ids=len)
def test_a_broken_image_is_named(project: Project, content: bytes) -> None:
    cells(project)
    project.write("images/c.png", content)
    dataset = open_cells(project)
    told = refused(LabelvcError, lambda: dataset[2])
    assert f"sample 'c.png' of label set cells: '{project.path}/images/c.png' cannot" in told
    assert ("PostScript" in told) == (content is _EPS)


def test_a_broken_sound_is_named(project: Project) -> None:
    lines = [{"audio_filepath": f"{name}.wav", "duration": 1, "text": "x"} for name in "ab"]
    lines[1]["offset"] = 99
    project.write("audio/a.wav", b"RIFF....")
    project.write("audio/b.wav", wav(100))
    project.write("labels/speech.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines))
    declare(project, "labels/speech.jsonl", media="audio", format="nemo")
    dataset = open_cells(project, "speech")
    for at, name in enumerate("ab"):
        told = refused(LabelvcError, lambda: dataset[at])  # noqa: B023
        assert f"'{project.path}/audio/{name}.wav' cannot be decoded" in told
