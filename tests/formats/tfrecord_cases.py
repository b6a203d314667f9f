"""TFRecord files that readers stumble over, made without TensorFlow."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from hashlib import md5
from typing import Any

from labelvc.formats.tfrecord_checksum import masked
from tests.formats.case import Case

Features = Mapping[str, Sequence[Any]]


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, content: bytes) -> bytes:
    """A field of bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def feature(values: Sequence[Any], *, packed: bool = True) -> bytes:
    """A `tf.train.Feature` of bytes, floats or integers."""
    if all(isinstance(value, str | bytes) for value in values):
        texts = [value.encode() if isinstance(value, str) else value for value in values]
        return field(1, b"".join(field(1, text) for text in texts))
    if all(isinstance(value, float) for value in values):
        floats = [struct.pack("<f", value) for value in values]
        alone = b"".join(varint(1 << 3 | 5) + value for value in floats)
        return field(2, field(1, b"".join(floats)) if packed else alone)
    numbers = [varint(value) for value in values]
    alone = b"".join(varint(1 << 3 | 0) + value for value in numbers)
    return field(3, field(1, b"".join(numbers)) if packed else alone)


def example(features: Features, *, packed: bool = True, further: bytes = b"") -> bytes:
    """A `tf.train.Example`; `further` are fields that it does not have."""
    entries = b"".join(
        field(1, field(1, name.encode()) + field(2, feature(values, packed=packed)))
        for name, values in features.items()
    )
    return field(1, entries) + further


def tfrecord(*records: bytes) -> bytes:
    """A file of records."""
    out = b""
    for record in records:
        length = struct.pack("<Q", len(record))
        out += length + struct.pack("<I", masked(length))
        out += record + struct.pack("<I", masked(record))
    return out


def image(name: str, *boxes: tuple[float, float, float, float], **more: Sequence[Any]) -> Features:
    """A record's features: boxes as xmin, ymin, xmax, ymax; `more` below image/object."""
    sides = list(zip(*boxes, strict=True)) if boxes else [()] * 4
    return {
        "image/filename": [name],
        "image/height": [480],
        "image/width": [640],
        **{
            f"image/object/bbox/{side}": values
            for side, values in zip(("xmin", "ymin", "xmax", "ymax"), sides, strict=True)
            if boxes
        },
        **{f"image/object/{key.replace('__', '/')}": values for key, values in more.items()},
    }


WHOLE, HALF = (0.0, 0.0, 1.0, 1.0), (0.25, 0.5, 0.75, 1.0)
LABEL_MAP = b"item {\n  id: 1\n  name: 'cat'\n}\nitem {\n  id: 2\n  name: 'dog'\n}\n"


def case(
    name: str,
    content: bytes | Mapping[str, bytes],
    labels: list[dict[str, Any]],
    samples: list[str],
    categories: list[str],
) -> Case:
    is_folder = not isinstance(content, bytes)
    files = {"train.tfrecord": content} if isinstance(content, bytes) else content
    return Case(
        name, "tfrecord", files, labels, samples, categories, folder=is_folder, sniffed=is_folder
    )


CASES: list[Case] = [
    case(
        "a single file with names and numbers",
        tfrecord(
            example(image("a.jpg", HALF, class__text=["cat"], class__label=[1])),
            example(image("b.jpg")),
        ),
        [
            {
                "sample": "a.jpg",
                "kind": "box",
                "unit": "fraction",
                "category": "cat",
                "x": 0.25,
                "y": 0.5,
                "width": 0.5,
                "height": 0.5,
                "attributes": '{"label":1}',
            }
        ],
        ["a.jpg", "b.jpg"],
        ["cat"],
    ),
    case(
        "numbers that a label map names, and one that it does not",
        {
            "data/label_map.pbtxt": LABEL_MAP,
            "data/val.record-00000-of-00002": tfrecord(
                example(image("a.jpg", WHOLE, HALF, HALF, class__label=[2, 7, 0]))
            ),
            "data/val.record-00001-of-00002": tfrecord(
                example(image("b.jpg", WHOLE, class__text=["dog"], class__label=[1]))
            ),
        },
        [
            {"category": "dog", "attributes": None},
            {"category": "7", "attributes": None},
            {"category": None, "attributes": None},
            {"category": "dog", "attributes": '{"label":1}'},
        ],
        ["a.jpg", "b.jpg"],
        ["cat", "dog", "7"],
    ),
    case(
        "a label map with names to be shown, comments, nested blocks and escapes",
        {
            "train.tfrecord": tfrecord(
                example(image("a", WHOLE, HALF, class__text=["/m/01", "Hund"])),
            ),
            "label_map.pbtxt": (
                b"# numbers\nitem: { name: '/m/01' id: 1, display_name: 'K\\303\\244fer' }\n"
                b"item {\n  name: \"/m/02\"; id: 2\n  display_name: 'Hu' 'nd'\n"
                b"  keypoints {\n    id: 0\n    label: 'nose'\n  }\n}\n"
            ),
        },
        [{"category": "Käfer", "attributes": None}, {"category": "Hund", "attributes": None}],
        ["a"],
        ["Käfer", "Hund"],
    ),
    case(
        "further values of boxes, of images, and values that are no text",
        tfrecord(
            example(
                {
                    **image("a.jpg", WHOLE, HALF, difficult=[0, 1], view=["Left", ""]),
                    "image/object/mask": [b"\x89PNG\xff" * 3, "small"],
                    "image/source_id": ["17"],
                    "image/format": ["jpeg"],
                    "image/colorspace": [""],
                    "image/tags": ["one", "two"],
                    "image/quality": [float("nan")],
                }
            )
        ),
        [
            {
                "attributes": '{"difficult":0,"mask":"sha256:'
                'dd6a7e4d3f20263866270c739fc716d21bd33eadd2c3d9fe123b83f213d5e8ff","view":"Left"}'
            },
            {"attributes": '{"difficult":1,"mask":"small"}'},
        ],
        ["a.jpg"],
        [],
    ),
    case(
        "classes of whole images",
        {
            "train/a.tfrecord": tfrecord(
                example({"image/filename": ["1.png"], "image/class/text": ["cat"]}),
                example({"image/filename": ["2.png"], "image/class/label": [2]}),
            ),
            "train/label_map.pbtxt": LABEL_MAP,
        },
        [
            {"sample": "1.png", "kind": "class", "category": "cat"},
            {"sample": "2.png", "kind": "class", "category": "dog"},
        ],
        ["1.png", "2.png"],
        ["cat", "dog"],
    ),
    case(
        "unpacked numbers, unknown fields, a file name twice and none at all",
        tfrecord(
            example(
                image("a.jpg", HALF, class__text=["cat"], area=[-3]),
                packed=False,
                further=field(9, b"later")
                + varint(10 << 3)
                + varint(5)
                + varint(11 << 3 | 1)
                + bytes(8),
            ),
            example(image("a.jpg", WHOLE, class__text=["cat"])),
            example({"image/encoded": [b"\xff\xd8 an image"]}),
            example({"image/source_id": ["7"]}),
        ),
        [
            {"sample": "a.jpg", "x": 0.25, "attributes": '{"area":-3}'},
            {"sample": "a.jpg#2", "x": 0.0, "attributes": None},
        ],
        ["a.jpg", "a.jpg#2", md5(b"\xff\xd8 an image", usedforsecurity=False).hexdigest(), "7"],
        ["cat"],
    ),
    case("an empty file", b"", [], [], []),
]
