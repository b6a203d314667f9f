"""Lengths of texts, and the words in them.

A word is what white space separates; in scripts that do not separate words each character is one,
as in `labelvc.core.words`.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from labelvc.core.stats_bins import rounded

FREQUENT = 20  # words told of a vocabulary
_SOLID = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}"
_WORD = rf"[{_SOLID}]\p{{M}}*|[^\s{_SOLID}]+"
_SLICE = 100_000  # texts whose words are held at a time


@dataclass(frozen=True)
class Vocabulary:
    """The different words (`size`) among all (`words`), in lower case, without outer punctuation.

    `ratio` is size / words, the type-token ratio: it falls as texts grow, so only compare label
    sets of about one size by it. `frequent` are the most frequent words with their counts.
    """

    size: int
    words: int
    ratio: float
    frequent: tuple[tuple[str, int], ...]


def lengths(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Characters (Unicode code points) and words of each text."""
    return texts.str.len_chars(), texts.str.count_matches(_WORD)


def vocabulary(texts: pl.Series) -> Vocabulary | None:
    """The vocabulary of the texts; None where they have no word."""
    parts = [
        texts.slice(start, _SLICE).str.extract_all(_WORD).explode().rename("word").drop_nulls()
        .value_counts()
        for start in range(0, len(texts), _SLICE)
    ]  # fmt: skip
    if not parts:
        return None
    # Only now, with each word once, is it worth while to touch every character.
    plain = pl.col("word").str.to_lowercase().str.replace_all(r"^\p{P}+|\p{P}+$", "")
    counts = (
        pl.concat(parts)
        .group_by(plain)
        .agg(pl.col("count").sum())
        .filter(pl.col("word") != "")
        .sort("count", "word", descending=[True, False])
    )
    words = int(counts["count"].sum())
    if not words:
        return None
    frequent = tuple(counts.head(FREQUENT).iter_rows())
    return Vocabulary(counts.height, words, rounded(counts.height / words), frequent)
