"""Label sets with media, in real repositories, for the tests of the loaders."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from labelvc.repo.adding import add
from labelvc.repo.config import LabelSet
from labelvc.repo.repository import Repository
from tests.repo.project import Project

Box = Sequence[float]


def declare(project: Project, path: str, **declared: Any) -> str:
    """`labelvc add` and a commit; returns the sha."""
    with closing(Repository.find(project.path)) as repo:
        add(repo, LabelSet("", path, **declared))
    return project.commit(f"Add {path}")


def commit_again(project: Project, path: str) -> str:
    """`dvc add` of what changed and a commit; returns the sha."""
    project.track(path)
    return project.commit(f"Change {path}")


def png(value: int, size: tuple[int, int] = (8, 6), mode: str = "RGB") -> bytes:
    """An image (width, height) of one colour."""
    colour = value if mode == "L" else (value, 0, 255 - value)
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, "png")
    return out.getvalue()


def wav(frames: int, *, rate: int = 8000, channels: int = 1) -> bytes:
    """A rising sound."""
    out = io.BytesIO()
    values = np.linspace(0, 0.5, frames * channels).reshape(frames, channels)
    soundfile.write(out, values, rate, format="WAV", subtype="FLOAT")
    return out.getvalue()


def coco(boxes: dict[str, Sequence[tuple[str, Box]]], **more: Any) -> dict[str, Any]:
    """A COCO file: boxes (category, x y width height) by image; categories by name."""
    names = sorted({name for each in boxes.values() for name, _ in each})
    rows = [(image, *one) for image, each in enumerate(boxes.values()) for one in each]
    return {
        "images": [
            {"id": number, "file_name": name, "width": 8, "height": 6}
            for number, name in enumerate(boxes)
        ],
        "categories": [{"id": number + 7, "name": name} for number, name in enumerate(names)],
        "annotations": [
            {
                "id": number,
                "image_id": image,
                "category_id": names.index(name) + 7,
                "bbox": list(box),
                **more,
            }
            for number, (image, name, box) in enumerate(rows)
        ],
    }


CELLS = coco(
    {
        "a.png": [("RBC", (1, 2, 3, 2)), ("WBC", (0, 0, 8, 6))],
        "b.png": [],
        "c.png": [("RBC", (0.5, 1.25, 2, 2))],
    }
)


def cells(project: Project) -> str:
    """The label set `cells` with its three images; returns the commit's sha."""
    for number, name in enumerate(("a.png", "b.png", "c.png")):
        project.write(f"images/{name}", png(number * 100))
    project.write("labels/cells.json", CELLS)
    return declare(project, "labels/cells.json", media="images")
