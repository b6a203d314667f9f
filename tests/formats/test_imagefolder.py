from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from labelvc.core.errors import LabelvcError, LossError
from labelvc.core.snapshot import samples_frame
from labelvc.formats import imagefolder
from labelvc.formats.source import Source, disk_source
from tests.data import data
from tests.formats.case import Case
from tests.formats.folder_laws import again, check_case, edited, folder, read, relabelled
from tests.formats.imagefolder_cases import CASES

PETS = CASES[0].files


class Sealed:
    """A medium that nobody may open."""

    def __init__(self, digest: str) -> None:
        self.digest = digest

    def read(self) -> bytes:
        raise AssertionError("opened")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check_case(imagefolder, case)


def test_media_are_never_opened_where_their_digests_are_known() -> None:
    source = Source("set", {path: Sealed(path) for path in PETS}, True)
    assert imagefolder.sniff(source)
    scan = imagefolder.scan(source, imagefolder.settle(source, {}))
    assert scan.pieces["labels"] == [(path, path) for path in PETS]
    assert scan.tally().categories == {"cat": 2, "dog": 1}
    snapshot = scan.read()
    assert snapshot.samples["digest"].to_list() == list(PETS)
    assert set(imagefolder.write(relabelled(snapshot, 0, "dog"), {})) == {
        "train/dog/1.png", "train/dog/2.PNG", "val/cat/3.jpeg",
    }  # fmt: skip


def test_a_moved_file_is_the_same_sample_relabelled() -> None:
    moved = {path.replace("cat/1", "dog/1"): content for path, content in PETS.items()}
    one, two = read(imagefolder, PETS), read(imagefolder, moved)
    assert two.samples.sort("sample").equals(one.samples.sort("sample"))
    assert two == replace(relabelled(one, 0, "dog"))


def test_files_of_one_name_are_told_apart_by_their_paths() -> None:
    files = {"cat/1.png": b"1", "dog/1.png": b"2"}
    snapshot = read(imagefolder, files)
    assert imagefolder.settle(folder(files), {}) == {"keys": "path"}
    assert snapshot.samples["sample"].to_list() == list(files)
    written = imagefolder.write(snapshot.with_labels(snapshot.labels.tail(1)), {"keys": "path"})
    assert dict(written) == {"1.png": b"1", "dog/1.png": b"2"}
    with pytest.raises(LossError, match=r"share the file dog/1\.png"):
        imagefolder.write(relabelled(snapshot, 0, "dog"), {})
    with pytest.raises(LabelvcError, match="keys is 'id'"):
        imagefolder.settle(folder(files), {"keys": "id"})


@pytest.mark.parametrize(
    "paths",
    [
        ["images/train/1.png", "images/val/2.png"],
        ["train/1.png", "val/2.png"],
        ["1.png", "2.png"],
        ["cat/1.png"],
        ["cat/1.png", "dog/2.png", "labels.csv"],
        ["images/1.png", "JPEGImages/2.png"],
        ["cat/1.xml", "dog/1.xml"],
        [],
    ],
)
def test_other_folders_are_not_sniffed_as_imagefolder(paths: list[str]) -> None:
    assert imagefolder.sniff(folder(dict.fromkeys(paths, b""))) is None


def test_folders_of_real_tools() -> None:
    for path in ("bccd/BCCD", "fsdd/recordings", "formats/datumaro/yolo_dataset"):
        assert imagefolder.sniff(disk_source(data(path))) is None
    source = disk_source(data("formats/datumaro/imagenet_subsets_dataset"))
    snapshot = imagefolder.scan(source, imagefolder.settle(source, {})).read().check()
    assert (snapshot.samples.height, snapshot.labels.height) == (12, 9)
    assert snapshot.categories["name"].to_list() == ["label_0", "label_1"]
    written = imagefolder.write(snapshot, {})
    assert dict(written) == {path: blob.read() for path, blob in source.files.items()}


def test_relabelled_and_resplit_files_move() -> None:
    snapshot = read(imagefolder, PETS)
    samples = snapshot.samples.with_columns(split=pl.lit("test"))
    moved = replace(relabelled(snapshot, 0, "cow"), samples=samples)
    assert list(imagefolder.write(moved, {})) == [
        "test/cat/3.jpeg", "test/cow/1.png", "test/dog/2.PNG",
    ]  # fmt: skip
    found = again(imagefolder, moved)
    assert found == replace(moved, categories=found.categories)
    assert found.categories["name"].to_list() == ["cat", "cow", "dog"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"category": "a/b"}, "cannot be the"),
        ({"category": "train"}, "cannot be the file"),
        ({"category": ".."}, "cannot be the"),
        ({"category": None}, "one class a sample"),
        ({"sample": "2.PNG"}, "one class a sample"),
        ({"kind": "text"}, "kind"),
        ({"confidence": 0.5}, "confidence"),
    ],
)
def test_what_a_folder_cannot_hold_is_refused(columns: dict[str, object], message: str) -> None:
    snapshot = edited(read(imagefolder, PETS), 0, **columns)
    samples = snapshot.samples.with_columns(split=pl.lit(None, pl.String))
    with pytest.raises(LossError, match=message):
        imagefolder.write(replace(snapshot, samples=samples), {})


def test_a_sample_without_its_medium_is_refused() -> None:
    snapshot = read(imagefolder, PETS)
    samples = pl.concat([snapshot.samples, samples_frame(sample=["new.png"])])
    with pytest.raises(LossError, match=r"'new.png': an ImageFolder consists of the media"):
        imagefolder.write(replace(snapshot, samples=samples), {})
