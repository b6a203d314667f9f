"""A label set at any revision as a map-style PyTorch data set.

    from torch.utils.data import DataLoader
    from labelvc.torch import LabelDataset, collate

    train = LabelDataset(".", "train", rev="v1", split="train")
    batches = DataLoader(train, batch_size=8, num_workers=2, collate_fn=collate)

The labels are read once, from DVC's cache or the working file, into flat arrays; nothing is
checked out or copied.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from labelvc.adapters.loading import Loading, loading
from labelvc.adapters.loading_flat import place_in
from labelvc.adapters.torch_collate import Padded, collate

__all__ = ["LabelDataset", "Padded", "collate"]

Transform = Callable[[Any], Any]


class LabelDataset(Dataset[tuple[Any, Any]]):
    """The samples of a label set with their media: `dataset[i]` is `(medium, target)`.

    The medium is

    * an image: a uint8 tensor (channels, height, width), 1 channel for grey and else 3;
    * a sound: a float32 tensor (channels, frames);
    * a text: a str;
    * with `media=False` the path of image or sound, whether it is there or not.

    `transform` takes the medium and gives another; of an image it takes the PIL image.

    The target is, by what `task:` in labelvc.yaml says or else by the kind of the labels,

    * classification: the category's index, -100 (which PyTorch's losses ignore) where there is
      none; where samples have several categories, a float32 tensor (categories,) of ones and
      zeros. Of several annotators the majority counts;
    * detection: `{"boxes", "labels", "iscrowd"}`: float32 (n, 4) as left, top, right, bottom in
      pixels, 0-based; int64 (n,) indexes, -1 for a box without category; int64 (n,);
    * spans: `{"spans", "labels"}`: int64 (n, 2) in the label set's unit (characters, or tokens
      between single spaces), ends exclusive; int64 (n,). Time segments alike: `segments`, float32
      in seconds;
    * transcripts: the str, None where there is none; where samples have several, a list;
    * of sounds always a dict, with what stands above under `label` or `text` beside `rate`, the
      sound's frames a second (not with `media=False`).

    `target_transform` takes the target and gives another. Media are those of the working tree,
    but media that the label set itself stores are of its revision.
    """

    categories: list[str]
    """The names of the categories, by index; of this revision and set, whatever the split."""
    samples: Sequence[str]
    """The keys of the samples, by index."""
    digest: str
    """Of the whole label set's content: `v1:` and a sha256."""
    commit: str | None
    """The commit that `rev` means, None for the working tree."""
    loading: Loading
    """What is loaded, without PyTorch."""

    def __init__(
        self,
        repo: str | os.PathLike[str],
        set: str,
        *,
        rev: str | None = None,
        split: str | Sequence[str] | None = None,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        media: bool = True,
    ) -> None:
        """Open a label set of the repository around a path; `rev` None is the working tree.

        Raises NotFound for an unknown set, revision or split, RepositoryError where there is no
        repository, and LabelvcError where labels of several kinds leave open what the target is
        or nothing says where media are.
        """
        self.loading = loading(
            repo, set, rev=rev, split=split, media=media, as_array=transform is None
        )
        self.categories, self.samples = self.loading.categories, self.loading.samples
        self.digest, self.commit = self.loading.digest, self.loading.commit
        self._transform = transform
        self._target_transform = target_transform

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """The sample at an index.

        Raises NotFound where its medium is missing, LabelvcError where it cannot be decoded.
        """
        read, target = self.loading.read(place_in(len(self.samples), index))
        target = _tensors(target)
        if self.loading.medium == "audio":
            target = target if isinstance(target, dict) else {self.loading.targets.name: target}
            if read.rate is not None:
                target["rate"] = read.rate
        medium = _channels_first(read.medium)
        if self._transform is not None:
            medium = self._transform(medium)
        if self._target_transform is not None:
            target = self._target_transform(target)
        return medium, target

    def __repr__(self) -> str:
        return f"<LabelDataset: {self.loading.told}>"


def _tensors(target: Any) -> Any:
    """A target with tensors in place of arrays."""
    if isinstance(target, dict):
        return {name: torch.from_numpy(values) for name, values in target.items()}
    return torch.from_numpy(target) if isinstance(target, np.ndarray) else target


def _channels_first(medium: Any) -> Any:
    """Images (height, width, channels) and sounds (frames, channels) as PyTorch orders them."""
    if not isinstance(medium, np.ndarray):
        return medium
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(medium, -1, 0)))
