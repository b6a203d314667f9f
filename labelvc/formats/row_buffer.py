"""Rows of large files, cut out of the file's content only when asked for.

Ten million rows as bytes objects of their own take more than a gigabyte beside the content they
were cut from. Here a row is two offsets, and two versions are compared stretch by stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, overload

import polars as pl

from labelvc.core.cancel import Indices, pair_by_hash, walk_by_runs
from labelvc.formats.rows import RowFile, cut_csv

if TYPE_CHECKING:
    import numpy as np

_BLOCK = 1 << 25  # bytes that are decoded at a time
_STRETCH = 1 << 22  # bytes that are compared at a time, at most
_SHORT = 1 << 12
# So many pieces are paired off with 128 bits of hash in place of their bytes.
_MANY = 200_000
_NO_CELL = "\x1f"
_BLANK = len("\r\n")


class Rows(Sequence[bytes]):
    """The rows of a file; `starts` are their offsets, and after them that of the end."""

    def __init__(self, content: bytes, starts: np.ndarray[Any, Any]) -> None:
        self.content = content
        self.starts = starts

    @staticmethod
    def cut_csv(where: str, content: bytes) -> Rows:
        """A CSV file with a header; raises ParseError where a quote opens that nothing closes."""
        import numpy as np

        ends = _line_ends(content)
        if not len(ends) or ends[-1] < len(content):
            ends = np.append(ends, len(content))
        shortest = int(np.diff(ends, prepend=0).min())
        has_returns = b"\r" in content and content.count(b"\r") != content.count(b"\r\n")
        if b'"' not in content and shortest > _BLANK and not has_returns:
            return Rows(content, ends)
        file = cut_csv(where, where, content, delimiter=",", quoted=True, header=True)
        lengths = [len(file.head), *map(len, file.rows)]
        return Rows(content, np.fromiter(accumulate(lengths), np.int64, len(lengths)))

    @property
    def head(self) -> bytes:
        """What stands before the first row: byte order mark and header."""
        return self.content[: self.starts[0]]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        at = index % len(self)
        return self.content[self.starts[at] : self.starts[at + 1]]

    def file(self, where: str) -> RowFile:
        """The same as the file of rows that messages and writers know."""
        return RowFile(where, where, self.head, self)

    def line(self, index: int) -> int:
        """The line of the file, counted from 1, on which a row begins."""
        return 1 + self.content.count(b"\n", 0, int(self.starts[index]))

    def blocks(self) -> Iterator[tuple[range, bytes]]:
        """All rows in blocks of some 32 MB: their indices and their bytes."""
        first = 0
        while first < len(self):
            end = int(self.starts[first]) + _BLOCK
            last = max(first + 1, int(self.starts.searchsorted(end, "right")) - 1)
            yield range(first, last), self.content[self.starts[first] : self.starts[last]]
            first = last

    def equal_from(self, at: int, other: Rows, there: int) -> int:
        """How many rows from one on equal those of another file from one on."""
        one, two = int(self.starts[at]), int(other.starts[there])
        same = _common(self.content, one, other.content, two)
        # bytes that are equal are cut alike, but for what follows: a blank line, or the end
        rows = min(
            int(self.starts.searchsorted(one + same, "right")) - 1 - at,
            int(other.starts.searchsorted(two + same, "right")) - 1 - there,
        )
        while rows and self.starts[at + rows] - one != other.starts[there + rows] - two:
            rows -= 1
        return rows

    def hashes(self) -> pl.DataFrame | None:
        """128 bits of hash of each row, without its line end; None where rows are no lines."""
        parts = []
        for rows, body in self.blocks():
            try:
                lines = pl.read_csv(
                    body, has_header=False, separator=_NO_CELL, quote_char=None, infer_schema=False
                )
            except (pl.exceptions.PolarsError, ValueError):
                return None
            if lines.shape != (len(rows), 1):
                return None
            line = lines.to_series()
            parts.append(pl.DataFrame({"one": line.hash(1), "two": line.hash(2)}))
        return pl.concat(parts) if parts else None


class Pieces(Sequence[tuple[str, bytes]]):
    """The rows of several files in turn, each with the name of its file."""

    def __init__(self, parts: Sequence[tuple[str, Rows]]) -> None:
        self.parts = parts
        self.firsts = [0, *accumulate(len(rows) for _, rows in parts)]

    def __len__(self) -> int:
        return self.firsts[-1]

    @overload
    def __getitem__(self, index: int) -> tuple[str, bytes]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[str, bytes]]: ...
    def __getitem__(self, index: int | slice) -> tuple[str, bytes] | list[tuple[str, bytes]]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        for (name, rows), first in zip(self.parts, self.firsts, strict=False):
            if first <= index < first + len(rows):
                return name, rows[index - first]
        raise IndexError(index)

    def walk(self, other: Pieces) -> tuple[Indices, Indices]:
        """What is left after pairing equal rows of each file side by side."""
        others = {
            name: (rows, first)
            for (name, rows), first in zip(other.parts, other.firsts, strict=False)
        }
        left: list[int] = []
        right: list[int] = []
        for (name, rows), first in zip(self.parts, self.firsts, strict=False):
            found, first_there = others.pop(name, (None, 0))
            if found is None:
                left += range(first, first + len(rows))
                continue
            one, two = _walked(rows, found)
            left += [first + at for at in one]
            right += [first_there + at for at in two]
        for rows, first in others.values():
            right += range(first, first + len(rows))
        return left, sorted(right)

    def pair_off(self, left: Indices, other: Pieces, right: Indices) -> tuple[Indices, Indices]:
        """What is left of both once equal rows of a file, wherever they stand, are paired."""
        if min(len(left), len(right)) > _MANY:
            names = {name: at for at, (name, _) in enumerate((*self.parts, *other.parts))}
            one, two = self._hashed(left, names), other._hashed(right, names)
            if one is not None and two is not None:
                key = ["file", "one", "two", "nth"]
                return [
                    mine.join(its, on=key, how="anti", maintain_order="left")["at"].to_list()
                    for mine, its in ((one, two), (two, one))
                ]  # type: ignore[return-value]
        return pair_by_hash(self, left, other, right)

    def _hashed(self, wanted: Indices, names: Mapping[str, int]) -> pl.DataFrame | None:
        parts = []
        for (name, rows), first in zip(self.parts, self.firsts, strict=False):
            hashes = rows.hashes()
            if hashes is None and len(rows):
                return None
            if hashes is not None:
                at = pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("at")
                parts.append(hashes.with_columns(at, pl.lit(names[name]).alias("file")))
        chosen = pl.concat(parts)[pl.Series(wanted, dtype=pl.Int64)]
        nth = pl.lit(0, pl.Int64)
        if chosen.select("file", "one", "two").is_duplicated().any():
            nth = pl.int_range(pl.len()).over("file", "one", "two")
        return chosen.with_columns(nth.alias("nth"))


def _walked(before: Rows, after: Rows) -> tuple[Indices, Indices]:
    return walk_by_runs(before, after, lambda i, j: before.equal_from(i, after, j))


def _line_ends(content: bytes) -> np.ndarray[Any, Any]:
    """The offsets behind all line feeds."""
    import numpy as np

    view = np.frombuffer(content, np.uint8)
    found = [
        np.flatnonzero(view[start : start + _BLOCK] == 10) + (start + 1)
        for start in range(0, len(content), _BLOCK)
    ]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _common(one: bytes, at: int, two: bytes, there: int) -> int:
    """How many bytes are equal from two places on."""
    start, size = at, _SHORT
    limit = at + min(len(one) - at, len(two) - there)
    shift = there - at
    while at < limit:
        size = min(size, limit - at)
        if one[at : at + size] == two[at + shift : at + shift + size]:
            at += size
            size = min(2 * size, _STRETCH)
        elif size == 1:
            break
        else:
            size = (size + 1) // 2
            if one[at : at + size] == two[at + shift : at + shift + size]:
                at += size
            limit = min(limit, at + size)
    return at - start
