"""Samples with the same content, and pictures that look the same."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import compress, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from labelvc.stages.features import DESCRIPTORS, IMAGES
from labelvc.stages.features_image import thumbnail_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from labelvc.stages.features import Features

_BITS = 64
# Perceptual hashes of simple pictures collide: of 3,000 handwritten digits 1,220 pairs are within
# 4 bits. Photographs correlate by more than this with themselves in half the size or in JPEG's
# quality 30 (by 0.999), most of them a fifth brighter too; of 10,000 digits no two different ones.
_ALIKE = 0.995
_FLAT = 2.0  # grey levels; a picture that varies by less has no hash worth the name
_SIDE = 32
_COUNTS = np.array([bin(value).count("1") for value in range(1 << 16)], dtype=np.uint8)


def exact_duplicates(keys: Sequence[str | None], order: Sequence[int]) -> dict[int, int]:
    """For samples whose key stood before in `order`, the first sample of that key."""
    first: dict[str, int] = {}
    found = {}
    for sample in order:
        key = keys[sample]
        if key is not None and first.setdefault(key, sample) != sample:
            found[sample] = first[key]
    return found


def near_duplicates(
    hashes: Mapping[int, str],
    distance: int,
    alike: Callable[[int, Sequence[int]], NDArray[np.bool_]],
) -> dict[int, int]:
    """For samples that look like one before them, the first of those that do so to none.

    `hashes` are 64 bits in hexadecimal, in order of preference; `alike` confirms which of several
    candidates within the Hamming distance look like a sample. Two hashes that differ in d bits
    agree in at least one of d + 1 bands of bits, so only those that share a band are compared.
    """
    bands = _bands(distance + 1)
    buckets: dict[tuple[int, int], array[int]] = defaultdict(lambda: array("Q"))
    found: dict[int, int] = {}
    kept: list[int] = []
    values: array[int] = array("Q")
    for sample, hexadecimal in hashes.items():
        value = int(hexadecimal, 16)
        places = [(band, value >> shift & mask) for band, (shift, mask) in enumerate(bands)]
        near = _within(value, values, [buckets[place] for place in places], distance)
        candidates = [kept[place] for place in near]
        twins = compress(candidates, alike(sample, candidates) if candidates else ())
        twin = next(twins, None)
        if twin is not None:
            found[sample] = twin
            continue
        for place in places:
            buckets[place].append(len(kept))
        kept.append(sample)
        values.append(value)
    return found


def _bands(count: int) -> list[tuple[int, int]]:
    """The bits in bands, each as a shift and a mask."""
    edges = [_BITS * band // count for band in range(count + 1)]
    return [(low, (1 << high - low) - 1) for low, high in pairwise(edges)]


def _within(
    value: int, values: array[int], buckets: Sequence[array[int]], distance: int
) -> list[int]:
    """The places of values within a Hamming distance, of those in the buckets, in order."""
    filled = [np.frombuffer(bucket, dtype=np.uint64) for bucket in buckets if bucket]
    if not filled:
        return []
    places = np.concatenate(filled)
    differing = np.frombuffer(values, dtype=np.uint64)[places] ^ np.uint64(value)
    bits = _COUNTS[differing.view(np.uint16)].reshape(-1, 4).sum(axis=1)
    return sorted(set(places[bits <= distance].tolist()))


class Likeness:
    """Compares pictures by their features; `sizes` are (width, height) without padding by row."""

    def __init__(self, features: Features, sizes: Mapping[int, tuple[int, int]]) -> None:
        self.features = features
        self.sizes = sizes
        self._thumbs: dict[int, NDArray[np.uint8]] = {}

    def __call__(self, row: int, others: Sequence[int]) -> NDArray[np.bool_]:
        """Which of the other rows show the picture of this one."""
        one = self._thumb(row).astype(np.float64)
        many = np.stack([self._thumb(other) for other in others]).astype(np.float64)
        means, one_mean = many.mean(axis=1), one.mean()
        many -= means[:, None]
        one -= one_mean
        norms, norm = np.linalg.norm(many, axis=1), np.linalg.norm(one)
        limit = _FLAT * np.sqrt(len(one))
        flat = (norms < limit) & (norm < limit) & (np.abs(means - one_mean) < _FLAT)
        like = (norm >= limit) & (norms >= limit) & (many @ one > _ALIKE * norms * norm)
        either: NDArray[np.bool_] = flat | like
        return either

    def _thumb(self, row: int) -> NDArray[np.uint8]:
        """A grey thumbnail as one row of numbers."""
        if row not in self._thumbs:
            self._thumbs[row] = self._made(row)
        return self._thumbs[row]

    def _made(self, row: int) -> NDArray[np.uint8]:
        if DESCRIPTORS in self.features:
            values: NDArray[Any] = thumbnail_of(self.features[DESCRIPTORS][row]) * 255
            return np.round(values).astype(np.uint8)
        width, height = self.sizes[row]
        pixels = self.features[IMAGES][row, :height, :width]
        picture = Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[:, :, 0])
        small = picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
        return np.asarray(small).ravel()
