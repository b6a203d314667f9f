"""LabelMe files that readers and writers stumble over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.formats.case import Case


def shape(label: str, kind: str | None, points: Sequence[Any], **more: Any) -> dict[str, Any]:
    """A shape with the keys LabelMe writes."""
    return {
        "label": label,
        "points": list(points),
        "group_id": None,
        "description": "",
        "shape_type": kind,
        "flags": {},
        "mask": None,
        **more,
    }


def page(*shapes: Mapping[str, Any], **more: Any) -> bytes:
    """A file as LabelMe writes it."""
    values = {
        "version": "5.5.0",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": "a.jpg",
        "imageData": None,
        "imageHeight": 60,
        "imageWidth": 80,
        **more,
    }
    return json.dumps(values, ensure_ascii=False, indent=2).encode()


def case(
    name: str,
    files: Mapping[str, bytes],
    labels: Sequence[Mapping[str, Any]],
    samples: Sequence[str],
    categories: Sequence[str],
) -> Case:
    return Case(name, "labelme", files, labels, samples, categories, folder=True)


# 4 x 3 pixels, of which the first column and the middle one of the last are set
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAADAQAAAACcj5NrAAAADklEQVR4nGNoYBJg+gAA"
    "A7IBhX6ANdQAAAAASUVORK5CYII="
)
TURNED = [[20.0, 10.0], [20.0, 30.0], [10.0, 30.0], [10.0, 10.0]]

CASES: list[Case] = [
    case(
        "rectangles of any corners",
        {
            "a.json": page(
                shape("cat", "rectangle", [[10, 20], [30.5, 50]]),
                shape("dog", "rectangle", [[30, 50.25], [10, 20]]),
                shape("cat", "rectangle", [[30, 20], [10, 50]], description="half hidden"),
                shape("cow", "rectangle", [[1, 1], [5, 1], [5, 4], [1, 4]]),
            ),
            "b.json": page(imagePath="..\\images\\b.jpg"),
        },
        [
            {"sample": "a", "kind": "box", "x": 10, "y": 20, "width": 20.5, "height": 30},
            {"category": "dog", "x": 10, "y": 20, "width": 20, "height": 30.25},
            {"x": 10, "width": 20, "attributes": '{"description":"half hidden"}'},
            {"category": "cow", "x": 1, "y": 1, "width": 4, "height": 3},
        ],
        ["a", "b"],
        ["cat", "cow", "dog"],
    ),
    case(
        "every kind of shape",
        {
            "x y/é.json": page(
                shape("a", "polygon", [[1, 2], [3.25, 4], [5, 0.10]], group_id=0),
                shape("b", "circle", [[10, 10], [13, 14]]),
                shape("c", "line", [[0, 0], [4, 3]]),
                shape("c", "linestrip", [[0, 0], [4, 3], [8, 3]], flags={"dashed": True}),
                shape("d", "point", [[7, 8.5]]),
                shape("d", "points", [[7, 8], [9, 10]]),
                shape("d", "points", [[7, 8]]),
                shape("e", "oriented_rectangle", TURNED),
                shape("f", "mask", [[2, 1], [5, 3]], mask=PNG),
            )
        },
        [
            {"kind": "polygon", "geometry": '{"polygon":[[1.0,2.0,3.25,4.0,5.0,0.1]]}', "x": None},
            {"kind": "ellipse", "geometry": '{"ellipse":[10.0,10.0,5.0,5.0,0.0]}', "x": 5},
            {"kind": "polyline", "attributes": '{"shape_type":"line"}', "width": 4, "height": 3},
            {"kind": "polyline", "attributes": '{"flags":{"dashed":true}}'},
            {"kind": "keypoints", "geometry": '{"keypoints":[[7.0,8.5,2]]}', "attributes": None},
            {"kind": "keypoints", "attributes": None},
            {"kind": "keypoints", "attributes": '{"shape_type":"points"}'},
            {
                "kind": "box",
                "x": 5,
                "y": 15,
                "width": 20,
                "height": 10,
                "attributes": '{"rotation":90.0}',
            },
            {
                "kind": "mask",
                "x": 2,
                "y": 1,
                "width": 4,
                "height": 3,
                "geometry": '{"mask":{"counts":[121,3,178,1,4497],"size":[60,80]}}',
            },
        ],
        ["x y/é"],
        ["a", "b", "c", "d", "e", "f"],
    ),
    case(
        "flags of images",
        {
            "train/a.json": page(flags={"sunny": True, "wet": False}),
            "val/a.json": page(shape("wet", "rectangle", [[0, 0], [1, 1]]), flags={"wet": True}),
            "val/c.json": page(flags={"sunny": "rather"}, otherData={"camera": [1.50]}),
            "notes.txt": b"kept\n",
        },
        [
            {"sample": "train/a", "kind": "class", "category": "sunny", "verdict": "present"},
            {"kind": "class", "category": "wet", "verdict": "absent"},
            {"sample": "val/a", "kind": "class", "category": "wet"},
            {"kind": "box", "category": "wet"},
        ],
        ["train/a", "val/a", "val/c"],
        ["sunny", "wet"],
    ),
    case(
        "an old file on one line, with keys of its own, a mark and no last line end",
        {
            "a.json": b'\xef\xbb\xbf{"shapes":[{"label":"cat","line_color":null,"points":[[1,2],'
            b'[3.50,4],[1e1,6]]}, {"label":"gr\\u00fcn","shape_type":"rectangle","points":'
            b'[[1,2],[3,4]],"score":0.50}],"lineColor":[0,255,0,128],"imagePath":"a.jpg"}'
        },
        [
            {"kind": "polygon", "attributes": '{"line_color":null}'},
            {"kind": "box", "category": "grün", "attributes": '{"score":0.5}'},
        ],
        ["a"],
        ["cat", "grün"],
    ),
    case(
        "shapes whose points do not fit their type",
        {
            "a.json": page(
                shape("a", "rectangle", [[0, 0], [4, 1], [5, 4], [1, 4]]),
                shape("a", "oriented_rectangle", [[0, 0], [9, 0], [2, 4], [1, 4]]),
                shape("a", "polygon", [[0, 0], [4, 1]]),
                shape("a", "quadrilateral", [[0, 0], [4, 0], [5, 4], [1, 4]]),
                shape("a", "circle", [[0, 0], [4, 1], [8, 8]]),
                shape("a", "polygon", [[3, 3]]),
            )
        },
        [
            {"kind": "polygon", "attributes": '{"shape_type":"rectangle"}'},
            {"kind": "polygon", "attributes": '{"shape_type":"oriented_rectangle"}'},
            {"kind": "polyline", "attributes": '{"shape_type":"polygon"}'},
            {"kind": "polygon", "attributes": '{"shape_type":"quadrilateral"}'},
            {"kind": "polygon", "attributes": '{"shape_type":"circle"}'},
            {"kind": "keypoints", "attributes": '{"shape_type":"polygon"}'},
        ],
        ["a"],
        ["a"],
    ),
    Case(
        "a single file",
        "labelme",
        {"street 1.json": page(shape("cat", "rectangle", [[1, 2], [3, 4]]))},
        [{"sample": "street 1", "category": "cat", "unit": "pixel"}],
        ["street 1"],
        ["cat"],
    ),
]
