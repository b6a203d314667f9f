from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.errors import LabelvcError, LossError, NotFound, ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot, labels_frame, samples_frame
from labelvc.formats import yolo
from labelvc.formats.source import MemoryBlob, Source, disk_source
from tests.data import data
from tests.formats.case import Case
from tests.formats.folder_laws import again, check_case, edited, folder, read, relabelled, same
from tests.formats.yolo_cases import CASES

PETS = next(case.files for case in CASES if case.name.startswith("ultralytics"))
DARKNET = next(case.files for case in CASES if case.name.startswith("darknet"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check_case(yolo, case)


@pytest.mark.parametrize(
    ("path", "samples", "labels"),
    [
        ("formats/datumaro/yolo_dataset/labels", 2, 4),
        ("formats/datumaro/yolo_dataset/annotations", 1, 2),
        ("formats/datumaro/yolo_dataset/strict", 1, 2),
        ("formats/datumaro/roboflow_dataset/yolo", 3, 4),
        ("formats/label_studio/test_import_yolo_data", 7, 25),
    ],
)
def test_files_of_real_tools(path: str, samples: int, labels: int) -> None:
    source = disk_source(data(path))
    assert yolo.sniff(source)
    settled = yolo.settle(source, {})
    snapshot = yolo.scan(source, settled).read().check()
    assert (snapshot.samples.height, snapshot.labels.height) == (samples, labels)
    written = yolo.write(snapshot, settled)
    assert dict(written) == {path: blob.read() for path, blob in source.files.items()}


@pytest.mark.parametrize(
    "path",
    ["formats/speech", "formats/datumaro/imagenet_txt_dataset/basic", "bccd/BCCD", "banking77"],
)
def test_other_text_is_not_sniffed_as_yolo(path: str) -> None:
    assert yolo.sniff(disk_source(data(path))) is None


def test_a_class_list_alone_is_not_yolo() -> None:
    assert yolo.sniff(folder({"classes.txt": b"cat\ndog\n"})) is None
    assert yolo.sniff(folder({"a.trans.txt": b"84-121123-0000 GO DO YOU HEAR\n"})) is None


def test_only_files_that_differ_are_opened() -> None:
    class Sealed:
        digest = "same"

        def read(self) -> bytes:
            raise AssertionError("opened")

    files = {path: MemoryBlob(content, path) for path, content in PETS.items()}
    sealed = {path: Sealed() for path in PETS if path != "data.yaml"}
    source = Source("set", {**files, **sealed, "labels/val/b.txt": files["labels/val/b.txt"]}, True)
    scan = yolo.scan(source, {})
    at = [path for path, _ in scan.pieces["labels"]].index("labels/val/b.txt")
    assert scan.read({"labels": [at]}).labels["sample"].to_list() == ["b"]


def test_a_reordered_class_list_makes_all_files_differ() -> None:
    one = yolo.scan(folder(PETS), {})
    names = PETS["data.yaml"].replace(b"cat", b"?").replace(b"dog", b"cat").replace(b"?", b"dog")
    assert not one.comparable(yolo.scan(folder({**PETS, "data.yaml": names}), {}), None)
    longer = PETS["data.yaml"] + b"  2: cow\n"
    assert one.comparable(yolo.scan(folder({**PETS, "data.yaml": longer}), {}), None)
    nameless = {path: text for path, text in PETS.items() if path != "data.yaml"}
    assert not one.comparable(yolo.scan(folder(nameless), {}), None)


def test_splits_come_from_data_yaml_lists_and_folders() -> None:
    def splits(files: dict[str, bytes]) -> dict[str, str | None]:
        return dict(read(yolo, files).samples.select("sample", "split").iter_rows())

    line = b"0 0.5 0.5 0.5 0.5\n"
    config = b"train: [images/a, images/b]\nval: ../valid/images\nnames: [cat]\n"
    paths = ("labels/a/1.txt", "labels/b/2.txt", "valid/labels/3.txt", "labels/4.txt")
    assert splits({"data.yaml": config, **dict.fromkeys(paths, line)}) == {
        "1": "train", "2": "train", "3": "val", "4": None,
    }  # fmt: skip
    assert splits(dict(DARKNET)) == {"obj_train_data/a": "train", "obj_train_data/b": "valid"}
    root = {"labels/1.txt": line, "labels/.txt": b"x", ".txt": b"x"}
    assert splits({"data.yaml": b"train: images\nnames: [cat]\n", **root}) == {"1": "train"}
    assert splits({"data.yaml": b"test: # none\nnames: [cat]\n", **root}) == {"1": None}


def test_a_file_moved_between_lists_is_a_piece_that_differs() -> None:
    moved = {
        **DARKNET,
        "train.txt": b"data/obj_train_data/c.jpg\n",
        "valid.txt": DARKNET["valid.txt"] + b"\ndata/obj_train_data/a.jpg\n",
    }
    one, two = yolo.scan(folder(DARKNET), {}), yolo.scan(folder(moved), {})
    assert one.comparable(two, None)
    differing = set(one.pieces["labels"]) - set(two.pieces["labels"])
    assert [piece[0] for piece in differing] == ["obj_train_data/a.txt"]


def test_nine_numbers_are_a_question() -> None:
    files = {"labels/a.txt": b"0 0.1 0.1 0.3 0.1 0.3 0.2 0.1 0.2\n"}
    with pytest.raises(SettingNeeded, match=r"task: obb.*task: segment"):
        yolo.settle(folder(files), {})
    assert yolo.settle(folder(files), {"task": "obb"}) == {"task": "obb"}
    mixed = {**files, "labels/b.txt": b"0 0.5 0.5 0.5 0.5\n"}
    assert yolo.settle(folder(mixed), {}) == {}


def test_keypoints_of_unknown_shape_are_a_question() -> None:
    files = {"a.txt": b"0 0.5 0.5 0.5 0.5 0.3 0.3 2 0 0 0\n1 0.5 0.5 0.5 0.5 0.3 0.3 1.0 0 0 0\n"}
    with pytest.raises(SettingNeeded, match="kpt_shape: 2,3"):
        yolo.settle(folder(files), {})
    with pytest.raises(SettingNeeded, match="how many keypoints"):
        yolo.settle(folder(files), {"task": "pose"})
    with pytest.raises(LabelvcError, match="kpt_shape is"):
        yolo.settle(folder(files), {"kpt_shape": "two"})
    assert read(yolo, files, kpt_shape="2,3").labels["kind"].to_list() == ["keypoints"] * 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"0 0.5 0.5 0.5", "line 2: expected 5 numbers: class x y width height.*found '0 0.5"),
        (b"0 0.5 0.5 0.5 nan", "line 2"),
        (b"0 0.5 0.5 0.5 1e999", "line 2: expected finite numbers"),
        (b"0 0 0 1 0 1 1e999", "line 2: expected finite numbers"),
        (b"0 1_0 0.5 0.5 0.5", "line 2"),
        (b"cat 0.5 0.5 0.5 0.5", "line 2"),
        (b"2 0.5 0.5 0.5 0.5", "line 2: expected a class index of the 2 declared classes"),
        (b"0.5 0.5 0.5 0.5 0.5", "line 2: expected a class index, a whole number"),
        (b"-1 0.5 0.5 0.5 0.5", "line 2: expected a class index"),
        (b"0 0.5 - 0.5 0.5", "line 2"),
        (b"\xff\xfe", "line 2"),
    ],
)
def test_a_malformed_line_is_named(line: bytes, message: str) -> None:
    files = {**PETS, "labels/val/b.txt": b"0 0.5 0.5 0.5 0.5\n" + line + b"\n"}
    with pytest.raises(ParseError, match=f"set/labels/val/b.txt: {message}"):
        read(yolo, files)


