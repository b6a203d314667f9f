"""Awkward YOLO label sets."""

from __future__ import annotations

from tests.formats.case import Case

NAMES = b"path: ../data # root\ntrain: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n"
BOX = {"kind": "box", "unit": "fraction"}
TRIANGLE = {"kind": "polygon", "unit": "fraction", "x": None}

CASES = [
    Case(
        "ultralytics with a background image",
        "yolo",
        {
            "data.yaml": NAMES,
            "labels/train/a.txt": b"0 0.5 0.5 0.25 0.5\n1 0.25 0.25 0.5 0.5\n",
            "labels/train/empty.txt": b"",
            "labels/val/b.txt": b"1 0.500000 0.500000 1.000000 1.000000",
        },
        [
            {**BOX, "sample": "a", "category": "cat", "x": 0.375, "y": 0.25, "width": 0.25},
            {**BOX, "sample": "a", "category": "dog", "x": 0.0, "y": 0.0, "height": 0.5},
            {**BOX, "sample": "b", "category": "dog", "x": 0.0, "width": 1.0},
        ],
        ["a", "empty", "b"],
        ["cat", "dog"],
        folder=True,
    ),
    Case(
        "blank lines, carriage returns, tabs, no newline at the end",
        "yolo",
        {
            "classes.txt": b"cat\r\ndog",
            "a.txt": b"\r\n\r\n0\t0.5  0.5 0.25 0.5 \r\n\r\n1 .5 5e-1 +0.25 0.5",
            "b.txt": b"\n\n",
        },
        [
            {**BOX, "sample": "a", "category": "cat", "x": 0.375},
            {**BOX, "sample": "a", "category": "dog", "x": 0.375, "y": 0.25},
        ],
        ["a", "b"],
        ["cat", "dog"],
        folder=True,
    ),
    Case(
        "outlines beside boxes and confidences",
        "yolo",
        {
            "data.yaml": b"names: ['a b', \"no\", yes]\nnc: 3\n",
            "labels/a.txt": b"0 0 0 1 0 1 1\n1 0 0 0.5 0 0.5 0.5 0 0.5 0.9\n2 0.5 0.5 1 1 0.25\n",
        },
        [
            {
                **TRIANGLE,
                "category": "a b",
                "geometry": '{"polygon":[[0.0,0.0,1.0,0.0,1.0,1.0]]}',
                "confidence": None,
            },
            {**TRIANGLE, "category": "no", "confidence": 0.9},
            {**BOX, "category": "yes", "x": 0.0, "confidence": 0.25},
        ],
        ["a"],
        ["a b", "no", "yes"],
        folder=True,
    ),
    Case(
        "keypoints",
        "yolo",
        {
            "data.yaml": b"kpt_shape: [2, 3]\nnames:\n- person\n",
            "train/labels/a.txt": b"0 0.5 0.5 0.5 0.5 0.3 0.3 2 0 0 0\n",
        },
        [
            {
                "kind": "keypoints",
                "sample": "a",
                "x": 0.25,
                "geometry": '{"keypoints":[[0.3,0.3,2],[0.0,0.0,0]]}',
            }
        ],
        ["a"],
        ["person"],
        folder=True,
    ),
    Case(
        "oriented boxes by setting",
        "yolo",
        {
            "labels/a.txt": b"3 0.1 0.1 0.3 0.1 0.3 0.2 0.1 0.2\n",
            "labels/b.v2.txt": b"3 0.5 0.1 0.3 0.1 0.3 0.2 0.1 0.2 0.75\n",
        },
        [
            {
                **TRIANGLE,
                "category": "3",
                "geometry": '{"polygon":[[0.1,0.1,0.3,0.1,0.3,0.2,0.1,0.2]]}',
            },
            {**TRIANGLE, "sample": "b.v2", "confidence": 0.75},
        ],
        ["a", "b.v2"],
        ["3"],
        folder=True,
        settings={"task": "obb"},
    ),
    Case(
        "darknet with split lists",
        "yolo",
        {
            "obj.data": b"classes = 1\ntrain = data/train.txt\nvalid = data/valid.txt\n",
            "obj.names": b"cat\n",
            "train.txt": b"data/obj_train_data/a.jpg\ndata/obj_train_data/c.jpg\n",
            "valid.txt": b"data/obj_train_data/b.jpg",
            "obj_train_data/a.txt": b"0 0.5 0.5 0.5 0.5\n",
            "obj_train_data/b.txt": b"0 0.5 0.5 0.5 0.5\n",
        },
        [
            {**BOX, "sample": "obj_train_data/a", "category": "cat"},
            {**BOX, "sample": "obj_train_data/b", "category": "cat"},
        ],
        ["obj_train_data/a", "obj_train_data/b"],
        ["cat"],
        folder=True,
    ),
    Case(
        "the same name in two splits, names in the settings",
        "yolo",
        {
            "train/ä 1.txt": b"0 0.5 0.5 0.5 0.5\n",
            "val/ä 1.txt": b"1 0.5 0.5 0.5 0.5\n0 0.5 0.5 0.5 0.5\n",
        },
        [
            {**BOX, "sample": "train/ä 1", "category": "猫"},
            {**BOX, "sample": "val/ä 1", "category": "dog"},
            {**BOX, "sample": "val/ä 1", "category": "猫"},
        ],
        ["train/ä 1", "val/ä 1"],
        ["猫", "dog"],
        folder=True,
        settings={"names": "猫, dog", "keys": "path"},
    ),
]
