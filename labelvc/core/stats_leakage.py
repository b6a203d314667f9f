"""Samples that stand in several splits: a score on them says too much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

EXAMPLES = 20  # leaks that are listed
_NAMES = 5  # samples told of one leak
_CONTENT = 100  # characters of a text that are told

# Texts that differ only in case, white space or Unicode form are one.
NORMAL = (
    pl.col("text")
    .str.normalize("NFKC")
    .str.to_lowercase()
    .str.replace_all(r"\s+", " ")
    .str.strip_chars()
)


@dataclass(frozen=True)
class Leak:
    """One content in several splits: `count` samples, the first of them by name.

    `content` is the medium's digest, or the beginning of the text as it is compared.
    """

    splits: tuple[str, ...]
    samples: tuple[str, ...]
    count: int
    content: str


@dataclass(frozen=True)
class Leakage:
    """`contents` media or texts, each in several splits, of `samples` samples altogether."""

    contents: int
    samples: int
    examples: tuple[Leak, ...]


def leakage(samples: pl.DataFrame) -> Mapping[str, Leakage]:
    """What samples of different splits share: by `digest` (the medium's bytes) and by `text`.

    Only what can be told: nothing where there are fewer than two splits, and no key for which no
    sample has a value. Samples without a split do not count.
    """
    split = samples.filter(pl.col("split").is_not_null())
    if split["split"].n_unique() < 2:
        return {}
    by = {"digest": pl.col("digest"), "text": NORMAL}
    contents = {
        name: split.select("sample", "split", content=column) for name, column in by.items()
    }
    known = {name: rows.filter(pl.col("content") != "") for name, rows in contents.items()}
    return {name: _leakage(rows) for name, rows in known.items() if rows.height}


def _leakage(rows: pl.DataFrame) -> Leakage:
    shared = rows.filter(pl.col("content").is_duplicated())
    leaking = shared.filter(pl.col("split").n_unique().over("content") > 1)
    leaks = (
        leaking.group_by("content")
        .agg(pl.col("split").unique().sort(), pl.col("sample").sort())
        .sort(pl.col("sample").list.first())
    )
    examples = tuple(
        Leak(tuple(splits), tuple(names[:_NAMES]), len(names), content[:_CONTENT])
        for content, splits, names in leaks.head(EXAMPLES).iter_rows()
    )
    return Leakage(leaks.height, leaking.height, examples)
