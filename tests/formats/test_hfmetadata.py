"""Metadata files of Hugging Face folders: what the contract does not ask."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import datasets
import polars as pl
import pytest
from PIL import Image

from labelvc.core.errors import LossError, ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
from labelvc.formats import hfmetadata, registry, table
from labelvc.formats.source import MemoryBlob, Source
from tests.formats.hfmetadata_cases import CASES, parquet
from tests.formats.row_files import changed, relabelled, scan, source

NAME = "metadata.jsonl"
LINE = '{"file_name": "a.png",  "objects": {"bbox": [[1, 2, 3.50, 4]], "categories": ["cat"]}}\n'
OTHER = '{"file_name":"b.png","n":1.50}\n'


def write(content: str, edited: Snapshot, **settings: str) -> bytes:
    given = source(content, NAME)
    (found,) = hfmetadata.write(edited, hfmetadata.settle(given, settings)).values()
    return found


def test_a_box_is_moved_and_relabelled_in_its_row_alone() -> None:
    snapshot = scan(hfmetadata, LINE + OTHER, NAME).read()
    edited = relabelled(snapshot, 0, x=7.0, category="dog")
    changed_line = LINE.replace("[1, 2, 3.50", "[7, 2, 3.5").replace("cat", "dog")
    changed_line = changed_line.replace("dogegories", "categories")
    assert write(LINE, edited) == (changed_line + OTHER).encode()


def test_boxes_are_added_and_removed() -> None:
    snapshot = scan(hfmetadata, LINE + OTHER, NAME).read()
    row = snapshot.labels.row(0, named=True) | {"key": 1, "record": None, "x": 9.0}
    more = pl.concat([snapshot.labels, pl.DataFrame([row], schema=snapshot.labels.schema)])
    both = LINE.replace("3.50, 4]]", "3.5, 4], [9, 2, 3.5, 4]]").replace('"cat"]', '"cat", "cat"]')
    assert write(LINE, snapshot.with_labels(more)) == (both + OTHER).encode()
    none = LINE.replace("[[1, 2, 3.50, 4]]", "[]").replace('["cat"]', "[]")
    assert write(LINE, snapshot.with_labels(snapshot.labels.clear())) == (none + OTHER).encode()


def test_the_order_of_numbers_is_a_setting() -> None:
    two = scan(hfmetadata, LINE, NAME, {"bbox": "xyxy"}).read()
    assert two.labels.select("x", "y", "width", "height").row(0) == (1.0, 2.0, 2.5, 2.0)
    moved = relabelled(two, 0, x=2.0)
    assert write(LINE, moved, bbox="xyxy") == LINE.replace("[1, 2, 3.50", "[2, 2, 4.5").encode()
    with pytest.raises(SettingNeeded, match="unknown order"):
        scan(hfmetadata, LINE, NAME, {"bbox": "cxcywh"})


def test_a_cell_of_csv_is_edited_and_objects_stand_in_it_as_json() -> None:
    content = (
        "file_name,label,objects,n\n"
        'a.png,cat,"{""bbox"":[[1,2,3,4]],  ""categories"":[""x""]}",1\nb.png,dog,,2\n'
    )
    snapshot = scan(hfmetadata, content, "metadata.csv").read()
    assert snapshot.labels["kind"].to_list() == ["box", "class", "class"]
    settings = hfmetadata.settle(source(content, "metadata.csv"), {})
    edited = relabelled(snapshot, 2, category="cat")
    (found,) = hfmetadata.write(edited, settings).values()
    assert found == content.replace("dog", "cat").encode()
    (found,) = hfmetadata.write(relabelled(snapshot, 1, category="dog"), settings).values()
    assert found == content.replace("png,cat", "png,dog").encode()


def test_parquet_keeps_its_types() -> None:
    rows = [
        {"file_name": "a.png", "label": 3, "w": 1.5},
        {"file_name": "b.png", "label": 4, "w": 2},
    ]
    content = parquet(rows)
    snapshot = scan(hfmetadata, content, "metadata.parquet").read()
    settings = hfmetadata.settle(source(content, "metadata.parquet"), {})
    edited = relabelled(snapshot, 1, category="3")
    (found,) = hfmetadata.write(edited, settings).values()
    frame = pl.read_parquet(io.BytesIO(found))
    assert frame.schema == pl.read_parquet(io.BytesIO(content)).schema
    assert frame.rows() == [("a.png", 3, 1.5), ("b.png", 3, 2.0)]


def test_a_new_medium_stands_in_the_metadata_nearest_to_it() -> None:
    (case,) = [one for one in CASES if one.folder]
    snapshot = registry.FORMATS["hfmetadata"].scan(case.source(), {"text": "transcription"}).read()
    samples = samples_frame(sample=["train/x/c.wav"], path=["train/x/c.wav"], split=["train"])
    labels = labels_frame(sample=["train/x/c.wav"], kind=["text"], text=["new"], key=[9])
    edited = replace(
        snapshot,
        samples=pl.concat([snapshot.samples, samples]),
        labels=pl.concat([snapshot.labels, labels]),
    )
    files = hfmetadata.write(edited, {"text": "transcription"})
    line = b'{"file_name": "x/c.wav", "transcription": "new"}\n'
    assert files["train/metadata.jsonl"] == case.files["train/metadata.jsonl"] + line
    assert files["test/metadata.jsonl"] == case.files["test/metadata.jsonl"]


@pytest.mark.parametrize(
    "line,said",
    [
        ('{"file_name": 3}', "line 2, /file_name: expected the path of a file"),
        ('{"name": "a"}', "line 2: expected a column file_name"),
        ('{"file_name": "a", "objects": 3}', "line 2, /objects: expected an object"),
        ('{"file_name": "a", "objects": [3]}', "line 2, /objects/0: expected an object"),
        (
            '{"file_name": "a", "objects": {"bbox": [[1,2,3]], "categories": [0]}}',
            "line 2, /objects/0/bbox: expected a box of four numbers",
        ),
        (
            '{"file_name": "a", "objects": {"bbox": [[1,2,3,4]], "categories": [0, 1]}}',
            "line 2, /objects/categories: expected 1 values",
        ),
        (
            '{"file_name": "a", "objects": {"bbox": [[1,2,3,4]], "categories": [{}]}}',
            "line 2, /objects/0/categories: expected a category name",
        ),
        ('{"file_name": "a", "label": {}}', "line 2, /label: expected text"),
        ("[1]", "line 2: expected a JSON object"),
    ],
)
def test_trouble_has_a_place(line: str, said: str) -> None:
    content = '{"file_name": "x", "label": "y"}\n' + line + "\n"
    with pytest.raises(ParseError, match=said):
        scan(hfmetadata, content, NAME).read()


def test_metadata_files_of_several_kinds_are_refused() -> None:
    files = {"a/metadata.csv": b"file_name\nx\n", "b/metadata.jsonl": b'{"file_name": "x"}\n'}
    blobs = {path: MemoryBlob(content) for path, content in files.items()}
    with pytest.raises(ParseError, match=r"of one kind.*found \.csv and \.jsonl"):
        hfmetadata.scan(Source("hf", blobs, is_folder=True), {})


def test_broken_parquet_is_no_traceback() -> None:
    with pytest.raises(ParseError, match="a Parquet file"):
        scan(hfmetadata, b"PAR1 and no more", "metadata.parquet")
    with pytest.raises(ParseError, match="a Parquet file"):
        scan(hfmetadata, LINE, "metadata.parquet")


def test_tables_leave_metadata_alone_and_take_other_files() -> None:
    content = "file_name,label\na.png,cat\n"
    assert registry.sniff(source(content, "metadata.csv")) is hfmetadata
    assert registry.sniff(source(content, "labels.csv")) is table
    assert hfmetadata.sniff(source("id,label\n1,cat\n", "metadata.csv")) is None


def test_what_has_no_place_is_refused() -> None:
    snapshot = scan(hfmetadata, LINE, NAME).read()
    with pytest.raises(LossError, match="are in pixels"):
        write(LINE, relabelled(snapshot, 0, unit="fraction"))
    with pytest.raises(LossError, match="cannot hold"):
        write(LINE, relabelled(snapshot, 0, confidence=0.5))
    samples = changed(snapshot.samples, 0, {"width": 5.0})
    with pytest.raises(LossError, match="cannot hold"):
        write(LINE, replace(snapshot, samples=samples))


def test_hugging_face_reads_what_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = Snapshot(
        labels_frame(
            sample=["a.png", "a.png", "b.png", "a.png"],
            kind=["box", "box", "box", "text"],
            category=["cat", "dog", "cat", None],
            x=[1.0, 5.0, 0.5, None], y=[2.0, 6.0, 0.25, None],
            width=[3.0, 7.0, 2.0, None], height=[4.0, 8.0, 2.0, None],
            unit=["pixel", "pixel", "pixel", None],
            text=[None, None, None, "two animals"],
        ),
        samples_frame(sample=["a.png", "b.png"], path=["a.png", "b.png"]),
        categories_frame(["cat", "dog"]),
    )  # fmt: skip
    (tmp_path / "data").mkdir()
    for path, content in hfmetadata.write(snapshot, {}).items():
        (tmp_path / "data" / path).write_bytes(content)
    for name in snapshot.samples["sample"]:
        Image.new("RGB", (20, 20)).save(tmp_path / "data" / name)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    found = datasets.load_dataset(
        "imagefolder", data_dir=str(tmp_path / "data"), cache_dir=str(tmp_path / "cache")
    )["train"]
    rows = {Path(row["image"].filename).name: row for row in found}
    assert rows["a.png"]["objects"]["bbox"] == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert rows["a.png"]["objects"]["categories"] == ["cat", "dog"]
    assert rows["b.png"]["objects"]["bbox"] == [[0.5, 0.25, 2, 2]]
    assert (rows["a.png"]["text"], rows["b.png"]["text"]) == ("two animals", None)
