"""What `preprocess` extracted of each sample, under the names by which models are given it.

`image` uint8 (height, width, channels) and `scale` float32 (1,): original pixels times scale are
pixels of it; or `descriptor` float32 (numbers,). `ngrams` int32 of a text; of a text's tokens
`token_ngrams` int32, `token_offsets` int64 (tokens + 1,) and `token_bounds` int64 (tokens, 2),
where each starts and ends in the text as labelled. `logmel` float32 (frames, mels) of a sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelvc.stages import features as names
from labelvc.stages.features import features_of
from labelvc.stages.prepared import Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    OneSample = Mapping[str, NDArray[Any]]


def features_by_sample(prepared: Prepared, keys: pl.Series) -> dict[str, OneSample]:
    """The features of these samples by key; those that could not be read have none."""
    rows = prepared.samples.filter(
        pl.col("row").is_not_null() & pl.col("sample").is_in(keys.implode())
    )
    wanted = ("sample", "row", "width", "new_width")
    return {
        key: _named(features_of(prepared.features, row), width, new_width)
        for key, row, width, new_width in rows.select(wanted).iter_rows()
    }


def _named(found: Mapping[str, Any], width: int | None, new_width: int | None) -> OneSample:
    if names.IMAGES in found:
        scale = np.array([(new_width or 1) / (width or 1)], dtype=np.float32)
        return {"image": found[names.IMAGES][0], "scale": scale}
    if names.DESCRIPTORS in found:
        return {"descriptor": found[names.DESCRIPTORS][0]}
    if names.TOKEN_OFFSETS in found:
        return {
            "token_ngrams": found[names.NGRAMS],
            "token_offsets": found[names.OFFSETS],
            "token_bounds": found[names.BOUNDS],
        }
    return {name: values for name, values in found.items() if name != names.OFFSETS}
