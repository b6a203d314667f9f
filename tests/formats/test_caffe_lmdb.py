"""Caffe's databases: what the contract does not ask."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import lmdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.errors import LabelvcError, LossError, ParseError
from labelvc.formats import caffe_lmdb
from labelvc.formats.caffe_lmdb import LmdbScan
from labelvc.formats.caffe_pages import Malformed, entries, open_pages
from labelvc.formats.source import disk_source
from tests.formats.caffe_lmdb_cases import CASES, MANY, database, datum
from tests.formats.folder_laws import folder

PAGE = 4096


def scan(content: bytes, **names: str) -> LmdbScan:
    return caffe_lmdb.scan(folder({"data.mdb": content}), names)


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.binary(min_size=1, max_size=200), st.binary(max_size=9000), min_size=1, max_size=80
    )
)
def test_the_pages_say_what_lmdb_itself_reads(entries_of: dict[bytes, bytes]) -> None:
    content = database({key.hex(): value for key, value in entries_of.items()})
    found = {key: bytes(value) for key, value in entries(open_pages(content))}
    assert found == {key.hex().encode(): value for key, value in entries_of.items()}
    assert list(found) == sorted(found)


def test_a_database_that_was_changed_often(tmp_path: Path) -> None:
    random.seed(4)
    with lmdb.open(str(tmp_path), map_size=1 << 24) as environment:
        for _ in range(40):
            with environment.begin(write=True) as transaction:
                for _ in range(30):
                    key = f"{random.randrange(500):08d}_x".encode()
                    if random.random() < 0.4:
                        transaction.delete(key)
                    else:
                        transaction.put(key, datum(random.randrange(9), data=b"x" * 700))
    with (
        lmdb.open(str(tmp_path), readonly=True, lock=False) as environment,
        environment.begin() as transaction,
    ):
        expected = list(transaction.cursor())
    content = (tmp_path / "data.mdb").read_bytes()
    assert [(key, bytes(value)) for key, value in entries(open_pages(content))] == expected


def test_a_database_on_disk_is_mapped_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "data.mdb").write_bytes(database(MANY))
    source = disk_source(tmp_path)
    assert caffe_lmdb.sniff(source)
    snapshot = caffe_lmdb.scan(source, {}).read().check()
    assert snapshot.labels.height == 300 and set(snapshot.labels["category"]) == set("0123456")
    (tmp_path / "data.mdb").write_bytes(b"")
    assert caffe_lmdb.sniff(disk_source(tmp_path)) is None
    with pytest.raises(ParseError, match="page 0: expected LMDB's first page"):
        caffe_lmdb.scan(disk_source(tmp_path), {})


def test_only_what_is_said_of_images_counts() -> None:
    one = scan(database({"00000000_a": datum(1, data=b"1"), "00000001_b": datum(1)}))
    two = scan(database({"00000000_a": datum(1, data=b"22"), "00000001_b": datum(2)}))
    pieces = [each.pieces["labels"] for each in (one, two)]
    assert pieces[0][0] == pieces[1][0] and pieces[0][1] != pieces[1][1]
    assert one.comparable(two, None)
    assert not one.comparable(scan(database({"a": datum(1)}), names="x,y"), None)


def test_databases_are_read_only() -> None:
    snapshot = scan(database({"a": datum(1)})).read()
    assert not caffe_lmdb.CARRIES.writable
    with pytest.raises(LossError, match=r"read only\n.*format caffe"):
        caffe_lmdb.write(snapshot, {})


def test_a_number_beyond_the_names_is_told() -> None:
    with pytest.raises(ParseError, match=r"set/data\.mdb: 00000000_a: expected a class's place"):
        scan(database({"00000000_a": datum(2)}), names="x,y").read()


@pytest.mark.parametrize(
    "value",
    [b"\xff" * 11, b"\x28", b"\x22\x7f1", b"\x2b", b"\x00\x01", b"\x2a\x01\x01", b"\x2d\0\0\0\0"],
)
def test_a_value_that_is_no_datum_is_told(value: bytes) -> None:
    with pytest.raises(ParseError, match=r"set/data\.mdb: k: expected Caffe's Datum"):
        scan(database({"k": value})).read()


def patched(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at] + value + content[at + len(value) :]


def root_of(content: bytes) -> int:
    root = open_pages(content).root
    assert root is not None
    return root * PAGE


def test_broken_pages_are_told() -> None:
    content = database(MANY)
    root = root_of(content)
    (node,) = struct.unpack_from("<H", content, root + 16)
    broken = {
        "behind its end": patched(content, root + node, b"\xff\xff\xff"),
        "one with flags": patched(content, root + 10, b"\x40\0"),
        "leads back to itself": patched(content, root + node, struct.pack("<I", root // PAGE)),
        "a list of nodes inside": patched(content, root + 12, b"\xff\xff"),
        "a node inside its page": patched(content, root + 16, b"\xff\x0f"),
        "LMDB's first page": patched(content, 16, b"\0"),
        "pages of 512 to 65536": patched(content, 16 + 24, b"\x01\0\0\0"),
        "the end of the file": content[:100],
    }
    for message, bad in broken.items():
        with pytest.raises(ParseError, match=f"page .*{message}"):
            scan(bad)


def test_broken_leaves_are_told() -> None:
    content = database({"k": datum(1), "m": b"\x22\xa0\x1f" + b"x" * 4000})
    root = root_of(content)
    first, second = struct.unpack_from("<HH", content, root + 16)
    assert [key for key, _ in entries(open_pages(content))] == [b"k", b"m"]
    for at, value, message in (
        (root + first, b"\xff\xff", "inside the page"),
        (root + first + 6, b"\xff\xff", "inside the page"),
        (root + first + 4, b"\x02\0", "a database inside"),
        (root + second + 8 + 1, b"\xff\xff\xff", "a page inside the file"),
        (root + second, b"\xff\xff\xff\x7f", "inside the page"),
    ):
        with pytest.raises(Malformed) as caught:
            list(entries(open_pages(patched(content, at, value))))
        assert message in caught.value.expected + caught.value.found


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_hostile_bytes_end_in_one_error(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(CASES)).files["data.mdb"])
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    try:
        scan(bytes(content)).read()
    except LabelvcError as error:
        assert error.message
