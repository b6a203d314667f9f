"""Caffe's `Datum` from its bytes: as much of protobuf's wire format as that takes.

Every length is checked against what is there; the pixels are passed over.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_CHANNELS, _HEIGHT, _WIDTH, _DATA, _LABEL, _FLOATS, _ENCODED = range(1, 8)
_NUMBERS = frozenset((_CHANNELS, _HEIGHT, _WIDTH, _LABEL, _ENCODED))
_LONGEST = 10  # bytes of a number


class NotADatum(Exception):
    """Bytes that are none, with what is wrong with them."""


@dataclass(frozen=True)
class Datum:
    """An image and its class; of the last of repeated fields, as protobuf has it."""

    label: int | None = None
    channels: int | None = None
    height: int | None = None
    width: int | None = None
    encoded: bool = False


def datum_of(content: bytes | memoryview) -> Datum:
    """The Datum that a value is. Raises NotADatum."""
    found: dict[int, int] = {}
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        field, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(content, at)
            if field in _NUMBERS:
                found[field] = _signed(value)
        elif kind == _LENGTH:
            length, at = _varint(content, at)
            at += length
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise NotADatum(f"a field of type {kind}")
        if at > len(content) or not field or (field in _NUMBERS and kind != _VARINT):
            raise NotADatum(f"field {field} of type {kind} at the end or where none can be")
    return Datum(
        found.get(_LABEL),
        found.get(_CHANNELS),
        found.get(_HEIGHT),
        found.get(_WIDTH),
        bool(found.get(_ENCODED)),
    )


def _varint(content: bytes | memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = 0
    for count in range(_LONGEST):
        if at + count >= len(content):
            raise NotADatum("the end of the value inside a number")
        byte = content[at + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, at + count + 1
    raise NotADatum("a number of more than 10 bytes")


def _signed(value: int) -> int:
    """A number of 32 bits, as protobuf's int32 has it: negative ones are spelled with 64."""
    (signed,) = struct.unpack("<i", (value & 0xFFFFFFFF).to_bytes(4, "little"))
    return int(signed)
