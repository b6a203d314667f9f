"""Speech recognition: log-mel frames through a recurrent network to characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.utils import rnn

from labelvc.stages.baselines.base import Baseline
from labelvc.stages.baselines.frames import FrameConv, padded
from labelvc.stages.baselines.training_set import learnable
from labelvc.stages.interface import Sample

_BLANK = 0


class Recogniser(Baseline):
    """Two convolutions, the second halving time, two recurrent layers both ways, CTC.

    Deep Speech 2 (Amodei et al. 2015) in small; decoded greedily, without a language model. The
    characters are those of the transcripts trained on. Takes the feature `logmel`: float32,
    (frames, mels).
    """

    OPTIONS: ClassVar = {"epochs": 40, "learning_rate": 3e-3, "batch_size": 16, "width": 96}
    BUDGET = 500_000

    def build(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network: one output a character, after CTC's blank."""
        return _Network(shape["mels"], shape["width"], len(shape["characters"]) + 1)

    def fit(self, samples: Sequence[Sample]) -> None:
        """Train. Raises LabelvcError where no sample has log-mel frames and a transcript."""
        found = [
            (sample, labels[0]["text"])
            for sample, labels in learnable(
                samples, "logmel", lambda label: bool(label.get("text"))
            )
            if labels
        ]
        inputs = [sample for sample, _ in found]
        characters = sorted({character for _, text in found for character in text})
        shape = {
            "mels": inputs[0].features["logmel"].shape[1],
            "width": self.options["width"],
            "characters": "".join(characters),
        }
        number = {character: at for at, character in enumerate(characters, _BLANK + 1)}
        targets = [torch.tensor([number[character] for character in text]) for _, text in found]

        def loss(network: nn.Module, rows: Sequence[int]) -> Tensor:
            scores, lengths = network(*padded([inputs[row] for row in rows], shape["mels"]))
            wanted = [targets[row] for row in rows]
            return nn.functional.ctc_loss(
                scores.transpose(0, 1),
                torch.cat(wanted),
                lengths,
                torch.tensor([len(target) for target in wanted]),
                blank=_BLANK,
                # A transcript that is too long for its clip has no path at all
                zero_infinity=True,
            )

        self.train(shape, [len(sample.features["logmel"]) for sample in inputs], loss)

    def predict(self, samples: Sequence[Sample]) -> list[str]:
        """The transcript of each sample."""
        found: list[str] = []
        with self.judging() as network:
            for batch in self.batches(samples):
                scores, lengths = network(*padded(batch, self.shape["mels"]))
                best = scores.argmax(dim=2).tolist()
                for outputs, length in zip(best, lengths.tolist(), strict=True):
                    found.append(_spelled(outputs[:length], self.shape["characters"]))
        return found


def _spelled(outputs: Sequence[int], characters: str) -> str:
    """CTC's reading: repeats count once, then blanks are dropped (Graves et al. 2006)."""
    turns = (output for output, _ in groupby(outputs))
    return "".join(characters[turn - 1] for turn in turns if turn != _BLANK)


class _Network(nn.Module):
    def __init__(self, mels: int, width: int, outputs: int) -> None:
        super().__init__()
        self.first = FrameConv(mels, width, 1)
        self.second = FrameConv(width, width, 2)
        self.recurrent = nn.GRU(
            width, width, num_layers=2, batch_first=True, bidirectional=True, dropout=0.2
        )
        self.out = nn.Linear(2 * width, outputs)

    def forward(self, frames: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        frames, lengths = self.second(*self.first(frames, lengths))
        packed = rnn.pack_padded_sequence(frames, lengths, batch_first=True, enforce_sorted=False)
        states, _ = rnn.pad_packed_sequence(self.recurrent(packed)[0], batch_first=True)
        return torch.log_softmax(self.out(states), dim=2), lengths
