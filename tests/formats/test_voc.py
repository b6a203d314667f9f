from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.errors import LabelvcError, LossError, ParseError
from labelvc.core.snapshot import canonical_json, labels_frame, samples_frame
from labelvc.formats import voc
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.case import Case
from tests.formats.folder_laws import again, check_case, edited, folder, read, relabelled, same
from tests.formats.voc_cases import CASES, NOTHING, ONE, PLAIN

DEVKIT = CASES[0].files
A = "Annotations/a.xml"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    check_case(voc, case)


def test_bccd_has_the_published_totals_and_is_written_back() -> None:
    source = disk_source(data("bccd/BCCD"))
    assert voc.sniff(source)
    settled = voc.settle(source, {})
    scan = voc.scan(source, settled)
    snapshot = scan.read().check()
    tally = snapshot.tally()
    assert (tally.samples, tally.labels) == (364, 4888)
    assert tally.categories == {"RBC": 4155, "WBC": 372, "Platelets": 361}
    assert scan.tally() == tally
    splits = dict(snapshot.samples["split"].value_counts().iter_rows())
    assert splits == {"train": 205, "val": 87, "test": 72}
    assert snapshot.labels.filter((pl.col("width") == 0) | (pl.col("height") == 0)).height == 2
    written = voc.write(snapshot, settled)
    assert all(written[path] == blob.read() for path, blob in source.files.items())


def test_bccd_read_by_another_parser_is_the_same() -> None:
    source = disk_source(data("bccd/BCCD/Annotations"))
    ours = voc.scan(source, {}).read().labels
    boxes = Counter(ours.select("sample", "category", "x", "y", "width", "height").iter_rows())
    theirs: Counter[tuple[object, ...]] = Counter()
    for path in source.files:
        for one in ElementTree.parse(data("bccd/BCCD/Annotations") / path).iter("object"):
            x, y, right, bottom = (
                float(one.findtext(f"bndbox/{side}") or "nan")
                for side in ("xmin", "ymin", "xmax", "ymax")
            )
            theirs[path[:-4], one.findtext("name"), x, y, right - x, bottom - y] += 1
    assert boxes == theirs


@pytest.mark.parametrize(
    ("path", "samples", "labels"),
    [
        ("formats/datumaro/voc_dataset/voc_dataset1", 1, 2),
        ("formats/datumaro/voc_dataset/voc_dataset2", 5, 4),
        ("formats/datumaro/voc_dataset/voc_dataset3", 1, 1),
        ("formats/datumaro/roboflow_dataset/voc", 3, 4),
    ],
)
def test_files_of_real_tools(path: str, samples: int, labels: int) -> None:
    source = disk_source(data(path))
    assert voc.sniff(source)
    snapshot = voc.scan(source, voc.settle(source, {})).read().check()
    assert (snapshot.samples.height, snapshot.labels.height) == (samples, labels)
    written = voc.write(snapshot, {})
    assert dict(written) == {path: blob.read() for path, blob in source.files.items()}


@pytest.mark.parametrize("path", ["labelme_dataset", "cvat_dataset/for_images", "coco_dataset"])
def test_other_formats_are_not_sniffed_as_voc(path: str) -> None:
    assert voc.sniff(disk_source(data(f"formats/datumaro/{path}"))) is None


def test_a_sample_moved_between_lists_is_a_piece_that_differs() -> None:
    lists = {"ImageSets/Main/train.txt": b"b\n", "ImageSets/Main/trainval.txt": b"a\nb\n"}
    one, two = voc.scan(folder(DEVKIT), {}), voc.scan(folder({**DEVKIT, **lists}), {})
    assert one.comparable(two, None)
    differing = {piece[0] for piece in set(one.pieces["labels"]) ^ set(two.pieces["labels"])}
    assert differing == {A, "Annotations/b.xml"}


