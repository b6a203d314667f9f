"""Which samples of a label set an epoch consists of, for `DataLoader(sampler=...)`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import Sampler

from labelvc.adapters.loading_changes import changed_since
from labelvc.adapters.loading_flat import Integers, offsets
from labelvc.adapters.torch import LabelDataset
from labelvc.core.errors import LabelvcError, NotFound, shorten


class _Groups:
    """Groups of samples, of which a random one and then a random member of it is drawn."""

    def __init__(self, at: Integers, group: Integers) -> None:
        """`at` and `group` say which sample is in which group; no pair twice."""
        order = np.argsort(group, kind="stable")
        _, counts = np.unique(group, return_counts=True)
        self._members = torch.from_numpy(at[order])
        self._starts = torch.from_numpy(offsets(counts)[:-1])
        self._counts = torch.from_numpy(counts)

    def draw(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """Members, each group as often as any other."""
        group = torch.randint(len(self._counts), (count,), generator=generator)
        share = torch.rand(count, generator=generator, dtype=torch.float64)
        within = (share * self._counts[group]).long()
        return self._members[self._starts[group] + within]


class _Seeded(Sampler[int], ABC):
    """Indexes in an order that `generator` decides, as torch's RandomSampler takes one."""

    def __init__(self, count: int, generator: torch.Generator | None) -> None:
        self._count = count
        self.generator = generator

    def __len__(self) -> int:
        """How many indexes an epoch has."""
        return self._count

    def __iter__(self) -> Iterator[int]:
        """The indexes of the next epoch."""
        generator = self.generator
        if generator is None:  # of torch.manual_seed
            generator = torch.Generator()
            generator.manual_seed(int(torch.empty((), dtype=torch.int64).random_().item()))
        yield from self._draw(generator).tolist()

    @abstractmethod
    def _draw(self, generator: torch.Generator) -> torch.Tensor: ...


class ClassBalancedSampler(_Seeded):
    """Draws every category equally often, with replacement; samples without one are never drawn.

    A category that has any label is drawn first, then one of the samples that have it: of samples
    with one category that is drawing by 1 / frequency; others bring their further ones with them.
    """

    def __init__(
        self,
        dataset: LabelDataset,
        *,
        num_samples: int | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        """`num_samples` an epoch, by default as many as there are.

        Raises LabelvcError where no sample has a category.
        """
        pairs = np.unique(np.stack(dataset.loading.targets.classes(), axis=1), axis=0)
        if not len(pairs):
            raise LabelvcError(f"{dataset.loading.name} has no label with a category to draw by")
        super().__init__(len(dataset) if num_samples is None else num_samples, generator)
        self._groups = _Groups(pairs[:, 0], pairs[:, 1])

    def _draw(self, generator: torch.Generator) -> torch.Tensor:
        return self._groups.draw(len(self), generator)


class AnnotatorSampler(_Seeded):
    """The samples that certain annotators have labelled, shuffled.

    The targets stay what they are: of several annotators the majority's.
    """

    indices: list[int]
    """The samples, in ascending order."""

    def __init__(
        self,
        dataset: LabelDataset,
        annotators: str | Sequence[str],
        *,
        balanced: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        """With `balanced` as many draws with replacement, every annotator equally often.

        Raises NotFound for one who has labelled no sample.
        """
        names = [annotators] if isinstance(annotators, str) else list(annotators)
        codes = [_code(dataset, name) for name in names]
        pairs = dataset.loading.annotated
        pairs = pairs[np.isin(pairs[:, 1], codes)]
        self.indices = np.unique(pairs[:, 0]).tolist()
        self._groups = _Groups(pairs[:, 0], pairs[:, 1]) if balanced and len(pairs) else None
        super().__init__(len(self.indices), generator)

    def _draw(self, generator: torch.Generator) -> torch.Tensor:
        if self._groups is not None:
            return self._groups.draw(len(self), generator)
        return _shuffled(self.indices, generator)


class ChangedSinceSampler(_Seeded):
    """The samples added since a revision or with other labels, medium or split, for fine-tuning.

    Samples that were only renamed are not among them, nor those of a renamed category.
    """

    indices: list[int]
    """The samples, in ascending order."""

    def __init__(
        self,
        dataset: LabelDataset,
        rev: str,
        *,
        shuffle: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        """`rev` is compared with the data set's own revision, in the repository it came from.

        Raises NotFound for an unknown revision, and LabelvcError where the working tree's labels
        are no longer those of the data set.
        """
        self.indices = changed_since(dataset.loading, rev).tolist()
        self._shuffles = shuffle
        super().__init__(len(self.indices), generator)

    def _draw(self, generator: torch.Generator) -> torch.Tensor:
        return _shuffled(self.indices, generator) if self._shuffles else torch.tensor(self.indices)


def _shuffled(indices: Sequence[int], generator: torch.Generator) -> torch.Tensor:
    return torch.tensor(indices)[torch.randperm(len(indices), generator=generator)]


def _code(dataset: LabelDataset, name: str) -> int:
    known = dataset.loading.annotators
    if name not in known:
        raise NotFound(
            f"{dataset.loading.name}: no sample has a label of the annotator {shorten(name)}",
            hint=f"Its annotators: {', '.join(known)}." if known else "It names no annotators.",
        )
    return known.index(name)
