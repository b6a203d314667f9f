"""What the built-in models share: how they are trained, kept and restored."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.progress import counted
from labelvc.stages.baselines.options import settled

T = TypeVar("T")

# Where a state dict tells what the network was built for: JSON in UTF-8, as a tensor of bytes,
# because `torch.load(weights_only=True)` then reads it like any weight.
SHAPE = "labelvc.shape"
_UNFIT = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class Baseline(ABC):
    """A network that is built for what the training set looks like, its *shape*.

    The shape is a JSON object: the categories, and what else a subclass measures. `OPTIONS` are the
    options with their defaults. Without the option `epochs`, training stops where `BUDGET` units of
    work (pixels, n-grams, frames) would be passed: about half a minute, however many samples.
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

    @abstractmethod
    def build(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network for a shape, with fresh weights."""

    def train(
        self,
        shape: dict[str, Any],
        work: Sequence[int],
        loss: Callable[[nn.Module, Sequence[int]], Tensor],
    ) -> None:
        """Build the network and train it on `len(work)` samples of so many units of work each.

        `loss(network, rows)` is the mean loss over the samples of these numbers. The learning rate
        rises and falls once (Smith and Topin 2018, "Super-convergence").
        Raises LabelvcError where the loss leaves the finite numbers.
        """
        steps = self._steps(sum(work), len(work))
        # The sparse gradients are torch's own: no need to look through them
        unchecked = torch.sparse.check_sparse_tensor_invariants(False)  # type: ignore[no-untyped-call]
        with _one_thread(), torch.random.fork_rng(devices=[]), unchecked:
            torch.manual_seed(self.seed % 2**63)
            network = self.build(shape).train()
            descent = _Descent(network, self.options["learning_rate"], steps)
            chosen = self._shuffled(len(work))
            for step in counted(range(1, steps + 1), "training"):
                value = descent.step(loss(network, next(chosen)))
                if not math.isfinite(value):
                    raise LabelvcError(
                        f"the training ran off in step {step} of {steps}: its loss is {value}",
                        hint="Give a smaller `learning_rate` in the model's options.",
                    )
        self.shape, self.network = shape, network.eval()

    def _steps(self, work: int, samples: int) -> int:
        in_epoch = math.ceil(samples / self.options["batch_size"])
        steps: int = self.options["epochs"] * in_epoch
        if self.epochs_given:
            return steps
        within: int = self.BUDGET * in_epoch // max(work, 1)
        return max(1, min(steps, within))

    def _shuffled(self, samples: int) -> Iterator[Sequence[int]]:
        """Batches of the numbers of samples, epoch after epoch, without end."""
        while True:
            yield from self.batches(torch.randperm(samples).tolist())

    @contextmanager
    def judging(self) -> Iterator[nn.Module]:
        """The trained network, not learning meanwhile.

        Raises LabelvcError before `fit` and `load_state_dict`.
        """
        if self.network is None:
            raise LabelvcError(
                "the built-in model is not trained yet",
                hint="Train it on samples with labels, or give it weights.",
            )
        with _one_thread(), torch.inference_mode():
            yield self.network

    def batches(self, items: Sequence[T]) -> Iterator[Sequence[T]]:
        """The items in runs of `batch_size`."""
        size = self.options["batch_size"]
        for at in range(0, len(items), size):
            yield items[at : at + size]

    def state_dict(self) -> dict[str, Tensor]:
        """The weights, and what they are weights of; tensors throughout."""
        told = json.dumps({"baseline": type(self).__name__, **self.shape}).encode()
        with self.judging() as network:
            weights = {name: value.clone() for name, value in network.state_dict().items()}
        return {**weights, SHAPE: torch.tensor(list(told), dtype=torch.uint8)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take the weights that `state_dict` gave. Raises LabelvcError where they do not fit."""
        if SHAPE not in state:
            raise LabelvcError(f"these are no weights of a built-in model: {SHAPE!r} is missing")
        try:
            shape = json.loads(bytes(state[SHAPE].tolist()))
            kind = shape.pop("baseline")
            network = self._restored(shape, state) if kind == type(self).__name__ else None
        except _UNFIT as error:
            why = " ".join(str(error).split())[:300]
            raise LabelvcError(f"the weights do not fit what they tell of: {why}") from None
        if network is None:
            raise LabelvcError(
                f"these are weights of {shorten(kind)}, expected those of {type(self).__name__}"
            )
        self.shape, self.network = shape, network.eval()

    def _restored(self, shape: Mapping[str, Any], state: Mapping[str, Any]) -> nn.Module:
        # Built without memory: what a stranger's file tells of may be of any size
        with torch.device("meta"):
            network = self.build(shape)
        weights = {name: value.detach().clone() for name, value in state.items() if name != SHAPE}
        network.load_state_dict(weights, assign=True)
        return network.float()  # they may have been kept with 16 bits


@contextmanager
def _one_thread() -> Iterator[None]:
    """Have torch compute on one thread, so that the result is that of any number of cores.

    What is computed here is so small that it is also faster, above all where cores are shared.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Descent:
    """AdamW, and Adam of the rows a batch has for the embeddings; one learning rate cycle."""

    def __init__(self, network: nn.Module, rate: float, steps: int) -> None:
        bags = [module for module in network.modules() if isinstance(module, nn.EmbeddingBag)]
        embeddings = [bag.weight for bag in bags]
        self.dense: list[nn.Parameter] = [
            p for p in network.parameters() if all(p is not one for one in embeddings)
        ]
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
        for optimiser, schedule in zip(self.optimisers, self.schedules, strict=True):
            optimiser.step()
            schedule.step()
        return loss.item()
