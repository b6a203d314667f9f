"""Prodigy's lines that readers and writers stumble over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from labelvc.formats.rows import content_key
from tests.formats.case import Case

ANN = {"_annotator_id": "ann", "_session_id": "ner-ann"}
BOB = {"_annotator_id": "bob", "_session_id": "ner-bob"}


def lines(*tasks: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps(task, ensure_ascii=False).encode() + b"\n" for task in tasks)


def case(
    name: str,
    content: bytes,
    labels: Sequence[Mapping[str, Any]],
    samples: Sequence[str],
    categories: Sequence[str],
) -> Case:
    return Case(name, "prodigy", {"annotations.jsonl": content}, labels, samples, categories)


def ner(text: str, *spans: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A task of named entities, with a token a word."""
    tokens, at = [], 0
    for number, word in enumerate(text.split(" ")):
        tokens.append({"text": word, "start": at, "end": at + len(word), "id": number, "ws": True})
        at += len(word) + 1
    return {
        "text": text,
        "_input_hash": -13216227,
        "_task_hash": 1944660624,
        "tokens": tokens,
        "spans": list(spans),
        "_view_id": "ner_manual",
        "answer": "accept",
        **more,
    }


def entity(start: int, end: int, first: int, last: int, label: str) -> dict[str, Any]:
    return {"start": start, "end": end, "token_start": first, "token_end": last, "label": label}


RECT = {
    **{"id": "0a1b", "label": "CAR", "color": "yellow", "x": 10, "y": 20, "width": 30.5},
    **{"height": 40, "points": [[10, 20], [10, 60], [40.5, 60], [40.5, 20]]},
    **{"center": [25.25, 40], "type": "rect"},
}
HALVES = {"points": [[1, 2], [3.50, 4], [5, 6]], "label": "TREE", "type": "polygon"}
OPTIONS = [{"id": 1, "text": "good"}, {"id": 2, "text": "bad"}]