def test_the_tally_names_an_unknown_class_too() -> None:
    with pytest.raises(ParseError, match="line 1: expected a class index"):
        yolo.scan(folder({**PETS, "labels/val/b.txt": b"7 0 0 0 0"}), {}).tally()


@pytest.mark.parametrize(
    "config",
    [b"names: [", b"- a", b"names: 3", b"names: [a, [b]]", b"names: {x: a}", b"names: [a, a]",
     b"names: {0: a, -1: b}", b"names: [a, '']", b"[" * 5000],
)  # fmt: skip
def test_a_malformed_class_list_is_named(config: bytes) -> None:
    with pytest.raises(ParseError, match=r"set/data\.yaml"):
        read(yolo, {**PETS, "data.yaml": config})


def test_a_class_list_outside_the_label_set_is_a_setting() -> None:
    files = {"a.txt": b"1 0.5 0.5 0.5 0.5\n", "../data.yaml": b"names: [cat, dog]\n"}
    snapshot = read(yolo, files, names="../data.yaml")
    assert snapshot.labels["category"].to_list() == ["dog"]
    assert set(yolo.write(snapshot, {})) == {"a.txt"}
    with pytest.raises(NotFound, match=r"gone\.yaml"):
        read(yolo, files, names="../gone.yaml")


