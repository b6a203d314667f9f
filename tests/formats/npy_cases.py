"""NumPy label arrays that readers and writers stumble over."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.formats.case import Case


def npy(values: Any, **how: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array(values, **how))
    return buffer.getvalue()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: np.array(values) for name, values in arrays.items()})
    return buffer.getvalue()


def case(
    name: str,
    files: Mapping[str, bytes],
    labels: Sequence[Mapping[str, Any]],
    samples: list[str],
    categories: list[str],
    **further: Any,
) -> Case:
    return Case(name, "npy", files, labels, samples, categories, **further)


CASES: list[Case] = [
    case(
        "numbers in two bytes",
        {"y.npy": npy([7, 2, 300, 2], dtype="<u2")},
        [
            {"sample": "0", "kind": "class", "category": "7"},
            {"sample": "1", "category": "2"},
            {"category": "300"},
            {"category": "2"},
        ],
        ["0", "1", "2", "3"],
        ["2", "300", "7"],
    ),
    case(
        "texts, one of them empty",
        {"y.npy": npy(["cat", "", "Größe"])},
        [{"sample": "0", "category": "cat"}, {"sample": "2", "category": "Größe"}],
        ["0", "1", "2"],
        ["Größe", "cat"],
    ),
    case(
        "numbers with names, big-endian, below zero is none",
        {"y.npy": npy([1, 0, 1], dtype=">i4")},
        [{"category": "dog"}, {"category": "cat"}, {"category": "dog"}],
        ["0", "1", "2"],
        ["cat", "dog", "owl"],
        settings={"names": "cat,dog,owl"},
    ),
    case(
        "several classes a row, in columns first",
        {"y.npy": npy([[1, 0, 1], [0, 0, 0], [0, 1, 0]], order="F", dtype="u1")},
        [
            {"sample": "0", "category": "a"},
            {"sample": "0", "category": "c"},
            {"sample": "2", "category": "b"},
        ],
        ["0", "1", "2"],
        ["a", "b", "c"],
        settings={"rows": "multilabel", "names": "a,b,c"},
    ),
    case(
        "one class a row",
        {"y.npy": npy([[False, True], [True, False]])},
        [{"sample": "0", "category": "1"}, {"sample": "1", "category": "0"}],
        ["0", "1"],
        ["0", "1"],
        settings={"rows": "onehot"},
    ),
    case(
        "an archive with ids and features",
        {
            "set.npz": npz(
                features=[[0.5, 1.5], [2.5, 3.5]], labels=[-1, 4], names=["b.png", "a.png"]
            )
        },
        [{"sample": "b.png", "category": "-1"}, {"sample": "a.png", "category": "4"}],
        ["b.png", "a.png"],
        ["-1", "4"],
        settings={"array": "labels", "ids": "names"},
        sniffed=False,
    ),
    case("no labels at all", {"y.npy": npy([], dtype="i8")}, [], [], []),
]
