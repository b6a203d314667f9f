"""One category a sample, whatever the samples are."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from labelvc.core.errors import LabelvcError
from labelvc.stages.baselines.base import Baseline
from labelvc.stages.baselines.training_set import learnable
from labelvc.stages.interface import Sample


class Classifier(Baseline):
    """Trained by cross entropy on the category that most of a sample's labels name."""

    FEATURES: ClassVar[Sequence[str]]  # it takes the first that any sample has

    @abstractmethod
    def measure(self, feature: str, sample: Sample) -> dict[str, Any]:
        """What the network has to know beside the categories, as one of the samples tells it."""

    @abstractmethod
    def collate(self, samples: Sequence[Sample], shape: Mapping[str, Any]) -> tuple[Tensor, ...]:
        """The network's input for some samples."""

    def work(self, sample: Sample, feature: str) -> int:
        """Units of work, of which there is a `BUDGET`."""
        return len(sample.features[feature])

    def fit(self, samples: Sequence[Sample]) -> None:
        """Train. Raises LabelvcError for fewer than two categories among the labels."""
        had = [name for name in self.FEATURES if any(name in one.features for one in samples)]
        feature = (had or self.FEATURES)[0]
        known = {name: number for number, name in enumerate(self.categories)}
        found = [
            (sample, _most_named([label["category"] for label in labels]))
            for sample, labels in learnable(
                samples, feature, lambda label: label.get("category") in known
            )
            if labels
        ]
        inputs, names = [sample for sample, _ in found], [name for _, name in found]
        if len(set(names)) < 2:
            raise LabelvcError(
                f"all {len(names)} samples to train on are of the category {names[0]!r}",
                hint="A classifier learns from two categories or more.",
            )
        targets = torch.tensor([known[name] for name in names])
        shape = {"categories": self.categories, **self.measure(feature, inputs[0])}

        def loss(network: nn.Module, rows: Sequence[int]) -> Tensor:
            scores = network(*self.collate([inputs[row] for row in rows], shape))
            return nn.functional.cross_entropy(scores, targets[list(rows)])

        self.train(shape, [self.work(sample, feature) for sample in inputs], loss)

    def predict(self, samples: Sequence[Sample]) -> NDArray[np.float32] | list[dict[str, float]]:
        """Probabilities, shape (samples, categories); by name where it was trained for others."""
        rows = []
        with self.judging() as network:
            for batch in self.batches(samples):
                scores = network(*self.collate(batch, self.shape))
                rows.append(torch.softmax(scores, dim=1).numpy())
        own = self.shape["categories"]
        found = np.concatenate([np.zeros((0, len(own)), dtype=np.float32), *rows])
        if own == self.categories:
            return found
        return [dict(zip(own, row, strict=True)) for row in found.tolist()]


def _most_named(names: Sequence[str]) -> str:
    """The name that stands most often; of several, the first."""
    return Counter(names).most_common(1)[0][0]
