"""Boxes between label, image array and network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from labelvc.core.errors import LabelvcError
from labelvc.stages.interface import Sample


def of_labels(sample: Sample, labels: Sequence[Mapping[str, Any]]) -> Tensor:
    """The labels' boxes x, y, width, height in pixels of the image array, shape (labels, 4).

    Raises LabelvcError for a fraction of an image whose size is not known.
    """
    scale = float(sample.features["scale"][0])
    boxes = torch.tensor(
        [[label[name] for name in ("x", "y", "width", "height")] for label in labels],
        dtype=torch.float64,
    ).reshape(-1, 4)
    for row, label in enumerate(labels):
        whole = {"fraction": 1.0, "percent": 100.0}.get(label.get("unit") or "pixel")
        if whole is None:
            continue
        if not sample.width or not sample.height:
            raise LabelvcError(
                f"sample {sample.key!r}: its boxes are in {label['unit']}s of an image whose size"
                " is not known"
            )
        size = [sample.width, sample.height, sample.width, sample.height]
        boxes[row] *= torch.tensor(size, dtype=torch.float64) / whole
    return (boxes * scale).float()


def in_image(boxes: Tensor, sample: Sample) -> list[list[float]]:
    """Boxes of the image array in pixels of the original image, and cut off at its edges."""
    scale = float(sample.features["scale"][0])
    boxes = boxes.double() / scale
    corners = torch.cat([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], dim=1).clamp(min=0)
    height, width = sample.features["image"].shape[:2]
    size = torch.tensor(
        [sample.width or width / scale, sample.height or height / scale], dtype=torch.float64
    )
    corners = torch.minimum(corners, size.repeat(2))
    sides = corners[:, 2:] - corners[:, :2]
    found: list[list[float]] = torch.cat([corners[:, :2], sides], dim=1).tolist()
    return found


@dataclass(frozen=True)
class Targets:
    """What the network should say of one image.

    `heat` is of shape (categories, rows, columns), 1 at the centres of boxes and falling off around
    them; `cells` (boxes, 2) are those centres as row and column; `sizes` (boxes, 4) are width,
    height and the centre's offset within the cell, to the right and down, in cells.
    """

    heat: Tensor
    cells: Tensor
    sizes: Tensor

    @classmethod
    def of(cls, boxes: Tensor, categories: Sequence[int], shape: tuple[int, int, int]) -> Targets:
        """From boxes in cells, (boxes, 4), and the number of each one's category."""
        centres = boxes[:, :2] + boxes[:, 2:] / 2
        limits = torch.tensor([shape[2] - 1, shape[1] - 1])
        cells = torch.minimum(centres.floor().long().clamp(min=0), limits)
        heat = torch.zeros(shape)
        rows, columns = torch.arange(shape[1])[:, None], torch.arange(shape[2])[None, :]
        for (column, row), (width, height), category in zip(
            cells.tolist(), boxes[:, 2:].tolist(), categories, strict=True
        ):
            # A sixth of each side as standard deviation (Liu et al. 2019, "Training-Time-Friendly
            # Network"), but of centres at least a little
            across, down = max(width / 6, 0.4), max(height / 6, 0.4)
            bump = torch.exp(
                -((columns - column) ** 2) / (2 * across**2) - (rows - row) ** 2 / (2 * down**2)
            )
            heat[category] = torch.maximum(heat[category], bump)
        return cls(heat, cells.flip(1), torch.cat([boxes[:, 2:], centres - cells], dim=1))
