"""Hashed n-grams of texts and of tokens.

A bucket is `zlib.crc32` of the n-gram's UTF-8, modulo `buckets`: the same in every process, unlike
Python's own hash. N-grams of characters are those of a word between < and >, as fastText has them
(Bojanowski et al. 2017); they are marked by a leading zero byte, shapes by a one.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REMEMBERED = 100_000  # words


class NGrams:
    """How n-grams are made and hashed: of up to `words` words, of `characters` characters."""

    def __init__(self, words: int, characters: int, buckets: int) -> None:
        self.words = words
        self.characters = characters
        self.buckets = buckets
        self._of_word = lru_cache(_REMEMBERED)(self._hash_word)
        self._of_token = lru_cache(_REMEMBERED)(self._hash_token)

    def of_text(self, text: str) -> NDArray[np.int32]:
        """The buckets of a text: words, case-folded, with their characters; then runs of words."""
        words = [match[0] for match in word_pattern().finditer(text.casefold())]
        found = [bucket for word in words for bucket in self._of_word(word)]
        for length in range(2, self.words + 1):
            found += [
                self._bucket(" ".join(words[place : place + length]))
                for place in range(len(words) - length + 1)
            ]
        return np.array(found, dtype=np.int32)

    def of_tokens(self, tokens: Sequence[str]) -> list[NDArray[np.int32]]:
        """The buckets of each token: itself case-folded, its characters, and its shape."""
        return [self._of_token(token) for token in tokens]

    def _hash_word(self, word: str) -> list[int]:
        marked, size = f"<{word}>", self.characters
        grams = range(len(marked) - size + 1) if size else ()
        return [
            self._bucket(word),
            *(self._bucket(f"\0{marked[place : place + size]}") for place in grams),
        ]

    def _hash_token(self, token: str) -> NDArray[np.int32]:
        if not token:
            return np.empty(0, dtype=np.int32)
        shape = self._bucket(f"\1{_shape(token)}")
        return np.array([*self._hash_word(token.casefold()), shape], dtype=np.int32)

    def _bucket(self, gram: str) -> int:
        return zlib.crc32(gram.encode()) % self.buckets


def tokens(text: str) -> Iterator[tuple[int, int]]:
    """The bounds of a text's words, and of each mark of punctuation by itself."""
    return (match.span() for match in word_pattern().finditer(text))


@cache
def word_pattern() -> re.Pattern[str]:
    """Letters, digits and the combining marks on them; or one other character, but no space."""
    # `\w` leaves out marks, without which words of Indic scripts would fall apart
    codes = (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
    marks = [re.escape(chr(code)) for code in codes if unicodedata.category(chr(code))[0] == "M"]
    inside = "".join(marks)
    return re.compile(rf"[\w{inside}]+|[^\s\w{inside}]")


def _shape(token: str) -> str:
    """Which sorts of characters a token has, each run as one: `Xx` for Paris, `0-0` for 1-2."""
    return "".join(sort for sort, _ in groupby(map(_sort, token)))


def _sort(char: str) -> str:
    if char.isalpha():
        return "X" if char.isupper() else "x"
    return "0" if char.isdigit() else char