CASES: list[Case] = [
    case(
        "entities, one of them of several tokens, behind an emoji",
        lines(
            ner("😀 Ann Lee sang", entity(2, 9, 1, 2, "PERSON"), meta={"score": 0.50}),
            ner("nobody"),
        ),
        [{"sample": content_key("😀 Ann Lee sang"), "kind": "span", "category": "PERSON",
          "start": 2, "end": 9, "unit": "character", "attributes": None, "annotator": None}],
        [content_key("😀 Ann Lee sang"), content_key("nobody")],
        ["PERSON"],
    ),
    case(
        "several annotators of one text, who differ in a note, one of whom ignored it",
        lines(
            ner("Ann sang", entity(0, 3, 0, 0, "PERSON"), **ANN, note="x"),
            ner("Ann sang", entity(0, 3, 0, 0, "ORG"), **BOB, note="y"),
            ner("Ann sang", entity(4, 8, 1, 1, "ORG"), answer="ignore", _session_id="ner-cid"),
            ner("Bob sang", **ANN),
        ),
        [
            {"category": "PERSON", "annotator": "ann"},
            {"category": "ORG", "annotator": "bob"},
        ],
        [content_key("Ann sang"), content_key("Bob sang")],
        ["ORG", "PERSON"],
    ),
    case(
        "questions with an answer each, one of them rejected, one ignored",
        lines(
            {"text": "a", "label": "NEWS", "_input_hash": 1, "_task_hash": 2, "answer": "accept"},
            {"text": "a", "label": "SPORT", "_input_hash": 1, "_task_hash": 3, "answer": "reject"},
            {"text": "b", "label": "NEWS", "_input_hash": 4, "_task_hash": 5, "answer": "ignore"},
            {"text": "c", "html": "<b>c</b>", "_input_hash": 4, "_task_hash": 5,
             "answer": "reject"},
        ),
        [
            {"kind": "class", "category": "NEWS", "verdict": "present"},
            {"kind": "class", "category": "SPORT", "verdict": "rejected"},
        ],
        [content_key("a"), content_key("b"), content_key("c")],
        ["NEWS", "SPORT"],
    ),
    case(
        "choices, whose options have numbers",
        b'{"text":"a","options":[{"id":1,"text":"gut \\u00e4h"},{"id":2,"text":"bad"}],"accept":'
        b'[1,2],"config":{"choice_style":"multiple"},"_view_id":"choice","answer":"accept"}\r\n'
        b'{"html":"<i>x</i>","options":[{"id":"x","text":"gut"}],"accept":["x"],"_view_id":"choice"'
        b',"answer":"accept"}',
        [
            {"kind": "class", "category": "1"},
            {"category": "2"},
            {"category": "x", "sample": content_key("<i>x</i>")},
        ],
        [content_key("a"), content_key("<i>x</i>")],
        ["1", "2", "x"],
    ),
    case(
        "boxes and outlines of an image",
        lines(
            {"image": "img/a.jpg", "width": 100, "height": 80, "spans": [
                RECT, HALVES, {**HALVES, "type": "freehand", "label": "BUSH"},
                {"points": [[4, 9], [8, 9], [8, 2], [4, 2]], "label": "CAR", "type": "rect"}],
             "answer": "accept", **ANN},
            {"image": "img/b.jpg", "spans": [], "answer": "accept", **ANN},
        ),
        [
            {"kind": "box", "x": 10, "y": 20, "width": 30.5, "height": 40, "id": "0a1b",
             "attributes": '{"color":"yellow"}', "unit": "pixel", "sample": "img/a.jpg"},
            {"kind": "polygon", "geometry": '{"polygon":[[1.0,2.0,3.5,4.0,5.0,6.0]]}'},
            {"kind": "polygon", "attributes": '{"type":"freehand"}'},
            {"kind": "box", "x": 4, "y": 2, "width": 4, "height": 7},
        ],
        ["img/a.jpg", "img/b.jpg"],
        ["BUSH", "CAR", "TREE"],
    ),
    case(
        "sound with regions and a transcript",
        lines(
            {"audio": "a.wav", "transcript": "hello there", "audio_spans": [
                {"start": 0.50, "end": 1.25, "label": "SPEECH", "id": "u1", "color": "red",
                 "channel": 0},
                {"start": 2, "end": 3, "label": "NOISE", "id": "u2"}],
             "answer": "accept", "_timestamp": 1700000000},
            {"video": "b.mp4", "transcript": "", "answer": "accept"},
        ),
        [
            {"kind": "segment", "start": 0.5, "end": 1.25, "unit": "second", "id": "u1"},
            {"kind": "segment", "category": "NOISE", "attributes": None},
            {"kind": "text", "text": "hello there"},
            {"kind": "text", "text": "", "sample": "b.mp4"},
        ],
        ["a.wav", "b.mp4"],
        ["NOISE", "SPEECH"],
    ),
    case(
        "suggestions with a score, quotes that do not fit, spans without a name",
        lines(
            {"text": "Ann sang", "spans": [
                {"start": 0, "end": 3, "text": "Ann", "label": "PERSON", "score": 0.75,
                 "source": "model", "type": "span", "input_hash": 5},
                {"start": 4, "end": 8, "text": "sing", "label": "VERB", "pattern": -2},
                {"start": 0, "end": 8}],
             "relations": [{"head": 0, "child": 1, "label": "SUBJ"}], "_task_hash": 1,
             "answer": "reject"},
        ),
        [
            {"category": "PERSON", "verdict": "rejected", "confidence": 0.75,
             "attributes": '{"source":"model"}'},
            {"category": "VERB", "attributes": '{"pattern":-2,"text":"sing"}'},
            {"category": None, "start": 0, "end": 8},
        ],
        [content_key("Ann sang")],
        ["PERSON", "VERB"],
    ),
]  # fmt: skip
