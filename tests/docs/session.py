"""The label file of the README's session, and what an annotator does to it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

CELLS = ("RBC", "WBC", "Platelets")


def first() -> dict[str, Any]:
    """Forty boxes on eight images, as a COCO file."""
    images = [
        {"id": i, "file_name": f"cell_{i:03d}.jpg", "width": 640, "height": 480}
        for i in range(1, 9)
    ]
    boxes = [
        {
            "id": number,
            "image_id": number % 8 + 1,
            "category_id": 2 if number % 9 == 0 else 3 if number % 11 == 0 else 1,
            "bbox": [10 + 40 * (number // 8), 20 + 30 * (number % 8), 36, 34],
            "area": 1224,
            "iscrowd": 0,
        }
        for number in range(1, 41)
    ]
    categories = [{"id": i, "name": name} for i, name in enumerate(CELLS, start=1)]
    return {"images": images, "annotations": boxes, "categories": categories}


def corrected(content: dict[str, Any]) -> dict[str, Any]:
    """Two cells relabelled, one box moved, one missed cell added, one box removed."""
    boxes = {box["id"]: dict(box) for box in content["annotations"]}
    boxes[9]["category_id"] = 1
    boxes[27]["category_id"] = 1
    boxes[14]["bbox"] = [52, 203, 36, 34]
    del boxes[33]
    boxes[41] = {**boxes[5], "id": 41, "category_id": 3, "bbox": [400, 300, 20, 18], "area": 360}
    return {**content, "annotations": list(boxes.values())}


def write(path: Path, content: dict[str, Any]) -> None:
    """The file, as an annotation tool would write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def two_versions(repository: Path) -> None:
    """The label file committed, corrected, and committed again."""
    for command in ("init", "add labels/train.json", "commit -m First"):
        subprocess.run(f"labelvc -q {command}", shell=True, cwd=repository, check=True)
    write(repository / "labels" / "train.json", corrected(first()))
    subprocess.run("labelvc -q commit -m Second", shell=True, cwd=repository, check=True)
