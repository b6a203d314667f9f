"""Brush strokes of Label Studio: packed run lengths of RGBA pixels, to COCO's masks and back.

The packing is thi.ng's `rle-pack`: a head (number of values in 32 bits, bits a value, bits of four
sorts of counts), then runs of one value and stretches of several. The values are the red, green,
blue and alpha of each pixel, row by row; a pixel belongs to the mask where alpha is not 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labelvc.formats.labelme_mask import LARGEST, to_pixels, to_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHANNELS = 4
_COUNT_BITS = (3, 4, 8, 16)
_HEAD = 32 + 5 + 4 * 4
_WORD = 8


def from_brush(rle: Sequence[Any], width: int, height: int) -> dict[str, Any]:
    """The packed pixels of an image as COCO RLE; raises ValueError for what are none."""
    if not all(isinstance(byte, int) and 0 <= byte < 256 for byte in rle):
        raise ValueError("a list of something else than bytes")
    if height <= 0 or width <= 0 or width * height > LARGEST:
        raise ValueError(f"an image of {width}x{height}")
    values = _unpacked(bytes(rle), width * height * _CHANNELS)
    alpha = values.reshape(height, width, _CHANNELS)[:, :, _CHANNELS - 1]
    return {"size": [height, width], "counts": to_runs(alpha != 0)}


def _unpacked(data: bytes, expected: int) -> NDArray[np.uint8]:
    """The values; raises ValueError where there are not as many as expected."""
    bits = "".join(f"{byte:08b}" for byte in data)
    if len(bits) < _HEAD or int(bits[:32], 2) != expected:
        told = int(bits[:32], 2) if len(bits) >= _HEAD else 0
        raise ValueError(f"{told} values, where {expected} are a whole image")
    word = int(bits[32:37], 2) + 1
    sizes = [int(bits[at : at + 4], 2) + 1 for at in range(37, _HEAD, 4)]
    values = np.zeros(expected, dtype=np.uint8)
    place, at = 0, _HEAD
    while place < expected:
        size = sizes[int(bits[at + 1 : at + 3] or "0", 2)]
        is_run, count = bits[at : at + 1] == "1", bits[at + 3 : at + 3 + size]
        at += 3 + size
        length = int(count or "0", 2) + 1
        words = bits[at : at + (word if is_run else word * length)]
        at += len(words)
        if len(words) < word or place + length > expected:
            raise ValueError("data that end too early")
        read = [int(words[one : one + word], 2) & 255 for one in range(0, len(words), word)]
        values[place : place + length] = read[0] if is_run else _exactly(read, length)
        place += length
    return values


def _exactly(read: list[int], length: int) -> list[int]:
    if len(read) < length:
        raise ValueError("data that end too early")
    return read


def to_brush(mask: Mapping[str, Any], sample: str) -> list[int]:
    """A mask as packed pixels, opaque white on transparent black."""
    pixels = to_pixels(mask, sample).ravel()
    edges = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    starts = [0, *edges.tolist()] if len(pixels) else []
    lengths: list[int] = np.diff([*starts, len(pixels)]).tolist() if starts else []
    runs = ((bool(pixels[start]), int(n)) for start, n in zip(starts, lengths, strict=True))
    sizes = "".join(f"{size - 1:04b}" for size in _COUNT_BITS)
    head = f"{len(pixels) * _CHANNELS:032b}{_WORD - 1:05b}{sizes}"
    bits = head + "".join(part for is_set, n in runs for part in _packed(is_set, n * _CHANNELS))
    bits += "0" * (-len(bits) % 8)
    return list(int(bits, 2).to_bytes(len(bits) // 8, "big"))


def _packed(is_set: bool, length: int) -> Iterator[str]:
    value = f"{255 if is_set else 0:0{_WORD}b}"
    while length:
        part = min(length, 1 << _COUNT_BITS[-1])
        sort = next(sort for sort, size in enumerate(_COUNT_BITS) if part <= 1 << size)
        yield f"1{sort:02b}{part - 1:0{_COUNT_BITS[sort]}b}{value}"
        length -= part
