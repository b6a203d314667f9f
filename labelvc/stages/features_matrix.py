"""Features of samples as one matrix, a row a sample, as scikit-learn takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelvc.core.errors import LabelvcError
from labelvc.core.score_scope import places
from labelvc.stages import features as names
from labelvc.stages.features import features_of
from labelvc.stages.prepared import Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray


def feature_matrix(prepared: Prepared, keys: pl.Series) -> tuple[Any, NDArray[np.bool_]]:
    """The features of those of the samples that have any, and which ones have.

    Pixels (samples, height * width * channels) uint8; descriptors (samples, numbers) float32;
    n-grams of texts as a sparse matrix of counts (samples, buckets) float32; of log-mel frames mean
    and standard deviation of each band, (samples, 2 * mels) float32. Raises LabelvcError for
    features of tokens, which are no rows of samples, and where no sample has any.
    """
    table = prepared.samples.filter(pl.col("row").is_not_null())
    at = places(keys, table["sample"])
    there = at >= 0
    if not there.any():
        raise LabelvcError(
            "the features are of other samples",
            hint="Run `labelvc preprocess`, and give the folder of this label set.",
        )
    rows = table["row"].to_numpy()[at[there]]
    found = prepared.features
    if names.TOKEN_OFFSETS in found:
        raise LabelvcError("the features are of tokens: there is no row of them for a sample")
    if names.NGRAMS in found:
        return _counts(prepared, rows), there
    if names.LOGMEL in found:
        return np.stack([_bands(features_of(found, row)[names.LOGMEL]) for row in rows]), there
    (values,) = found.values()
    return np.asarray(values[rows]).reshape(len(rows), -1), there


def _counts(prepared: Prepared, rows: NDArray[np.int64]) -> Any:
    """How often each n-gram occurs in each text."""
    from scipy.sparse import csr_matrix

    grams = [features_of(prepared.features, row)[names.NGRAMS] for row in rows]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in grams])])
    columns = np.concatenate([np.zeros(0, dtype=np.int32), *grams])
    buckets = int(prepared.report["parameters"]["buckets"])
    ones = np.ones(len(columns), dtype=np.float32)
    matrix = csr_matrix((ones, columns, starts), shape=(len(rows), buckets))
    matrix.sum_duplicates()
    return matrix


def _bands(frames: NDArray[Any]) -> NDArray[np.float32]:
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)]).astype(np.float32)
