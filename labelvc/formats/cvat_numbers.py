"""Numbers of CVAT files: read with the place of a bad one, written with few decimals."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from labelvc.core.errors import ParseError, shorten
from labelvc.formats.xml_tree import Node

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_ONE = re.compile(rf"\s*{_NUMBER}\s*", re.ASCII)
_PAIRS = re.compile(rf"\s*{_NUMBER}\s*,\s*{_NUMBER}\s*(?:;\s*{_NUMBER}\s*,\s*{_NUMBER}\s*)*")
_DECIMALS = 9
_USUAL_DECIMALS = 2  # what CVAT itself writes


def wrong(node: Node, expected: str, found: object) -> ParseError:
    """What is wrong with an element; the place counts lines from where the piece begins."""
    said = "none" if found is None else shorten(found)
    return ParseError("", f"line {node.line}", expected=f"<{node.tag}> with {expected}", found=said)


def number(node: Node, name: str) -> float:
    """An attribute that is a finite number."""
    text = node.attributes.get(name)
    if text is not None and _ONE.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
    raise wrong(node, f"{name}, a number", text)


def whole(node: Node, name: str) -> int:
    """An attribute that is a whole number, not negative."""
    value = number(node, name)
    if not value.is_integer() or value < 0:
        raise wrong(node, f"{name}, a whole number", node.attributes[name])
    return int(value)


def pairs(node: Node) -> list[float]:
    """The attribute `points`, `x,y;x,y`, as one flat list."""
    text = node.attributes.get("points")
    if text is None or not _PAIRS.fullmatch(text):
        raise wrong(node, "points, numbers like x,y;x,y", text)
    values = [float(one) for one in text.replace(";", ",").split(",")]
    if not all(map(math.isfinite, values)):
        raise wrong(node, "points, finite numbers", text)
    return values


def spelled(value: float, old: str | None = None) -> str:
    """A number as text; the old text where that says the same."""
    if old is not None and _ONE.fullmatch(old) and float(old) == value:
        return old
    usual = f"{value:.{_USUAL_DECIMALS}f}"
    return usual if float(usual) == value else repr(float(value))


def spelled_pairs(values: Sequence[float], old: str | None = None) -> str:
    """Points as text; in a list of as many points, those that are the same keep their text."""
    before = old.replace(";", ",").split(",") if old is not None else []
    known = before if len(before) == len(values) else [None] * len(values)
    texts = [spelled(value, text) for value, text in zip(values, known, strict=True)]
    return ";".join(f"{x},{y}" for x, y in zip(texts[::2], texts[1::2], strict=True))


def end_of(start: float, length: float, old: str | None = None) -> str:
    """Where a length ends: the old text, or few decimals, where that gives back the length."""
    if old is not None and _ONE.fullmatch(old) and float(old) - start == length:
        return old
    end = start + length
    short = round(end, _DECIMALS)
    return spelled(short if short - start == length else end, old)
