"""COCO panoptic files that readers and writers stumble over."""

from __future__ import annotations

from typing import Any

from tests.formats.case import Case

CATEGORIES = """"categories": [
  {"id": 1, "name": "person", "supercategory": "person", "isthing": 1, "color": [220, 20, 60]},
  {"id": 200, "name": "rug-merged", "supercategory": "floor", "isthing": 0, "color": [1, 2, 3]}
]"""
TWO_IMAGES = (
    """{"info": {"year": 2017}, "licenses": [],
"images": [
  {"license": 2, "file_name": "000000142238.jpg", "width": 427, "height": 640, "id": 142238},
  {"license": 3, "file_name": "000000439180.jpg", "width": 360, "height": 640, "id": 439180}
],
"annotations": [
  {"segments_info": [
    {"id": 8345037, "category_id": 1, "iscrowd": 0, "bbox": [0, 297, 335, 342], "area": 36584.50},
    {"id": 6968938, "category_id": 200, "iscrowd": 1, "bbox": [1, 0, 426, 640], "area": 9}],
   "file_name": "000000439180.png", "image_id": 439180},
  {"segments_info": [], "file_name": "000000142238.png", "image_id": 142238}
],
"""
    + CATEGORIES
    + "}"
)


def case(
    name: str,
    content: str | bytes,
    labels: list[dict[str, Any]],
    samples: list[str],
    categories: list[str],
    **more: Any,
) -> Case:
    data = content.encode() if isinstance(content, str) else content
    return Case(name, "panoptic", {"panoptic_val.json": data}, labels, samples, categories, **more)


CASES: list[Case] = [
    case(
        "as COCO has it: annotations in another order than images, one without segments",
        TWO_IMAGES,
        [
            {
                "id": "8345037",
                "sample": "000000439180.jpg",
                "kind": "box",
                "category": "person",
                "x": 0.0,
                "y": 297.0,
                "width": 335.0,
                "height": 342.0,
                "unit": "pixel",
                "attributes": '{"area":36584.5}',
                "record": 1,
            },
            {"id": "6968938", "category": "rug-merged", "attributes": '{"area":9,"iscrowd":1}'},
        ],
        ["000000142238.jpg", "000000439180.jpg"],
        ["person", "rug-merged"],
    ),
    case(
        "segments without boxes, with keys of their own, ids that repeat across images",
        """{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
        "annotations": [
          {"id": 7, "image_id": 1, "file_name": "a.png", "checked": {"by": "ann"},
           "segments_info": [{"id": 5, "category_id": 1, "quality": 0.10}]},
          {"image_id": 2, "file_name": "b.png",
           "segments_info": [{"id":5,"category_id":200,"bbox":[1,2,3,4.5],"area":3}]}],"""
        + CATEGORIES
        + "}",
        [
            {"id": "5", "kind": "class", "unit": None, "attributes": '{"quality":0.1}'},
            {"id": "5", "kind": "box", "sample": "b.jpg", "height": 4.5},
        ],
        ["a.jpg", "b.jpg"],
        ["person", "rug-merged"],
    ),
    case(
        "images that nobody annotated, a name of its own script, escapes",
        """{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": "x", "file_name": "ü.jpg"}],
        "annotations": [{"image_id": "x", "file_name": "\\u00fc.png", "segments_info": [
          {"id": 0, "category_id": 2, "area": 1.5e3, "bbox": [0, 0, 10, 10], "iscrowd": 0}]}],
        "categories": [{"id": 1, "name": "Stra\\u00dfe"},
                       {"id": 2, "name": "空", "isthing": 0}]}""",
        [{"id": "0", "sample": "ü.jpg", "category": "空", "attributes": '{"area":1500.0}'}],
        ["a.jpg", "ü.jpg"],
        ["Straße", "空"],
    ),
    case(
        "a byte order mark, everything on one line, a category of each name twice",
        b'\xef\xbb\xbf{"annotations":[{"image_id":3,"file_name":"3.png","segments_info":[{"id":9,'
        b'"category_id":4,"bbox":[1,1,2,2]},{"id":9,"category_id":5,"bbox":[1,1,2,2]}]}],"images":'
        b'[{"id":3,"file_name":"3.jpg"}],"categories":[{"id":4,"name":"a"},{"id":5,"name":"a"}]}',
        [{"id": "9", "category": "a"}, {"id": "9", "category": "a#5"}],
        ["3.jpg"],
        ["a", "a#5"],
    ),
    case(
        "no categories at all, a segment without one",
        '{"images":[{"id":3,"file_name":"3.jpg","width":10,"height":20}],"annotations":[\n'
        ' {"image_id":3,"file_name":"3.png","segments_info":[\n  {"id":9,"bbox":[1,1,2,2]}\n ]}]}',
        [{"id": "9", "category": None, "x": 1.0}],
        ["3.jpg"],
        [],
    ),
]
