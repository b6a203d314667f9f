"""Image lists of Caffe that readers and writers stumble over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.formats.case import Case


def case(
    name: str,
    files: bytes | Mapping[str, bytes],
    labels: list[dict[str, Any]],
    samples: list[str],
    categories: list[str],
    **more: Any,
) -> Case:
    given = {"train.txt": files} if isinstance(files, bytes) else files
    folder = not isinstance(files, bytes)
    return Case(name, "caffe", given, labels, samples, categories, folder=folder, **more)


CASES: list[Case] = [
    case(
        "paths with spaces, the last of which separates",
        b"images/my cat 2.jpg 0\nimages/dog.JPEG 12\n",
        [
            {"sample": "images/my cat 2.jpg", "kind": "class", "category": "0"},
            {"sample": "images/dog.JPEG", "category": "12"},
        ],
        ["images/my cat 2.jpg", "images/dog.JPEG"],
        ["0", "12"],
    ),
    case(
        "names between commas, a number with a zero before it, a label to be ignored",
        b"b.png 01\na.png 0\na.png 1",
        [
            {"sample": "b.png", "category": "dog"},
            {"sample": "a.png", "category": "cat"},
            {"sample": "a.png#2", "category": "dog"},
        ],
        ["b.png", "a.png", "a.png#2"],
        ["cat", "dog", "bird"],
        settings={"names": "cat, dog, bird"},
    ),
    case(
        "labels that are no numbers of classes, Windows line ends, blank lines",
        b"\xef\xbb\xbfa.bmp 0.50\r\n\r\nb.bmp -1\r\nc.bmp 3\r\n",
        [{"category": "0.50"}, {"category": "-1"}, {"category": "3"}],
        ["a.bmp", "b.bmp", "c.bmp"],
        ["-1", "0.50", "3"],
    ),
    case(
        "a folder of splits, with names in a file of its own",
        {
            "lists/train.txt": b"a.jpg 1\nb.jpg 0\n",
            "lists/val.txt": b"c.jpg 1\n",
            "words.txt": b"n02119789 kit fox\nn02100735 English setter\n",
            "data/a.jpg": b"\xff\xd8",
        },
        [{"sample": "a.jpg", "category": "English setter"}, {"category": "kit fox"}, {}],
        ["a.jpg", "b.jpg", "c.jpg"],
        ["kit fox", "English setter"],
        settings={"names": "words.txt"},
        sniffed=False,
    ),
    case(
        "a folder of splits that name the same image, a name that is not in ASCII",
        {"train.txt": "ü.jpg 1\nb.jpg 0\n".encode(), "test.txt": "ü.jpg 1".encode()},
        [{"sample": "ü.jpg"}, {"sample": "ü.jpg#2"}, {"sample": "b.jpg"}],
        ["ü.jpg", "ü.jpg#2", "b.jpg"],
        ["0", "1"],
    ),
]
