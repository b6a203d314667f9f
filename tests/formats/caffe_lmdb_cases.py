"""Databases of Caffe that readers stumble over."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lmdb

from tests.formats.case import Case


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    content = bytearray()
    while value > 0x7F:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*content, value])


def datum(
    label: int | None, *, data: bytes = b"", size: tuple[int, int, int] | None = None
) -> bytes:
    """A Datum as protobuf spells it."""
    content = b""
    for number, value in enumerate(size or (), 1):
        content += varint(number << 3) + varint(value)
    if data:
        content += varint(4 << 3 | 2) + varint(len(data)) + data
    if label is not None:
        content += varint(5 << 3) + varint(label)
    return content


def database(entries: Mapping[str, bytes]) -> bytes:
    """The data.mdb of entries, as LMDB itself writes it."""
    with tempfile.TemporaryDirectory() as folder:
        with (
            lmdb.open(folder, map_size=1 << 24) as environment,
            environment.begin(write=True) as transaction,
        ):
            for key, value in entries.items():
                transaction.put(key.encode(), value)
        return (Path(folder) / "data.mdb").read_bytes()


def case(
    name: str,
    content: bytes,
    labels: list[dict[str, Any]],
    samples: list[str],
    categories: list[str],
    **settings: str,
) -> Case:
    files = {"data.mdb": content, "lock.mdb": b"\0" * 64}
    return Case(name, "caffe-lmdb", files, labels, samples, categories, True, settings)


ENCODED = varint(7 << 3) + varint(1)
MANY = {f"{number:08d}_class {number % 7}/{number}.jpg": datum(number % 7) for number in range(300)}

CASES: list[Case] = [
    case(
        "pixels, and an image that spills over several pages",
        database(
            {
                "00000000_cat/1 2.jpg": datum(3, data=b"\1" * 48, size=(3, 4, 4)),
                "00000001_dog/2.jpg": datum(0, data=b"\2" * 20_000, size=(1, 100, 200)),
            }
        ),
        [
            {"sample": "cat/1 2.jpg", "kind": "class", "category": "3"},
            {"sample": "dog/2.jpg", "category": "0"},
        ],
        ["cat/1 2.jpg", "dog/2.jpg"],
        ["0", "3"],
    ),
    case(
        "encoded images, one without a label, one to be ignored",
        database(
            {
                "00000000_a.jpg": datum(1, data=b"\xff\xd8") + ENCODED,
                "00000001_b.jpg": datum(None, data=b"\xff\xd8") + ENCODED,
                "00000002_c.jpg": datum(-1),
            }
        ),
        [{"sample": "a.jpg", "category": "1"}, {"sample": "c.jpg", "category": "-1"}],
        ["a.jpg", "b.jpg", "c.jpg"],
        ["-1", "1"],
    ),
    case(
        "keys of another sort, an image twice, floats and fields of no name",
        database(
            {
                "0000000000_a.jpg": datum(1) + b"\x35\0\0\x80\x3f\x7a\3abc\x79" + b"\0" * 8,
                "0000000001_a.jpg": datum(2) + datum(3),
                "mine": datum(0),
            }
        ),
        [{"sample": "a.jpg"}, {"sample": "a.jpg#2", "category": "3"}, {"sample": "mine"}],
        ["a.jpg", "a.jpg#2", "mine"],
        ["0", "1", "3"],
    ),
    case(
        "more entries than a page holds, with names",
        database(MANY),
        [{"category": ["a", "b", "c", "d", "e", "f", "g"][number % 7]} for number in range(300)],
        [key.partition("_")[2] for key in MANY],
        ["a", "b", "c", "d", "e", "f", "g"],
        names="a,b,c,d,e,f,g",
    ),
    case("no entries", database({}), [], [], []),
]
