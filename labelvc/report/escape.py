"""Names and texts from strangers' files, made harmless where they are shown."""

from __future__ import annotations

import re
import unicodedata

# Control characters, line separators, surrogates, and whatever reorders or hides text. Joiners stay
# where scripts need them: after a character that is not ASCII. Odd spaces look like plain ones.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f"
    r"\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
    r"|(?<![^\x00-\x7f])[\u200c\u200d]"
)
# Everything that means something to Markdown, HTML or a forge (mentions, links, references, math).
_MARKUP = re.compile(r"""[!"#$&'()*+:;<=>?@\[\\\]^_`{|}~]|(?<=www)\.""", re.IGNORECASE)


def visible(text: str) -> str:
    r"""The text with every character that is not to be seen as a visible escape.

    >>> print(visible("a\x1b[31m\nb\u202e"))
    a\x1b[31m\nb\u202e
    """
    return _UNSEEN.sub(_escape, text)


def visible_lines(text: str) -> str:
    """The same for a message of several lines."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def markup(text: str) -> str:
    """The text as Markdown (GitHub, GitLab) that shows just it, within a line or a table's cell.

    Character references never count as syntax; mentions are only safe within `<code>`.
    """
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", visible(text))


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


def _cells(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns, `...` in place of its middle."""
    if cells(text) <= width:
        return text
    room = max(width - 3, 2)
    tail = _fitting(text[::-1], room // 2)[::-1]
    return f"{_fitting(text, room - cells(tail))}...{tail}"


def _fitting(text: str, width: int) -> str:
    """The longest beginning that fits."""
    used = 0
    for place, char in enumerate(text):
        used += _cells(char)
        if used > width:
            return text[:place]
    return text


def hard_cut(text: str, width: int) -> tuple[str, str]:
    """The text in two: what fits into `width` columns (at least a character), and the rest."""
    head = _fitting(text, width) or text[:1]
    return head, text[len(head) :]
