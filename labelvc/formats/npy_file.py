"""NumPy files, read without trust: no pickles, and no more memory than the file can fill."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labelvc.core.errors import ParseError, shorten

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAGIC = b"\x93NUMPY"
ZIP = b"PK"
_HEAD = 1 << 14  # a header is not longer
# What deflate makes of a byte at most.
_RATIO = 1032
_DIMENSIONS = 2
_KINDS = "biuUS"
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError),
    *(OverflowError, NotImplementedError, RuntimeError, KeyError),
)


def read_array(where: str, content: bytes, place: str = "") -> Array:
    """The array of a .npy file; raises ParseError for others than numbers, booleans and texts."""
    import numpy as np

    shape, fortran, dtype, start = _header(where, content[:_HEAD], place)
    size = math.prod(shape) * dtype.itemsize
    if size != len(content) - start:
        found = f"{len(content) - start:,} bytes"
        expected = f"{size:,} bytes for the shape {shape}"
        raise ParseError(where, place, expected=expected, found=found)
    if not size:
        return np.zeros(shape, dtype)
    array = np.frombuffer(content, dtype, math.prod(shape), start)
    return array.reshape(shape, order="F" if fortran else "C")


def _header(
    where: str, content: bytes, place: str
) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    from numpy.lib import format as npy

    file = io.BytesIO(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the parser, about what it is given
            version = npy.read_magic(file)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = read(file)
    except Exception as error:  # whatever Python's own parser raises, to which NumPy hands headers
        found = shorten(str(error) or type(error).__name__)
        raise ParseError(where, place, expected="a NumPy array", found=found) from None
    is_plain = dtype.kind in _KINDS and dtype.itemsize > 0 and dtype.subdtype is None
    is_shaped = 1 <= len(shape) <= _DIMENSIONS and min(shape) >= 0
    # rows without columns, and columns without rows, can be as many as one likes to claim
    if not is_plain or not is_shaped or (len(shape) > 1 and not math.prod(shape)):
        raise ParseError(
            where,
            place,
            expected="one or two dimensions of integers, booleans or texts",
            found=f"the shape {shape} of {dtype}",
        )
    return shape, fortran, dtype, file.tell()


def read_arrays(where: str, content: bytes) -> dict[str, Array]:
    """The arrays of an .npz file by name, of those that labels may be; raises ParseError."""
    found = {}
    for info, file in _members(where, content):
        name = info.filename.removesuffix(".npy")
        try:
            with file.open(info) as stream:
                head = stream.read(_HEAD)
        except _BROKEN as error:
            raise _broken(where, error) from None
        try:
            shape, _, dtype, start = _header(where, head, name)
        except ParseError:
            continue  # of another sort, such as features
        size = start + math.prod(shape) * dtype.itemsize
        if size > _HEAD + _RATIO * len(content):
            expected = f"{size:,} bytes for the shape {shape}"
            raise ParseError(where, name, expected=expected, found=f"{len(content):,}")
        try:
            with file.open(info) as stream:
                data = stream.read(size + 1)
        except _BROKEN as error:
            raise _broken(where, error) from None
        found[name] = read_array(where, data, name)
    return found


def _members(where: str, content: bytes) -> list[tuple[zipfile.ZipInfo, zipfile.ZipFile]]:
    try:
        file = zipfile.ZipFile(io.BytesIO(content))
        return [(info, file) for info in file.infolist() if info.filename.endswith(".npy")]
    except _BROKEN as error:
        raise _broken(where, error) from None


def _broken(where: str, error: Exception) -> ParseError:
    return ParseError(where, "", expected="an .npz file", found=str(error) or type(error).__name__)


def array_bytes(array: Array) -> bytes:
    """The .npy file of an array."""
    from numpy.lib import format as npy

    buffer = io.BytesIO()
    npy.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def arrays_bytes(old: bytes, arrays: Mapping[str, Array]) -> bytes:
    """The .npz file with these arrays in the place of those of the same name, or after them."""
    buffer = io.BytesIO()
    given = {f"{name}.npy": array for name, array in arrays.items()}
    with zipfile.ZipFile(buffer, "w") as file:
        if old:
            with zipfile.ZipFile(io.BytesIO(old)) as before:
                for info in before.infolist():
                    array = given.pop(info.filename, None)
                    content = before.read(info) if array is None else array_bytes(array)
                    file.writestr(info, content, info.compress_type)
        for name, array in given.items():
            file.writestr(zipfile.ZipInfo(name), array_bytes(array))  # dated 1980, so repeatable
    return buffer.getvalue()
