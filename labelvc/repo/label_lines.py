"""Labels as lines of text, so that a plain text diff of two versions shows which changed."""

from __future__ import annotations

import hashlib
from typing import Any

from labelvc.core.snapshot import BOX
from labelvc.core.tally import Tally
from labelvc.formats.base import check_settings
from labelvc.formats.registry import by_name, sniff
from labelvc.formats.source import Source
from labelvc.repo.config import LabelSet

# Above this a text diff would take longer than anybody reads; `labelvc diff` does not.
LIMIT = 100_000

_TEXT_LENGTH = 80
_PLACE = (*BOX, "start", "end", "geometry")
_COLUMNS = (
    *("sample", "kind", "category", *BOX, "start", "end", "geometry", "text", "attributes"),
    *("verdict", "annotator", "confidence"),
)


def label_lines(source: Source, label_set: LabelSet) -> list[str]:
    """A line for each label, sorted by sample, kind and place, then by what is said of the place.

    So a relabelled line stands next to what it was. Of more than LIMIT labels only the counts.
    Raises what reading the labels raises.
    """
    fmt = by_name(label_set.format) if label_set.format else sniff(source)
    check_settings(fmt, label_set.settings, source.name)
    scan = fmt.scan(source, fmt.settle(source, label_set.settings))
    tally = scan.tally()
    if tally.labels > LIMIT:
        return _counts(tally)
    labels = scan.read(None, label_set.key).labels.select(_COLUMNS)
    ordered = labels.sort("sample", "kind", *_PLACE, "category", "text", *_COLUMNS[-4:])
    return [_line(label) for label in ordered.iter_rows(named=True)]


def _counts(tally: Tally) -> list[str]:
    counts = [f"{_visible(name)}: {count}" for name, count in sorted(tally.categories.items())]
    told = f"# {tally.labels} labels: too many for lines, `labelvc diff` shows which changed"
    return [told, *counts]


def _line(label: dict[str, Any]) -> str:
    parts = [label["sample"], label["kind"], label["category"], _place(label)]
    if label["geometry"] is not None:
        digest = hashlib.sha256(label["geometry"].encode()).hexdigest()
        parts.append(f"outline {digest[:8]}")
    if label["text"] is not None:
        parts.append(_shortened(label["text"]))
    parts.append(label["attributes"])
    if label["verdict"] != "present":
        parts.append(label["verdict"])
    if label["annotator"] is not None:
        parts.append(f"by {label['annotator']}")
    if label["confidence"] is not None:
        parts.append(f"confidence {_number(label['confidence'])}")
    return "  ".join(_visible(str(part)) for part in parts if part)


def _place(label: dict[str, Any]) -> str:
    """The box, or the bounds of a span or segment, without needless decimals."""
    box = " ".join(_number(label[side]) for side in BOX if label[side] is not None)
    if label["start"] is None:
        return box
    return f"{_number(label['start'])}-{_number(label['end'])}"


def _number(value: float | None) -> str:
    """All digits, as any of them may be what changed; `10` for 10.0."""
    return "" if value is None else repr(value).removesuffix(".0")


def _shortened(text: str) -> str:
    """A text short enough for a line; a digest stands for what is cut off."""
    if len(text) <= _TEXT_LENGTH:
        return f'"{text}"'
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f'"{text[:_TEXT_LENGTH]}..." ({digest[:8]})'


def _visible(text: str) -> str:
    r"""Control characters from a stranger's file as escapes: they must not drive a terminal.

    >>> print(_visible("a\x1b[31m\n"))
    a\x1b[31m\n
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