def test_coordinates_counted_from_one_are_another_reading() -> None:
    files = {"a.xml": PLAIN % (b"a.jpg", b"cat")}
    one = voc.scan(folder(files), {})
    assert not one.comparable(voc.scan(folder(files), {"coords": "one-based"}), None)
    with pytest.raises(LabelvcError, match="coords is 'two-based'"):
        voc.scan(folder(files), {"coords": "two-based"})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"<name>cat</name>", b"", "line 7: expected an <object> with one <name>"),
        (b"<name>cat</name>", b"<name> </name>", "line 7: .* found an empty one"),
        (b"<xmin>1<", b"<xmin>1_0<", "line 11: expected <bndbox> with one <xmin>, a number"),
        (b"<xmin>1<", b"<xmin>nan<", "line 11: .* found 'nan'"),
        (b"<xmin>1<", b"<xmin>1e999<", "line 11"),
        (b"<xmin>1</xmin>", b"", "line 11: .* found 0 of them"),
        (b"<width>100<", b"<width>wide<", "line 5: expected <size> with one <width>"),
        (b"<folder>", b"<filename>b</filename><folder>", "line 4: expected one <filename>"),
        (b"<annotation ", b"<annotations ", "expected XML, found mismatched tag"),
        (b"</annotation>", b"", "expected XML"),
        (b"UTF-8", b"zlib", "expected a known encoding, found zlib"),
        (b"\t<folder>", b"\xff<folder>", "line 3: expected XML"),
        (b"<name>cat", b"<name>" + b"<a>" * 99, "endless nesting"),
    ],
)
def test_a_malformed_file_is_named(old: bytes, new: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=f"set/{A}: .*{message}"):
        read(voc, {**DEVKIT, A: ONE.replace(old, new, 1)})


@pytest.mark.parametrize(
    "trick",
    [
        b'<!DOCTYPE a [<!ENTITY b "cccc">]><annotation><folder>&b;</folder></annotation>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation>&b;</annotation>',
    ],
)
def test_entities_are_refused(trick: bytes) -> None:
    with pytest.raises(ParseError, match="expected plain XML"):
        read(voc, {"a.xml": trick})
    with pytest.raises(ParseError, match="expected <annotation>, found <html>"):
        read(voc, {"a.xml": b"<html/>"})


def test_the_tally_parses_what_a_byte_scan_cannot_tell() -> None:
    odd = b"<annotation><!-- <object><name>x</name></object> --><object ><pose/><name>cat</name>"
    files = {"a.xml": odd + b"<part><name>head</name></part></object></annotation>"}
    scan = voc.scan(folder(files), {})
    assert scan.tally() == scan.read().tally()
    assert scan.tally().categories == {"cat": 1}


def test_a_relabelled_object_keeps_its_other_texts() -> None:
    written = voc.write(relabelled(read(voc, DEVKIT), 1, "cat & <co>"), {})
    assert written[A] == ONE.replace(b"<name>dog<", b"<name>cat &amp; &lt;co&gt;<")
    assert {**written, A: ONE} == DEVKIT


def test_a_moved_box_keeps_the_spelling_of_its_other_numbers() -> None:
    written = voc.write(edited(read(voc, DEVKIT), 1, x=3.5, width=2.5, height=3.25), {})
    expected = ONE.replace(b"<xmin>4.0<", b"<xmin>3.5<").replace(b"<ymax>7.5<", b"<ymax>8.5<")
    assert written[A] == expected


def test_edited_attributes() -> None:
    attributes = '{"difficult":"1","pose":"Left","truncated":"1"}'
    written = voc.write(edited(read(voc, DEVKIT), 0, attributes=attributes), {})
    after = b"</bndbox>\n\t\t<truncated>1</truncated>\n\t</object>"
    expected = ONE.replace(b"<difficult>0", b"<difficult>1")
    assert written[A] == expected.replace(b"</bndbox>\n\t</object>", after, 1)
    written = voc.write(edited(read(voc, DEVKIT), 0, attributes='{"difficult":"0"}'), {})
    assert written[A] == ONE.replace(b"\n\t\t<pose>Left</pose>", b"")


def test_an_edited_image() -> None:
    snapshot = read(voc, DEVKIT)
    first = pl.col("sample") == "a"
    samples = snapshot.samples.with_columns(
        pl.when(first).then(pl.lit("c.jpg")).otherwise("path").alias("path"),
        pl.when(first).then(pl.lit(120.0)).otherwise("width").alias("width"),
    )
    written = voc.write(replace(snapshot, samples=samples), {})
    expected = ONE.replace(b">a.jpg<", b">c.jpg<").replace(b"<width>100<", b"<width>120<")
    assert written[A] == expected


def test_removed_and_added_objects_and_samples() -> None:
    snapshot = read(voc, DEVKIT)
    new = labels_frame(
        key=[8, 9, 10], sample=["empty", "new", "a"], kind=["box", "class", "class"],
        category=["cow", "cow", "cow"], unit=["pixel", None, None],
        x=[1.0, None, None], y=[2.5, None, None], width=[3.0, None, None],
        height=[4.0, None, None],
    )  # fmt: skip
    sample = samples_frame(sample=["new"], path=["new.jpg"], split=["train"], width=[9.0])
    edited = replace(
        snapshot,
        labels=pl.concat([snapshot.labels.filter(pl.col("category") == "cat"), new]),
        samples=pl.concat([snapshot.samples.filter(pl.col("sample") != "b"), sample]),
    )
    written = voc.write(edited, {})
    assert "Annotations/b.xml" not in written
    assert written["Annotations/new.xml"] == (
        b"<annotation>\n\t<filename>new.jpg</filename>\n\t<size>\n\t\t<width>9</width>\n\t</size>"
        b"\n\t<object>\n\t\t<name>cow</name>\n\t</object>\n</annotation>\n"
    )
    assert b"</object>\n\t<object>\n\t\t<name>cow</name>\n\t</object>\n</ann" in written[A]
    assert b"<ymax>6.5</ymax>" in written["Annotations/empty.xml"]
    assert written["ImageSets/Main/train.txt"] == b"a\nmissing\nnew\n"
    assert written["ImageSets/Main/trainval.txt"] == b"a\nmissing\nnew\n"
    assert same(again(voc, edited), replace(edited, categories=_used(edited.labels)), 0)


