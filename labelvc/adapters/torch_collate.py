"""Samples put together to batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch


class Padded(NamedTuple):
    """Sounds of several lengths in one tensor, padded with zeros at the end.

    `values` is of shape (sounds, channels, longest), `lengths` (int64) are in frames.
    """

    values: torch.Tensor
    lengths: torch.Tensor


def collate(batch: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Media and targets of a batch, for `DataLoader(collate_fn=collate)`.

    Media: tensors of one shape are stacked (images of one size); float tensors of two dimensions
    (channels, frames) become `Padded` along the last one; texts, images of several sizes and
    everything else stay a list. Targets: numbers become a tensor, tensors of one shape are
    stacked, everything else (dicts of boxes, spans, texts) stays a list.
    """
    media, targets = (list(values) for values in zip(*batch, strict=True))
    return (_padded(media) if _are_sounds(media) else _gathered(media)), _gathered(targets)


def _gathered(values: list[Any]) -> Any:
    if all(isinstance(value, torch.Tensor) for value in values):
        same = all(value.shape == values[0].shape for value in values)
        return torch.stack(values) if same else values
    if all(isinstance(value, (int, float)) for value in values):
        return torch.tensor(values)
    return values


def _are_sounds(media: list[Any]) -> bool:
    return all(
        isinstance(one, torch.Tensor)
        and one.ndim == 2
        and one.is_floating_point()
        and one.shape[0] == media[0].shape[0]
        for one in media
    )


def _padded(sounds: list[torch.Tensor]) -> Padded:
    lengths = [sound.shape[1] for sound in sounds]
    values = sounds[0].new_zeros(len(sounds), sounds[0].shape[0], max(lengths))
    for row, sound in zip(values, sounds, strict=True):
        row[:, : sound.shape[1]] = sound
    return Padded(values, torch.tensor(lengths))
