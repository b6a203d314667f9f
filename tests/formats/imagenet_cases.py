"""Label files of ImageNet that readers and writers stumble over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.formats.case import Case

MAPPING = (
    b"n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n"
    b"n02012849 crane\nn03126707 crane\n"
)
TENCH, GOLDFISH, CRANE, OTHER_CRANE = "n01440764", "n01443537", "n02012849", "n03126707"
SOLUTION = (
    b"ImageId,PredictionString\n"
    b"n01440764_7894,n01440764 115 49 448.50 294 \n"
    b"n02012849_1,n02012849 0 1 20 30 n03126707 5 5 6 7 \n"
    b"n02012849_2,\n"
)
NUMBERED = b"n02119789 1 kit_fox\nn02100735 2 English_setter\nn02096294 3 Australian_terrier\n"


def case(
    name: str,
    files: Mapping[str, bytes],
    labels: list[dict[str, Any]],
    samples: list[str],
    categories: list[str],
    **more: Any,
) -> Case:
    folder = len(files) > 1 or any("/" in path for path in files)
    return Case(name, "imagenet", files, labels, samples, categories, folder=folder, **more)


CASES: list[Case] = [
    case(
        "boxes of Kaggle",
        {"LOC_val_solution.csv": SOLUTION},
        [
            {
                "sample": "n01440764_7894",
                "kind": "box",
                "category": TENCH,
                "x": 115.0,
                "y": 49.0,
                "width": 333.5,
                "height": 245.0,
                "unit": "pixel",
            },
            {"sample": "n02012849_1", "category": CRANE},
            {"sample": "n02012849_1", "category": OTHER_CRANE, "width": 1.0, "height": 2.0},
        ],
        ["n01440764_7894", "n02012849_1", "n02012849_2"],
        [TENCH, CRANE, OTHER_CRANE],
    ),
    case(
        "boxes of two splits, with a list in which two classes share their words",
        {
            "LOC_synset_mapping.txt": MAPPING,
            "LOC_train_solution.csv": SOLUTION,
            "LOC_val_solution.csv": b'ImageId,PredictionString\r\nval_1,"n01443537 1 2 3 4"\r\n',
        },
        [
            {"category": TENCH},
            {"category": CRANE},
            {"category": OTHER_CRANE},
            {"category": GOLDFISH, "sample": "val_1"},
        ],
        ["n01440764_7894", "n02012849_1", "n02012849_2", "val_1"],
        [TENCH, GOLDFISH, CRANE, OTHER_CRANE],
    ),
    case(
        "numbers of the devkit that nothing names",
        {"ILSVRC2012_validation_ground_truth.txt": b"490\n361\n490"},
        [
            {"sample": "ILSVRC2012_val_00000001.JPEG", "kind": "class", "category": "490"},
            {"sample": "ILSVRC2012_val_00000002.JPEG", "category": "361"},
            {"sample": "ILSVRC2012_val_00000003.JPEG", "category": "490"},
        ],
        [f"ILSVRC2012_val_0000000{number}.JPEG" for number in (1, 2, 3)],
        ["361", "490"],
    ),
    case(
        "numbers of the devkit, named by a list that has them",
        {
            "ILSVRC2012_validation_ground_truth.txt": b"3\r\n1\r\n",
            "map_clsloc.txt": NUMBERED,
            "readme.txt": b"what the devkit says of itself",
        },
        [{"category": "Australian_terrier"}, {"category": "kit_fox"}],
        ["ILSVRC2012_val_00000001.JPEG", "ILSVRC2012_val_00000002.JPEG"],
        ["kit_fox", "English_setter", "Australian_terrier"],
    ),
    case(
        "the same file counted by the sorted ids, as other tools have it",
        {
            "ILSVRC2012_validation_ground_truth.txt": b"2\n0\n",
            "map_clsloc.txt": NUMBERED,
        },
        [{"category": "kit_fox"}, {"category": "Australian_terrier"}],
        ["ILSVRC2012_val_00000001.JPEG", "ILSVRC2012_val_00000002.JPEG"],
        ["kit_fox", "English_setter", "Australian_terrier"],
        settings={"ids": "index"},
    ),
    case(
        "lists of several classes, none, and paths with spaces",
        {
            "synsets.txt": b"cat\nguide dog\nbird",
            "train.txt": b'a/1.jpg 0 02\n"my pet".jpg 1\n2.jpg\n',
            "val.txt": b"1.jpg 2",
            "images/a/1.jpg": b"\xff\xd8",
        },
        [
            {"sample": "a/1.jpg", "category": "cat"},
            {"sample": "a/1.jpg", "category": "bird"},
            {"sample": "my pet.jpg", "category": "guide dog"},
            {"sample": "1.jpg", "category": "bird"},
        ],
        ["a/1.jpg", "my pet.jpg", "2.jpg", "1.jpg"],
        ["cat", "guide dog", "bird"],
    ),
    case(
        "one list whose numbers nothing names, an image twice",
        {"list.txt": b"\xef\xbb\xbf1.jpg 4\n1.jpg 10\n\n"},
        [{"sample": "1.jpg", "category": "4"}, {"sample": "1.jpg#2", "category": "10"}],
        ["1.jpg", "1.jpg#2"],
        ["10", "4"],
        settings={"style": "list"},
        sniffed=False,
    ),
]
