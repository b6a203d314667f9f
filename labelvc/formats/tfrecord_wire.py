"""`tf.train.Example` from its bytes: as much of protobuf's wire format as that takes.

Every length is checked against what is there, and no count is believed: hostile bytes end in
`Malformed`, with the offset in the record where they are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}
_BYTES, _FLOATS, _INTEGERS = 1, 2, 3  # the fields of tf.train.Feature

Values = list[Any]  # bytes, floats or integers


@dataclass(frozen=True)
class Malformed(Exception):
    """Bytes that are no Example."""

    offset: int  # in the record
    expected: str
    found: str


@dataclass(frozen=True)
class Part:
    """A stretch of a record."""

    record: bytes
    start: int
    end: int

    @property
    def content(self) -> bytes:
        """Its bytes."""
        return self.record[self.start : self.end]


def entries(record: bytes) -> dict[str, Part]:
    """The features of an Example by name, still encoded; of a name that repeats the last counts.

    Raises Malformed.
    """
    found: dict[str, Part] = {}
    for features in _messages(Part(record, 0, len(record)), 1):
        for entry in _messages(features, 1):
            name, value = "", Part(record, entry.end, entry.end)
            for number, part in _fields(entry):
                if number == 1:
                    name = _name(part)
                elif number == 2:
                    value = _as_message(part)
            found[name] = value
    return found


def value_of(feature: Part) -> Values:
    """The values of a feature: all of the one sort that it holds; empty where it holds none.

    Raises Malformed.
    """
    sort: int = 0
    values: Values = []
    for number, part in _fields(feature):
        if number not in (_BYTES, _FLOATS, _INTEGERS):
            continue
        if number != sort:  # of several sorts the last one counts, and replaces the others
            sort, values = number, []
        for inner, one in _fields(_as_message(part)):
            if inner == 1:
                values += _READ[sort](one)
    return values


@dataclass(frozen=True)
class _Varint(Part):
    """A number that stands by itself."""

    value: int = 0


@dataclass(frozen=True)
class _Fixed(Part):
    """Four or eight bytes that stand by themselves."""


def _fields(message: Part) -> Iterator[tuple[int, Part]]:
    """The fields of a message, by number."""
    record, at = message.record, message.start
    while at < message.end:
        begin = at
        key, at = _varint(record, at, message.end)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise Malformed(begin, "a field's number", "0")
        if kind == _VARINT:
            value, end = _varint(record, at, message.end)
            yield number, _Varint(record, at, end, value)
        elif kind == _LENGTH:
            length, at = _varint(record, at, message.end)
            end = at + length
            _refuse_beyond(begin, end, message.end, f"{length} bytes")
            yield number, Part(record, at, end)
        elif kind in _WIDTHS:
            end = at + _WIDTHS[kind]
            _refuse_beyond(begin, end, message.end, f"{_WIDTHS[kind]} bytes")
            yield number, _Fixed(record, at, end)
        else:
            raise Malformed(begin, "a field of wire type 0, 1, 2 or 5", f"{kind}")
        at = end


def _messages(message: Part, wanted: int) -> Iterator[Part]:
    for number, part in _fields(message):
        if number == wanted:
            yield _as_message(part)


def _as_message(part: Part) -> Part:
    if isinstance(part, _Varint | _Fixed):
        raise Malformed(part.start, "a message or list", "a single number")
    return part


def _name(part: Part) -> str:
    try:
        return _as_message(part).content.decode()
    except UnicodeDecodeError:
        raise Malformed(part.start, "a feature's name in UTF-8", repr(part.content[:40])) from None


def _varint(record: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = 0
    for count in range(10):
        if at + count >= end:
            raise Malformed(at, "a number", "the end of what it stands in")
        byte = record[at + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value & (2**64 - 1), at + count + 1
    raise Malformed(at, "a number of at most 10 bytes", "a longer one")


def _refuse_beyond(begin: int, end: int, limit: int, what: str) -> None:
    if end > limit:
        raise Malformed(begin, f"{what}", f"{max(0, limit - begin)} to the end")


def _texts(part: Part) -> list[bytes]:
    return [_as_message(part).content]


def _floats(part: Part) -> list[float]:
    """One float, or packed ones."""
    length = part.end - part.start
    if isinstance(part, _Varint) or length % 4 or (isinstance(part, _Fixed) and length != 4):
        raise Malformed(part.start, "floats of 4 bytes", f"{length} bytes")
    return list(struct.unpack(f"<{length // 4}f", part.content))


def _integers(part: Part) -> list[int]:
    """One integer, or packed ones."""
    if isinstance(part, _Varint):
        return [_signed(part.value)]
    part, values = _as_message(part), []
    at = part.start
    while at < part.end:
        value, at = _varint(part.record, at, part.end)
        values.append(_signed(value))
    return values


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


_READ: dict[int, Callable[[Part], Values]] = {
    _BYTES: _texts,
    _FLOATS: _floats,
    _INTEGERS: _integers,
}
