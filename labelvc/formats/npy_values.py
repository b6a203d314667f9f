"""What NumPy label arrays say: texts, ids, the class of each place, the classes of each row."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelvc.core.errors import ParseError

if TYPE_CHECKING:
    from labelvc.formats.npy_file import Array


def read_texts(where: str, array: Array) -> list[str]:
    """The values of an array of one dimension as texts."""
    found: list[str] = []
    if array.dtype.kind == "U":
        _refuse_other_characters(where, array)
    for at, value in enumerate(array.tolist()):
        try:
            found.append(value.decode() if isinstance(value, bytes) else str(value))
        except UnicodeError:
            raise ParseError(where, f"place {at}", expected="UTF-8", found=repr(value)) from None
    return found


def read_ids(where: str, array: Array, count: int) -> list[str]:
    """The names of samples, which all differ."""
    ids = read_texts(where, array.ravel())
    if array.ndim != 1 or len(ids) != count:
        raise ParseError(where, "", expected=f"{count} ids, one a label", found=str(len(ids)))
    if len({*ids}) < count:
        again = next(one for at, one in enumerate(ids) if one in ids[:at])
        raise ParseError(where, "", expected="ids that differ", found=f"{again!r} twice")
    return ids


def read_classes(where: str, array: Array, names: Sequence[str]) -> list[tuple[str, ...]]:
    """The class of each place, by its name; empty texts are none."""
    texts = read_texts(where, array)
    if array.dtype.kind in "US" or not names:
        return [(text,) if text else () for text in texts]
    found: list[tuple[str, ...]] = []
    for at, value in enumerate(array.tolist()):
        if not 0 <= value < len(names):
            expected = f"a class below {len(names)}"
            raise ParseError(where, f"place {at}", expected=expected, found=str(value))
        found.append((names[int(value)],))
    return found


def read_columns(
    where: str, array: Array, rows: str, names: Sequence[str]
) -> tuple[list[str], list[tuple[str, ...]]]:
    """The names of the columns, and which of them each row has."""
    import numpy as np

    declared = list(names) or [str(at) for at in range(array.shape[1])]
    if len(declared) != array.shape[1] or array.dtype.kind not in "biu":
        found = f"{array.shape[1]} of {array.dtype}"
        expected = f"{len(declared)} columns of 0 and 1"
        raise ParseError(where, "", expected=expected, found=found)
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        at, column = (int(one[0]) for one in np.nonzero(wrong))
        place, found = f"row {at}, column {column}", str(array[at, column])
        raise ParseError(where, place, expected="0 or 1", found=found)
    sums = array.sum(axis=1)
    if rows == "onehot" and (sums != 1).any():
        at = int(np.nonzero(sums != 1)[0][0])
        raise ParseError(where, f"row {at}", expected="one 1", found=str(sums[at]))
    classes: list[list[str]] = [[] for _ in range(len(array))]
    for row, column in zip(*(one.tolist() for one in np.nonzero(array)), strict=True):
        classes[row].append(declared[column])
    return declared, [tuple(one) for one in classes]


def _refuse_other_characters(where: str, array: Array) -> None:
    """Raise ParseError for numbers that are no characters, which Python cannot even look at."""
    import numpy as np

    codes = np.ascontiguousarray(array).view(array.dtype.byteorder + "u4")
    wrong = np.flatnonzero((codes > sys.maxunicode) | ((codes >= 0xD800) & (codes <= 0xDFFF)))
    if len(wrong):
        place = f"place {int(wrong[0]) * len(array) // len(codes)}"
        found = f"U+{int(codes[wrong[0]]):04X}"
        raise ParseError(where, place, expected="Unicode characters", found=found)
