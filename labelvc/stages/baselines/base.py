"""What the built-in models share: how they are trained, kept and restored."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.progress import counted
from labelvc.stages.baselines.options import settled
from labelvc.stages.interface import Sample

# Where a state dict tells what the network was built for: JSON in UTF-8, as a tensor of bytes,
# because `torch.load(weights_only=True)` then reads it like any weight.
SHAPE = "labelvc.shape"
_UNFIT = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class Baseline:
    """A network that is built for what the training set looks like, its *shape*.

    The shape is a JSON object: the categories, and what else a subclass measures. `OPTIONS` are the
    options with their defaults. Without the option `epochs`, training stops after fewer where
    `BUDGET` units of work (pixels, n-grams, frames) would be passed: about half a minute.
    """

    OPTIONS: ClassVar[Mapping[str, int | float]]
    BUDGET: ClassVar[int]

    def __init__(self, *, task: str, categories: Sequence[str], seed: int, **options: Any) -> None:
        """Raises LabelvcError for an option that is unknown or not a number above 0."""
        self.task = task
        self.categories = list(categories)
        self.seed = seed
        self.options = settled(options, self.OPTIONS)
        self.epochs_given = "epochs" in options
        self.shape: dict[str, Any] = {}
        self.network: nn.Module | None = None

    def build(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network for a shape, with fresh weights."""
        raise NotImplementedError

    def train(
        self,
        shape: dict[str, Any],
        work: Sequence[int],
        loss: Callable[[nn.Module, list[int]], Tensor],
    ) -> None:
        """Build the network and train it on `len(work)` samples of so many units of work each.

        `loss(network, rows)` is the mean loss over the samples of these numbers. The learning rate
        rises and falls once (Smith and Topin 2018, "Super-convergence").
        Raises LabelvcError where the loss leaves the finite numbers.
        """
        epochs = self._epochs(sum(work))
        # The sparse gradients are torch's own: no need to look through them
        with torch.random.fork_rng(devices=[]), torch.sparse.check_sparse_tensor_invariants(False):
            torch.manual_seed(self.seed)
            network = self.build(shape).train()
            descent = _Descent(
                network,
                self.options["learning_rate"],
                epochs * math.ceil(len(work) / self.options["batch_size"]),
            )
            for epoch in counted(range(1, epochs + 1), "training"):
                for rows in torch.randperm(len(work)).split(self.options["batch_size"]):
                    value = descent.step(loss(network, rows.tolist()))
                if not math.isfinite(value):
                    raise LabelvcError(
                        f"the training ran off in epoch {epoch}: its loss is {value}",
                        hint="Give a smaller `learning_rate` in the model's options.",
                    )
        self.shape, self.network = shape, network.eval()

    def _epochs(self, work: int) -> int:
        epochs: int = self.options["epochs"]
        return epochs if self.epochs_given else min(epochs, max(2, self.BUDGET // max(work, 1)))

    def trained(self) -> nn.Module:
        """The network. Raises LabelvcError before `fit` and `load_state_dict`."""
        if self.network is None:
            raise LabelvcError(
                "the built-in model is not trained yet",
                hint="Train it on samples with labels, or give it weights.",
            )
        return self.network

    def batches(self, samples: Sequence[Sample]) -> list[Sequence[Sample]]:
        """The samples in runs of `batch_size`."""
        size = self.options["batch_size"]
        return [samples[at : at + size] for at in range(0, len(samples), size)]

    def state_dict(self) -> dict[str, Tensor]:
        """The weights, and what they are weights of; tensors throughout."""
        weights = self.trained().state_dict()
        told = json.dumps({"baseline": type(self).__name__, **self.shape}).encode()
        return {**weights, SHAPE: torch.tensor(list(told), dtype=torch.uint8)}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights that `state_dict` gave. Raises LabelvcError where they do not fit."""
        if SHAPE not in state:
            raise LabelvcError(
                "these are no weights of a built-in model: `labelvc.shape` is missing"
            )
        weights = {name: value.detach().clone() for name, value in state.items() if name != SHAPE}
        try:
            shape = json.loads(bytes(state[SHAPE].tolist()))
            kind = shape.pop("baseline")
            if kind == type(self).__name__:
                # Built without memory: what a stranger's file tells of may be of any size
                with torch.device("meta"):
                    network = self.build(shape)
                network.load_state_dict(weights, assign=True)
        except _UNFIT as error:
            raise LabelvcError(f"the weights do not fit what they tell of: {error}") from None
        if kind != type(self).__name__:
            raise LabelvcError(
                f"these are weights of {shorten(kind)}, expected those of {type(self).__name__}"
            )
        self.shape, self.network = shape, network.eval()


class _Descent:
    """AdamW, and Adam of the rows a batch has for the embeddings; one learning rate cycle."""

    def __init__(self, network: nn.Module, rate: float, steps: int) -> None:
        bags = [module for module in network.modules() if isinstance(module, nn.EmbeddingBag)]
        embeddings = [bag.weight for bag in bags]
        self.dense = [p for p in network.parameters() if all(p is not one for one in embeddings)]
        self.network = network
        self.optimisers: list[torch.optim.Optimizer] = [torch.optim.AdamW(self.dense, lr=rate)]
        if embeddings:
            self.optimisers.append(torch.optim.SparseAdam(embeddings, lr=rate))
        self.schedules = [
            torch.optim.lr_scheduler.OneCycleLR(
                optimiser, rate, total_steps=steps + 1, cycle_momentum=False
            )
            for optimiser in self.optimisers
        ]

    def step(self, loss: Tensor) -> float:
        """Go down by one batch; returns the loss."""
        self.network.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        # A recurrent network's gradients explode now and then (Pascanu et al. 2013)
        nn.utils.clip_grad_norm_(self.dense, 5.0)
        for part in (*self.optimisers, *self.schedules):
            part.step()
        return loss.item()
