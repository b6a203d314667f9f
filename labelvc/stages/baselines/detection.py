"""Object detection: a small one-stage detector that finds the centres of boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from labelvc.stages.baselines.base import Baseline
from labelvc.stages.baselines.boxes import Targets, in_image, of_labels
from labelvc.stages.baselines.pixels import image_shape, images, normalised_conv
from labelvc.stages.baselines.training_set import learnable
from labelvc.stages.interface import Sample

# Of the heatmap, in pixels of the image array.
_STRIDE = 4


class Detector(Baseline):
    """Heatmap of centres, size and offset, at a quarter of the image's resolution.

    CenterNet (Zhou, Wang and Kraehenbuehl 2019, "Objects as Points") with a backbone of a few
    residual blocks and one way up. Takes the features `image` (uint8, (height, width, channels))
    and `scale` (float32, (1,)): normalised pixels are original pixels times `scale`, what was
    padded is at the right and at the bottom.
    """

    OPTIONS: ClassVar = {
        "epochs": 30,
        "learning_rate": 2e-3,
        "batch_size": 8,
        "boxes_per_image": 100,
    }
    BUDGET = 100_000_000

    def build(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network."""
        return _Network(shape["channels"], len(shape["categories"]))

    def fit(self, samples: Sequence[Sample]) -> None:
        """Train, on images without boxes too. Raises LabelvcError where none has any."""
        known = {name: number for number, name in enumerate(self.categories)}
        found = learnable(
            samples, "image", lambda label: label.get("category") in known and "width" in label
        )
        inputs = [sample for sample, _ in found]
        shape = {"categories": self.categories, **image_shape(inputs[0])}
        cells = (len(known), -(-shape["height"] // _STRIDE), -(-shape["width"] // _STRIDE))
        boxes = [of_labels(sample, labels) / _STRIDE for sample, labels in found]
        categories = [[known[label["category"]] for label in labels] for _, labels in found]

        def loss(network: nn.Module, rows: Sequence[int]) -> Tensor:
            heat, sizes = network(images([inputs[row] for row in rows], shape))
            # Made anew each time: kept for all images, the heatmaps would fill the memory
            return _loss(
                heat, sizes, [Targets.of(boxes[row], categories[row], cells) for row in rows]
            )

        self.train(shape, [shape["height"] * shape["width"]] * len(inputs), loss)

    def predict(self, samples: Sequence[Sample]) -> list[list[dict[str, Any]]]:
        """Boxes of each sample, the surest first, in pixels of the original image."""
        found: list[list[dict[str, Any]]] = []
        with self.judging() as network:
            for batch in self.batches(samples):
                heat, sizes = network(images(batch, self.shape))
                found += map(self._boxes, batch, torch.sigmoid(heat), sizes)
        return found

    def _boxes(self, sample: Sample, heat: Tensor, sizes: Tensor) -> list[dict[str, Any]]:
        peaks = torch.where(nn.functional.max_pool2d(heat, 3, 1, 1) == heat, heat, 0.0)
        scores, at = peaks.flatten().topk(min(self.options["boxes_per_image"], peaks.numel()))
        categories, places = at // heat[0].numel(), at % heat[0].numel()
        rows, columns = places // heat.shape[2], places % heat.shape[2]
        width, height, right, down = sizes[:, rows, columns] * _STRIDE
        boxes = torch.stack(
            [
                columns * _STRIDE + right - width / 2,
                rows * _STRIDE + down - height / 2,
                width,
                height,
            ],
            dim=1,
        )
        return [
            {"category": self.shape["categories"][category], "box": box, "confidence": score}
            for category, box, score in zip(
                categories.tolist(), in_image(boxes, sample), scores.tolist(), strict=True
            )
            if box[2] > 0 and box[3] > 0
        ]


class _Network(nn.Module):
    """Features at a quarter of the resolution that also know what is around, 32 times coarser."""

    def __init__(self, channels: int, categories: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            normalised_conv(channels, 16, 2), normalised_conv(16, 32, 2), normalised_conv(32, 32, 1)
        )
        self.down1 = nn.Sequential(normalised_conv(32, 48, 2), _Residual(48))
        self.down2 = nn.Sequential(normalised_conv(48, 64, 2), _Residual(64))
        self.down3 = nn.Sequential(normalised_conv(64, 32, 2), _Residual(32))
        self.side2 = nn.Conv2d(64, 32, 1)
        self.side1 = nn.Conv2d(48, 32, 1)
        self.joined = normalised_conv(32, 32, 1)
        self.heat = nn.Conv2d(32, categories, 1)
        self.sizes = nn.Conv2d(32, 4, 1)
        # Every cell starts as "hardly an object": else the many empty ones drown the few
        nn.init.constant_(self.heat.bias, -4.6)  # type: ignore[arg-type]

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        fine = self.stem(pixels)
        middle = self.down1(fine)
        coarse = self.down2(middle)
        up = _grown(self.down3(coarse), self.side2(coarse))
        up = _grown(up, self.side1(middle))
        joined = self.joined(_grown(up, fine))
        return self.heat(joined), nn.functional.softplus(self.sizes(joined))


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = normalised_conv(width, width, 1)
        self.second = normalised_conv(width, width, 1)

    def forward(self, values: Tensor) -> Tensor:
        result: Tensor = values + self.second(self.first(values))
        return result


def _grown(coarse: Tensor, fine: Tensor) -> Tensor:
    """The coarse values at the resolution of the fine ones, and those added."""
    size = (fine.shape[2], fine.shape[3])
    return nn.functional.interpolate(coarse, size=size, mode="nearest") + fine


def _loss(heat: Tensor, sizes: Tensor, targets: Sequence[Targets]) -> Tensor:
    """CenterNet's: focal loss of the heatmap, and the distance of size (0.1) and offset (1)."""
    wanted = torch.stack([target.heat for target in targets])
    count = max(1, sum(len(target.cells) for target in targets))
    chance = torch.sigmoid(heat).clamp(1e-4, 1 - 1e-4)
    hits = (1 - chance) ** 2 * chance.log() * (wanted == 1)
    misses = (1 - wanted) ** 4 * chance**2 * (1 - chance).log()
    image = torch.cat([torch.full((len(t.cells),), row) for row, t in enumerate(targets)])
    cells = torch.cat([target.cells for target in targets])
    there = sizes[image, :, cells[:, 0], cells[:, 1]]
    apart = (there - torch.cat([target.sizes for target in targets])).abs().sum(dim=0)  # over boxes
    return (-(hits + misses).sum() + 0.1 * apart[:2].sum() + apart[2:].sum()) / count
