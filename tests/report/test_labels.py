import pytest

from labelvc.report.labels import described, sentence
from labelvc.report.layout import shown
from tests.report.build import LABEL_SCHEMA, box, label

BOX = box("cat", 1, 2, 30, 20)
FRACTION = {**BOX, "unit": "fraction", "x": 0.25, "width": 0.5, "height": 0.5}
SPAN = {"kind": "span", "category": "PER", "unit": "character", "start": 0.0, "end": 3.0}
TOKENS = {**SPAN, "unit": "token", "start": 1.0, "end": 2.0}
SEGMENT = {"kind": "segment", "unit": "second", "start": 1.0, "end": 2.5}
CLASS = {"kind": "class", "category": "dog"}
TEXT = {"kind": "text", "text": "a cat"}
RLE = '{"mask":{"counts":"PPYo0","size":[4,4]}}'
RING = '{"polygon":[[0.0,0.0,9.0,0.0,9.0,9.0]]}'
POSE = '{"keypoints":[[1.0,2.0,2],[3.0,4.0,1]],"polygon":[[0.0,0.0,9.0,0.0,9.0,9.0]]}'

CASES = {
    "relabelled": ("relabelled", BOX, {**BOX, "category": "dog"}, {}, "relabelled cat -> dog"),
    "to no category": (
        "relabelled", BOX, {**BOX, "category": None}, {}, "relabelled cat -> no category",
    ),
    "spaces at the end": (
        "relabelled", BOX, {**BOX, "category": "cat "}, {}, "relabelled cat -> 'cat '",
    ),
    "moved": ("moved", BOX, BOX, {"shift": 3.16, "iou": 0.934}, "cat moved 3.2 px (IoU 0.93)"),
    "moved a hair": ("moved", BOX, BOX, {"shift": 0.01}, "cat moved <0.1 px"),
    "resized": (
        "moved", BOX, {**BOX, "width": 31.5}, {"shift": 0.75},
        "cat moved 0.8 px, size 30 x 20 -> 31.5 x 20",
    ),
    "box added to an outline": (
        "moved", {**BOX, "width": None, "height": None}, BOX, {}, "cat moved, size none -> 30 x 20",
    ),
    "moved by a fraction": (
        "moved", FRACTION, FRACTION, {"shift": 0.0321}, "cat moved 0.0321 of the image",
    ),
    "both": (
        "relabelled moved", BOX, {**BOX, "category": "dog"}, {"shift": 1.0, "iou": 1.0},
        "relabelled cat -> dog, moved 1.0 px (IoU 1.00)",
    ),
    "mask": ("reshaped", {**BOX, "geometry": RLE}, {**BOX, "geometry": RLE}, {}, "cat reshaped"),
    "outline gone": (
        "reshaped", {**BOX, "geometry": RING, "kind": "polygon"}, BOX, {},
        "cat reshaped polygon -> box",
    ),
    "span": ("retimed", SPAN, {**SPAN, "end": 4.0}, {}, 'PER "Anna" retimed 0-3 -> 0-4'),
    "token": ("retimed", TOKENS, {**TOKENS, "end": 3.0}, {}, 'PER "met Ben" retimed 1-2 -> 1-3'),
    "segment": ("retimed", SEGMENT, {**SEGMENT, "end": 2.75}, {}, "retimed 1-2.5 -> 1-2.75 s"),
    "a microsecond": (
        "retimed", SEGMENT, {**SEGMENT, "end": 2.500001}, {},
        "retimed (1.0, 2.5) -> (1.0, 2.500001) s",
    ),
    "edited": ("edited", TEXT, {**TEXT, "text": "a dog"}, {}, "edited a [-cat-]{+dog+} (WER 0.50)"),
    "text new": ("edited", {**TEXT, "text": None}, TEXT, {}, "edited {+a cat+}"),
    "attributes": (
        "attributes", {**BOX, "attributes": '{"a":1,"b":[1],"c":"x"}'},
        {**BOX, "attributes": '{"a":1.5,"b":[1],"d":null}'}, {},
        'cat attributes a 1 -> 1.5, c removed ("x"), d added (null)',
    ),
    "verdict": (
        "verdict", CLASS, {**CLASS, "verdict": "absent"}, {},
        'dog verdict present -> absent "Anna met Ben"',
    ),
    "annotator": ("annotator", BOX, {**BOX, "annotator": "Ben"}, {}, "cat annotator nobody -> Ben"),
    "confidence": (
        "confidence", {**BOX, "confidence": 0.9}, {**BOX, "confidence": 0.91}, {},
        "cat confidence 0.90 -> 0.91",
    ),
    "confidence a little": (
        "confidence", {**BOX, "confidence": 0.9}, {**BOX, "confidence": 0.9001}, {},
        "cat confidence 0.9 -> 0.9001",
    ),
    "box added": ("added", None, BOX, {}, "cat added at 1, 2, size 30 x 20"),
    "outline removed": (
        "removed", {**BOX, "geometry": RING}, None, {},
        "cat removed at 1, 2, size 30 x 20, 3 points",
    ),
    "keypoints added": (
        "added", None, {"kind": "keypoints", "geometry": POSE}, {}, "added 2 keypoints",
    ),
    "class added": ("added", None, CLASS, {}, 'dog added "Anna met Ben"'),
    "class by someone": (
        "removed", {**CLASS, "verdict": "rejected", "annotator": "Ben"}, None, {},
        'dog removed as rejected, "Anna met Ben", by Ben',
    ),
    "open segment": ("added", None, {**SEGMENT, "end": None}, {}, "added 1-? s"),
}  # fmt: skip


def row(kinds, before, after, columns):
    return {**dict.fromkeys(LABEL_SCHEMA), **label("s", kinds, before, after, **columns)}


@pytest.mark.parametrize("case", CASES)
def test_sentence(case):
    kinds, before, after, columns, expected = CASES[case]
    told = sentence(row(kinds, before, after, columns), "Anna met Ben")
    assert "".join(span.text for span in shown(told)) == expected


def test_a_label_is_described_in_full():
    values = {**BOX, "attributes": '{"b":2,"a":1}', "confidence": 0.5, "annotator": "Ben"}
    told = described(row("added", None, values, {}), "after_", None)
    expected = "cat at 1, 2, size 30 x 20, by Ben, a 1, b 2, confidence 0.50"
    assert "".join(span.text for span in shown(told)) == expected
