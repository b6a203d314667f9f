"""What is extracted of a picture: its pixels, or descriptors; and its perceptual hash.

A descriptor is a row of float32, each part between 0 and 1:

* the histogram of each channel in 8 bins, as shares of all pixels;
* a 16 x 16 grey thumbnail, row by row;
* for each of 4 x 4 cells a histogram of gradients in 8 directions from 0 to 180 degrees, weighted
  by their strength, as shares of the cell's whole (Dalal and Triggs 2005, without blocks that
  overlap).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from labelvc.core.errors import LabelvcError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 8
THUMB = 16
CELLS = 4
DIRECTIONS = 8


def descriptor_length(channels: int) -> int:
    """How many numbers a descriptor has."""
    return channels * BINS + THUMB**2 + CELLS**2 * DIRECTIONS


def descriptor(image: Image.Image) -> NDArray[np.float32]:
    """The descriptor of an image of mode RGB or L."""
    parts = [_histograms(image), _thumbnail(image), _gradients(image)]
    return np.concatenate(parts).astype(np.float32)


def thumbnail_of(descriptor: NDArray[np.float32]) -> NDArray[np.float32]:
    """The thumbnail's grey values in a descriptor, of shape (THUMB ** 2,)."""
    end = len(descriptor) - CELLS**2 * DIRECTIONS
    return descriptor[end - THUMB**2 : end]


def perceptual_hash(image: Image.Image) -> str:
    """ImageHash's `phash`: 64 bits as 16 hexadecimal digits.

    Raises LabelvcError where ImageHash is not installed.
    """
    try:
        import imagehash
    except ImportError:
        raise LabelvcError(
            "ImageHash, which finds near duplicates, is not installed",
            hint="pip install 'labelvc[eval]', or set near_duplicates: 0 in params.yaml.",
        ) from None
    return str(imagehash.phash(image))


def _histograms(image: Image.Image) -> NDArray[Any]:
    counts = np.asarray(image.histogram(), dtype=np.float64).reshape(-1, BINS, 256 // BINS)
    shares: NDArray[Any] = (counts.sum(axis=2) / (image.width * image.height)).ravel()
    return shares


def _thumbnail(image: Image.Image) -> NDArray[Any]:
    small = image.convert("L").resize((THUMB, THUMB), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64).ravel() / 255


def _gradients(image: Image.Image) -> NDArray[Any]:
    grey = np.pad(np.asarray(image.convert("L"), dtype=np.float64), 1, mode="edge")
    across = grey[1:-1, 2:] - grey[1:-1, :-2]
    down = grey[2:, 1:-1] - grey[:-2, 1:-1]
    strength = np.hypot(across, down)
    turn = np.arctan2(down, across) % np.pi
    direction = np.minimum((turn * (DIRECTIONS / np.pi)).astype(int), DIRECTIONS - 1)
    height, width = strength.shape
    rows = np.arange(height)[:, None] * CELLS // height
    columns = np.arange(width)[None, :] * CELLS // width
    bins = (rows * CELLS + columns) * DIRECTIONS + direction
    found = np.bincount(bins.ravel(), strength.ravel(), minlength=CELLS**2 * DIRECTIONS)
    cells = found.reshape(-1, DIRECTIONS)
    whole = cells.sum(axis=1, keepdims=True)
    shares: NDArray[Any] = np.divide(cells, whole, out=np.zeros_like(cells), where=whole > 0)
    return shares.ravel()
