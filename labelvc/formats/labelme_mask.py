"""Masks as pixels, as COCO's run lengths (column by column, zeros first) and as LabelMe's PNG."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from labelvc.core.errors import LossError
from labelvc.core.shapes import rle_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.bool_]

LARGEST = 1 << 28  # pixels of an image: more is a slip, or meant to fill the memory


def to_runs(pixels: Pixels) -> list[int]:
    """COCO's run lengths of an array of rows."""
    flat = pixels.T.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    first = [0] if len(flat) and flat[0] else []
    counts: list[int] = np.diff([0, *first, *edges.tolist(), len(flat)]).tolist()
    return [0, *counts[1:]] if first else counts


def to_pixels(mask: Mapping[str, Any], sample: str) -> Pixels:
    """The array of rows of a mask; raises LossError where its counts do not fit its size."""
    height, width = (int(side) for side in mask["size"])
    counts = rle_counts(mask["counts"])
    if counts.sum() != height * width or (counts < 0).any() or height * width > LARGEST:
        raise LossError(f"sample {sample!r}: a mask whose counts do not add up to its size")
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    pixels: Pixels = flat.reshape(width, height).T
    return pixels


def blank(height: int, width: int) -> Pixels:
    """An empty mask."""
    return np.zeros((height, width), dtype=np.bool_)


def from_png(text: str) -> Pixels:
    """The pixels that are not 0 of a base64 PNG; raises ValueError for what is none."""
    from PIL import Image

    try:
        with Image.open(
            io.BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]
        ) as image:
            if image.width * image.height > LARGEST:
                raise ValueError(f"an image of {image.width}x{image.height}")
            pixels: Pixels = np.asarray(image.convert("L")) != 0
            return pixels
    except (OSError, SyntaxError, Image.DecompressionBombError):
        raise ValueError("something else") from None


def to_png(pixels: Pixels) -> str:
    """A base64 PNG of one bit a pixel, as LabelMe writes masks."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8) * 255).convert("1").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
