"""Open Images: what the contract does not ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from datumaro.components.annotation import Bbox, Label
from datumaro.components.dataset import Dataset

from labelvc.core.errors import LossError, ParseError
from labelvc.core.snapshot import (
    Snapshot,
    canonical_json,
    categories_frame,
    labels_frame,
    samples_frame,
)
from labelvc.formats import openimages, registry, table
from labelvc.formats.comparing import compare
from labelvc.formats.merging import Merging, merge_sources
from labelvc.formats.pair import Wanted
from labelvc.formats.source import MemoryBlob, Source, disk_source
from tests.data import data
from tests.formats.openimages_cases import BOXES, CASES, CLASSES, IMAGES
from tests.formats.row_files import changed, relabelled, scan, source, written

NAME = "train-annotations-bbox.csv"
ROW = "a,xclick,/m/01,1,0.1,0.50,0.2,0.7,0,0,0,0,-1\n"
OTHER = "b,xclick,/m/02,1,0.1,0.5,0.2,0.7,0,0,0,0,0\n"


def folder(files: Mapping[str, str]) -> Source:
    blobs = {path: MemoryBlob(text.encode()) for path, text in files.items()}
    return Source("oi", blobs, is_folder=True)


def rewritten(snapshot: Snapshot) -> dict[str, str]:
    """The files that writing a snapshot changes."""
    files = openimages.write(snapshot, {})
    return {path: content.decode() for path, content in files.written.items()}  # type: ignore[attr-defined]


FILES = {
    "class-descriptions.csv": "/m/01,Cat\n/m/02,Dog\n",
    "images.csv": IMAGES + "a,train,,,,,,,,,,0.0\nb,validation,,,,,,,,,,\nc,train,,,,,,,,,,\n",
    NAME: BOXES + ROW,
    "validation-annotations-bbox.csv": BOXES + OTHER,
}


@pytest.mark.parametrize("version", ["v5", "v6"])
def test_folders_that_datumaro_made_are_written_as_they_were(version: str) -> None:
    given = disk_source(data(f"formats/datumaro/open_images_dataset/{version}"))
    assert registry.sniff(given) is openimages
    files = openimages.write(openimages.scan(given, {}).read().check(), {})
    assert {path: files[path] for path in files} == {
        path: blob.read() for path, blob in given.files.items()
    }


def test_a_folder_that_datumaro_made_is_read() -> None:
    given = disk_source(data("formats/datumaro/open_images_dataset/v6"))
    snapshot = openimages.scan(given, {}).read()
    assert snapshot.samples.select("sample", "split").rows() == [
        ("a", "train"), ("b", "train"), ("c", "test"), ("d", "validation"),
    ]  # fmt: skip
    assert snapshot.categories["parent"].to_list() == [None, "Generic label #0", None, None]
    box = snapshot.labels.filter(sample="c", kind="box").row(0, named=True)
    assert (box["category"], box["confidence"]) == ("Generic label #3", 0.7)
    assert [round(box[name], 9) for name in ("x", "y", "width", "height")] == [0.7, 0, 0.1, 0.5]
    assert snapshot.labels.filter(sample="b", kind="class")["verdict"].to_list() == ["absent"]
    mask = snapshot.labels.filter(kind="mask").row(0, named=True)
    assert json.loads(mask["attributes"])["MaskPath"] == "b_m0_01234567.png"


def test_only_changed_cells_of_an_edited_row_are_spelled_anew() -> None:
    snapshot = scan(openimages, BOXES + ROW + OTHER, NAME).read()
    content = BOXES + ROW + OTHER
    edited = relabelled(snapshot, 0, category="/m/02")
    assert written(openimages, edited) == content.replace("/m/01", "/m/02").encode()
    moved = relabelled(snapshot, 0, x=0.25)
    expected = content.replace("1,0.1,0.50,", "1,0.25,0.65,", 1).encode()
    assert written(openimages, moved) == expected
    flags = json.loads(snapshot.labels["attributes"][0]) | {"IsInside": 1}
    flagged = relabelled(snapshot, 0, attributes=canonical_json(flags))
    assert written(openimages, flagged) == content.replace("0,-1\n", "0,1\n").encode()


def test_a_new_label_stands_behind_those_of_its_image() -> None:
    snapshot = scan(openimages, BOXES + ROW + OTHER, NAME).read()
    row = snapshot.labels.row(0, named=True) | {"key": 2, "record": None, "category": "/m/03"}
    more = pl.concat([snapshot.labels, pl.DataFrame([row], schema=snapshot.labels.schema)])
    categories = pl.concat([snapshot.categories, categories_frame(["/m/03"])])
    new = "a,xclick,/m/03,1,0.1,0.5,0.2,0.7,0,0,0,0,-1\n"
    edited = replace(snapshot, labels=more, categories=categories)
    assert written(openimages, edited) == (BOXES + ROW + new + OTHER).encode()


def test_a_human_takes_a_statement_back() -> None:
    content = CLASSES + "a,verification,/m/01,1\na,verification,/m/02,1\n"
    snapshot = scan(openimages, content, "human-imagelabels.csv").read()
    absent = relabelled(snapshot, 1, verdict="absent")
    assert written(openimages, absent) == content.replace("/m/02,1", "/m/02,0").encode()


def test_a_machine_denies_nothing() -> None:
    content = CLASSES + "a,machine,/m/01,0.5\n"
    snapshot = scan(openimages, content, "machine-imagelabels.csv").read()
    with pytest.raises(LossError, match="sample 'a' cannot be written"):
        written(openimages, relabelled(snapshot, 0, verdict="absent"))


def test_labels_go_with_their_image_to_another_split() -> None:
    snapshot = openimages.scan(folder(FILES), {}).read()
    assert snapshot.samples["split"].to_list() == ["train", "validation", "train"]
    samples = changed(snapshot.samples, 0, {"split": "validation"})
    assert rewritten(replace(snapshot, samples=samples)) == {
        NAME: BOXES,
        "validation-annotations-bbox.csv": BOXES + OTHER + ROW.replace("0.50", "0.5"),
        "images.csv": FILES["images.csv"].replace("a,train", "a,validation"),
    }


def test_a_file_is_made_for_a_new_split_or_kind() -> None:
    snapshot = openimages.scan(folder(FILES), {}).read()
    samples = changed(snapshot.samples, 0, {"split": "test"})
    files = rewritten(replace(snapshot, samples=samples))
    assert files["test-annotations-bbox.csv"] == BOXES + ROW.replace("0.50", "0.5")
    label = {"sample": "c", "kind": "class", "category": "Dog", "verdict": "absent", "key": 2}
    row = dict.fromkeys(snapshot.labels.columns) | label
    more = pl.concat([snapshot.labels, pl.DataFrame([row], schema=snapshot.labels.schema)])
    files = rewritten(snapshot.with_labels(more))
    assert files == {"train-annotations-human-imagelabels.csv": CLASSES + "c,,/m/02,0\n"}


def test_a_category_is_renamed_in_the_class_descriptions_alone() -> None:
    snapshot = openimages.scan(folder(FILES), {}).read()
    categories = changed(snapshot.categories, 0, {"name": "Domestic cat, any"})
    files = rewritten(replace(snapshot, categories=categories))
    assert files == {"class-descriptions.csv": '/m/01,"Domestic cat, any"\n/m/02,Dog\n'}


def test_categories_come_and_go() -> None:
    files = FILES | {"class-descriptions.csv": "LabelName,DisplayName\n/m/01,Cat\n/m/03,Owl\n"}
    snapshot = openimages.scan(folder(files), {}).read()
    assert snapshot.categories["name"].to_list() == ["Cat", "Owl", "/m/02"]
    categories = pl.concat(
        [
            snapshot.categories.filter(pl.col("name") != "Owl"),
            categories_frame(["Bee"], id=["/m/04"]),
        ]
    )
    assert rewritten(replace(snapshot, categories=categories)) == {
        "class-descriptions.csv": "LabelName,DisplayName\n/m/01,Cat\n/m/04,Bee\n"
    }


def test_the_hierarchy_stays_as_it_is() -> None:
    (case,) = [one for one in CASES if "a hierarchy" in one.name]
    snapshot = openimages.scan(case.source(), {}).read()
    assert snapshot.categories["parent"].to_list() == ["Unused", None, None, None]
    other = changed(snapshot.categories, 1, {"parent": "Unused"})
    with pytest.raises(LossError, match="category 'Rays, and skates' cannot be written"):
        openimages.write(replace(snapshot, categories=other), {})


def test_a_diff_decodes_only_rows_that_differ() -> None:
    rows = [f"i{at // 3:04},xclick,/m/0{at % 7},1,0.1,0.5,0.2,0.7,0,0,0,0,0\n" for at in range(900)]
    after = [*rows]
    after[10] = after[10].replace("/m/0", "/m/1")
    after[400] = after[400].replace("0.5", "0.48")
    after[700] = after[700] + after[700].replace("0.1,0.5", "0.6,0.9")
    del after[600]
    found = compare(
        source(BOXES + "".join(rows), NAME),
        source(BOXES + "".join(after), NAME),
        name="boxes",
        path=NAME,
        wanted=Wanted(),
    )
    counts = {name: number for name, number in found.counts.items() if number}
    assert counts["relabelled"] == counts["moved"] == counts["removed"] == counts["added"] == 1
    assert (found.before.labels, found.after.labels, found.before.samples) == (900, 900, 300)
    assert found.before.categories["/m/00"] == 129


def test_another_class_list_does_not_change_labels_it_does_not_name() -> None:
    more = FILES | {"class-descriptions.csv": "/m/01,Cat\n/m/02,Dog\n/m/03,Owl\n"}
    one, two = openimages.scan(folder(FILES), {}), openimages.scan(folder(more), {})
    assert one.comparable(two, None)
    renamed = folder(FILES | {"class-descriptions.csv": "/m/01,Kitty\n/m/02,Dog\n"})
    assert not one.comparable(openimages.scan(renamed, {}), None)


def test_an_image_that_changes_split_under_equal_rows_is_told() -> None:
    other = FILES | {NAME: BOXES, "validation-annotations-bbox.csv": BOXES + OTHER + ROW}
    other["images.csv"] = FILES["images.csv"].replace("a,train", "a,validation")
    found = compare(folder(FILES), folder(other), name="oi", path="oi", wanted=Wanted())
    assert found.counts["added"] == found.counts["removed"] == 0
    assert found.sample_changes["sample"].to_list() == ["a"]


def test_a_merge_keeps_the_media_that_each_side_added() -> None:
    base = FILES | {"images/a.jpg": "a", "images/b.jpg": "b"}
    ours = base | {NAME: BOXES + ROW.replace("/m/01", "/m/02"), "images/c.jpg": "c"}
    theirs = base | {"validation-annotations-bbox.csv": BOXES + OTHER.replace("0.7", "0.8")}
    theirs |= {"images/d.jpg": "d", "test-annotations-bbox.csv": BOXES + "d" + OTHER[1:]}
    del theirs["images/b.jpg"]
    merged = merge_sources(
        folder(base), folder(ours), folder(theirs), "openimages", Merging(Wanted())
    )
    files = {path: blob.read() for path, blob in merged.kept.items()} | dict(merged.written)
    assert not merged.conflicts
    assert {path for path in files if path.startswith("images/")} == {
        "images/a.jpg", "images/c.jpg", "images/d.jpg",
    }  # fmt: skip
    assert files[NAME].decode() == ours[NAME]
    for path in ("validation-annotations-bbox.csv", "test-annotations-bbox.csv"):
        assert files[path].decode() == theirs[path]


@pytest.mark.parametrize(
    "row,said",
    [
        ("a,xclick,/m/01,1,0.1,0.5,0.2\n", "line 3: expected 13 cells, found 7"),
        ("a,xclick,/m/01,1,0.1,x,0.2,0.7,0,0,0,0,0\n", "line 3: expected a number in column XMax"),
        ("a,xclick,/m/01,1,0.1,,0.2,0.7,0,0,0,0,0\n", "line 3.*XMax, found none"),
        ("a,xclick,/m/01,1,0.1,inf,0.2,0.7,0,0,0,0,0\n", "line 3.*XMax, found 'inf'"),
        ("a,xclick,/m/01,sure,0.1,0.2,0.2,0.7,0,0,0,0,0\n", "line 3.*Confidence, found 'sure'"),
        (",xclick,/m/01,1,0.1,0.2,0.2,0.7,0,0,0,0,0\n", "line 3.*a value in column ImageID"),
        ('"a,xclick,/m/01,1,0.1,0.2,0.2,0.7,0,0,0,0,0\n', "line 3: expected a quote that closes"),
        ("a,xclick,,1,0.1,0.2,0.2,0.7,0,0,0,0,0\n", "line 3.*a value in column LabelName"),
        ("\xff,xclick,/m/01,1,0.1,0.2,0.2,0.7,0,0,0,0,0\n", "line 3, byte 1: expected UTF-8"),
    ],
)
def test_trouble_has_a_place(row: str, said: str) -> None:
    content = (BOXES + ROW + row).encode("latin-1")
    with pytest.raises(ParseError, match=said):
        scan(openimages, content, NAME).read()


def test_a_folder_without_labels_is_told() -> None:
    with pytest.raises(ParseError, match="a CSV file with ImageID and LabelName"):
        openimages.scan(folder({"x.csv": "a,b\n1,2\n"}), {})


def test_tables_leave_these_files_alone() -> None:
    for one in CASES:
        if not one.folder:
            assert table.sniff(one.source()) is None


@pytest.mark.parametrize(
    "column,value,said",
    [
        ("unit", "pixel", "cannot hold unit 'pixel'"),
        ("text", "x", "cannot hold text"),
        ("annotator", "me", "cannot hold annotator"),
        ("geometry", '{"polygon":[[0,0,1,1,1,0]]}', "cannot hold outlines"),
        ("category", None, "needs a class for every label"),
        ("width", None, "has no place to write to XMin and XMax"),
    ],
)
def test_what_has_no_column_is_refused(column: str, value: object, said: str) -> None:
    snapshot = scan(openimages, BOXES + ROW, NAME).read()
    with pytest.raises(LossError, match=said):
        written(openimages, relabelled(snapshot, 0, **{column: value}))


def test_datumaro_reads_what_is_written(tmp_path: Path) -> None:
    snapshot = Snapshot(
        labels_frame(
            sample=["a", "b", "a"],
            kind=["box", "box", "class"],
            category=["Cat", "Dog", "Dog"],
            verdict=["present", "present", "absent"],
            x=[0.1, 0.25, None],
            y=[0.2, 0.5, None],
            width=[0.4, 0.5, None],
            height=[0.5, 0.25, None],
            unit=["fraction", "fraction", None],
        ),
        samples_frame(sample=["a", "b", "c"], split=["train", "test", "train"]),
        categories_frame(["Cat", "Dog"], id=["/m/01", "/m/02"]),
    )
    for path, content in openimages.write(snapshot, {}).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    # Datumaro wants sizes, to make pixels of fractions
    (tmp_path / "annotations/images.meta").write_text("a 100 200\nb 100 100\n")
    found = Dataset.import_from(str(tmp_path), "open_images")
    names = [category.name for category in found.categories()[next(iter(found.categories()))]]
    assert names == ["/m/01", "/m/02"] and len(found) == 3
    items = {item.id: item for item in found}
    (box,) = [one for one in items["a"].annotations if isinstance(one, Bbox)]
    assert [round(number) for number in (box.x, box.y, box.w, box.h)] == [20, 20, 80, 50]
    assert box.label == 0 and "occluded" not in box.attributes
    (label,) = [one for one in items["a"].annotations if isinstance(one, Label)]
    assert (label.label, label.attributes["score"]) == (1, 0)
    assert (items["b"].subset, items["c"].subset) == ("test", "train")
