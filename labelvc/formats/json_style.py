"""How a JSON document spells and spaces its values, for what is written into it anew."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SPREAD_NUMBERS = re.compile(r"\[\s*\n\s*-?\d")
_INLINE_NUMBERS = re.compile(r"\[ ?-?\d")
_INDENT = re.compile(r"[\[{]\n([ \t]+)")
_COLON = re.compile(r'"[ \t]*:([ \t]*)')
_COMMA = re.compile(r",([ \t]?)(?=[^ \t\n\r])")


@dataclass(frozen=True)
class Style:
    """How a document spaces what has to be written anew."""

    indent: str
    spread_numbers: bool
    colon: str
    comma: str
    escaped: bool

    @staticmethod
    def of(text: str) -> Style:
        """The style of a document, by its first examples."""
        indent, colon, comma = (found.search(text) for found in (_INDENT, _COLON, _COMMA))
        spread = indent is not None and not _INLINE_NUMBERS.search(text)
        gap = colon[1] if colon else " "
        return Style(
            indent[1] if indent else "  ",
            spread or _SPREAD_NUMBERS.search(text) is not None,
            ":" + gap,
            "," + (comma[1] if comma else gap),
            text.isascii() and "\\u" in text,
        )

    def string(self, value: str) -> str:
        """A string, with escapes where the document has them."""
        if self.escaped or any("\ud800" <= letter <= "\udfff" for letter in value):
            return json.dumps(value)
        return json.dumps(value, ensure_ascii=False)

    def spelled(self, value: Any, line: str | None) -> str:
        """A value; `line` is the line break and indentation it stands at, None for one line."""
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, Mapping):
            parts = [
                f"{self.string(key)}{self.colon}{self.spelled(one, self._inner(line))}"
                for key, one in value.items()
            ]
            return self.enclosed("{", parts, "}", line)
        if isinstance(value, list | tuple):
            nested = any(isinstance(one, Mapping | list | tuple) for one in value)
            line = line if nested or self.spread_numbers else None
            return self.enclosed(
                "[", [self.spelled(one, self._inner(line)) for one in value], "]", line
            )
        return json.dumps(value, allow_nan=False)

    def _inner(self, line: str | None) -> str | None:
        return None if line is None else line + self.indent

    def enclosed(self, opened: str, parts: Sequence[str], closed: str, line: str | None) -> str:
        """Parts between brackets, each on a line of its own unless `line` is None."""
        if not parts or line is None:
            return f"{opened}{self.comma.join(parts)}{closed}"
        inner = self._inner(line) or ""
        return f"{opened}{inner}{f',{inner}'.join(parts)}{line}{closed}"
