"""Image classification: a small convolutional network, or a smaller one over descriptors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from labelvc.stages.baselines.classifier import Classifier
from labelvc.stages.baselines.pixels import image_shape, images, normalised_conv
from labelvc.stages.interface import Sample

# Images are averaged down until no side is longer: a baseline has no time for more detail.
_SIDE = 40
# The grid that is left before the linear layer: it keeps where in the image something is.
_GRID = 4


class ImageClassifier(Classifier):
    """Four 3 x 3 convolutions of 16 to 64 channels, pooled to 4 x 4, and a linear layer.

    A VGG in small (Simonyan and Zisserman 2014) with group normalisation (Wu and He 2018), which
    does not depend on the batch. Takes the feature `image`: uint8, (height, width, channels); or,
    where `preprocess` was told to extract those, `descriptor`: float32, (numbers,), through one
    hidden layer.
    """

    FEATURES = ("image", "descriptor")
    OPTIONS: ClassVar = {"epochs": 12, "learning_rate": 3e-3, "batch_size": 64}
    BUDGET = 60_000_000

    def measure(self, feature: str, sample: Sample) -> dict[str, Any]:
        """Height, width and channels; or the length of the descriptor."""
        if feature == "image":
            return image_shape(sample)
        return {"descriptor": len(sample.features[feature])}

    def work(self, sample: Sample, feature: str) -> int:
        """Pixels, as far as they are looked at; or numbers."""
        return min(int(np.prod(sample.features[feature].shape[:2])), _SIDE**2)

    def build(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network."""
        outputs = len(shape["categories"])
        if "descriptor" in shape:
            return nn.Sequential(
                nn.Linear(shape["descriptor"], 128),
                nn.ReLU(),
                nn.Dropout(0.2),
                nn.Linear(128, outputs),
            )
        shrink = -(-max(shape["height"], shape["width"]) // _SIDE)
        layers: list[nn.Module] = [nn.AvgPool2d(shrink, ceil_mode=True)]
        channels = shape["channels"]
        for width, stride in ((16, 2), (32, 1), (64, 2), (64, 1)):
            layers.append(normalised_conv(channels, width, stride))
            channels = width
        layers += [nn.AdaptiveAvgPool2d(_GRID), nn.Flatten(), nn.Dropout(0.2)]
        return nn.Sequential(*layers, nn.Linear(channels * _GRID**2, outputs))

    def collate(self, samples: Sequence[Sample], shape: Mapping[str, Any]) -> tuple[Tensor, ...]:
        """Images as (samples, channels, height, width), -1 to 1; or descriptors."""
        if "descriptor" not in shape:
            return (images(samples, shape),)
        return (torch.from_numpy(np.stack([sample.features["descriptor"] for sample in samples])),)
