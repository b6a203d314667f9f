"""Changes of labels as a report has them, for what is to be seen of them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from labelvc.core.reported import Item
from labelvc.core.snapshot import CONTENT, canonical_json
from labelvc.repo.media import Media
from labelvc.review.evidence import Evidence, Exhibits

Label = Mapping[str, Any]
RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)


def box(x: float, y: float, width: float, height: float, **more: Any) -> Label:
    """A box in pixels, of the category cell."""
    place = {"x": x, "y": y, "width": width, "height": height}
    return {"kind": "box", "category": "cell", "unit": "pixel", **place, **more}


def shape(kind: str, geometry: Mapping[str, Any], **more: Any) -> Label:
    """An outline, a mask or keypoints in pixels."""
    held = {"kind": kind, "category": "cell", "unit": "pixel", "geometry": canonical_json(geometry)}
    return {**held, **more}


def change(before: Label | None, after: Label | None, sample: str = "a.png", **more: Any) -> Item:
    """A changed label of the set `cells`."""
    row = {
        f"{side}_{name}": (label or {}).get(name)
        for side, label in (("before", before), ("after", after))
        for name in CONTENT
    }
    held = {"number": 0, "key": 0, "kinds": [], "path": sample, **more}
    return Item(label_set="cells", what="label", row=row, sample=sample, **held)


def seen(item: Item, folder: Path, **more: Any) -> Evidence:
    """The evidence for a change whose media lie in a folder."""
    return Exhibits({"cells": Media(folder)}).of(item, **more)


def told(item: Item, folder: Path, **more: Any) -> dict[str, Any]:
    """What the page is told of a change."""
    return seen(item, folder, **more).told


def picture(evidence: Evidence, name: str = "picture") -> Image.Image:
    """One of its pictures, decoded."""
    image = Image.open(io.BytesIO(evidence.blobs[name].content))
    image.load()
    return image


def scene(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """A red picture whose left upper quarter is green, with a blue square at 400, 300 of 40."""
    image = Image.new("RGB", size, RED)
    image.paste(GREEN, (0, 0, size[0] // 2, size[1] // 2))
    image.paste(BLUE, (400, 300, 440, 340))
    return image.convert(mode)


def is_like(found: Any, colour: tuple[int, int, int]) -> bool:
    """Whether a pixel has about that colour."""
    return all(abs(one - other) < 12 for one, other in zip(found, colour, strict=True))
