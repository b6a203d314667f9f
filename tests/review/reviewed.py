"""A repository with a change of boxes, classes and texts to be reviewed, and pictures for some."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from labelvc.repo.repository import Repository
from tests.repo.project import Project, make_project

CONFIG = """version: 1
task: object-detection
sets:
  cells: {path: labels/cells.json, format: coco, media: images}
  texts: {path: texts.csv, format: table, task: text-classification}
"""
TEXTS = "id,text,label,split\n1,good film,pos,train\n2,bad film,pos,test\n3,a film,neg,train\n"
CORRECTED = "id,text,label,split\n1,good film,pos,train\n2,bad film,neg,test\n3,a film,neg,train\n"


@dataclass
class Reviewed:
    """`main` and, checked out, `fix`, which is one commit ahead."""

    project: Project
    repo: Repository

    def boxes(self) -> dict[int, dict[str, Any]]:
        """The boxes of the working tree by id."""
        content = json.loads(self.project.read("labels/cells.json"))
        return {box["id"]: box for box in content["annotations"]}


def cells() -> dict[str, Any]:
    """Eight boxes on four images."""
    return {
        "images": [
            {"id": at, "file_name": f"{at:03}.jpg", "width": 320, "height": 240}
            for at in range(1, 5)
        ],
        "annotations": [
            {"id": at, "image_id": (at - 1) % 4 + 1, "category_id": at % 2 + 1,
             "bbox": [10 + 20 * at, 15, 40, 30], "area": 1200, "iscrowd": 0}
            for at in range(1, 9)
        ],
        "categories": [{"id": 1, "name": "RBC"}, {"id": 2, "name": "WBC"}],
    }  # fmt: skip


def corrected() -> dict[str, Any]:
    """One box relabelled, one moved, one removed, one added that lies outside of its image."""
    told = cells()
    boxes = {box["id"]: box for box in told["annotations"]}
    boxes[1]["category_id"] = 1
    boxes[2]["bbox"] = [55, 18, 40, 30]
    del boxes[3]
    boxes[9] = {**boxes[4], "id": 9, "bbox": [900, 15, 40, 30]}
    return {**told, "annotations": list(boxes.values())}


def reviewed(path: Path) -> Project:
    """The repository: two commits on `main`, one on `fix`; two of four images are there."""
    project = make_project(path)
    project.write("labelvc.yaml", CONFIG)
    project.write(".gitignore", "/images\n")
    for number in (1, 2):
        picture = Image.new("RGB", (320, 240), (200, 180, 60 * number))
        project.write(f"images/{number:03}.jpg", b"")
        picture.save(path / "images" / f"{number:03}.jpg")
    project.write("texts.csv", TEXTS)
    project.write("labels/cells.json", cells())
    project.track("labels/cells.json", "texts.csv")
    project.commit("First labels")
    project.git("checkout", "-q", "-b", "fix")
    project.write("labels/cells.json", corrected())
    project.write("texts.csv", CORRECTED)
    project.track("labels/cells.json", "texts.csv")
    project.commit("Correct labels")
    return project
