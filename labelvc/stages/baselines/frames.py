"""Log-mel frames of clips of any length, as batches in which the padding says nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from labelvc.core.errors import LabelvcError
from labelvc.stages.interface import Sample

# A pause of digital silence would otherwise be divided by nothing.
_QUIET = 1e-3


def padded(samples: Sequence[Sample], mels: int) -> tuple[Tensor, Tensor]:
    """Log-mel frames (samples, frames, mels), zeros after the end, and each one's own length.

    Each band of a clip has mean 0 and deviation 1, so that microphone and loudness do not matter.
    Raises LabelvcError for another number of bands.
    """
    clips = []
    for sample in samples:
        clip = sample.features["logmel"]
        if clip.ndim != 2 or clip.shape[1] != mels:
            raise LabelvcError(
                f"sample {sample.key!r}: its log-mel is {clip.shape}, expected (frames, {mels})"
            )
        clip = clip if len(clip) else np.zeros((1, mels), dtype=np.float32)
        clips.append(torch.from_numpy((clip - clip.mean(axis=0)) / (clip.std(axis=0) + _QUIET)))
    lengths = torch.tensor([len(clip) for clip in clips])
    return nn.utils.rnn.pad_sequence(clips, batch_first=True), lengths


class FrameConv(nn.Module):
    """A convolution over time; every frame is normalised for itself (Ba et al. 2016)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv = nn.Conv1d(before, after, 5, stride, padding=2)
        self.norm = nn.LayerNorm(after)

    def forward(self, frames: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(samples, frames, before) as (samples, frames / stride, after), zeros after the end."""
        convolved = self.conv(frames.transpose(1, 2)).transpose(1, 2)
        lengths = (lengths - 1) // self.stride + 1
        result = nn.functional.relu(self.norm(convolved))
        return result * _within(result, lengths), lengths


def _within(frames: Tensor, lengths: Tensor) -> Tensor:
    """1 where a clip has a frame, 0 after its end: (samples, frames, 1)."""
    return (torch.arange(frames.shape[1]) < lengths[:, None]).unsqueeze(2).float()


def pooled(frames: Tensor, lengths: Tensor) -> Tensor:
    """Mean and maximum over each clip's own frames, (samples, 2 * width); values are >= 0."""
    return torch.cat([frames.sum(dim=1) / lengths[:, None], frames.amax(dim=1)], dim=1)
