"""Media and targets as the arrays that Keras models take, whatever the backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labelvc.adapters.keras_backend import keras
from labelvc.core.errors import LabelvcError

Size = tuple[int, int]  # height, width


def fitted(pixels: NDArray[np.uint8], size: Size | None, channels: int) -> NDArray[np.float32]:
    """An image (height, width, 1 or 3) as float32 from 0 to 255 of that size and channels.

    Scaled bilinearly, its sides' ratio not kept, as Keras's own image loaders do.
    """
    if (channels, pixels.shape[2]) not in ((1, 1), (3, 3)) or size not in (None, pixels.shape[:2]):
        image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
        image = image.convert("L" if channels == 1 else "RGB")
        if size is not None:
            image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
        pixels = np.asarray(image).reshape(image.height, image.width, channels)
    return pixels.astype(np.float32)


def images(pixels: Sequence[NDArray[np.float32]], where: str) -> NDArray[np.float32]:
    """Images in one array, channels where Keras is set to have them.

    Raises LabelvcError for images of several sizes.
    """
    sizes = sorted({one.shape for one in pixels})
    if len(sizes) > 1:
        told = " and ".join(f"{width} x {height}" for height, width, _ in sizes[:2])
        raise LabelvcError(
            f"{where} has images of several sizes ({told} pixels) in a batch",
            hint="Give `image_size=(height, width)`, to which they are scaled.",
        )
    stacked = np.stack(pixels)
    if keras.config.image_data_format() == "channels_first":
        stacked = np.ascontiguousarray(stacked.transpose(0, 3, 1, 2))
    return stacked


def texts(values: Sequence[str]) -> Any:
    """Texts as models take them: a tensor on TensorFlow, which alone has tensors of texts."""
    if keras.backend.backend() != "tensorflow":
        return targets(values)
    import tensorflow as tf

    return tf.constant(list(values), tf.string)


def sounds(values: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Sounds (frames, channels) in one array, padded with zeros at the end."""
    return padded(values, 0.0)


def padded(values: Sequence[NDArray[Any]], filling: float) -> NDArray[Any]:
    """Arrays that differ in their first dimension in one, the shorter ones filled up."""
    longest = max(len(one) for one in values)
    found = np.full((len(values), longest, *values[0].shape[1:]), filling, values[0].dtype)
    for row, one in zip(found, values, strict=True):
        row[: len(one)] = one
    return found


def targets(found: Sequence[Any]) -> Any:
    """Targets of a batch: one array, or a mapping of arrays where the targets are mappings.

    What samples have any number of is filled up with -1; texts are objects.
    """
    if isinstance(found[0], Mapping):
        return {name: padded([one[name] for one in found], -1) for name in found[0]}
    if isinstance(found[0], np.ndarray | int):
        return np.stack([np.asarray(one) for one in found])
    texts = np.empty(len(found), dtype=object)
    texts[:] = found
    return texts
