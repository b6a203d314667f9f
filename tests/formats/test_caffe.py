"""Caffe's image lists: what the contract does not ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labelvc.core.errors import LabelvcError, LossError, ParseError
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import caffe, imagenet, yolo
from tests.formats.folder_laws import folder
from tests.formats.row_files import relabelled, scan, source

NAME = "train.txt"


def written(snapshot: Snapshot, **settings: str) -> bytes:
    (content,) = caffe.write(snapshot, settings).values()
    return content


def test_one_label_is_rewritten_where_it_stands() -> None:
    content = "a b.jpg 03\r\nc.jpg 1\r\n"
    snapshot = scan(caffe, content, NAME).read()
    assert written(relabelled(snapshot, 1, category="2")) == b"a b.jpg 03\r\nc.jpg 2\r\n"
    assert written(relabelled(snapshot, 0, category="0.25")) == b"a b.jpg 0.25\r\nc.jpg 1\r\n"


def test_named_classes_are_written_as_their_numbers() -> None:
    snapshot = scan(caffe, "a.jpg 0\nb.jpg 1", NAME, {"names": "cat,dog"}).read()
    assert snapshot.categories["name"].to_list() == ["cat", "dog"]
    assert written(relabelled(snapshot, 1, category="cat")) == b"a.jpg 0\nb.jpg 0"
    with pytest.raises(LossError, match="no number stands for the class 'cow'"):
        written(relabelled(snapshot, 1, category="cow"))


def test_a_reordered_list_of_names_is_another_reading() -> None:
    one = scan(caffe, "a.jpg 0\n", NAME, {"names": "cat,dog"})
    assert one.comparable(scan(caffe, "a.jpg 1\n", NAME, {"names": "cat,dog"}), None)
    assert not one.comparable(scan(caffe, "a.jpg 0\n", NAME, {"names": "dog,cat"}), None)
    assert not one.comparable(scan(caffe, "a.jpg 0\n", NAME), None)


def test_the_order_of_lines_is_kept_and_new_ones_come_last() -> None:
    content = "z.jpg 1\na.jpg 0\nm.jpg 2\n"
    snapshot = scan(caffe, content, NAME).read()
    rest = snapshot.of_samples(snapshot.samples["sample"][[0, 2]])
    new = samples_frame(sample=["b c.jpg"], path=["b c.jpg"])
    label = labels_frame(key=[9], sample=["b c.jpg"], kind=["class"], category=["5"])
    more = replace(rest, labels=rest.labels.vstack(label), samples=rest.samples.vstack(new))
    assert written(more) == b"z.jpg 1\nm.jpg 2\nb c.jpg 5\n"


def test_classes_from_elsewhere_are_named_in_the_settings() -> None:
    foreign = Snapshot(
        labels_frame(sample=["a.jpg", "b.jpg"], kind=["class"] * 2, category=["dog", "cat"]),
        samples_frame(sample=["a.jpg", "b.jpg"], path=["a.jpg", "b.jpg"]),
        scan(caffe, "", NAME, {"names": "cat,dog"}).read().categories,
    )
    settings = caffe.for_file(foreign, None, {})
    assert settings == {"names": "cat,dog"}
    assert written(foreign, **settings) == b"a.jpg 1\nb.jpg 0\n"
    with pytest.raises(LossError, match=r"'dog' is no number.*\n.*Name the classes"):
        written(foreign)
    commas = scan(caffe, "", NAME, {"names": "a;b"}).read().categories
    odd = replace(foreign, categories=commas, labels=foreign.labels[:0])
    assert caffe.for_file(odd, None, {}) == {}
    odd = foreign.with_labels(relabelled(foreign, 0, category="dog, wolf").labels)
    odd = replace(odd, categories=Snapshot().categories)
    files = caffe.write(foreign, {"names": "names.txt"})
    assert dict(files) == {"list.txt": b"a.jpg 1\nb.jpg 0\n", "names.txt": b"cat\ndog\n"}
    assert caffe.for_file(odd, None, {}) == {"names": "names.txt"}


def test_folders_of_lists_with_a_list_of_synsets_are_imagenets() -> None:
    files = {"train.txt": b"n01440764/1.JPEG 0\n", "val.txt": b"1.JPEG 0\n"}
    assert caffe.sniff(folder(files)) and not imagenet.sniff(folder(files))
    both = folder({**files, "synset_words.txt": b"n01440764 tench, Tinca tinca\n"})
    assert imagenet.sniff(both) and not caffe.sniff(both)
    settled = caffe.settle(both, {})
    assert settled == {"names": "synset_words.txt"}
    found = caffe.scan(both, settled).read()
    assert set(found.labels["category"]) == {"tench, Tinca tinca"}
    assert sorted(found.samples["split"]) == ["train", "val"]


@pytest.mark.parametrize("content", ["", "a.jpg\n", "0 0.5 0.5 0.1 0.1\n", "a.jpg cat\n", "x 3\n"])
def test_other_text_is_not_taken_for_a_list(content: str) -> None:
    assert caffe.sniff(source(content, NAME)) is None


def test_lists_of_darknet_stay_with_yolo() -> None:
    files = {"train.txt": b"data/1.jpg\n", "labels/1.txt": b"0 0.5 0.5 0.1 0.1\n"}
    assert yolo.sniff(folder(files)) and not caffe.sniff(folder(files))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"kind": "box"}, "cannot hold kind 'box'"),
        ({"confidence": 0.5}, "cannot hold confidence"),
        ({"category": None}, "a list of classes holds no class"),
    ],
)
def test_what_a_line_cannot_hold_is_refused(columns: dict[str, Any], message: str) -> None:
    snapshot = scan(caffe, "a.jpg 1\n", NAME).read()
    with pytest.raises(LossError, match=message):
        written(relabelled(snapshot, 0, **columns))


def test_a_line_holds_one_class() -> None:
    snapshot = scan(caffe, "a.jpg 1\n", NAME).read()
    second = labels_frame(key=[1], sample=["a.jpg"], kind=["class"], category=["2"])
    with pytest.raises(LossError, match="holds one class, and this sample has 2"):
        written(snapshot.with_labels(snapshot.labels.vstack(second)))
    with pytest.raises(LossError, match="has 0"):
        written(snapshot.with_labels(snapshot.labels.clear()))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"a.jpg", "line 2: expected a path, a space and a label, found a.jpg"),
        (b" 1", "line 2: expected a path, a space and a label"),
        (b"a.jpg ", "line 2: expected a path, a space and a label"),
        (b"a.jpg one", "line 2: expected the number of a class, found one"),
        (b"\xff.jpg 1", "line 2, byte 1: expected UTF-8 text"),
        (b"a\0.jpg 1", "line 2: expected UTF-8 text, found a NUL byte"),
    ],
)
def test_trouble_has_a_line(line: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=f"{NAME}: {message}"):
        scan(caffe, b"a.jpg 1\n" + line + b"\n", NAME).read()


def test_trouble_with_names_is_told() -> None:
    with pytest.raises(ParseError, match="a class's place in the list of classes, 0 to 1, found 2"):
        scan(caffe, "a.jpg 2\n", NAME, {"names": "cat,dog"}).read()
    with pytest.raises(LabelvcError, match=r"no file 'names.txt'.*\n.*one file has none beside"):
        scan(caffe, "a.jpg 2\n", NAME, {"names": "names.txt"})
