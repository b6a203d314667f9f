"""Text classification: an embedding bag over hashed n-grams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from labelvc.stages.baselines.classifier import Classifier
from labelvc.stages.interface import Sample


class TextClassifier(Classifier):
    """The mean of the n-grams' embeddings, and a linear layer: fastText (Joulin et al. 2016).

    Takes the feature `ngrams`: int32 hashes, any number of them, taken modulo `buckets`.
    """

    FEATURES = ("ngrams",)
    OPTIONS: ClassVar = {
        "epochs": 10,
        "learning_rate": 0.02,
        "batch_size": 64,
        "buckets": 2**16,
        "width": 64,
    }
    BUDGET = 20_000_000

    def measure(self, feature: str, sample: Sample) -> dict[str, Any]:
        """The options that size the network."""
        return {"buckets": self.options["buckets"], "width": self.options["width"]}

    def build(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network."""
        return _Network(shape["buckets"], shape["width"], len(shape["categories"]))

    def collate(self, samples: Sequence[Sample], shape: Mapping[str, Any]) -> tuple[Tensor, ...]:
        """Buckets of all n-grams, one sample after the other, and where each sample begins."""
        ngrams = [sample.features["ngrams"] for sample in samples]
        lengths = torch.tensor([len(one) for one in ngrams])
        return in_buckets(np.concatenate(ngrams), shape["buckets"]), lengths.cumsum(0) - lengths


def in_buckets(hashes: Any, buckets: int) -> Tensor:
    """The bucket of each hash, which may be negative."""
    return torch.from_numpy(hashes.astype(np.int64)).remainder(buckets)


class _Network(nn.Module):
    def __init__(self, buckets: int, width: int, outputs: int) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(buckets, width, mode="mean", sparse=True)
        self.out = nn.Linear(width, outputs)

    def forward(self, ngrams: Tensor, begins: Tensor) -> Tensor:
        scores: Tensor = self.out(self.bag(ngrams, begins))
        return scores
