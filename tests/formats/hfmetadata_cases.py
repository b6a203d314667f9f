"""Metadata files of ImageFolder and AudioFolder that readers and writers stumble over."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tests.formats.case import Case


def case(
    name: str,
    files: Mapping[str, str | bytes],
    labels: Sequence[Mapping[str, Any]],
    samples: list[str],
    categories: list[str],
    **further: Any,
) -> Case:
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return Case(name, "hfmetadata", data, labels, samples, categories, **further)


def parquet(rows: Sequence[Mapping[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame(rows).write_parquet(buffer)
    return buffer.getvalue()


CASES: list[Case] = [
    case(
        "boxes as lists side by side",
        {
            "metadata.jsonl": '{"file_name": "a.png", "objects": {"bbox": [[302.0, 109.5, 73, 52]],'
            ' "categories": [0]}}\n'
            '{"file_name": "b.png", "objects": {"bbox": [[810.0, 100, 57, 28], [1, 2, 3, 4]],'
            ' "categories": [1, 0], "id": [7, 8], "area": [10, 12.5]}, "license": {"by": "x"}}\n'
            '{"file_name": "c.png", "objects": {"bbox": [], "categories": []}}\n'
        },
        [
            {
                "sample": "a.png", "kind": "box", "category": "0", "x": 302.0, "y": 109.5,
                "width": 73.0, "height": 52.0, "unit": "pixel",
            },
            {"sample": "b.png", "id": "7", "attributes": '{"area":10}', "category": "1"},
            {"sample": "b.png", "id": "8", "attributes": '{"area":12.5}', "category": "0"},
        ],
        ["a.png", "b.png", "c.png"],
        ["0", "1"],
    ),
    case(
        "a list of objects, two corners a box",
        {
            "metadata.jsonl": '{"file_name":"x/a.png","objects":[{"bbox":[0.1,0.2,0.8,0.9],'
            '"label":"cat","iscrowd":0},{"label":"dog","bbox":[5,6,7,8]}],"note":null}\n'
            '{"file_name":"b.png","objects":null}'
        },
        [
            {"sample": "x/a.png", "x": 0.1, "width": 0.7, "category": "cat",
             "attributes": '{"iscrowd":0}'},
            {"x": 5.0, "y": 6.0, "width": 2.0, "height": 2.0, "category": "dog"},
        ],
        ["x/a.png", "b.png"],
        ["cat", "dog"],
        settings={"bbox": "xyxy"},
    ),
    case(
        "a CSV file with classes, captions, quotes and CRLF",
        {
            "metadata.csv": "file_name,label,text,width\r\n"
            'a.png,cat,"A cat, ""sleeping""",10\r\nsub/b.png,,,\r\nc.png,dog,Ü,5\r\n'
        },
        [
            {"sample": "a.png", "kind": "class", "category": "cat"},
            {"sample": "a.png", "kind": "text", "text": 'A cat, "sleeping"'},
            {"sample": "c.png", "category": "dog"},
            {"sample": "c.png", "text": "Ü"},
        ],
        ["a.png", "sub/b.png", "c.png"],
        ["cat", "dog"],
    ),
    case(
        "a folder with splits and media",
        {
            "train/metadata.jsonl": '{"file_name": "a.wav", "transcription": "hello", "n": 3}\n'
            '{"file_name": "b.wav", "transcription": ""}\n',
            "train/a.wav": b"RIFF",
            "test/metadata.jsonl": '{"file_name": "a.wav", "transcription": "bye"}\n',
            "test/a.wav": b"RIFF2",
            "README.md": "about",
        },
        [
            {"sample": "test/a.wav", "kind": "text", "text": "bye"},
            {"sample": "train/a.wav", "text": "hello"},
            {"sample": "train/b.wav", "text": ""},
        ],
        ["test/a.wav", "train/a.wav", "train/b.wav"],
        [],
        folder=True,
    ),
    case(
        "Parquet",
        {
            "metadata.parquet": parquet(
                [
                    {
                        "file_name": "a.png",
                        "objects": {"bbox": [[1.5, 2.0, 3.0, 4.0]], "categories": ["cat"]},
                        "height": 7,
                    },
                    {"file_name": "b.png", "objects": {"bbox": [], "categories": []}, "height": 8},
                ]
            )
        },
        [{"sample": "a.png", "x": 1.5, "category": "cat"}],
        ["a.png", "b.png"],
        ["cat"],
    ),
    case(
        "several captions, classes and files in a row",
        {
            "metadata.jsonl": '{"left_file_name": "l.png", "right_file_name": "r.png",'
            ' "caption": ["one", "two"], "text": "three", "labels": ["a", "b"], "split": "dev"}\n'
            '{"left_file_name": "l.png", "right_file_name": "q.png", "labels": []}\n'
        },
        [
            {"kind": "class", "category": "a"},
            {"kind": "class", "category": "b"},
            {"kind": "text", "text": "three", "attributes": '{"column":"text"}'},
            {"kind": "text", "text": "one", "attributes": '{"column":"caption"}'},
            {"kind": "text", "text": "two"},
        ],
        ["l.png", "l.png#2"],
        ["a", "b"],
    ),
]  # fmt: skip
