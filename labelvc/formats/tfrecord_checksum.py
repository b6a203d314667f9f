"""CRC-32C (Castagnoli) of many bytes at a time, as TFRecord files guard their records with.

A checksum without Python's own help: bytes are laid out as lanes of equal length, NumPy takes all
lanes a byte further at each step, and the lanes' sums are put together in pairs. Checksums are
linear: that of a run followed by zeros is a fixed map of the run's own, kept as four tables.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, bits reversed (RFC 3720, appendix B.4)
_LANE = 64  # bytes
_SHORT = 256  # bytes, below which a plain loop is quicker
_MASK_DELTA = 0xA282EAD8  # TensorFlow, lib/hash/crc32c.h


def masked(content: bytes | memoryview) -> int:
    """The checksum as a TFRecord stores it: rotated by 15 bits, a constant added."""
    crc = crc32c(content)
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def crc32c(content: bytes | memoryview) -> int:
    """CRC-32C of the content."""
    if len(content) < _SHORT:
        return _of_few(content)
    lanes = 1 << (-(-len(content) // _LANE) - 1).bit_length()
    # Zeros in front of an empty sum change nothing. That it starts from all ones instead is the
    # same as to invert the first four bytes.
    data = np.zeros(lanes * _LANE, dtype=np.uint8)
    start = len(data) - len(content)
    data[start:] = np.frombuffer(content, dtype=np.uint8)
    data[start : start + 4] ^= 0xFF
    sums = np.zeros(lanes, dtype=np.uint32)
    table = _byte_table()
    for column in np.ascontiguousarray(data.reshape(lanes, _LANE).T):
        sums = table[(sums ^ column) & 0xFF] ^ (sums >> 8)
    level = 0
    while len(sums) > 1:
        sums = _moved(sums[::2], _zeros(level)) ^ sums[1::2]
        level += 1
    return int(sums[0]) ^ 0xFFFFFFFF


def _of_few(content: bytes | memoryview) -> int:
    table = _byte_list()
    found = 0xFFFFFFFF
    for byte in content:
        found = table[(found ^ byte) & 0xFF] ^ (found >> 8)
    return found ^ 0xFFFFFFFF


@cache
def _byte_list() -> list[int]:
    listed: list[int] = _byte_table().tolist()
    return listed


@cache
def _byte_table() -> Words:
    """What a byte does to an empty sum."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table.astype(np.uint32)


@cache
def _zeros(level: int) -> Words:
    """Four tables by byte of a sum: what a lane of zeros, doubled `level` times, makes of it."""
    if level:
        before = _zeros(level - 1)
        return np.stack([_moved(row, before) for row in before])
    table = _byte_table()
    sums = np.stack([np.arange(256, dtype=np.uint32) << np.uint32(8 * at) for at in range(4)])
    for _ in range(_LANE):
        sums = table[sums & 0xFF] ^ (sums >> 8)
    return sums


def _moved(sums: Words, tables: Words) -> Words:
    found: Words = tables[0][sums & 0xFF]
    for at in range(1, 4):
        found = found ^ tables[at][(sums >> np.uint32(8 * at)) & 0xFF]
    return found
