"""What Datumaro's three merge policies make of one small case; run by the peers' Python.

Base has two boxes, 1 and 2. Ours relabels 1; theirs moves 1 and deletes 2. Put together that is one
box: 1, relabelled and moved. Prints the boxes (category, x, y) that each policy gives.
"""

from __future__ import annotations

import numpy as np
from datumaro.components.annotation import AnnotationType, Bbox
from datumaro.components.dataset import Dataset
from datumaro.components.dataset_base import DatasetItem
from datumaro.components.hl_ops import HLOps
from datumaro.components.media import Image

CATEGORIES = ["cat", "dog"]


def dataset(*boxes: Bbox) -> Dataset:
    """A data set of one image."""
    media = Image.from_numpy(np.zeros((200, 200, 3), np.uint8))
    item = DatasetItem("a", media=media, annotations=list(boxes))
    return Dataset.from_iterable([item], categories=CATEGORIES)


def main() -> None:
    """Merge and print."""
    second = Bbox(100, 100, 30, 30, label=0, id=2)
    ours = dataset(Bbox(10, 10, 40, 40, label=1, id=1), second)
    theirs = dataset(Bbox(14, 10, 40, 40, label=0, id=1))
    for policy in ("exact", "union", "intersect"):
        merged = HLOps.merge(ours, theirs, merge_policy=policy)
        boxes = [
            f"{CATEGORIES[one.label]} at {one.x:g}, {one.y:g}"
            for item in merged
            for one in item.annotations
            if one.type == AnnotationType.bbox
        ]
        print(f"{policy}: {'; '.join(boxes)}")


if __name__ == "__main__":
    main()
