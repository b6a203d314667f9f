"""Masks of CVAT: run lengths of a window, row by row, to COCO's of a whole image and back.

CVAT counts along the rows of the rectangle `left`, `top`, `width`, `height`; COCO along the columns
of the image. Both begin with a run of zeros.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelvc.core.errors import LossError
from labelvc.core.shapes import rle_counts
from labelvc.formats.cvat_numbers import whole, wrong
from labelvc.formats.xml_tree import Node

Array = NDArray[np.int64]
_COUNTS = re.compile(r"\s*\d+(\s*,\s*\d+)*\s*", re.ASCII)
_LARGEST = 1 << 28  # pixels of a window: larger ones are a slip, or meant to fill the memory
_LARGEST_IMAGE = 1 << 53
_LONGEST_COUNT = 12  # characters


def to_coco(node: Node, size: tuple[float | None, float | None]) -> dict[str, Any]:
    """A `<mask>` as COCO RLE over the image of this width and height."""
    left, top, wide, high = (whole(node, name) for name in ("left", "top", "width", "height"))
    image_width, image_height = (int(side or 0) for side in size)
    is_odd = image_width * image_height > _LARGEST_IMAGE
    if is_odd or left + wide > image_width or top + high > image_height:
        found = f"{wide}x{high} at {left},{top} in an image of {image_width}x{image_height}"
        raise wrong(node, "a window inside its image", found)
    if wide * high > _LARGEST:
        raise wrong(node, f"a window of at most {_LARGEST} pixels", f"{wide}x{high}")
    text = node.attributes.get("rle", "")
    if not _COUNTS.fullmatch(text) or max(map(len, text.split(","))) > _LONGEST_COUNT:
        raise wrong(node, "rle, counts like 3, 5, 4", text)
    counts = np.array(text.split(","), dtype=np.int64)
    if counts.sum() != wide * high:
        expected = f"rle, counts that add up to {wide} x {high} = {wide * high}"
        raise wrong(node, expected, int(counts.sum()))
    values = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    columns, rows = np.nonzero(values.reshape(high, wide).T)
    at = (left + columns) * image_height + top + rows
    return {"size": [image_height, image_width], "counts": _runs(at, image_width * image_height)}


def from_coco(mask: Mapping[str, Any], sample: str) -> dict[str, str]:
    """The attributes of a `<mask>`, its window being the smallest that holds all of it."""
    height, width = mask["size"]
    counts = np.asarray(rle_counts(mask["counts"]), dtype=np.int64)
    if counts.sum() != height * width or (counts < 0).any() or height * width > _LARGEST:
        raise LossError(f"sample {sample!r}: a mask whose counts do not add up to its size")
    starts = np.cumsum(counts) - counts
    ones = counts[1::2]
    total = int(ones.sum())
    if not total:
        return {"rle": "1", "left": "0", "top": "0", "width": "1", "height": "1"}
    # the k-th pixel of a run stands k behind its start
    within = np.arange(total) - np.repeat(np.cumsum(ones) - ones, ones)
    at = np.repeat(starts[1::2], ones) + within
    columns, rows = at // height, at % height
    left, top = int(columns.min()), int(rows.min())
    wide, high = int(columns.max()) - left + 1, int(rows.max()) - top + 1
    flat = np.sort((rows - top) * wide + columns - left)
    return {
        "rle": ", ".join(map(str, _runs(flat, wide * high))),
        "left": str(left),
        "top": str(top),
        "width": str(wide),
        "height": str(high),
    }


def _runs(at: Array, size: int) -> list[int]:
    """Run lengths, zeros first, of an array of this size with ones at ascending places."""
    if not len(at):
        return [size]
    breaks = np.flatnonzero(np.diff(at) != 1)
    starts = at[np.concatenate([[0], breaks + 1])]
    ends = at[np.concatenate([breaks, [len(at) - 1]])] + 1
    edges = np.concatenate([[0], np.column_stack([starts, ends]).ravel(), [size]])
    counts: list[int] = np.diff(edges).tolist()
    return counts if counts[-1] else counts[:-1]
