"""Which categories stand in the same samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

MATRIX = 50  # categories at most of which the whole matrix is told
_FREQUENT = 1000  # categories looked at: bounds the work on samples with thousands of categories
_PAIRS = MATRIX * (MATRIX - 1) // 2


@dataclass(frozen=True)
class Together:
    """In how many samples two categories stand.

    `pairs` are the most frequent, at most 1,225 (all of 50 categories). `matrix[i][j]` is for
    `categories[i]` and `categories[j]`, its diagonal the samples of one; empty above 50 categories.
    """

    pairs: tuple[tuple[str, str, int], ...] = ()
    categories: tuple[str, ...] = ()
    matrix: tuple[tuple[int, ...], ...] = ()


def together(labels: pl.DataFrame, categories: Sequence[str]) -> Together:
    """From labels with `place` (the sample's) and `category`, and the categories in use.

    `categories` are in order of frequency; of more than 1,000 only the first count.
    """
    # Imported only here: it takes a tenth of a second.
    from scipy.sparse import csr_array

    names = tuple(categories[:_FREQUENT])
    columns = pl.DataFrame({"category": names}, schema={"category": pl.String}).with_row_index(
        "column"
    )
    cells = labels.select("place", "category").drop_nulls().unique().join(columns, on="category")
    if cells["place"].n_unique() == cells.height:  # no sample has two categories
        return Together()
    rows = cells["place"].rank("dense").cast(pl.Int64).to_numpy() - 1
    ones = np.ones(cells.height, dtype=np.int64)
    shape = (int(rows.max()) + 1, len(names))
    has = csr_array((ones, (rows, cells["column"].to_numpy())), shape=shape)
    counts = (has.T @ has).toarray()
    small = len(categories) <= MATRIX
    return Together(
        _pairs(counts, names),
        names if small else (),
        tuple(tuple(map(int, row)) for row in counts) if small else (),
    )


def _pairs(
    counts: np.ndarray[tuple[int, int], np.dtype[np.int64]], names: Sequence[str]
) -> tuple[tuple[str, str, int], ...]:
    one, two = np.nonzero(np.triu(counts, k=1))
    numbers = counts[one, two]
    most = np.argsort(-numbers, kind="stable")[:_PAIRS]
    return tuple((names[one[at]], names[two[at]], int(numbers[at])) for at in most)
