"""Image arrays as a network takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from labelvc.core.errors import LabelvcError
from labelvc.stages.interface import Sample


def image_shape(sample: Sample) -> dict[str, Any]:
    """Height, width and channels of a sample's image."""
    return dict(zip(("height", "width", "channels"), sample.features["image"].shape, strict=True))


def images(samples: Sequence[Sample], shape: Mapping[str, Any]) -> Tensor:
    """The samples' images as (samples, channels, height, width), -1 to 1.

    Raises LabelvcError for one of another size than `shape` tells.
    """
    for sample in samples:
        found = image_shape(sample)
        if any(found[name] != shape[name] for name in found):
            raise LabelvcError(
                f"sample {sample.key!r}: its image is {_size(found)}, expected {_size(shape)}",
                hint="The model was trained on images of that size: train it on these.",
            )
    stacked = np.stack([sample.features["image"] for sample in samples])
    return torch.from_numpy(stacked).permute(0, 3, 1, 2).float().div_(127.5).sub_(1.0)


def _size(shape: Mapping[str, Any]) -> str:
    return " x ".join(f"{shape[name]}" for name in ("height", "width", "channels"))


def normalised_conv(before: int, after: int, stride: int) -> nn.Module:
    """A 3 x 3 convolution, group normalisation and ReLU; `after` is a multiple of 8."""
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, padding=1, bias=False),
        nn.GroupNorm(8, after),
        nn.ReLU(),
    )
