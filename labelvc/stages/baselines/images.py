"""Image classification: a small convolutional network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from labelvc.core.errors import LabelvcError
from labelvc.stages.baselines.classifier import Classifier
from labelvc.stages.interface import Sample

# Images are averaged down until no side is longer: a baseline has no time for more detail.
_SIDE = 40
# The grid that is left before the linear layer: it keeps where in the image something is.
_GRID = 4


class ImageClassifier(Classifier):
    """Four 3 x 3 convolutions of 16 to 64 channels, pooled to 4 x 4, and a linear layer.

    A VGG in small (Simonyan and Zisserman 2014) with group normalisation (Wu and He 2018), which
    does not depend on the batch. Takes the feature `image`: uint8, (height, width, channels).
    """

    FEATURE = "image"
    OPTIONS = {"epochs": 12, "learning_rate": 3e-3, "batch_size": 64}
    BUDGET = 60_000_000

    def measure(self, sample: Sample) -> dict[str, Any]:
        """Height, width and channels, the same for all."""
        return image_shape(sample)

    def work(self, sample: Sample) -> int:
        """Pixels, as far as they are looked at."""
        height, width, _ = sample.features["image"].shape
        return min(height * width, _SIDE**2)

    def build(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network."""
        shrink = -(-max(shape["height"], shape["width"]) // _SIDE)
        layers: list[nn.Module] = [nn.AvgPool2d(shrink, ceil_mode=True)]
        channels = shape["channels"]
        for width, stride in ((16, 2), (32, 1), (64, 2), (64, 1)):
            layers.append(normalised_conv(channels, width, stride))
            channels = width
        layers += [nn.AdaptiveAvgPool2d(_GRID), nn.Flatten(), nn.Dropout(0.2)]
        return nn.Sequential(*layers, nn.Linear(channels * _GRID**2, len(shape["categories"])))

    def collate(self, samples: Sequence[Sample], shape: Mapping[str, Any]) -> tuple[Tensor, ...]:
        """Images as (samples, channels, height, width), -1 to 1."""
        return (images(samples, shape),)


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
                hint="The model was trained on images of that size: run `preprocess` again.",
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
