"""Spans in texts: a tagger of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import rnn

from labelvc.stages.baselines.base import Baseline
from labelvc.stages.baselines.texts import in_buckets
from labelvc.stages.baselines.training_set import Label, learnable
from labelvc.stages.interface import Sample

Span = tuple[int, int, str]

# Tag 0 is outside every span; category n begins with 2 n + 1 and goes on with 2 n + 2 (BIO).
_OUTSIDE = 0
# What cross entropy passes over.
_NO_TOKEN = -100


class Tagger(Baseline):
    """The mean of each token's n-gram embeddings, a recurrent layer both ways, a BIO tag a token.

    A BiLSTM tagger (Huang, Xu and Yu 2015) on hashed subwords (Bojanowski et al. 2016). Where spans
    overlap, it learns the first of them. Takes the features `token_ngrams` (int32 hashes, taken
    modulo `buckets`), `token_offsets` (int64, (tokens + 1,): where each token's begin and end) and
    `token_bounds` (int32, (tokens, 2): start and end in the unit of the label set's spans).
    """

    OPTIONS: ClassVar = {
        "epochs": 12,
        "learning_rate": 0.01,
        "batch_size": 16,
        "buckets": 2**16,
        "width": 64,
    }
    BUDGET = 500_000

    def build(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network."""
        return _Network(shape["buckets"], shape["width"], 2 * len(shape["categories"]) + 1)

    def fit(self, samples: Sequence[Sample]) -> None:
        """Train, on texts without spans too. Raises LabelvcError where none has any."""
        known = {name: number for number, name in enumerate(self.categories)}
        found = [
            (sample, labels)
            for sample, labels in learnable(
                samples,
                "token_bounds",
                lambda label: label.get("category") in known and "end" in label,
            )
            if len(sample.features["token_bounds"])
        ]
        inputs = [sample for sample, _ in found]
        tags = [_tags(sample.features["token_bounds"], labels, known) for sample, labels in found]
        shape = {
            "categories": self.categories,
            "buckets": self.options["buckets"],
            "width": self.options["width"],
        }

        def loss(network: nn.Module, rows: Sequence[int]) -> Tensor:
            scores = network(*_collate([inputs[row] for row in rows], shape))
            wanted = rnn.pad_sequence([tags[row] for row in rows], True, _NO_TOKEN)
            return nn.functional.cross_entropy(
                scores.flatten(0, 1), wanted.flatten(), ignore_index=_NO_TOKEN
            )

        self.train(shape, [len(tag) for tag in tags], loss)

    def predict(self, samples: Sequence[Sample]) -> list[list[Span]]:
        """Start, end and category of each sample's spans, in the unit of `token_bounds`."""
        found: dict[int, list[Span]] = {}
        told = [sample for sample in samples if len(sample.features["token_bounds"])]
        with self.judging() as network:
            for batch in self.batches(told):
                best = network(*_collate(batch, self.shape)).argmax(dim=2).tolist()
                for sample, tags in zip(batch, best, strict=True):
                    bounds = sample.features["token_bounds"].tolist()
                    spans = _spans(tags[: len(bounds)], bounds)
                    found[id(sample)] = [
                        (start, end, self.shape["categories"][number])
                        for start, end, number in spans
                    ]
        return [found.get(id(sample), []) for sample in samples]


def _tags(bounds: Any, labels: Sequence[Label], known: Mapping[str, int]) -> Tensor:
    """The tag of each token: a token belongs to the first span that it shares something with."""
    tags = torch.zeros(len(bounds), dtype=torch.int64)
    for label in sorted(labels, key=lambda label: (label["start"], label["end"])):
        inside = (bounds[:, 0] < label["end"]) & (bounds[:, 1] > label["start"])
        tokens = np.flatnonzero(inside)
        if len(tokens) and not tags[tokens].any():
            tags[tokens] = 2 * known[label["category"]] + 2
            tags[tokens[0]] -= 1
    return tags


def _spans(tags: Sequence[int], bounds: Sequence[Sequence[int]]) -> Iterator[tuple[int, int, int]]:
    """Start, end and category number; what goes on without a beginning begins, as in CoNLL's."""
    begun: list[int] | None = None
    for tag, (start, end) in zip(tags, bounds, strict=True):
        category = (tag - 1) // 2
        if begun and tag != _OUTSIDE and tag % 2 == 0 and begun[2] == category:
            begun[1] = end
            continue
        if begun:
            yield begun[0], begun[1], begun[2]
        begun = None if tag == _OUTSIDE else [start, end, category]
    if begun:
        yield begun[0], begun[1], begun[2]


def _collate(samples: Sequence[Sample], shape: Mapping[str, Any]) -> tuple[Tensor, Tensor, Tensor]:
    """Buckets of all n-grams, where each token's begin, and the tokens of each sample."""
    ngrams = [sample.features["token_ngrams"] for sample in samples]
    before = np.cumsum([0] + [len(one) for one in ngrams])
    begins = [
        sample.features["token_offsets"][:-1] + at
        for sample, at in zip(samples, before[:-1], strict=True)
    ]
    return (
        in_buckets(np.concatenate(ngrams), shape["buckets"]),
        torch.from_numpy(np.concatenate(begins).astype(np.int64)),
        torch.tensor([len(one) for one in begins]),
    )


class _Network(nn.Module):
    def __init__(self, buckets: int, width: int, outputs: int) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(buckets, width, mode="mean", sparse=True)
        self.dropout = nn.Dropout(0.3)
        self.recurrent = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * width, outputs)

    def forward(self, ngrams: Tensor, begins: Tensor, tokens: Tensor) -> Tensor:
        embedded = self.dropout(self.bag(ngrams, begins)).split(tokens.tolist())
        states, _ = self.recurrent(rnn.pack_sequence(embedded, enforce_sorted=False))
        scores: Tensor = self.out(rnn.pad_packed_sequence(states, batch_first=True)[0])
        return scores
