"""Label sets of any size, and a later version of each with known changes.

A version differs from the one before by 1 % of labels relabelled, 0.5 % moved, 0.5 % removed and
0.5 % added. The same arguments always give the same files.
"""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

CATEGORIES = 80
Coco = dict[str, Any]


def coco_pair(folder: Path, labels: int, *, polygons: bool = False) -> tuple[Path, Path, Path]:
    """COCO files: before, after, and after again with shuffled labels under new ids."""
    stem = f"coco_{labels}{'_polygons' if polygons else ''}"
    paths = tuple(folder / f"{stem}_{name}.json" for name in ("before", "after", "renumbered"))
    before, after, renumbered = paths
    if not renumbered.exists():
        chance = random.Random(labels)
        first = _coco(chance, labels, polygons=polygons)
        before.write_text(json.dumps(first))
        second = {**first, "annotations": _edited(chance, first["annotations"])}
        after.write_text(json.dumps(second))
        chance.shuffle(second["annotations"])
        for number, annotation in enumerate(second["annotations"], start=1):
            annotation["id"] = number
        renumbered.write_text(json.dumps(second))
    return before, after, renumbered


def _coco(chance: random.Random, labels: int, *, polygons: bool) -> Coco:
    images = max(1, labels * 12 // 100)
    return {
        "info": {},
        "licenses": [],
        "images": [
            {"id": i + 1, "file_name": f"img_{i:07d}.jpg", "width": 640, "height": 480}
            for i in range(images)
        ],
        "annotations": [
            _annotation(chance, i + 1, images, polygons=polygons) for i in range(labels)
        ],
        "categories": [
            {"id": i + 1, "name": f"class{i}", "supercategory": "thing"} for i in range(CATEGORIES)
        ],
    }


def _annotation(chance: random.Random, number: int, images: int, *, polygons: bool) -> Coco:
    x, y = round(chance.uniform(0, 500), 2), round(chance.uniform(0, 400), 2)
    width, height = round(chance.uniform(5, 105), 2), round(chance.uniform(5, 75), 2)
    annotation = {
        "id": number,
        "image_id": chance.randrange(images) + 1,
        "category_id": chance.randrange(CATEGORIES) + 1,
        "bbox": [x, y, width, height],
        "area": round(width * height, 2),
        "iscrowd": 0,
    }
    if polygons:
        annotation["segmentation"] = [
            [
                round(value, 2)
                for _ in range(14)
                for value in (x + width * chance.random(), y + height * chance.random())
            ]
        ]
    return annotation


def _edited(chance: random.Random, annotations: list[Coco]) -> list[Coco]:
    edited = []
    for annotation in annotations:
        luck = chance.random()
        if luck < 0.01:
            other = annotation["category_id"] % CATEGORIES + 1
            edited.append({**annotation, "category_id": other})
        elif luck < 0.015:
            x, *rest = annotation["bbox"]
            edited.append({**annotation, "bbox": [round(x + 2, 2), *rest]})
        elif luck >= 0.02:
            edited.append(dict(annotation))
    for number in range(len(annotations) // 200):
        copied = chance.choice(annotations)
        box = [round(chance.uniform(0, 500), 2), 1.5, 33.25, 44.75]
        added = {"id": len(annotations) + number + 1, "bbox": box, "area": 1487.94}
        edited.append({**copied, **added})
    return edited


def flat_table(coco: Path) -> Path:
    """The boxes of a COCO file as a flat CSV, for tools that compare tables."""
    path = coco.with_suffix(".csv")
    if not path.exists():
        content = json.loads(coco.read_text())
        names = {row["id"]: row["name"] for row in content["categories"]}
        files = {row["id"]: row["file_name"] for row in content["images"]}
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "file", "label", "x", "y", "w", "h"])
            for row in content["annotations"]:
                rows.writerow(
                    [row["id"], files[row["image_id"]], names[row["category_id"]], *row["bbox"]]
                )
    return path


def yolo_folder(folder: Path, files: int, labels_a_file: int = 10) -> Path:
    """A folder of YOLO label files, with its class names."""
    root = folder / f"yolo_{files}"
    if not root.exists():
        chance = random.Random(files)
        (root / "labels").mkdir(parents=True)
        (root / "labels" / "classes.txt").write_text(
            "".join(f"class{i}\n" for i in range(CATEGORIES))
        )
        for number in range(files):
            lines = (_yolo_line(chance) for _ in range(labels_a_file))
            (root / "labels" / f"img_{number:07d}.txt").write_text("".join(lines))
    return root


def _yolo_line(chance: random.Random) -> str:
    box = (chance.uniform(0.2, 0.8), chance.uniform(0.2, 0.8), 0.1, 0.2)
    return f"{chance.randrange(CATEGORIES)} " + " ".join(f"{value:.6f}" for value in box) + "\n"
