"""Features of many samples in few arrays, and one sample's part of them.

Images have one row a sample: `images` (samples, height, width, channels) uint8, or `descriptors`
(samples, numbers) float32. What differs in length lies end to end, and `offsets[i]` to
`offsets[i + 1]` (int64) bound what is the sample's in row i: `logmel` (frames, mels) float32,
`ngrams` int32.

Where n-grams are those of tokens, `offsets` bounds tokens, and `token_offsets` the tokens of a
sample; `bounds` (tokens, 2) int64 says where each token starts and ends in the label file's own
text, in the unit of its labels (characters, or tokens).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Features = Mapping[str, NDArray[Any]]

IMAGES = "images"
DESCRIPTORS = "descriptors"
LOGMEL = "logmel"
NGRAMS = "ngrams"
OFFSETS = "offsets"
TOKEN_OFFSETS = "token_offsets"  # noqa: S105
BOUNDS = "bounds"


def ragged(name: str, values: NDArray[Any]) -> Features:
    """The features of one sample whose length is its own."""
    return {OFFSETS: np.array([0, len(values)]), name: values}


def of_tokens(
    grams: Sequence[NDArray[np.int32]], bounds: Sequence[tuple[int, int]]
) -> dict[str, NDArray[Any]]:
    """The features of one sample that consists of tokens."""
    ends = np.cumsum([len(one) for one in grams], dtype=np.int64)
    return {
        TOKEN_OFFSETS: np.array([0, len(grams)]),
        OFFSETS: np.concatenate([np.zeros(1, dtype=np.int64), ends]),
        NGRAMS: np.concatenate([np.empty(0, dtype=np.int32), *grams]),
        BOUNDS: np.array(bounds, dtype=np.int64).reshape(-1, 2),
    }


def features_of(features: Features, row: int) -> dict[str, NDArray[Any]]:
    """The features of the sample in a row, as if it were the only one."""
    if TOKEN_OFFSETS in features:
        first, last = features[TOKEN_OFFSETS][row : row + 2].tolist()
        offsets = features[OFFSETS][first : last + 1]
        return {
            TOKEN_OFFSETS: np.array([0, last - first]),
            OFFSETS: offsets - offsets[0],
            NGRAMS: features[NGRAMS][offsets[0] : offsets[-1]],
            BOUNDS: features[BOUNDS][first:last],
        }
    if OFFSETS in features:
        first, last = features[OFFSETS][row : row + 2].tolist()
        (name,) = features.keys() - {OFFSETS}
        return dict(ragged(name, features[name][first:last]))
    return {name: values[row : row + 1] for name, values in features.items()}


def row_count(features: Features) -> int:
    """How many samples there are features of."""
    for name in (TOKEN_OFFSETS, OFFSETS):
        if name in features:
            return len(features[name]) - 1
    return max((len(values) for values in features.values()), default=0)
