"""ImageNet's label files: what the contract does not ask."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.io
from datumaro.components.annotation import AnnotationType
from datumaro.components.dataset import Dataset

from labelvc.core.errors import LabelvcError, LossError, ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import caffe, imagefolder, imagenet, table
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.folder_laws import folder
from tests.formats.imagenet_cases import MAPPING, NUMBERED, SOLUTION, TENCH
from tests.formats.row_files import changed, relabelled, scan, source

HOME = "formats/datumaro"
TRUTH = "ILSVRC2012_validation_ground_truth.txt"
CSV = "LOC_val_solution.csv"


def read(files: Mapping[str, bytes], **settings: str) -> Snapshot:
    given = folder(files)
    return imagenet.scan(given, imagenet.settle(given, settings)).read().check()


def written(snapshot: Snapshot, style: str, **settings: str) -> dict[str, bytes]:
    return dict(imagenet.write(snapshot, {"style": style, **settings}))


# Lists


def test_lists_of_datumaro() -> None:
    given = disk_source(data(f"{HOME}/imagenet_txt_dataset/basic"))
    assert imagenet.sniff(given) and not caffe.sniff(given) and not imagefolder.sniff(given)
    settled = imagenet.settle(given, {})
    assert settled == {"style": "list", "synsets": "synsets.txt", "ids": "index"}
    cut = imagenet.scan(given, settled)
    snapshot = cut.read().check()
    assert snapshot.labels["category"].to_list() == ["label_0", "label_5", "label_3", "label_5"]
    assert set(snapshot.samples["split"]) == {"train"}
    assert cut.tally() == snapshot.tally() and cut.tally().categories["label_9"] == 0
    files = imagenet.write(snapshot, settled)
    assert dict(files) == {path: blob.read() for path, blob in given.files.items()}


def test_a_list_of_classes_by_another_name_and_none() -> None:
    given = disk_source(data(f"{HOME}/imagenet_txt_dataset/custom_labels"))
    settled = imagenet.settle(given, {"synsets": "synsets-alt.txt", "style": "list"})
    snapshot = imagenet.scan(given, settled).read()
    assert snapshot.labels["category"].to_list() == ["alt_label_0"]
    given = disk_source(data(f"{HOME}/imagenet_txt_dataset/no_labels"))
    snapshot = imagenet.scan(given, imagenet.settle(given, {"style": "list"})).read()
    assert snapshot.labels["category"].to_list() == ["4"]
    assert snapshot.categories["id"].to_list() == [None]


def test_datumaro_reads_in_what_we_wrote_what_we_meant(tmp_path: Path) -> None:
    files = {
        "synsets.txt": b"cat\ndog\nbird\n",
        "train.txt": b'1.jpg 0 2\n"my pet".jpg 1\n3.jpg\n',
        "val.txt": b"4.jpg 1\n",
    }
    snapshot = read(files)
    snapshot = relabelled(snapshot, 2, category="cat")
    extra = labels_frame(key=[9], sample=["3.jpg"], kind=["class"], category=["dog"])
    snapshot = snapshot.with_labels(pl.concat([snapshot.labels, extra]))
    for path, content in written(snapshot, "list").items():
        (tmp_path / path).write_bytes(content)
    dataset = Dataset.import_from(str(tmp_path), "imagenet_txt")
    names = [one.name for one in dataset.categories()[AnnotationType.label]]
    found = {
        (item.id, item.subset): [names[one.label] for one in item.annotations] for item in dataset
    }
    assert found == {
        ("1", "train"): ["cat", "bird"],
        ("my pet", "train"): ["cat"],
        ("3", "train"): ["dog"],
        ("4", "val"): ["dog"],
    }


def test_one_number_is_rewritten_where_it_stands() -> None:
    files = {"synsets.txt": b"cat\ndog\n", "train.txt": b'a.jpg  01 0\n"b c".jpg 1\n'}
    snapshot = read(files)
    now = written(relabelled(snapshot, 2, category="cat"), "list")
    assert now == {**files, "train.txt": b'a.jpg  01 0\n"b c".jpg 0\n'}
    now = written(relabelled(snapshot, 1, category="dog"), "list")
    assert now["train.txt"] == b'a.jpg 01 01\n"b c".jpg 1\n'


def test_samples_move_between_splits() -> None:
    files = {
        "synsets.txt": b"cat\ndog\n",
        "train.txt": b"a.jpg 1\nb.jpg 0\n",
        "val.txt": b"c.jpg 0",
    }
    snapshot = read(files)
    samples = changed(snapshot.samples, 0, {"split": "val"})
    now = written(replace(snapshot, samples=samples), "list")
    assert (now["train.txt"], now["val.txt"]) == (b"b.jpg 0\n", b"c.jpg 0\na.jpg 1\n")
    samples = changed(snapshot.samples, 0, {"split": "test"})
    assert written(replace(snapshot, samples=samples), "list")["test.txt"] == b"a.jpg 1\n"
    samples = changed(snapshot.samples, 0, {"split": "../x"})
    with pytest.raises(LossError, match=r"the split '\.\./x'"):
        written(replace(snapshot, samples=samples), "list")


def with_category(snapshot: Snapshot, name: str, native: str | None = None) -> Snapshot:
    """The snapshot with another category, which the first label has."""
    row = {"key": name, "name": name, "id": native}
    more = pl.DataFrame([row], schema=snapshot.categories.schema)
    more = replace(snapshot, categories=pl.concat([snapshot.categories, more]))
    return relabelled(more, 0, category=name)


def renamed(snapshot: Snapshot, row: int, **columns: Any) -> Snapshot:
    return replace(snapshot, categories=changed(snapshot.categories, row, columns))


def test_new_classes_come_to_the_end_of_their_list() -> None:
    files = {"synsets.txt": b"cat\r\ndog", "train.txt": b"a.jpg 1\n"}
    snapshot = read(files)
    now = written(with_category(snapshot, "guide dog"), "list")
    assert now == {"synsets.txt": b"cat\r\ndog\r\nguide dog\r\n", "train.txt": b"a.jpg 2\n"}
    now = written(renamed(snapshot, 1, name="wolf"), "list")
    assert now == {**files, "synsets.txt": b"cat\r\nwolf"}
    with pytest.raises(LossError, match=r"class 'cat' cannot be taken out of synsets\.txt"):
        written(replace(snapshot, categories=snapshot.categories[1:]), "list")
    with pytest.raises(LossError, match=r"the list of classes cannot hold .*each class once"):
        written(renamed(snapshot, 1, name="cat", key="dog"), "list")


def test_classes_with_ids_keep_them() -> None:
    files = {"synset_words.txt": b"n01440764 tench\nn02012849 crane\n", "val.txt": b"a.jpg 1\n"}
    snapshot = read(files)
    now = written(renamed(snapshot, 1, name="crane, bird"), "list")
    assert now["synset_words.txt"] == b"n01440764 tench\nn02012849 crane, bird\n"
    now = written(with_category(snapshot, "cow", "n03126707"), "list")
    assert now == {
        "synset_words.txt": files["synset_words.txt"] + b"n03126707 cow\n",
        "val.txt": b"a.jpg 2\n",
    }
    # a second crane would give all of them other names
    with pytest.raises(LossError, match="cannot hold the classes as they are"):
        written(with_category(snapshot, "n03126707", "n03126707"), "list")
    by_id = read({"synsets.txt": MAPPING, "val.txt": b"a.jpg 1\n"})
    now = written(renamed(by_id, 1, attributes='{"display":"gold fish"}'), "list")
    assert now["synsets.txt"] == MAPPING.replace(b"goldfish, Carassius auratus", b"gold fish")
    with pytest.raises(LossError, match="'n01443537': a WordNet id is what it is"):
        written(renamed(by_id, 1, name="x"), "list")


def test_a_list_of_classes_elsewhere_is_not_changed() -> None:
    given = folder({"../synsets.txt": b"cat\ndog\n", "train.txt": b"a.jpg 1\n"})
    settled = imagenet.settle(given, {"style": "list", "synsets": "../synsets.txt"})
    snapshot = imagenet.scan(given, settled).read()
    with pytest.raises(LossError, match=r"not possible in \.\./synsets\.txt\n.*Change it there"):
        written(with_category(snapshot, "cow"), "list")
    numbered = read({TRUTH: b"1\n", "map_clsloc.txt": NUMBERED})
    with pytest.raises(LossError, match="class 'cow': the devkit has no number for it"):
        written(with_category(numbered, "cow", "n03126707"), "ground-truth")
    now = written(renamed(numbered, 0, name="kit fox"), "ground-truth")
    assert now["map_clsloc.txt"] == NUMBERED.replace(b"kit_fox", b"kit fox")


# The devkit's ground truth


def test_numbers_of_the_devkit_and_places_are_never_mixed() -> None:
    files = {TRUTH: b"1\n2\n", "LOC_synset_mapping.txt": MAPPING}
    given = folder(files)
    assert imagenet.sniff(given)
    with pytest.raises(SettingNeeded, match=r"ILSVRC2012_ID.*does not tell those\n.*meta.mat"):
        imagenet.settle(given, {})
    by_place = read(files, ids="index")
    assert by_place.labels["category"].to_list() == ["n01443537", "n02012849"]
    assert by_place.categories["attributes"][2] == '{"display":"crane"}'
    files = {TRUTH: b"1\n2\n", "map_clsloc.txt": NUMBERED}
    assert read(files).labels["category"].to_list() == ["kit_fox", "English_setter"]
    by_id = read(files, ids="index").labels["category"].to_list()
    assert by_id == ["English_setter", "kit_fox"]
    one, two = (
        imagenet.scan(folder(files), imagenet.settle(folder(files), settings))
        for settings in ({}, {"ids": "index"})
    )
    assert not one.comparable(two, None)


def meta_mat(*synsets: tuple[int, str, str, int]) -> bytes:
    """What the devkit has, with its higher-level synsets."""
    names = ["ILSVRC2012_ID", "WNID", "words", "num_children"]
    rows = np.empty((len(synsets), 1), [(name, object) for name in names])
    for at, synset in enumerate(synsets):
        rows[at, 0] = tuple(np.array([value]) for value in synset)
    file = io.BytesIO()
    scipy.io.savemat(file, {"synsets": rows})
    return file.getvalue()


def test_the_devkits_meta_names_its_numbers() -> None:
    meta = meta_mat(
        (1, "n02119789", "kit fox, Vulpes macrotis", 0),
        (2, "n02100735", "English setter", 0),
        (3, "n01861778", "mammal", 2),
    )
    files = {TRUTH: b"2\n1\n", "data/meta.mat": meta}
    snapshot = read(files)
    assert snapshot.labels["category"].to_list() == ["English setter", "kit fox, Vulpes macrotis"]
    assert snapshot.categories["id"].to_list() == ["n02119789", "n02100735"]
    assert written(snapshot, "ground-truth") == files
    now = written(relabelled(snapshot, 0, category="kit fox, Vulpes macrotis"), "ground-truth")
    assert now[TRUTH] == b"1\n1\n"
    with pytest.raises(ParseError, match="line 1: expected a class's ILSVRC2012_ID, 1 to 2, found"):
        read({**files, TRUTH: b"3\n"})
    for broken in (meta[:100], meta[:-40], b"\x80\x04.", scipy_without_synsets()):
        with pytest.raises(ParseError, match=r"meta\.mat: expected MATLAB's `synsets`"):
            read({**files, "data/meta.mat": broken})


def scipy_without_synsets() -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, {"others": np.zeros(3)})
    return file.getvalue()


def test_the_ground_truth_has_no_gaps() -> None:
    files = {TRUTH: b"4\n5\n6\n", "readme.txt": b"x"}
    snapshot = read(files)
    assert written(snapshot.of_samples(snapshot.samples["sample"][:2]), "ground-truth")[TRUTH] == (
        b"4\n5\n"
    )
    with pytest.raises(LossError):
        written(snapshot.of_samples(snapshot.samples["sample"][1:]), "ground-truth")
    assert written(relabelled(snapshot, 1, category="7"), "ground-truth")[TRUTH] == b"4\n7\n6\n"
    with pytest.raises(LossError, match="'cat' is no number"):
        written(relabelled(snapshot, 1, category="cat"), "ground-truth")


def test_equal_numbers_of_other_images_do_not_cancel() -> None:
    one, two = (scan(imagenet, content, TRUTH) for content in ("1\n2\n", "2\n1\n"))
    assert not set(one.pieces["labels"]) & set(two.pieces["labels"])


# Kaggle's boxes


def test_boxes_keep_the_spelling_of_their_other_numbers() -> None:
    snapshot = scan(imagenet, SOLUTION, CSV).read()
    now = written(relabelled(snapshot, 0, x=100.25, width=348.25), "solution")
    assert now[CSV] == SOLUTION.replace(b"115 49 448.50", b"100.25 49 448.50")
    now = written(relabelled(snapshot, 2, category=TENCH), "solution")
    assert now[CSV] == SOLUTION.replace(b"n03126707", TENCH.encode())
    now = written(snapshot.with_labels(snapshot.labels[[0, 2]]), "solution")
    assert now[CSV] == SOLUTION.replace(b"n02012849 0 1 20 30 ", b"")
    box = snapshot.labels[:1].with_columns(sample=pl.lit("n02012849_2"), record=None, key=pl.lit(9))
    more = snapshot.with_labels(pl.concat([snapshot.labels, box], how="vertical_relaxed"))
    added = b"n02012849_2,n01440764 115 49 448.5 294 \n"
    assert written(more, "solution")[CSV] == SOLUTION.replace(b"n02012849_2,\n", added)


def test_solutions_are_not_taken_for_tables() -> None:
    given = source(SOLUTION, CSV)
    assert imagenet.sniff(given) and not table.sniff(given)


def test_new_images_of_a_solution() -> None:
    snapshot = scan(imagenet, SOLUTION, CSV).read()
    new = samples_frame(sample=["val_9"])
    more = replace(snapshot, samples=pl.concat([snapshot.samples, new]))
    assert written(more, "solution")[CSV] == SOLUTION + b"val_9,\n"
    with pytest.raises(LossError, match="boxes with a class, no class"):
        written(relabelled(snapshot, 0, kind="class"), "solution")
    with pytest.raises(LossError, match="cannot hold the class 'a b'"):
        written(relabelled(snapshot, 0, category="a b"), "solution")


# Folders


FOLDERS = {
    "LOC_synset_mapping.txt": MAPPING.replace(b"crane\n", b"crane, bird\n", 1),
    "train/n01440764/n01440764_1.JPEG": b"1",
    "train/n02012849/n02012849_1.JPEG": b"2",
    "val/n01440764/x.JPEG": b"3",
}


def test_folders_of_wnids_get_the_names_of_their_list() -> None:
    given = folder(FOLDERS)
    assert imagenet.sniff(given) and not imagefolder.sniff(given)
    settled = imagenet.settle(given, {})
    cut = imagenet.scan(given, settled)
    snapshot = cut.read().check()
    assert snapshot.labels["category"].to_list() == [
        "tench, Tinca tinca",
        "crane, bird",
        "tench, Tinca tinca",
    ]
    assert snapshot.samples["split"].to_list() == ["train", "train", "val"]
    assert snapshot.categories["id"].to_list()[:2] == ["n01440764", "n01443537"]
    assert cut.tally() == snapshot.tally()
    assert dict(imagenet.write(snapshot, settled)) == FOLDERS
    now = dict(imagenet.write(relabelled(snapshot, 1, category="crane"), settled))
    assert now["train/n03126707/n02012849_1.JPEG"] == b"2"
    assert "train/n02012849/n02012849_1.JPEG" not in now and len(now) == len(FOLDERS)
    cow = with_category(snapshot, "cow", "n01887787")
    now = dict(imagenet.write(cow, settled))
    assert now["train/n01887787/n01440764_1.JPEG"] == b"1"
    assert now["LOC_synset_mapping.txt"].endswith(b"n03126707 crane\nn01887787 cow\n")
    with pytest.raises(LossError, match="'cow': no folder of ImageNet"):
        imagenet.write(relabelled(snapshot, 1, category="cow"), settled)


def test_folders_without_a_list_stay_image_folders() -> None:
    files = {path: blob for path, blob in FOLDERS.items() if not path.endswith(".txt")}
    given = folder(files)
    assert imagefolder.sniff(given) and not imagenet.sniff(given)
    beside = folder({**files, "../synsets.txt": MAPPING})
    settled = imagenet.settle(beside, {"style": "folder", "synsets": "../synsets.txt"})
    snapshot = imagenet.scan(beside, settled).read().check()
    assert snapshot.labels["category"].to_list() == ["n01440764", "n02012849", "n01440764"]
    assert snapshot.categories["attributes"][0] == '{"display":"tench, Tinca tinca"}'
    assert dict(imagenet.write(snapshot, settled)) == files


@pytest.mark.parametrize("path", ["imagenet_dataset", "imagenet_subsets_dataset"])
def test_folders_by_name_are_image_folders(path: str) -> None:
    given = disk_source(data(f"{HOME}/{path}"))
    assert imagenet.sniff(given) is None and caffe.sniff(given) is None


def test_folders_become_lists_and_boxes_a_solution() -> None:
    given = folder({"cat/a b.png": b"1", "wild dog/c.png": b"2"})
    images = imagefolder.scan(given, imagefolder.settle(given, {})).read()
    settings = imagenet.for_file(images, None, {})
    assert settings == {"style": "list", "synsets": "synsets.txt"}
    assert dict(imagenet.write(images, settings)) == {
        "list.txt": b'"a b".png 0\nc.png 1\n',
        "synsets.txt": b"cat\nwild dog\n",
    }
    boxes = scan(imagenet, SOLUTION, CSV).read()
    bare = replace(boxes, documents={}, records=())
    assert imagenet.for_file(bare, None, {}) == {"style": "solution"}
    expected = SOLUTION.replace(b"448.50", b"448.5")
    assert dict(imagenet.write(bare, {})) == {"LOC_solution.csv": expected}
    nothing = bare.of_samples(bare.samples["sample"][:0])
    files = imagenet.write(nothing, {"style": "list", "synsets": "synsets.txt"})
    assert files["list.txt"] == b""


# Trouble


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (TRUTH, b"1\nx\n", "line 2: expected the number of a class, found x"),
        (TRUTH, b"1\n\xff\n", "line 2, byte 1: expected UTF-8 text"),
        (CSV, b"ImageId,PredictionString\na,n1 1 2 3\n", "line 2: expected groups of a class"),
        (CSV, b"ImageId,PredictionString\na,n1 1 2 3 nan\n", "line 2: expected numbers of a box"),
        (CSV, b"ImageId,PredictionString\na\n", "line 2: expected an ImageId and"),
        (CSV, b'ImageId,PredictionString\na,"b\n', "line 2: expected a quote that closes"),
    ],
)
def test_trouble_has_a_place(name: str, content: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=f"{name}: {message}"):
        scan(imagenet, content, name).read()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"synsets.txt": b"a\nb\na\n", "t.txt": b"1.jpg 0\n"}, "class 3: expected each class once"),
        ({"synsets.txt": b"a\n\xff\n", "t.txt": b"1.jpg 0\n"}, "line 2: expected UTF-8 text"),
        ({"synsets.txt": b"a\nb\n", "t.txt": b"1.jpg 2\n"}, "place in the list of classes, 0 to 1"),
        (
            {"synsets.txt": b"a\nb\n", "t.txt": b"my dog.jpg 2\n"},
            "the number of a class, found dog",
        ),
    ],
)
def test_trouble_with_classes_has_a_place(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(ParseError, match=message):
        read(files, style="list")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"style": "voc"}, "style is 'voc', expected one of"),
        ({"ids": "coco"}, "ids is 'coco', expected devkit or index"),
        ({"synsets": "none.txt"}, "no file 'none.txt', which `synsets` names"),
    ],
)
def test_odd_settings_are_told(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(LabelvcError, match=message):
        read({TRUTH: b"1\n", "a": b""}, **settings)
