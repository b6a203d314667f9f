"""IDX label files that readers and writers stumble over."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from typing import Any

from tests.formats.case import Case

HEAD = b"\x00\x00\x08\x01"


def idx(*values: int) -> bytes:
    return HEAD + len(values).to_bytes(4, "big") + bytes(values)


def case(
    name: str,
    files: Mapping[str, bytes],
    labels: Sequence[Mapping[str, Any]],
    samples: list[str],
    categories: list[str],
    **further: Any,
) -> Case:
    return Case(name, "idx", files, labels, samples, categories, **further)


CASES: list[Case] = [
    case(
        "digits",
        {"train-labels-idx1-ubyte": idx(5, 0, 255, 0)},
        [{"sample": "0", "kind": "class", "category": "5"}, {}, {"category": "255"}, {}],
        ["0", "1", "2", "3"],
        ["0", "255", "5"],
    ),
    case(
        "gzipped, with names",
        {"t10k-labels-idx1-ubyte.gz": gzip.compress(idx(1, 0, 1), mtime=12345)},
        [{"category": "shirt"}, {"category": "top"}, {"category": "shirt"}],
        ["0", "1", "2"],
        ["top", "shirt", "unused"],
        settings={"names": "top, shirt,unused"},
    ),
    case(
        "both splits beside their images",
        {
            "train-labels-idx1-ubyte.gz": gzip.compress(idx(1, 2), mtime=0),
            "t10k-labels-idx1-ubyte": idx(3),
            "train-images-idx3-ubyte": b"\x00\x00\x08\x03",
        },
        [{"sample": "t10k/0", "category": "3"}, {"sample": "train/0"}, {"category": "2"}],
        ["t10k/0", "train/0", "train/1"],
        ["1", "2", "3"],
        folder=True,
    ),
    case("no labels at all", {"labels-idx1-ubyte": idx()}, [], [], []),
    case(
        "a name of its own",
        {"digits.idx": idx(7)},
        [{"sample": "0", "category": "7"}],
        ["0"],
        ["7"],
    ),
]
