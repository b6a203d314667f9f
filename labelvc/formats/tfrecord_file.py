"""TFRecord files cut into records, their checksums compared."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from labelvc.core.errors import ParseError
from labelvc.formats.tfrecord_checksum import masked
from labelvc.formats.tfrecord_wire import Malformed, Part, entries, value_of

HEAD = 12  # bytes: the length of a record as u64, and a checksum of those
_TAIL = 4  # its checksum
ENCODED = "image/encoded"


class Piece(NamedTuple):
    """What a record says besides the image, in an order of its own: maps come in any.

    `folder` is that of its label map, `split` that of its file, `image` is the digest of the
    image's bytes, None where there are none.
    """

    folder: str
    split: str | None
    image: str | None
    features: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Place:
    """Where a record stands."""

    where: str  # the file, as messages name it
    number: int  # from 1
    offset: int  # of its first byte in the file

    def error(
        self, expected: str, found: str, offset: int = 0, feature: str | None = None
    ) -> ParseError:
        """What to say of something in it; `offset` is the place in the record."""
        place = f"record {self.number}, byte {self.offset + offset}"
        place += f", {feature}" if feature else ""
        return ParseError(self.where, place, expected=expected, found=found)


def has_head(content: bytes) -> bool:
    """Whether a file begins as a TFRecord does: a length with the checksum that belongs to it."""
    return len(content) >= HEAD and _checks(content[:8], content[8:HEAD])


def records(where: str, content: bytes) -> Iterator[tuple[Place, bytes]]:
    """The records of a file. Raises ParseError where it is cut short or a checksum is wrong."""
    at, number = 0, 0
    while at < len(content):
        number += 1
        place = Place(where, number, at)
        head = content[at : at + HEAD]
        if len(head) < HEAD:
            raise place.error("a record", f"{len(head)} bytes at the end")
        if not _checks(head[:8], head[8:]):
            raise place.error("a length with its checksum", f"{head!r}")
        (length,) = struct.unpack("<Q", head[:8])
        end = at + HEAD + length
        if end + _TAIL > len(content):
            raise place.error(f"a record of {length:,} bytes", f"{len(content) - at - HEAD:,}")
        record = content[at + HEAD : end]
        if not _checks(record, content[end : end + _TAIL]):
            raise place.error("a record with its checksum", "bytes of another checksum")
        yield Place(where, number, at + HEAD), record
        at = end + _TAIL


def piece_of(place: Place, record: bytes, folder: str, split: str | None) -> Piece:
    """A record without its image. Raises ParseError where it is no `tf.train.Example`."""
    try:
        found = entries(record)
        image = _image(found)
    except Malformed as error:
        raise place.error(error.expected, error.found, error.offset) from None
    kept = tuple(sorted((name, part.content) for name, part in found.items() if name != ENCODED))
    return Piece(folder, split, image, kept)


def _image(found: Mapping[str, Part]) -> str | None:
    part = found.get(ENCODED)
    if part is None:
        return None
    content = b"".join(one for one in value_of(part) if isinstance(one, bytes))
    return hashlib.md5(content, usedforsecurity=False).hexdigest() if content else None


def _checks(content: bytes, stored: bytes) -> bool:
    return bool(struct.unpack("<I", stored)[0] == masked(content))
