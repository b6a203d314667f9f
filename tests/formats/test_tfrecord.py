"""TFRecord files: checksums, hostile bytes, label maps, real files, TensorFlow's own parser."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelvc.core.errors import LabelvcError, LossError, ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.formats import tfrecord as fmt
from labelvc.formats.comparing import compare
from labelvc.formats.pair import Wanted
from labelvc.formats.reading import read
from labelvc.formats.registry import sniff
from labelvc.formats.source import MemoryBlob, Source, disk_source
from labelvc.formats.tfrecord_checksum import crc32c, masked
from labelvc.formats.tfrecord_file import records as cut
from labelvc.formats.tfrecord_map import read_label_map
from labelvc.formats.tfrecord_wire import Malformed, entries, value_of
from tests.adapters.tensorflow_there import Lazy
from tests.data import data
from tests.formats.tfrecord_cases import (
    HALF,
    LABEL_MAP,
    WHOLE,
    example,
    field,
    image,
    tfrecord,
    varint,
)


def source(files: bytes | dict[str, bytes]) -> Source:
    named = {"train.tfrecord": files} if isinstance(files, bytes) else files
    blobs = {path: MemoryBlob(content) for path, content in named.items()}
    return Source("boxes", blobs, is_folder=not isinstance(files, bytes))


def snapshot(files: bytes | dict[str, bytes]) -> Snapshot:
    return fmt.scan(source(files), {}).read().check()


def refused(files: bytes | dict[str, bytes]) -> str:
    with pytest.raises(ParseError) as caught:
        snapshot(files)
    return caught.value.message


def changes(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, int]:
    found = compare(
        source(before), source(after), name="boxes", path="boxes", wanted=Wanted("tfrecord")
    )
    return {name: count for name, count in found.counts.items() if count}


# Checksums


def slowly(content: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_checksums_are_those_of_the_standard() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4
    assert crc32c(b"") == 0


@given(st.binary(max_size=40), st.integers(0, 70))
def test_checksums_of_any_length_are_those_of_a_plain_loop(content: bytes, times: int) -> None:
    assert crc32c(content * times) == slowly(content * times)


# Bad input


def test_a_file_cut_short_names_record_and_byte() -> None:
    one = tfrecord(example(image("a.jpg")))
    two = one + tfrecord(example(image("b.jpg")))
    assert refused(two[:-1]).startswith(f"boxes: record 2, byte {len(one)}: expected a record of")
    assert refused(one + b"abc") == (
        f"boxes: record 2, byte {len(one)}: expected a record, found 3 bytes at the end"
    )


def test_a_flipped_bit_is_found() -> None:
    content = bytearray(tfrecord(example(image("a.jpg", HALF))))
    content[40] ^= 1
    assert "record 1, byte 0: expected a record with its checksum" in refused(bytes(content))
    content[3] ^= 1
    assert "expected a length with its checksum" in refused(bytes(content))


def test_a_length_beyond_the_end_is_refused_before_it_is_believed() -> None:
    head = struct.pack("<Q", 2**63)
    content = head + struct.pack("<I", masked(head)) + b"1234"
    assert "expected a record of 9,223,372,036,854,775,808 bytes, found 4" in refused(content)


@pytest.mark.parametrize(
    ("record", "offset", "expected"),
    [
        (b"\x0a\x05ab", 12, "5 bytes"),
        (b"\x0a" + b"\xff" * 11, 13, "a number of at most 10 bytes"),
        (b"\x0b", 12, "a field of wire type 0, 1, 2 or 5"),
        (b"\x08\x01", 13, "a message or list"),
        (b"\x02\x00", 12, "a field's number"),
        (field(1, field(1, field(1, b"\xff"))), 18, "a feature's name in UTF-8"),
        (b"\x0a", 13, "a number"),
    ],
)
def test_what_is_no_example_is_told_by_its_byte(record: bytes, offset: int, expected: str) -> None:
    told = refused(tfrecord(record))
    assert told.startswith(f"boxes: record 1, byte {offset}: expected {expected}, found ")


def broken(**features: list[Any]) -> str:
    named = {f"image/{key.replace('__', '/')}": values for key, values in features.items()}
    return refused(tfrecord(example({**image("a.jpg", WHOLE), **named})))


def test_values_that_do_not_fit_name_their_feature() -> None:
    first = "boxes: record 1, byte 12, image/"
    assert broken(object__bbox__xmax=[1.0, 2.0]) == (
        f"{first}object/bbox/xmax: expected 1 values, as xmin has, found 2"
    )
    assert broken(object__class__text=["a", "b"]) == (
        f"{first}object/class/text: expected 1 values or none, found 2"
    )
    assert broken(object__bbox__ymin=[float("inf")]) == (
        f"{first}object/bbox/ymin: expected finite numbers, found others"
    )
    assert broken(object__bbox__ymin=[7]) == f"{first}object/bbox/ymin: expected a float, found 7"
    assert broken(width=["wide"]) == f"{first}width: expected an integer, found b'wide'"
    assert broken(width=[1, 2]) == f"{first}width: expected one value, found 2"
    assert broken(filename=["a", "b"]) == f"{first}filename: expected one value, found 2"
    assert broken(filename=[b"\xff"]).startswith(f"{first}filename: expected text in UTF-8")
    told = refused(tfrecord(example({"image/width": [3]})))
    assert "expected image/filename or image/source_id, found neither" in told


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_records_are_read_or_refused(drawn: st.DataObject) -> None:
    record = example(
        {**image("a.jpg", WHOLE, HALF, class__text=["cat", "dog"], area=[1, -1])},
        packed=drawn.draw(st.booleans()),
    )
    at = drawn.draw(st.integers(0, len(record)))
    end = drawn.draw(st.integers(at, min(len(record), at + 9)))
    record = record[:at] + drawn.draw(st.binary(max_size=9)) + record[end:]
    try:
        snapshot(tfrecord(record))
    except LabelvcError as error:
        assert error.message


def test_writing_is_refused_with_the_way_to_do_it() -> None:
    with pytest.raises(LossError, match="read only") as caught:
        fmt.write(Snapshot(), {})
    assert "write_tfrecords" in str(caught.value.hint)


# Label maps


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"item { name: 'cat' }", "line 1: expected an item with an id from 0, found no id"),
        (b"\nitem {\n id: 1 }", "line 2: expected an item with a name, found none"),
        (b"item { id: 1 name: 'a' } item { id: 1 name: 'b' }", "expected each number once"),
        (b"item { id: 1 name: 'a' } item { id: 2 name: 'a' }", "expected each name once"),
        (b"item { id: 1 name: 'a'", "the end: expected }"),
        (b"thing { id: 1 }", "line 1: expected item"),
        (b"item { id: 99999999999 name: 'a' }", "expected an item with an id from 0"),
        (b"}", "line 1: expected item"),
        (b"item { id: 1 name: 'a\n' }", "line 1: expected item {"),
        (b"item { id: 1 name: '\xff' }", "byte 20: expected UTF-8"),
    ],
)
def test_a_bad_label_map_is_told_by_its_line(content: bytes, told: str) -> None:
    with pytest.raises(ParseError) as caught:
        read_label_map("label_map.pbtxt", content)
    assert told in caught.value.message


@given(st.binary(max_size=60) | st.text("item{}:'\"\\xid name123#\n", max_size=60).map(str.encode))
def test_a_hostile_label_map_is_read_or_refused(content: bytes) -> None:
    try:
        read_label_map("x", content)
    except ParseError as error:
        assert error.message


def test_names_to_be_shown_count_only_where_each_is_one() -> None:
    content = b"item{id:1 name:'a' display_name:'x'} item{id:2 name:'b' display_name:'x'}"
    assert read_label_map("x", content).by_number == {1: "a", 2: "b"}


def test_label_maps_that_contradict_each_other_are_refused() -> None:
    files = {
        "train/a.tfrecord": tfrecord(),
        "train/label_map.pbtxt": LABEL_MAP,
        "val/label_map.pbtxt": LABEL_MAP.replace(b"id: 1", b"id: 3"),
    }
    assert refused(files) == (
        "boxes/val/label_map.pbtxt: expected 'cat' as number 1, as in another label map, found 3"
    )


# Comparing


def test_resharded_shuffled_and_reordered_records_are_no_change() -> None:
    records = [
        {**image(f"{name}.jpg", HALF, class__text=["cat"]), "image/encoded": [name * 9]}
        for name in "abcd"
    ]
    before = {"a-00000-of-00001.tfrecord": tfrecord(*map(example, records))}
    backwards = [dict(reversed(record.items())) for record in reversed(records)]
    after = {
        f"a.tfrecord-0000{at}-of-00002": tfrecord(*map(example, backwards[2 * at : 2 * at + 2]))
        for at in range(2)
    }
    assert changes(before, after) == {}


def test_changes_of_labels_and_of_images_are_told() -> None:
    def files(name: str, pixels: str, split: str = "train") -> dict[str, bytes]:
        record = {**image("a.jpg", HALF, class__text=[name]), "image/encoded": [pixels]}
        other = {**image("b.jpg", WHOLE, class__text=["dog"]), "image/encoded": ["same"]}
        return {f"{split}.tfrecord": tfrecord(example(record), example(other))}

    assert changes(files("cat", "x"), files("dog", "x")) == {
        "changed": 1, "relabelled": 1, "categories_removed": 1,
    }  # fmt: skip
    assert changes(files("cat", "x"), files("cat", "y")) == {"samples_media": 1}
    assert changes(files("cat", "x"), files("cat", "x", "val"))["samples_resplit"] == 2


def test_a_renumbered_label_map_relabels_what_has_numbers_only() -> None:
    records = tfrecord(example(image("a.jpg", HALF, class__label=[1])))
    swapped = LABEL_MAP.replace(b"cat", b"x").replace(b"dog", b"cat").replace(b"x", b"dog")
    before = {"a.tfrecord": records, "label_map.pbtxt": LABEL_MAP}
    assert changes(before, {**before, "label_map.pbtxt": swapped})["relabelled"] == 1


def test_splits_come_from_the_names_of_files_and_folders() -> None:
    record = tfrecord(example(image("a.jpg")))
    names = ["train/x.tfrecord", "coco_val.record-00000-of-00001", "other.tfrecord"]
    for name, split in zip(names, ["train", "val", None], strict=True):
        assert snapshot({name: record}).samples["split"].to_list() == [split]


# Real files, and another reader of them

REAL = ["tf_detection_api_dataset", "roboflow_dataset/tfrecord"]


@pytest.mark.parametrize("name", REAL)
def test_real_files_are_sniffed_and_read(name: str) -> None:
    found = disk_source(data(f"formats/datumaro/{name}"))
    assert sniff(found).NAME == "tfrecord"
    labels, *_ = read(found, None, {})
    assert labels.samples.height == 3
    if name == REAL[0]:
        assert labels.labels["category"].to_list() == ["label_2", "label_3", None, "label_3"]
        assert labels.labels["x"].to_list() == [0, 0, 0.125, 0.125]
        assert labels.samples["split"].to_list() == ["test", "train", "val"]
        assert labels.categories["id"].to_list() == [str(at) for at in range(1, 11)]
        assert labels.samples["digest"].null_count() == 0
    else:
        assert labels.labels["category"].to_list() == ["label_0", "label_1", "label_0", "label_1"]
        assert labels.categories["id"].to_list() == ["1", "2"]


@pytest.fixture(scope="module")
def tf() -> Any:
    return Lazy("tensorflow")


def parsed(tf: Any, record: bytes) -> dict[str, list[Any]]:
    """The features as TensorFlow's own parser has them."""
    found = tf.train.Example.FromString(record).features.feature
    lists = ("bytes_list", "float_list", "int64_list")
    return {
        name: next((list(getattr(one, each).value) for each in lists if one.HasField(each)), [])
        for name, one in found.items()
    }


