"""Audio classification: a convolutional network over log-mel frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from labelvc.stages.baselines.classifier import Classifier
from labelvc.stages.baselines.frames import FrameConv, padded, pooled
from labelvc.stages.interface import Sample


class AudioClassifier(Classifier):
    """Three convolutions over time, mean and maximum over the clip, and a linear layer.

    An "x-vector" network (Snyder et al. 2018) in small. Takes the feature `logmel`: float32,
    (frames, mels).
    """

    FEATURES = ("logmel",)
    OPTIONS: ClassVar = {"epochs": 30, "learning_rate": 3e-3, "batch_size": 16}
    BUDGET = 2_000_000

    def measure(self, feature: str, sample: Sample) -> dict[str, Any]:
        """The number of mel bands."""
        return {"mels": sample.features[feature].shape[1]}

    def build(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network."""
        return _Network(shape["mels"], len(shape["categories"]))

    def collate(self, samples: Sequence[Sample], shape: Mapping[str, Any]) -> tuple[Tensor, ...]:
        """Padded frames, and the frames of each sample."""
        return padded(samples, shape["mels"])


class _Network(nn.Module):
    def __init__(self, mels: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [FrameConv(mels, 64, 1), FrameConv(64, 96, 2), FrameConv(96, 128, 2)]
        )
        self.dropout = nn.Dropout(0.3)
        self.out = nn.Linear(2 * 128, outputs)

    def forward(self, frames: Tensor, lengths: Tensor) -> Tensor:
        for layer in self.layers:
            frames, lengths = layer(frames, lengths)
        scores: Tensor = self.out(self.dropout(pooled(frames, lengths)))
        return scores
