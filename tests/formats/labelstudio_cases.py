"""Exports of Label Studio that readers and writers stumble over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.formats.case import Case


def result(kind: str, value: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A result as Label Studio writes it."""
    return {
        "value": dict(value),
        "id": "abcdefghij",
        "from_name": "label",
        "to_name": "image",
        "type": kind,
        "origin": "manual",
        **more,
    }


def region(kind: str, value: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A result about a part of an image."""
    sizes = {"original_width": 40, "original_height": 20, "image_rotation": 0}
    return {**sizes, **result(kind, value, **more)}


def box(x: float, y: float, label: str | None = "cat", **more: Any) -> dict[str, Any]:
    """The value of a box of 10 by 5 percent."""
    named = {} if label is None else {"rectanglelabels": [label]}
    return {"x": x, "y": y, "width": 10, "height": 5, "rotation": 0, **more, **named}


def task(number: int, data: Mapping[str, Any], *annotations: Any, **more: Any) -> dict[str, Any]:
    """A task; annotations are lists of results by user 1, or objects."""
    made = [
        one
        if isinstance(one, dict)
        else {
            "id": 100 + number,
            "completed_by": 1,
            "result": one,
            "was_cancelled": False,
            "ground_truth": False,
            "updated_at": "2024-05-01T10:00:00Z",
            "lead_time": 8.65,
        }
        for one in annotations
    ]
    return {"id": number, "annotations": made, "predictions": [], "data": dict(data), **more}


def case(
    name: str,
    content: Any,
    labels: Sequence[Mapping[str, Any]],
    samples: Sequence[str],
    categories: Sequence[str],
) -> Case:
    data = content if isinstance(content, bytes) else json.dumps(content, indent=2).encode()
    return Case(name, "labelstudio", {"export.json": data}, labels, samples, categories)


IMAGE = {"image": "/data/upload/1/ab12cd34-street.jpg"}
EMOJI = "📉 I met Ann 📰 in Rome"
# 4 x 2 pixels: the two in the middle of the first row, and one below, are set
BRUSH = [0, 0, 0, 32, 57, 27, 252, 96, 19, 255, 219, 0, 143, 254, 48, 0]
PATHS = {"start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]", "startOffset": 0, "endOffset": 3}

CASES: list[Case] = [
    case(
        "boxes, turned ones, of two names, with a transcript and an answer each",
        [
            task(
                7,
                IMAGE,
                [
                    region("rectanglelabels", box(1.25, 2), id="r1"),
                    region("rectanglelabels", box(3, 4, rotation=30.5), id="r2", score=0.75),
                    region("rectanglelabels", {**box(5, 6), "rectanglelabels": ["cat", "pet"]},
                           id="r3"),
                    region("textarea", {**box(1.25, 2, None), "text": ["STOP"]}, id="r1",
                           from_name="transcription"),
                    region("choices", {**box(3, 4, None), "choices": ["blurred"]}, id="r2",
                           from_name="quality"),
                    {"type": "relation", "from_id": "r1", "to_id": "r2", "direction": "right"},
                ],
            ),
            task(8, {"image": "s3://bucket/x/house.jpg", "weather": "sunny"}),
        ],
        [
            {"sample": "ab12cd34-street.jpg", "id": "r1", "kind": "box", "x": 1.25, "width": 10,
             "unit": "percent", "text": "STOP", "annotator": "1", "attributes": None},
            {"id": "r2", "confidence": 0.75, "category": "cat",
             "attributes": '{"quality":["blurred"],"rotation":30.5,"rotation_about":"corner"}'},
            {"id": "r3", "category": "cat", "attributes": '{"labels":["pet"]}'},
        ],
        ["ab12cd34-street.jpg", "house.jpg"],
        ["cat"],
    ),
    case(
        "every kind of region of an image",
        [
            task(
                1,
                IMAGE,
                [
                    region("polygonlabels", {"points": [[1, 2], [3.50, 4], [5, 6]],
                                             "polygonlabels": ["a"], "closed": True}, id="p"),
                    region("keypointlabels", {"x": 9, "y": 8.5, "width": 0.5,
                                              "keypointlabels": ["b"]}, id="k"),
                    region("ellipselabels", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20,
                                             "rotation": 0, "ellipselabels": ["c"]}, id="e"),
                    region("rectangle", box(1, 2, None), id="s"),
                    region("labels", {**box(1, 2, None), "labels": ["d"]}, id="s"),
                    region("rectangle", box(7, 7, None), id="n", from_name="bare"),
                ],
            )
        ],
        [
            {"kind": "polygon", "geometry": '{"polygon":[[1.0,2.0,3.5,4.0,5.0,6.0]]}', "id": "p"},
            {"kind": "keypoints", "attributes": '{"width":0.5}'},
            {"kind": "ellipse", "geometry": '{"ellipse":[50.0,50.0,10.0,20.0,0.0]}', "x": 40,
             "y": 30, "width": 20, "height": 40},
            {"kind": "box", "category": "d", "attributes": '{"type":"labels"}'},
            {"kind": "box", "category": None, "attributes": '{"from_name":"bare"}'},
        ],
        ["ab12cd34-street.jpg"],
        ["a", "b", "c", "d"],
    ),
    case(
        "choices, paths of a taxonomy, texts and ratings of two annotators, and what was skipped",
        [
            task(
                3,
                {"text": "a fine day"},
                {"id": 1, "completed_by": {"id": 5, "email": "a@example.com"}, "result": [
                    result("choices", {"choices": ["good", "new"]}, from_name="mood",
                           to_name="text", id="c"),
                    result("rating", {"rating": 4}, from_name="stars", to_name="text", id="s"),
                    result("taxonomy", {"taxonomy": [["news"], ["news", "either/or"]]},
                           from_name="topic", to_name="text", id="t"),
                    result("textarea", {"text": ["one", "two"]}, from_name="note", to_name="text",
                           id="n"),
                ]},
                {"id": 2, "completed_by": 6, "ground_truth": True, "result": [
                    result("choices", {"choices": ["bad"]}, from_name="mood", to_name="text",
                           id="c"),
                    result("rating", {"rating": 2}, from_name="stars", to_name="text", id="s"),
                ]},
                {"id": 3, "completed_by": 7, "was_cancelled": True, "result": [
                    result("choices", {"choices": ["bad"]}, from_name="mood", to_name="text"),
                ]},
            )
        ],
        [
            {"kind": "class", "category": "good", "annotator": "5", "id": "c"},
            {"kind": "class", "category": "new", "id": None},
            {"category": "news",
             "attributes": '{"from_name":"topic","to_name":"text","type":"taxonomy"}'},
            {"category": "news/either\\/or"},
            {"kind": "text", "text": "one"},
            {"kind": "text", "text": "two"},
            {"kind": "class", "category": "bad", "annotator": "6"},
        ],
        ["8c253cfff4c9"],
        ["bad", "good", "new", "news", "news/either\\/or"],
    ),
    case(
        "spans of a text with emoji, by code points and by UTF-16 units, and of HTML",
        [
            task(1, {"text": EMOJI}, [
                result("labels", {"start": 8, "end": 11, "text": "Ann", "labels": ["PER"]},
                       to_name="text", id="a"),
                result("labels", {"start": 19, "end": 23, "text": "Rome", "labels": ["LOC"]},
                       to_name="text", id="b"),
            ]),
            task(2, {"html": "<p>Ann</p>"}, [
                result("hypertextlabels",
                       {**PATHS, "text": "Ann", "globalOffsets": {"start": 0, "end": 3},
                        "hypertextlabels": ["PER"]}, to_name="text", id="c"),
            ]),
            task(3, {"dialogue": [{"author": "x", "text": "hi"}], "text": "d"}, [
                result("paragraphlabels",
                       {"start": "0", "end": "0", "startOffset": 0, "endOffset": 2,
                        "paragraphlabels": ["GREETING"]}, to_name="text"),
            ]),
        ],
        [
            {"kind": "span", "start": 8, "end": 11, "unit": "character", "attributes": None},
            {"start": 17, "end": 21, "category": "LOC", "attributes": None},
            {"start": 0, "end": 3, "category": "PER"},
            {"start": None, "category": "GREETING"},
        ],
        ["18ed48a648cb", "8d1ddf249eba", "3c363836cf4e"],
        ["GREETING", "LOC", "PER"],
    ),
    case(
        "sound",
        [
            task(1, {"audio": "https://example.com/a.wav?X-Amz-Expires=5&X-Amz-Signature=0f"}, [
                result("labels", {"start": 0.50, "end": 2, "channel": 0, "labels": ["speech"]},
                       to_name="audio", original_length=9.5, id="s"),
                result("textarea", {"start": 0.50, "end": 2, "channel": 0, "text": ["hello"]},
                       to_name="audio", original_length=9.5, id="s", from_name="transcription"),
                result("textarea", {"text": "all of it"}, to_name="audio", from_name="whole"),
            ]),
        ],
        [
            {"kind": "segment", "start": 0.5, "end": 2, "unit": "second", "text": "hello",
             "attributes": '{"channel":0}'},
            {"kind": "text", "text": "all of it"},
        ],
        ["a.wav"],
        ["speech"],
    ),
    case(
        "brush strokes, series, numbers, dates and videos",
        [
            task(1, {"image": "a.png", "csv": "/data/a.csv"}, [
                region("brushlabels", {"format": "rle", "rle": BRUSH, "brushlabels": ["road"]},
                       id="m", original_width=4, original_height=2),
                result("timeserieslabels", {"start": 5, "end": 7.5, "instant": False,
                                            "timeserieslabels": ["run"]}, to_name="ts", id="t"),
                result("number", {"number": 3}, from_name="count", id="n"),
                result("datetime", {"datetime": "2024-05-01"}, from_name="day", id="d"),
                result("videorectangle", {"framesCount": 9, "labels": ["x"], "sequence": []},
                       from_name="box", id="v"),
                result("videorectangle", {"framesCount": 9, "labels": ["y"], "sequence": []},
                       from_name="box", id="w"),
            ]),
        ],
        [
            {"kind": "mask", "category": "road", "x": None, "unit": "percent",
             "geometry": '{"mask":{"counts":[2,1,1,2,2],"size":[2,4]}}'},
            {"kind": "segment", "category": "run", "start": 5, "end": 7.5, "unit": None},
        ],
        ["a.png"],
        ["road", "run"],
    ),
    case(
        "completions of old, one task a line, the same image twice",
        b'{"id":1,"data":{"image":"a.jpg"},"completions":[{"id":5,"result":[{"id":"x",'
        b'"type":"choices","from_name":"label","to_name":"image","value":{"choices":["cat"]}}]}]}\n'
        b'{"id": 2, "data": {"image": "b/a.jpg"}, "completions": []}\n',
        [{"sample": "a.jpg", "kind": "class", "category": "cat", "annotator": None}],
        ["a.jpg", "a.jpg#2"],
        ["cat"],
    ),
    case(
        "a single task, spread over lines, with a mark",
        b"\xef\xbb\xbf" + json.dumps(task(4, IMAGE, [region("rectanglelabels", box(1, 2))]),
                                     indent=4).encode(),
        [{"kind": "box", "annotator": "1"}],
        ["ab12cd34-street.jpg"],
        ["cat"],
    ),
]  # fmt: skip