def ours(record: bytes) -> dict[str, list[Any]]:
    return {name: value_of(part) for name, part in entries(record).items()}


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", REAL)
def test_tensorflow_finds_the_same_in_real_files(tf: Any, name: str) -> None:
    for path in sorted(data(f"formats/datumaro/{name}").rglob("*.tfrecord")):
        records = [bytes(one.numpy()) for one in tf.data.TFRecordDataset(str(path))]
        assert [record for _, record in cut("x", path.read_bytes())] == records
        assert all(ours(record) == parsed(tf, record) for record in records)


@pytest.mark.tensorflow
def test_tensorflow_reads_what_the_cases_are_made_of(tf: Any, tmp_path: Path) -> None:
    features = {
        "bytes": ["a", b"\xff\x00"],
        "floats": [0.1, -2.5],
        "integers": [0, -1, 2**63 - 1, -(2**63)],
        "none": [],
    }
    for packed in (True, False):
        record = example(features, packed=packed, further=field(7, b"?") + varint(8 << 3) + b"\x01")
        assert ours(record) == parsed(tf, record)
    twice = example({"a": [1]}) + example({"a": [2], "b": [0.5]})
    assert ours(twice) == parsed(tf, twice) == {"a": [2], "b": [0.5]}
    (tmp_path / "x.tfrecord").write_bytes(tfrecord(record, b"", twice * 50))
    cut = [bytes(one.numpy()) for one in tf.data.TFRecordDataset(str(tmp_path / "x.tfrecord"))]
    assert cut == [record, b"", twice * 50]


@pytest.mark.tensorflow
def test_what_tensorflow_refuses_is_refused_and_what_it_reads_is_the_same(tf: Any) -> None:
    from google.protobuf.message import DecodeError

    record = example(image("a.jpg", WHOLE, HALF, class__text=["cat", "dog"]))
    alike = 0
    for at in range(len(record)):
        garbled = record[:at] + bytes([record[at] ^ 0x15]) + record[at + 1 :]
        try:
            theirs = parsed(tf, garbled)
        except DecodeError:
            with pytest.raises(Malformed):
                ours(garbled)
            continue
        try:
            assert sorted(ours(garbled).items()) == sorted(theirs.items())
            alike += 1
        except Malformed:  # protobuf keeps a field of another type as unknown
            pass
    assert alike > len(record) // 2
