"""COCO's further top-level keys (info, licenses, ...) merged into ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Protocol

from labelvc.formats.framing import merged_keys
from labelvc.formats.json_spans import BETWEEN, Edit, append_member, apply_edits, top_level


class Framed(Protocol):
    """A file of COCO's sort; `body` is its content without a byte order mark."""

    file: str
    content: bytes
    body: bytes | memoryview


# These hold rows, and are merged as such.
_ROWS = ("images", "annotations", "categories")


def merged_frame(
    base: Framed | None, ours: Framed, theirs: Framed
) -> tuple[bytes | None, list[str]]:
    """Ours' file with the keys that only theirs changed (None: no such), and those both changed."""
    spans = top_level(ours.content, ours.body, ours.file)
    texts = [_texts(base, None) if base else {}, _texts(ours, spans), _texts(theirs, None)]
    unlike = {key for side in texts for key in side if len({one.get(key) for one in texts}) > 1}
    values = [
        {key: json.loads(text) for key, text in side.items() if key in unlike} for side in texts
    ]
    taken, clashes = merged_keys(*values)
    if not taken:
        return None, clashes
    edits = _edits(ours.content, spans, {key: texts[2].get(key) for key in taken})
    return apply_edits(ours.content, edits), clashes


def _texts(scan: Framed, spans: Mapping[str, tuple[int, int]] | None) -> dict[str, bytes]:
    spans = spans or top_level(scan.content, scan.body, scan.file)
    return {key: scan.content[start:end] for key, (start, end) in spans.items() if key not in _ROWS}


def _edits(
    content: bytes, spans: Mapping[str, tuple[int, int]], taken: Mapping[str, bytes | None]
) -> Iterator[Edit]:
    """The edits that set members of the file's one object, and take out those set to None."""
    for key, text in taken.items():
        if text is not None and key in spans:
            yield *spans[key], text
        elif text is not None:
            yield append_member(content, spans, key, text)
    gone = [key in taken and taken[key] is None for key in spans]
    ends = [end for _, end in spans.values()]
    first = gone.index(False)  # images and annotations are always there
    if first:
        yield _after(content, content.index(b"{") + 1), _after(content, ends[first - 1]), b""
    for at, (before, end) in enumerate(pairwise(ends), 1):
        if gone[at] and at > first:
            yield before, end, b""


def _after(content: bytes, at: int) -> int:
    """Where the next key begins."""
    gap = BETWEEN.match(content, at)
    return gap.end() if gap else at