def _used(labels: pl.DataFrame) -> pl.DataFrame:
    names = labels["category"].unique().sort()
    nothing = pl.lit(None, pl.String)
    return pl.DataFrame({"key": names, "name": names}).with_columns(
        id=nothing, parent=nothing, attributes=nothing
    )


def test_elements_between_removed_objects_stay() -> None:
    case = CASES[3]
    snapshot = read(voc, case.files)
    written = voc.write(snapshot.with_labels(snapshot.labels.clear()), {})
    kept = b"<annotation><!-- x --><size><width>5</width></size></annotation>"
    assert written["a.xml"] == kept


def test_an_empty_element_takes_objects() -> None:
    snapshot = read(voc, {"a.xml": b"<annotation/>\n", "b.xml": NOTHING})
    labels = labels_frame(sample=["a", "b"], kind=["class"] * 2, category=["cat"] * 2)
    found = again(voc, snapshot.with_labels(labels))
    assert found.labels.select("sample", "category").rows() == [("a", "cat"), ("b", "cat")]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"kind": "polygon"}, "kind"),
        ({"unit": "fraction"}, "unit"),
        ({"confidence": 0.5}, "confidence"),
        ({"category": None}, "one name"),
        ({"category": "a\0b"}, "cannot hold the character"),
        ({"attributes": '{"a b":"1"}'}, "cannot be the name"),
        ({"attributes": '{"name":"1"}'}, "one name"),
        ({"attributes": '{"@id":"1"}'}, "cannot be changed in place"),
        ({"x": None}, "a box without"),
    ],
)
def test_what_voc_cannot_hold_is_refused(columns: dict[str, object], message: str) -> None:
    with pytest.raises(LossError, match=message):
        voc.write(edited(read(voc, DEVKIT), 0, **columns), {})


numbers = st.one_of(
    st.integers(-5, 5000).map(float), st.floats(0, 5000, allow_subnormal=False), st.just(0.1)
)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(str.strip)


@settings(deadline=None, max_examples=40)
@given(
    coords=st.sampled_from(["zero-based", "one-based"]),
    edits=st.lists(st.tuples(names.filter(bool), *[numbers] * 4), min_size=1, max_size=3),
)
def test_edits_are_read_back(
    coords: str, edits: list[tuple[str, float, float, float, float]]
) -> None:
    snapshot = read(voc, DEVKIT, coords=coords)
    for at, (name, x, y, width, height) in enumerate(edits):
        snapshot = edited(
            snapshot, at, category=name, x=x, y=y, width=width, height=height,
            attributes=f'{{"pose":"{at}"}}',
        )  # fmt: skip
    expected = replace(snapshot, categories=_used(snapshot.labels))
    assert same(again(voc, snapshot, coords=coords), expected, 1e-8)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4).map(str.strip)
tags = st.sampled_from(["pose", "difficult", "part", "actions", "é", "a-b"])
values = st.recursive(
    texts,
    lambda inner: st.dictionaries(tags, inner | st.lists(inner, min_size=2), min_size=1),
    max_leaves=4,
)
attributes = st.dictionaries(tags, values | st.lists(values, min_size=2, max_size=3), min_size=1)


@settings(deadline=None, max_examples=40)
@given(first=attributes, second=attributes)
def test_nested_attributes_are_read_back(
    first: dict[str, object], second: dict[str, object]
) -> None:
    snapshot = read(voc, DEVKIT)
    for value in (first, second):
        snapshot = edited(snapshot, 0, attributes=canonical_json(value))
        snapshot = edited(snapshot, 1, attributes=canonical_json({"part": value}))
        snapshot = again(voc, snapshot)
        assert json.loads(snapshot.labels["attributes"][0]) == value
        assert json.loads(snapshot.labels["attributes"][1]) == {"part": value}
    assert snapshot.labels.drop("attributes").equals(read(voc, DEVKIT).labels.drop("attributes"))
