"""COCO files that readers and writers stumble over."""

from __future__ import annotations

import json
from typing import Any

from tests.formats.case import Case

CATS = [{"id": 1, "name": "cat", "supercategory": "animal"}, {"id": 3, "name": "dog"}]
IMAGES = [
    {"id": 10, "file_name": "a.jpg", "width": 64, "height": 48},
    {"id": 7, "file_name": "b.jpg", "width": 64, "height": 48},
]


def coco(
    annotations: list[dict[str, Any]],
    images: list[dict[str, Any]] = IMAGES,
    categories: list[dict[str, Any]] = CATS,
    **top: Any,
) -> dict[str, Any]:
    return {"images": images, "annotations": annotations, "categories": categories, **top}


def case(name: str, value: Any, labels: list[dict[str, Any]], **more: Any) -> Case:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    settled = {"samples": ["a.jpg", "b.jpg"], "categories": ["cat", "dog"], **more}
    return Case(name, "coco", {"instances.json": content}, labels, **settled)


BOX = {"id": 5, "image_id": 10, "category_id": 1, "bbox": [1, 2.5, 30, 20], "area": 600.0}
BOX_ROW = {
    "id": "5", "sample": "a.jpg", "kind": "box", "category": "cat",
    "x": 1.0, "y": 2.5, "width": 30.0, "height": 20.0, "unit": "pixel",
    "attributes": '{"area":600.0}',
}  # fmt: skip
RLE = {"size": [4, 3], "counts": [2, 4, 6]}

CASES: list[Case] = [
    case("ids with gaps, whole and fractional numbers", coco([BOX]), [BOX_ROW]),
    case(
        "nothing labelled, and a category list left out",
        {"annotations": [], "images": IMAGES},
        [],
        categories=[],
    ),
    case(
        "outline in two parts",
        coco([{**BOX, "segmentation": [[1, 2, 3, 4, 5, 6], [7.25, 8, 9, 10, 11, 12]]}]),
        [
            {
                "kind": "polygon",
                "x": 1.0,
                "geometry": '{"polygon":[[1.0,2.0,3.0,4.0,5.0,6.0],[7.25,8.0,9.0,10.0,11.0,12.0]]}',
            }
        ],
    ),
    case(
        "masks by columns, listed and compressed, and a crowd",
        coco(
            [
                {**BOX, "segmentation": RLE, "iscrowd": 1},
                {**BOX, "id": 6, "segmentation": {"size": [4, 3], "counts": "246"}, "iscrowd": 0},
            ]
        ),
        [
            {
                "kind": "mask",
                "geometry": '{"mask":{"counts":[2,4,6],"size":[4,3]}}',
                "attributes": '{"area":600.0,"iscrowd":1}',
            },
            {
                "geometry": '{"mask":{"counts":"246","size":[4,3]}}',
                "attributes": '{"area":600.0}',
            },
        ],
    ),
    case(
        "keypoints with an outline; a wrong num_keypoints is kept",
        coco(
            [
                {
                    **BOX,
                    "keypoints": [1, 2, 2, 0, 0, 0],
                    "num_keypoints": 1,
                    "segmentation": [[1, 2, 3, 4, 5, 6]],
                },
                {**BOX, "keypoints": [1, 2, 2, 0, 0, 0], "num_keypoints": 2},
            ]
        ),
        [
            {
                "kind": "keypoints",
                "geometry": '{"keypoints":[[1.0,2.0,2],[0.0,0.0,0]],'
                '"polygon":[[1.0,2.0,3.0,4.0,5.0,6.0]]}',
                "attributes": '{"area":600.0}',
            },
            {"kind": "keypoints", "attributes": '{"area":600.0,"num_keypoints":2}'},
        ],
    ),
    case(
        "captions, with a category id that nothing declares",
        {
            "images": IMAGES,
            "annotations": [
                {"image_id": 7, "id": 1, "caption": 'Ein Hündchen 🐕 "rot"'},
                {"image_id": 7, "id": 2, "caption": "", "category_id": 0},
            ],
        },
        [
            {"sample": "b.jpg", "kind": "text", "text": 'Ein Hündchen 🐕 "rot"', "unit": None},
            {"sample": "b.jpg", "kind": "text", "text": "", "attributes": '{"category_id":0}'},
        ],
        categories=[],
    ),
    case(
        "id 0, ids twice, ids missing, ids as text",
        coco(
            [
                {**BOX, "id": 0},
                {**BOX, "id": 0},
                {**BOX, "category_id": "x", "image_id": "i"},
                {key: value for key, value in BOX.items() if key != "id"},
            ],
            images=[*IMAGES, {"id": "i", "file_name": "c.jpg"}],
            categories=[*CATS, {"id": "x", "name": "Fähre"}, {"id": 0, "name": "zero"}],
        ),
        [
            {"id": "0"},
            {"id": "0"},
            {"id": "5", "sample": "c.jpg", "category": "Fähre"},
            {"id": None},
        ],
        samples=["a.jpg", "b.jpg", "c.jpg"],
        categories=["cat", "dog", "Fähre", "zero"],
    ),
    case(
        "keys that no column holds, on everything",
        coco(
            [{**BOX, "attributes": {"occluded": True, "rot": 1.50}, "source": None, "score": 1}],
            images=[{**IMAGES[0], "license": 3, "extra": {"é": [1]}}, IMAGES[1]],
            categories=[{**CATS[0], "skeleton": [[1, 2]], "color": "red"}, CATS[1]],
            info={"year": 2019},
            scene_annotations=[{"image_id": 10, "background_ids": [1]}],
        ),
        [
            {
                "attributes": '{"area":600.0,"attributes":{"occluded":true,"rot":1.5},'
                '"source":null}',
                "confidence": 1.0,
            }
        ],
    ),
    case(
        "two categories of one name",
        coco(
            [BOX, {**BOX, "category_id": 4}],
            categories=[*CATS, {"id": 4, "name": "cat", "supercategory": None}],
        ),
        [{"category": "cat"}, {"category": "cat#4"}],
        categories=["cat", "dog", "cat#4"],
    ),
    case(
        "byte-order mark, tabs, keys in any order, a newline at the end",
        b"\xef\xbb\xbf"
        + json.dumps(
            {
                "categories": CATS,
                "annotations": [BOX, {**BOX, "id": 6, "bbox": None, "segmentation": []}],
                "images": IMAGES,
            },
            indent="\t",
        ).encode()
        + b"\r\n",
        [BOX_ROW, {"id": "6", "kind": "class", "x": None, "geometry": None, "unit": None}],
    ),
    case(
        "spaces in odd places and escaped names",
        b'{"annotations":[\n\n{"id" :5,"image_id":  10,"category_id":1 } ,{"image_id":7,\n'
        b'"category_id":3,"\\u0069d":6} ] , "images" :[{"id":10,"file_name":"a.jpg"},'
        b'{"file_name":"b.jpg","id":7}],"categories":[{"name":"cat","id":1},'
        b'{"name":"d\\u006fg","id":3}]}',
        [
            {"id": "5", "kind": "class", "category": "cat", "attributes": None},
            {"id": "6", "kind": "class", "category": "dog", "sample": "b.jpg"},
        ],
    ),
    case(
        "a box that an empty outline left endless",
        json.dumps(coco([{**BOX, "bbox": [float("inf")] * 2 + [float("-inf")] * 2}, BOX])).encode(),
        [{"kind": "class", "x": None, "unit": None}, BOX_ROW],
    ),
]
