"""One category a sample, whatever the samples are."""

from __future__ import annotations

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

    FEATURE: ClassVar[str]

    def measure(self, sample: Sample) -> dict[str, Any]:
        """What the network has to know beside the categories, from one of the samples."""
        raise NotImplementedError

    def work(self, sample: Sample) -> int:
        """Units of work, of which there is a `BUDGET`."""
        return len(sample.features[self.FEATURE])

    def collate(self, samples: Sequence[Sample], shape: Mapping[str, Any]) -> tuple[Tensor, ...]:
        """The network's input for some samples."""
        raise NotImplementedError

    def fit(self, samples: Sequence[Sample]) -> None:
        """Train. Raises LabelvcError for fewer than two categories among the labels."""
        known = {name: number for number, name in enumerate(self.categories)}
        found = learnable(samples, self.FEATURE, lambda label: label.get("category") in known)
        inputs = [sample for sample, labels in found if labels]
        names = [
            _most_named([label["category"] for label in labels]) for _, labels in found if labels
        ]
        if len(set(names)) < 2:
            raise LabelvcError(
                f"all samples to train on are of the category {names[0]!r}",
                hint="A classifier learns from two categories or more.",
            )
        targets = torch.tensor([known[name] for name in names])
        shape = {"categories": self.categories, **self.measure(inputs[0])}

        def loss(network: nn.Module, rows: list[int]) -> Tensor:
            scores = network(*self.collate([inputs[row] for row in rows], shape))
            return nn.functional.cross_entropy(scores, targets[rows])

        self.train(shape, [self.work(sample) for sample in inputs], loss)

    def predict(self, samples: Sequence[Sample]) -> NDArray[np.float32] | list[dict[str, float]]:
        """Probabilities, shape (samples, categories); by name where it was trained for others."""
        network = self.trained()
        own = self.shape["categories"]
        rows = [np.zeros((0, len(own)), dtype=np.float32)]
        with torch.inference_mode():
            for batch in self.batches(samples):
                scores = network(*self.collate(batch, self.shape))
                rows.append(torch.softmax(scores, dim=1).numpy())
        found = np.concatenate(rows)
        if own == self.categories:
            return found
        return [dict(zip(own, row, strict=True)) for row in found.tolist()]


def _most_named(names: Sequence[str]) -> str:
    """The name that stands most often; of several, the first."""
    return Counter(names).most_common(1)[0][0]
