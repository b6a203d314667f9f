"""Awkward ImageFolder label sets."""

from __future__ import annotations

from tests.formats.case import Case

CLASS = {"kind": "class", "x": None, "unit": None}

CASES = [
    Case(
        "classes under splits",
        "imagefolder",
        {
            "train/cat/1.png": b"1",
            "train/dog/2.PNG": b"2",
            "val/cat/3.jpeg": b"3",
        },
        [
            {**CLASS, "sample": "1.png", "category": "cat"},
            {**CLASS, "sample": "2.PNG", "category": "dog"},
            {**CLASS, "sample": "3.jpeg", "category": "cat"},
        ],
        ["1.png", "2.PNG", "3.jpeg"],
        ["cat", "dog"],
        folder=True,
    ),
    Case(
        "classes at the top, folders inside, names with spaces",
        "imagefolder",
        {
            "Bär 熊/in/a b.wav": b"1",
            "README.md": b"sounds",
            "cat/c.flac": b"2",
        },
        [
            {**CLASS, "sample": "in/a b.wav", "category": "Bär 熊"},
            {**CLASS, "sample": "c.flac", "category": "cat"},
        ],
        ["in/a b.wav", "c.flac"],
        ["Bär 熊", "cat"],
        folder=True,
    ),
    Case(
        "a file without a class, and one that is no medium",
        "imagefolder",
        {"a.png": b"1", "cat/b.png": b"2", "test/c.png": b"3", "cat/notes.csv": b"4"},
        [{**CLASS, "sample": "b.png", "category": "cat"}],
        ["a.png", "b.png", "c.png"],
        ["cat"],
        folder=True,
        sniffed=False,
    ),
    Case(
        "empty files, many dots, a class as a file is called",
        "imagefolder",
        {"a.png/a.png": b"", "b/-.png": b"", "b/1.2.jpg": b""},
        [
            {**CLASS, "sample": "a.png", "category": "a.png"},
            {**CLASS, "sample": "-.png", "category": "b"},
            {**CLASS, "sample": "1.2.jpg", "category": "b"},
        ],
        ["a.png", "-.png", "1.2.jpg"],
        ["a.png", "b"],
        folder=True,
    ),
    Case(
        "one class only",
        "imagefolder",
        {"valid/cat/1.png": b"1", "valid/cat/2.png": b"1"},
        [{**CLASS, "sample": "1.png"}, {**CLASS, "sample": "2.png"}],
        ["1.png", "2.png"],
        ["cat"],
        folder=True,
        sniffed=False,
    ),
]
