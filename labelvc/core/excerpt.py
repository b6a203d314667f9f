"""Texts and names made short enough for a line."""

from __future__ import annotations

from collections.abc import Sequence

_CONTEXT = 20  # characters of shared text kept beside a difference
_LONGEST = 60  # characters of a value
_LONGEST_NAME = 200


def around(texts: Sequence[str], longest: int = _LONGEST) -> list[str]:
    """The texts with what all of them share shortened, so that the difference is seen."""
    least = min(map(len, texts), default=0)
    if max(map(len, texts), default=0) <= longest:
        return list(texts)
    head = next((i for i in range(least) if len({t[i] for t in texts}) > 1), least)
    rest = least - head
    tail = next((i for i in range(rest) if len({t[-1 - i] for t in texts}) > 1), rest)
    start, end = max(head - _CONTEXT, 0), max(tail - _CONTEXT, 0)
    middles = [text[start : len(text) - end] for text in texts]
    return [
        f"{'...' if start else ''}{one[:longest]}{'...' if end or len(one) > longest else ''}"
        for one in middles
    ]


def clipped(text: str, longest: int = _LONGEST) -> str:
    """A text's beginning, where all of it would be too much."""
    return text if len(text) <= longest else f"{text[:longest]}..."


def named(text: str) -> str:
    """A name, at full length unless that is out of all reason."""
    return clipped(text, _LONGEST_NAME)
