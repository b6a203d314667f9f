"""The entries of an LMDB file, read from its pages without the LMDB library.

That library maps a file into memory and trusts every offset in it, so that a file from a stranger
could end the process. Here each offset is checked against what is there, and what is wrong ends in
`Malformed`. Only the main database is read, of which Caffe writes no other; numbers are
little-endian and 64 bits wide, as everywhere but on machines that no one trains on.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

Buffer = bytes | memoryview

_HEADER = 16  # bytes at the start of a page: number, padding, flags, free space
_META = struct.Struct("<IIQQ")  # magic, version, address, size
_DATABASE = struct.Struct(
    "<IHHQQQQQ"
)  # pad, flags, depth, branches, leaves, overflow, entries, root
_NODE = struct.Struct("<HHHH")  # size or page (low, high), flags or page (top), size of the key
_META_END = _HEADER + _META.size + 2 * _DATABASE.size + 16
_MAGIC, _VERSION = 0xBEEFC0DE, 1
_BRANCH, _LEAF, _OVERFLOW = 1, 2, 4
_BIG, _SUB, _DUPLICATES = 1, 2, 4
_NOWHERE = 2**64 - 1
_DEEPEST = 32
_PAGES = (512, 65536)  # the smallest and the largest
_EVERY_PAGE = range(2)  # the two that tell where the database begins, by turns


@dataclass(frozen=True)
class Malformed(Exception):
    """Bytes that are no LMDB file; `page` is where they are."""

    page: int
    expected: str
    found: str


@dataclass(frozen=True)
class Pages:
    """The pages of a file; `root` is the first of its database, None if that is empty."""

    content: Buffer
    size: int
    root: int | None

    def page(self, number: int, flags: int) -> tuple[int, int]:
        """Where a page begins, and its flags, of which it has one of the expected."""
        start = number * self.size
        if number >= len(self.content) // self.size:
            raise Malformed(number, "a page inside the file", "one behind its end")
        found = _short(self.content, start + 10)
        if not found & flags:
            raise Malformed(number, "a page of the tree", f"one with flags {found:#x}")
        return start, found

    def nodes(self, number: int, start: int) -> Iterator[int]:
        """Where the nodes of a page begin."""
        lower = _short(self.content, start + 12)
        if not _HEADER <= lower <= self.size or lower % 2:
            raise Malformed(number, "a list of nodes inside the page", f"one of {lower} bytes")
        for at in range(start + _HEADER, start + lower, 2):
            offset = _short(self.content, at)
            if not lower <= offset <= self.size - _NODE.size:
                raise Malformed(number, "a node inside its page", f"one at {offset}")
            yield start + offset


def is_lmdb(head: Buffer) -> bool:
    """Whether a file begins as one of LMDB does."""
    if len(head) < _HEADER + _META.size:
        return False
    magic, version, *_ = _META.unpack_from(head, _HEADER)
    return bool((magic, version) == (_MAGIC, _VERSION))


def open_pages(content: Buffer) -> Pages:
    """The pages as the latest complete transaction left them. Raises Malformed."""
    size = _page_size(content)
    found: list[tuple[int, int]] = []
    for number in _EVERY_PAGE:
        start = number * size
        if (
            len(content) < start + _META_END
            or _META.unpack_from(content, start + _HEADER)[0] != _MAGIC
        ):
            continue
        main = _DATABASE.unpack_from(content, start + _HEADER + _META.size + _DATABASE.size)
        (transaction,) = struct.unpack_from("<Q", content, start + _META_END - 8)
        found.append((transaction, main[-1]))
    if not found:
        raise Malformed(0, "a page that tells where the database begins", "none")
    _, root = max(found)
    return Pages(content, size, None if root == _NOWHERE else root)


def _page_size(content: Buffer) -> int:
    if not is_lmdb(content[:64]):
        raise Malformed(0, "LMDB's first page", "another one")
    if len(content) < _META_END:
        raise Malformed(0, "LMDB's first page", "the end of the file")
    size = int(_DATABASE.unpack_from(content, _HEADER + _META.size)[0])
    if not _PAGES[0] <= size <= _PAGES[1] or size & (size - 1):
        raise Malformed(0, f"pages of {_PAGES[0]} to {_PAGES[1]} bytes", f"pages of {size}")
    return size


def entries(pages: Pages) -> Iterator[tuple[bytes, Buffer]]:
    """The keys and values in the order of keys. Raises Malformed."""
    if pages.root is None:
        return
    seen: set[int] = set()
    waiting = [(pages.root, 1)]
    while waiting:
        number, depth = waiting.pop()
        if number in seen or depth > _DEEPEST:
            raise Malformed(number, "each page once", "a page that leads back to itself")
        seen.add(number)
        start, flags = pages.page(number, _BRANCH | _LEAF)
        places = list(pages.nodes(number, start))
        if flags & _BRANCH:
            children = [(_child(pages.content, at), depth + 1) for at in places]
            waiting += reversed(children)
        else:
            for at in places:
                yield _entry(pages, number, at)


def _child(content: Buffer, at: int) -> int:
    low, high, top, _ = _NODE.unpack_from(content, at)
    return int(low | high << 16 | top << 32)


def _entry(pages: Pages, number: int, at: int) -> tuple[bytes, Buffer]:
    low, high, flags, width = _NODE.unpack_from(pages.content, at)
    key = at + _NODE.size
    start, end = key + width, (number + 1) * pages.size
    length = low | high << 16
    if flags & (_SUB | _DUPLICATES):
        raise Malformed(number, "a plain value", "a database inside the database")
    if flags & _BIG:
        _refuse_beyond(number, start + 8, end)
        (other,) = struct.unpack_from("<Q", pages.content, start)
        page, _ = pages.page(other, _OVERFLOW)
        start, end = page + _HEADER, len(pages.content)
    _refuse_beyond(number, start + length, end)
    return bytes(pages.content[key : key + width]), pages.content[start : start + length]


def _refuse_beyond(number: int, end: int, limit: int) -> None:
    if end > limit:
        raise Malformed(
            number, "a key and its value inside the page", f"{end - limit} bytes beyond"
        )


def _short(content: Buffer, at: int) -> int:
    (value,) = struct.unpack_from("<H", content, at)
    return int(value)
