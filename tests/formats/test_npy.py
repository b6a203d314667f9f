"""NumPy label arrays: what the contract does not ask."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Any

import numpy as np
import polars as pl
import pytest

from labelvc.core.errors import LossError, ParseError, SettingNeeded
from labelvc.formats import npy, registry, table
from labelvc.formats.comparing import compare
from labelvc.formats.pair import Wanted
from labelvc.formats.source import disk_source
from tests.data import data
from tests.formats.npy_cases import npy as array_of
from tests.formats.npy_cases import npz
from tests.formats.row_files import relabelled, scan, source

NAME = "y.npy"


def loaded(files: dict[str, bytes]) -> Any:
    (content,) = files.values()
    return np.load(io.BytesIO(content), allow_pickle=False)


def header(said: str, data: bytes = b"") -> bytes:
    text = said.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_published_labels_equal_those_of_the_table(name: str) -> None:
    home = "cleanlab_label_errors"
    path = data(f"{home}/original_test_labels/{name}_test_set_original_labels.npy")
    given = disk_source(path)
    assert registry.sniff(given) is npy
    snapshot = npy.scan(given, {}).read().check()
    published = disk_source(data(f"{home}/derived/{name}_original.csv"))
    other = table.scan(published, table.settle(published, {})).read()
    numbers = snapshot.labels.select("sample", "category")
    assert numbers.height == 10_000 and numbers.equals(other.labels.select("sample", "category"))


def test_a_diff_tells_which_places_were_relabelled() -> None:
    one, two = array_of([1, 2, 3, 3]), array_of([1, 2, 1, 3, 3])
    found = compare(source(one, NAME), source(two, NAME), name="y", path=NAME, wanted=Wanted())
    assert (found.counts["relabelled"], found.counts["added"]) == (1, 1)
    assert found.changes.filter(pl.col("before_kind").is_not_null())["sample"].to_list() == ["2"]


def test_the_type_of_an_array_is_kept() -> None:
    snapshot = scan(npy, array_of([1, 2], dtype=">i2"), NAME).read()
    array = loaded(dict(npy.write(relabelled(snapshot, 0, category="-7"), {})))
    assert array.dtype == ">i2" and array.tolist() == [-7, 2]
    texts = scan(npy, array_of(["a", "b"]), NAME).read()
    assert loaded(dict(npy.write(relabelled(texts, 0, category="longer"), {}))).tolist() == [
        "longer", "b",
    ]  # fmt: skip
    with pytest.raises(LossError, match="is no number below 32,768"):
        npy.write(relabelled(snapshot, 0, category="32768"), {})


def test_a_row_of_several_classes_is_edited() -> None:
    settings = {"rows": "multilabel"}
    snapshot = scan(npy, array_of([[1, 0], [1, 1]], dtype="i1"), NAME, settings).read()
    fewer = snapshot.with_labels(snapshot.labels[1:])
    array = loaded(dict(npy.write(fewer, settings)))
    assert array.tolist() == [[0, 0], [1, 1]] and array.dtype == np.int8
    doubled = relabelled(snapshot, 1, category="1")
    with pytest.raises(LossError, match="the class '1' twice"):
        npy.write(doubled, settings)


def test_other_arrays_of_an_archive_stay() -> None:
    content = npz(x=[[1.5, 2.5]], y=[3], who=[17])
    settings = {"array": "y", "ids": "who"}
    snapshot = scan(npy, content, "a.npz", settings).read()
    assert snapshot.samples["sample"].to_list() == ["17"]
    found = loaded(dict(npy.write(relabelled(snapshot, 0, category="4"), settings)))
    assert {name: found[name].tolist() for name in found.files} == {
        "x": [[1.5, 2.5]], "y": [4], "who": [17],
    }  # fmt: skip
    assert dict(npy.write(snapshot, settings)) == {"a.npz": content}


def test_what_can_be_read_in_several_ways_is_asked_for() -> None:
    with pytest.raises(SettingNeeded, match="the array has 2 columns"):
        scan(npy, array_of([[1, 0]]), NAME)
    with pytest.raises(SettingNeeded, match="which array holds the labels"):
        scan(npy, npz(one=[1], two=[2]), "a.npz")
    with pytest.raises(SettingNeeded, match="no array 'three'"):
        scan(npy, npz(one=[1], two=[2]), "a.npz", {"array": "three"})
    with pytest.raises(SettingNeeded, match="unknown rows"):
        scan(npy, array_of([1]), NAME, {"rows": "wide"})
    assert scan(npy, npz(one=[1], y=[2]), "a.npz").read().labels["category"][0] == "2"


@pytest.mark.parametrize(
    "content,said",
    [
        (array_of([1, 2])[:-1], "expected 16 bytes for the shape"),
        (array_of([1.5]), "of integers, booleans or texts"),
        (array_of([{}], dtype=object), "of integers, booleans or texts"),
        (array_of([[[1]]]), "one or two dimensions"),
        (array_of(3), "one or two dimensions"),
        (header(f"{{'descr': '<i4', 'fortran_order': False, 'shape': ({2**60},)}}"), "bytes for"),
        (header(f"{{'descr': '<U0', 'fortran_order': False, 'shape': ({2**60},)}}"), "found the"),
        (header(f"{{'descr': '<i4', 'fortran_order': False, 'shape': (0, {2**60})}}"), "found the"),
        (header(f"{{'descr': '<i4', 'fortran_order': False, 'shape': ({2**60}, 0)}}"), "found the"),
        (header("{'descr': '<i4', 'fortran_order': False, 'shape': (-4,)}"), "found the shape"),
        (header("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}", b"1234"), "of"),
        (header("{'descr': '<i4'" + "(" * 5000), "a NumPy array"),
        (header("__import__('os').getcwd()"), "a NumPy array"),
        (
            header("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"\xff" * 4),
            "U.FFFFFFFF",
        ),
        (
            header("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"\x00\xd8\0\0"),
            "place 0: expected Unicode characters, found U.D800",
        ),
        (array_of([b"\xff"]), "place 0: expected UTF-8"),
        (b"\x93NUMPY\x09\x00", "a NumPy array"),
        (b"PK\x03\x04 and no more", "an .npz file"),
        (b"hello", "a NumPy array"),
    ],
)
def test_hostile_files_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        scan(npy, content, NAME)
    registry.FORMATS["npy"].sniff(source(content, NAME))


def test_an_archive_that_unpacks_to_more_than_it_can_hold_is_refused() -> None:
    big = header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({2**40},)}}", b"\0" * 10**6)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("y.npy", big)
    with pytest.raises(ParseError, match=r"y: expected 1,099,511,627,\d+ bytes"):
        scan(npy, buffer.getvalue(), "a.npz")


def test_numbers_and_columns_have_to_be_what_the_settings_say() -> None:
    with pytest.raises(ParseError, match="place 1: expected a class below 2, found -1"):
        scan(npy, array_of([0, -1]), NAME, {"names": "a,b"})
    with pytest.raises(ParseError, match="row 1, column 0: expected 0 or 1, found 2"):
        scan(npy, array_of([[0, 1], [2, 0]]), NAME, {"rows": "multilabel"})
    with pytest.raises(ParseError, match="row 0: expected one 1, found 2"):
        scan(npy, array_of([[1, 1]]), NAME, {"rows": "onehot"})
    with pytest.raises(ParseError, match="expected 3 columns"):
        scan(npy, array_of([[1, 1]]), NAME, {"rows": "multilabel", "names": "a,b,c"})
    settings = {"array": "y", "ids": "who"}
    with pytest.raises(ParseError, match="ids that differ, found '1' twice"):
        scan(npy, npz(y=[1, 2], who=[1, 1]), "a.npz", settings)
    with pytest.raises(ParseError, match="expected 2 ids"):
        scan(npy, npz(y=[1, 2], who=[1]), "a.npz", settings)