def test_a_relabelled_line_keeps_its_other_texts() -> None:
    snapshot = read(yolo, PETS)
    written = yolo.write(relabelled(snapshot, 2, "cat"), {})
    assert written["labels/val/b.txt"] == b"0 0.500000 0.500000 1.000000 1.000000"
    assert {**written, "labels/val/b.txt": PETS["labels/val/b.txt"]} == PETS


def test_a_moved_box_gets_as_many_decimals_as_it_had() -> None:
    files = {"classes.txt": b"cat\n", "a.txt": b" 0\t0.50000000 0.5  0.25 0.5 \r\n\r\n"}
    written = yolo.write(edited(read(yolo, files), 0, x=0.3), {})
    assert written["a.txt"] == b" 0\t0.42500000 0.5  0.25 0.5 \r\n\r\n"


def test_removed_and_added_labels() -> None:
    snapshot = read(yolo, PETS)
    new = labels_frame(
        key=[9], sample=["b"], kind=["box"], category=["cat"], unit=["fraction"],
        x=[0.0], y=[0.0], width=[0.5], height=[0.25],
    )  # fmt: skip
    labels = pl.concat([snapshot.labels.filter(pl.col("category") == "dog"), new])
    written = yolo.write(snapshot.with_labels(labels), {})
    assert written["labels/train/a.txt"] == b"1 0.25 0.25 0.5 0.5\n"
    assert written["labels/val/b.txt"].splitlines() == [
        b"1 0.500000 0.500000 1.000000 1.000000",
        b"0 0.250000 0.125000 0.500000 0.250000",
    ]


def test_a_resplit_sample_moves_to_the_other_folder() -> None:
    snapshot = read(yolo, PETS)
    samples = snapshot.samples.with_columns(split=pl.lit("val"))
    written = yolo.write(replace(snapshot, samples=samples), {})
    assert written["labels/val/a.txt"] == PETS["labels/train/a.txt"]
    assert "labels/train/a.txt" not in written
    lost = snapshot.samples.with_columns(split=pl.lit("holdout"))
    with pytest.raises(LossError, match="holdout"):
        yolo.write(replace(snapshot, samples=lost), {})


def test_a_resplit_sample_moves_to_the_other_list() -> None:
    snapshot = read(yolo, DARKNET)
    samples = snapshot.samples.with_columns(split=pl.lit("valid"))
    written = yolo.write(replace(snapshot, samples=samples), {})
    assert written["train.txt"] == b"data/obj_train_data/c.jpg\n"
    lines = [b"data/obj_train_data/b.jpg", b"data/obj_train_data/a.jpg"]
    assert written["valid.txt"].splitlines() == lines
    gone = replace(snapshot, labels=snapshot.labels.head(1), samples=snapshot.samples.head(1))
    assert yolo.write(gone, {})["valid.txt"] == b""


@pytest.mark.parametrize(
    ("config", "changed"),
    [
        (b"nc: 2  # N\nnames: [cat, dog] # x\n", b"nc: 3  # N\nnames: [cow, dog, 'yes'] # x\n"),
        (b"names:\n- cat # c\n- dog # d\n\nnc: 2\n",
         b"names:\n- cow # c\n- dog # d\n- 'yes'\n\nnc: 3\n"),
        (b"names:\n  0: cat\n  1: 'dog'\n", b"names:\n  0: cow\n  1: 'dog'\n  2: 'yes'\n"),
    ],
)  # fmt: skip
def test_the_class_list_is_changed_where_it_stands(config: bytes, changed: bytes) -> None:
    snapshot = read(yolo, {**PETS, "data.yaml": config})
    names = pl.Series(["cow", "dog", "yes"])
    categories = pl.DataFrame({"key": names, "name": names, "id": ["0", "1", None]}).with_columns(
        parent=pl.lit(None, pl.String), attributes=pl.lit(None, pl.String)
    )
    labels = snapshot.labels.with_columns(pl.col("category").replace({"cat": "cow"}))
    written = yolo.write(replace(snapshot, labels=labels, categories=categories), {})
    assert written["data.yaml"] == changed
    assert {**written, "data.yaml": config} == {**PETS, "data.yaml": config}


@pytest.mark.parametrize("names", ["data.yaml", "classes.txt"])
def test_a_removed_class(names: str) -> None:
    text = b"names: [cat, dog]\n" if names == "data.yaml" else b"cat\ndog\n"
    files = {names: text, "a.txt": b"0 0 0 0 0\n1 0 0 0 0\n"}
    snapshot = read(yolo, files)
    left = replace(
        snapshot,
        labels=snapshot.labels.filter(pl.col("category") == "dog"),
        categories=snapshot.categories.filter(pl.col("name") == "dog"),
    )
    assert again(yolo, left) == left


