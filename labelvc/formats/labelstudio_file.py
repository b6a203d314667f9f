"""Label Studio's files cut into tasks: an array of them, a single one, or one a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec

from labelvc.core.errors import ParseError, shorten
from labelvc.formats.json_decode import decode
from labelvc.formats.json_spans import Elements, byte_order_mark
from labelvc.formats.rows import RowFile, cut_lines, without_nul


@dataclass(frozen=True)
class TaskFile(RowFile):
    """Tasks that stand in an array (or alone): `gaps` are between them, `tail` behind them."""

    tail: bytes = b""
    gaps: Sequence[bytes] = field(default_factory=list)

    def error(self, index: int, expected: str, found: object, *, at: str = "") -> ParseError:
        """What is wrong with a task; `at` is a pointer into it."""
        said = found if isinstance(found, str) else shorten(found)
        place = f"/{index}{'' if at.startswith('/') or not at else '/'}{at}"
        return ParseError(self.where, place, expected=expected, found=said)

    def text(self, index: int) -> str:
        """A task's text."""
        return self.rows[index].decode(errors="replace")

    def joined(self, rows: Sequence[bytes]) -> bytes:
        """The file with other tasks."""
        rows = [row.strip() for row in rows]
        gaps = self.gaps
        if len(rows) != len(gaps) + 1:
            common = Counter(gaps).most_common(1)
            gaps = [common[0][0] if common else self._gap()] * (len(rows) - 1)
        parts = [part for pair in zip(rows, [*gaps, b""], strict=False) for part in pair]
        is_alone = b"[" not in self.head
        if is_alone and len(rows) != 1:
            return b"[" + b"".join(parts) + b"]\n"
        return b"".join([self.head, *parts, self.tail])

    def _gap(self) -> bytes:
        """What to set between tasks where there is but one: a line where it stands on its own."""
        space = self.head.partition(b"[")[2]
        return b"," + (space if b"\n" in space else b" ")


def cut(name: str, where: str, content: bytes) -> RowFile:
    """The tasks of a file, each the bytes it takes.

    Raises ParseError.
    """
    without_nul(content, where)
    start = byte_order_mark(content)
    body = content[start:].lstrip()
    if body.startswith(b"{"):
        if _is_one_object(body):
            return _alone(name, where, content, content.index(b"{"))
        return replace(cut_lines(name, where, content), unit="line")
    first = len(content) - len(body)
    raws = decode(where, "", content[start:], list[msgspec.Raw])
    end = content.rindex(b"]") + 1
    found = Elements.of(content, (first, end), raws)
    if not raws:
        return TaskFile(name, where, content[: first + 1], [], "task", content[first + 1 :], [])
    rows = [content[one:two] for one, two in zip(found.starts, found.ends, strict=True)]
    gaps = [content[one:two] for one, two in zip(found.ends[:-1], found.starts[1:], strict=True)]
    head, tail = content[: found.starts[0]], content[found.ends[-1] :]
    return TaskFile(name, where, head, rows, "task", tail, gaps)


def _is_one_object(body: bytes) -> bool:
    """Whether a file is one task, on however many lines."""
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        lines = body.splitlines()
        try:
            msgspec.json.decode(lines[0], type=dict[str, msgspec.Raw])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return True  # so that the error tells of the whole
        return False
    return True


def _alone(name: str, where: str, content: bytes, start: int) -> RowFile:
    decode(where, "", content[start:], dict[str, msgspec.Raw])
    end = content.rindex(b"}") + 1
    return TaskFile(name, where, content[:start], [content[start:end]], "task", content[end:], [])
