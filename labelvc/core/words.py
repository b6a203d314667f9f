"""Differences between two texts, word by word.

A word is what white space separates; in scripts that do not separate words (Han, kana, Thai) each
character is one, so that a long sentence does not count as a single word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

_SOLID = (
    r"[\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"[\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*"  # voicing marks, variation selectors
    r"|[\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*"
)
_WORD = re.compile(rf"(\s*)({_SOLID}|(?:(?!{_SOLID})\S)+)")
# Above this many pairs of words an alignment costs seconds and nobody reads it.
_ALIGNED = 4_000_000

Piece = tuple[str, str]


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    return [match[2] for match in _WORD.finditer(text)]


def pieces(before: str, after: str) -> list[Piece]:
    """The two texts in parallel pieces, equal where they agree.

    The first halves joined are `before`, the second halves `after`; equal and different pieces
    alternate. Very long texts are only compared from both ends.

    >>> pieces("a black cat", "a white cat")
    [('a ', 'a '), ('black', 'white'), (' cat', ' cat')]
    """
    one, two = _cut(before), _cut(after)
    found: list[Piece] = []
    for equal, i, i_end, j, j_end in _blocks([word for _, word in one], [word for _, word in two]):
        if equal:
            for (space, word), (other_space, _) in zip(one[i:i_end], two[j:j_end], strict=True):
                found += [(space, other_space), (word, word)]
        else:
            found += _replaced(one[i:i_end], two[j:j_end])
    found.append((_tail(before, one), _tail(after, two)))
    return _joined(found)


def wer(before: str, after: str) -> float:
    """The word error rate of `after` against `before`: edits divided by the words of `before`.

    Against an empty text it is the number of words inserted; it can exceed 1.
    """
    reference = words(before)
    return distance(reference, words(after)) / max(len(reference), 1)


def distance(before: Sequence[str], after: Sequence[str]) -> int:
    """The fewest insertions, deletions and substitutions that lead from one to the other.

    Bit-parallel (Myers 1999, in the form of Hyyrö 2003): a column of the table is one integer.
    """
    if not before:
        return len(after)
    masks: dict[str, int] = {}
    for place, word in enumerate(before):
        masks[word] = masks.get(word, 0) | 1 << place
    full, last = (1 << len(before)) - 1, 1 << len(before) - 1
    up, down, edits = full, 0, len(before)
    for word in after:
        match = masks.get(word, 0)
        diagonal = ((((match & up) + up) ^ up) | match | down) & full
        right = down | (full & ~(diagonal | up))
        left = up & diagonal
        edits += bool(right & last) - bool(left & last)
        right = right << 1 | 1
        up = (left << 1 | full & ~(diagonal | right)) & full
        down = right & diagonal & full
    return edits


def is_cosmetic(before: str, after: str) -> bool:
    """Different texts that differ only in case, punctuation, white space or Unicode composition.

    Punctuation and spaces that stand before a digit say something (1.5, -3, 1 000) and count.
    """
    return before != after and _skeleton(before) == _skeleton(after)


def _skeleton(text: str) -> str:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    kept = []
    for place, char in enumerate(folded):
        if char.isspace():
            char = " " if folded[place - 1 : place].isdigit() else ""
        elif not unicodedata.category(char).startswith("P"):
            kept.append(char)
            continue
        if folded[place + 1 : place + 2].isdigit():
            kept.append(char)
    return "".join(kept)


def _cut(text: str) -> list[tuple[str, str]]:
    return [(match[1], match[2]) for match in _WORD.finditer(text)]


def _tail(text: str, tokens: Sequence[tuple[str, str]]) -> str:
    """The white space after the last word."""
    return text[sum(len(space) + len(word) for space, word in tokens) :]


def _blocks(one: Sequence[str], two: Sequence[str]) -> list[tuple[bool, int, int, int, int]]:
    """(equal, from, to, from, to) over both lists; what the ends share is cut off first."""
    shorter = min(len(one), len(two))
    head = next((i for i in range(shorter) if one[i] != two[i]), shorter)
    rest = shorter - head
    tail = next((i for i in range(rest) if one[-1 - i] != two[-1 - i]), rest)
    middle, other = one[head : len(one) - tail], two[head : len(two) - tail]
    found = [(True, 0, head, 0, head)]
    if len(middle) * len(other) > _ALIGNED:
        found.append((False, head, len(one) - tail, head, len(two) - tail))
    else:
        found += [
            (tag == "equal", head + i, head + i_end, head + j, head + j_end)
            for tag, i, i_end, j, j_end in SequenceMatcher(None, middle, other).get_opcodes()
        ]
    found.append((True, len(one) - tail, len(one), len(two) - tail, len(two)))
    return found


def _replaced(one: Sequence[tuple[str, str]], two: Sequence[tuple[str, str]]) -> list[Piece]:
    """Replaced words; the white space both begin with is no part of the difference."""
    before, after = ("".join(space + word for space, word in part) for part in (one, two))
    if one and two and one[0][0] == two[0][0]:
        space = one[0][0]
        return [(space, space), (before[len(space) :], after[len(space) :])]
    return [(before, after)]


def _joined(found: Sequence[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for before, after in found:
        if not before and not after:
            continue
        if joined and (joined[-1][0] == joined[-1][1]) == (before == after):
            joined[-1] = (joined[-1][0] + before, joined[-1][1] + after)
        else:
            joined.append((before, after))
    return joined