def test_a_snapshot_of_another_format_gets_the_plain_layout() -> None:
    for case in CASES:
        snapshot = read(yolo, case.files, **case.settings)
        plain = replace(snapshot, format="other", documents={}, records=[])
        plain = plain.with_labels(plain.labels.with_columns(record=pl.lit(None, pl.Int64)))
        settings = {name: case.settings[name] for name in case.settings if name == "task"}
        if case.settings.get("keys") != "path":
            found = again(yolo, plain, **settings)
            assert same(
                replace(found, samples=found.samples.drop("path")),
                replace(plain, samples=plain.samples.drop("path")),
                1e-6,
            )


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"unit": "pixel"}, "unit"),
        ({"verdict": "rejected"}, "verdict"),
        ({"kind": "class"}, "kind"),
        ({"attributes": "{}"}, "attributes"),
        ({"x": None}, "needs a box"),
        ({"kind": "polygon", "geometry": '{"polygon":[[0,0,1,0,1,1],[0,0,1,0,1,1]]}'}, "outline"),
        ({"kind": "keypoints", "geometry": '{"keypoints":[[0,0,1]]}'}, "keypoints"),
        ({"category": None}, "without a category"),
    ],
)  # fmt: skip
def test_what_yolo_cannot_hold_is_refused(columns: dict[str, object], message: str) -> None:
    with pytest.raises(LossError, match=message):
        yolo.write(edited(read(yolo, PETS), 0, **columns), {})


@pytest.mark.parametrize("key", ["../a", "/a", "a/../../b", "a\\b", "", "a\nb", ".a"])
def test_a_sample_key_never_leads_out_of_the_folder(key: str) -> None:
    with pytest.raises(LossError, match="cannot be the name"):
        yolo.write(Snapshot(samples=samples_frame(sample=[key])), {})


fractions = st.floats(0, 1, allow_subnormal=False)
boxes = st.lists(st.tuples(st.integers(0, 1), *[fractions] * 4), max_size=6)


@settings(deadline=None, max_examples=40)
@given(before=boxes, edits=boxes)
def test_edits_are_read_back(before: list[tuple[int, ...]], edits: list[tuple[int, ...]]) -> None:
    text = "".join(f"{c} {x} {y} {w} {h}\n" for c, x, y, w, h in before)
    files = {**PETS, "labels/val/b.txt": text.encode()}
    snapshot = read(yolo, files)
    assert dict(yolo.write(snapshot, {})) == files
    for at, (c, x, y, w, h) in enumerate(edits[: snapshot.labels.height]):
        snapshot = edited(snapshot, at, category=["cat", "dog"][c], x=x, y=y, width=w, height=h)
    assert same(again(yolo, snapshot), snapshot, 1e-6)


@settings(deadline=None, max_examples=40)
@given(ring=st.lists(st.tuples(fractions, fractions), min_size=3, max_size=6))
def test_edited_outlines_are_read_back(ring: list[tuple[float, float]]) -> None:
    files = {"data.yaml": PETS["data.yaml"], "a.txt": b"0 0.1 0.1 0.5 0.25 0.12345678 1 0 1\n"}
    flat = [number for point in ring for number in point]
    snapshot = read(yolo, files, task="segment")
    found = again(
        yolo, edited(snapshot, 0, geometry=json.dumps({"polygon": [flat]})), task="segment"
    )
    (back,) = json.loads(found.labels["geometry"][0])["polygon"]
    assert back == pytest.approx(flat, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(points=st.tuples(*[st.tuples(fractions, fractions, st.integers(0, 2))] * 2))
def test_edited_keypoints_are_read_back(points: tuple[tuple[float, float, int], ...]) -> None:
    files = {"a.txt": b"0 0.5 0.5 0.5 0.5 0.3 0.3 2 0 0 0\n"}
    snapshot = read(yolo, files, kpt_shape="2,3")
    geometry = json.dumps({"keypoints": points})
    found = again(yolo, edited(snapshot, 0, geometry=geometry), kpt_shape="2,3")
    back = json.loads(found.labels["geometry"][0])["keypoints"]
    for one, two in zip(back, points, strict=True):
        assert one == pytest.approx(list(two), abs=1e-6)
    assert found.labels.drop("geometry").equals(snapshot.labels.drop("geometry"))
