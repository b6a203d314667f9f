"""IDX label files: what the contract does not ask."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from datumaro.components.dataset import Dataset

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import idx, registry, table
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.idx_cases import HEAD
from tests.formats.idx_cases import idx as labels_of
from tests.formats.row_files import changed, relabelled, scan, source

NAME = "train-labels-idx1-ubyte"


def test_labels_of_mnist_equal_those_that_others_published() -> None:
    given = disk_source(data("mnist_test/t10k-labels-idx1-ubyte.gz"))
    assert registry.sniff(given) is idx
    snapshot = idx.scan(given, {}).read().check()
    published = disk_source(data("cleanlab_label_errors/derived/mnist_original.csv"))
    other = table.scan(published, table.settle(published, {})).read()
    assert snapshot.labels.select("sample", "category").equals(
        other.labels.select("sample", "category")
    )
    assert snapshot.samples["split"].unique().to_list() == ["test"]


def test_a_folder_with_images_is_read_and_written_as_it_was() -> None:
    given = disk_source(data("formats/datumaro/mnist_dataset"))
    assert registry.sniff(given) is idx
    snapshot = idx.scan(given, {}).read().check()
    assert snapshot.labels.select("sample", "category").rows() == [
        ("t10k/0", "0"), ("t10k/1", "2"), ("t10k/2", "1"), ("train/0", "5"), ("train/1", "7"),
    ]  # fmt: skip
    assert dict(idx.write(snapshot, {})) == {p: blob.read() for p, blob in given.files.items()}


def test_one_byte_is_rewritten() -> None:
    snapshot = scan(idx, labels_of(1, 2, 3), NAME).read()
    assert dict(idx.write(relabelled(snapshot, 1, category="9"), {})) == {NAME: labels_of(1, 9, 3)}


def test_a_gzipped_file_stays_one() -> None:
    content = gzip.compress(labels_of(1, 0), mtime=99)
    settings = {"names": "zero,one"}
    snapshot = scan(idx, content, f"{NAME}.gz", settings).read()
    assert dict(idx.write(snapshot, settings)) == {f"{NAME}.gz": content}
    (written,) = idx.write(relabelled(snapshot, 0, category="zero"), settings).values()
    assert gzip.decompress(written) == labels_of(0, 0)


@pytest.mark.parametrize(
    "content,said",
    [
        (HEAD + b"\xff\xff\xff\xff\x01", "byte 4: expected 4,294,967,295 labels, found 1"),
        (HEAD + b"\0\0\0\1\1\2", "byte 4: expected 1 labels, found more"),
        (HEAD + b"\0\0", "byte 0: expected 00 00 08 01"),
        (b"\0\0\x08\x03" + b"\0" * 16, "byte 0.*found 00 00 08 03"),
        (b"", "found nothing"),
        (gzip.compress(HEAD + b"\xff\xff\xff\xff\x01", mtime=0), "which cannot hold them"),
        (gzip.compress(labels_of(1), mtime=0)[:-3], "a gzip file, found one cut short"),
        (b"\x1f\x8b\x08 and no more", "expected a gzip file"),
        (
            gzip.compress(labels_of(1) + b"\0" * 10_000_000, mtime=0),
            "expected 1 labels, found more",
        ),
        (gzip.compress(b"\0" * 10_000_000, mtime=0), "byte 0: expected 00 00 08 01"),
    ],
)
def test_what_claims_more_than_there_is_gets_refused(content: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        scan(idx, content, NAME)


def test_a_class_without_a_name_is_told() -> None:
    with pytest.raises(ParseError, match="byte 9: expected a class below 2, found 2"):
        scan(idx, labels_of(1, 2), NAME, {"names": "a,b"})


def test_what_a_byte_cannot_say_is_refused() -> None:
    snapshot = scan(idx, labels_of(1, 2), NAME).read()
    for category in ("256", "cat", "01"):
        with pytest.raises(LossError, match="is no number below 256"):
            idx.write(relabelled(snapshot, 0, category=category), {})
    with pytest.raises(LossError, match="one class a sample, not 0"):
        idx.write(snapshot.with_labels(snapshot.labels[1:]), {})
    gap = replace(snapshot, samples=snapshot.samples[1:], labels=snapshot.labels[1:])
    with pytest.raises(LossError, match="numbered from 0, and '0' is missing"):
        idx.write(gap, {})
    moved = changed(snapshot.samples, 0, {"split": "test"})
    with pytest.raises(LossError, match="are of the split 'train'"):
        idx.write(replace(snapshot, samples=moved), {})


def test_images_alone_are_no_labels() -> None:
    assert idx.sniff(source(b"\0\0\x08\x03" + b"\0" * 16, "x")) is None


def test_datumaro_reads_what_is_written(tmp_path: Path) -> None:
    count = 3  # as many as there are images
    snapshot = Snapshot(
        labels_frame(sample=["0", "1", "2"], kind=["class"] * count, category=["4", "0", "9"]),
        samples_frame(sample=["0", "1", "2"], split=["test"] * count),
    )
    for path, content in idx.write(snapshot, {}).items():
        (tmp_path / f"{path}.gz").write_bytes(gzip.compress(content, mtime=0))
    images = data("formats/datumaro/mnist_dataset/t10k-images-idx3-ubyte.gz")
    shutil.copy(images, tmp_path / images.name)
    found = Dataset.import_from(str(tmp_path), "mnist")
    labels = {item.id: item.annotations[0].label for item in found}
    assert labels == {"0": 4, "1": 0, "2": 9}
    assert pl.Series([item.subset for item in found]).unique().to_list() == ["test"]
