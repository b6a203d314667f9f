"""Spans in JSON lines that readers and writers stumble over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.formats.rows import content_key
from tests.formats.case import Case


def case(
    name: str,
    content: str | bytes,
    labels: Sequence[Mapping[str, Any]],
    samples: Sequence[str],
    categories: Sequence[str],
    **more: Any,
) -> Case:
    data = content.encode() if isinstance(content, str) else content
    return Case(name, "spans", {"spans.jsonl": data}, labels, samples, categories, **more)


EU = content_key("EU rejects")
HI = content_key("hi")
ORG = {"kind": "span", "category": "ORG", "start": 0.0, "end": 2.0, "unit": "character"}

CASES: list[Case] = [
    case(
        "spaCy, with categories and keys of its own",
        '{"text": "EU rejects", "entities": [[0, 2, "ORG"]], "cats": {"news": 1.0, "ad": 0.0}}\n'
        '{"text": "hi", "entities": [], "cats": {"news": 0.25}, "source": "x"}\n',
        [
            {**ORG, "sample": EU},
            {"kind": "class", "category": "news", "verdict": "present", "confidence": None},
            {"kind": "class", "category": "ad", "verdict": "absent"},
            {"sample": HI, "category": "news", "confidence": 0.25},
        ],
        [EU, HI],
        ["ORG", "ad", "news"],
    ),
    case(
        "spaCy pairs",
        '["EU rejects", {"entities": [[0, 2, "ORG"], [3, 10, "ACT"]]}]\n'
        '["hi", {"entities":[]}]\n["a {b}", {"entities":[[0,1,"X"]]}]\n',
        [{**ORG, "sample": EU}, {"category": "ACT", "end": 10.0}, {"category": "X"}],
        [EU, HI, content_key("a {b}")],
        ["ACT", "ORG", "X"],
    ),
    case(
        "doccano, overlapping and repeated spans of repeated texts",
        '{"text": "EU rejects", "label": [ [0, 2, "ORG"], [0, 2, "ORG"] ]}\n'
        '{"text": "EU rejects", "label": [ [0, 10, "ORG"], [3, 10, "X"] ], "meta": {"n": 1}}\n'
        '{"text": "EU rejects", "label": []}\n',
        [{**ORG, "sample": EU}, ORG, {"sample": f"{EU}#2", "end": 10.0}, {"category": "X"}],
        [EU, f"{EU}#2", f"{EU}#3"],
        ["ORG", "X"],
    ),
    case(
        "doccano with ids, data and labels, emoji before the span",
        '{"id": 11, "data": "\\ud83d\\ude00 EU", "labels": [[2, 4, "ORG"]]}\n'
        '{"id": 12, "data": "\U0001f600 \u00e9", "labels": []}\n',
        [{"sample": "11", "start": 2.0, "end": 4.0}],
        ["11", "12"],
        ["ORG"],
    ),
    case(
        "doccano with relations",
        '{"id": 4, "text": "EU rejects", "entities": [{"id": 1, "label": "ORG", '
        '"start_offset": 0, "end_offset": 2}, {"id": 2, "label": "ACT", "start_offset": 3, '
        '"end_offset": 10, "sure": true}], "relations": [{"id": 0, "from_id": 1, "to_id": 2, '
        '"type": "does"}], "Comments": []}\n'
        '{"id": 5, "text": "hi", "entities": [], "relations": [], "Comments": []}\n',
        [{**ORG, "id": "1", "sample": "4"}, {"id": "2", "attributes": '{"sure":true}'}],
        ["4", "5"],
        ["ACT", "ORG"],
    ),
    case(
        "byte order mark, CRLF, blank lines, no last line end, empty text",
        b'\xef\xbb\xbf{"text":"EU rejects","entities":[[0,2,"ORG"]]}\r\n\r\n'
        b'{"text":"","entities":[[0,0,"X"]]}',
        [{**ORG, "sample": EU}, {"start": 0.0, "end": 0.0}],
        [EU, content_key("")],
        ["ORG", "X"],
    ),
]
