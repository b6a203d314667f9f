"""An edited text in a line: what stayed, what went and what came."""

from __future__ import annotations

from labelvc.core.words import is_cosmetic, pieces, wer
from labelvc.report.spans import Span, say

_CONTEXT = 40  # characters of unchanged text kept beside a difference
_LONGEST = 400  # characters of one side of a difference
_MOST = 30  # pieces told


def edited(before: str | None, after: str | None) -> list[Span]:
    """What was edited, e.g. `edited a [-cat-]{+dog+} (WER 0.50)`."""
    if before is None or after is None:
        return say("edited ", difference(before or "", after or ""))
    told = "edited (cosmetic) " if is_cosmetic(before, after) else "edited "
    return say(told, difference(before, after), f" (WER {wer(before, after):.2f})")


def difference(before: str, after: str) -> list[Span]:
    """The two texts in one line, what they share shortened where it is long."""
    found = pieces(before, after)
    line: list[Span] = []
    for place, (old, new) in enumerate(found[:_MOST]):
        if old == new:
            line.append(Span(_context(old, place == 0, place == len(found) - 1), "value"))
            continue
        line += [Span(clip(old), "old")] if old else []
        line += [Span(clip(new), "new")] if new else []
    if len(found) > _MOST:
        line.append(Span(" ... and more differences", "dim"))
    return line


def clip(text: str, longest: int = _LONGEST) -> str:
    """A text's beginning, where all of it would be too much."""
    return text if len(text) <= longest else f"{text[:longest]}..."


def _context(text: str, first: bool, last: bool) -> str:
    """An unchanged piece; only its ends next to differences where it is long."""
    if len(text) <= 2 * _CONTEXT + 10:
        return text
    head = "" if first else f"{text[:_CONTEXT]} "
    return f"{head}..." if last else f"{head}... {text[-_CONTEXT:]}"
