"""NumPy label arrays, `.npy` or `.npz`: a class for each place, as a number or a text.

A sample is a place in the array, or what an array of ids beside it in an `.npz` says there. In an
array of two dimensions a row is a sample and a column a class: 1 where the sample has it. Pickled
objects are refused. Values are kept, and every byte where nothing was edited.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from labelvc.core.errors import LossError, ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.folder import documents_of, refuse_losses
from labelvc.formats.index_labels import (
    NAMES_HELP,
    IndexScan,
    class_names,
    classes_of,
    in_places,
    numbered,
    only_one,
)
from labelvc.formats.npy_file import MAGIC, ZIP, array_bytes, arrays_bytes, read_array, read_arrays
from labelvc.formats.source import Source, beginning

if TYPE_CHECKING:
    from labelvc.formats.npy_file import Array

__all__ = ["CARRIES", "NAME", "SETTINGS", "TITLE", "scan", "settle", "sniff", "write"]

NAME = "npy"
TITLE = "NumPy label arrays (.npy, .npz)"
CARRIES = Carries(kinds=frozenset({"class"}), taxonomy=True)
_ROWS = ("index", "multilabel", "onehot")
SETTINGS = {
    "names": NAMES_HELP,
    "rows": "what an array of two dimensions holds: multilabel (0 or 1 a class), or onehot "
    "(one 1 a row)",
    "array": "the array of an .npz file that holds the labels",
    "ids": "the array of an .npz file that names the samples",
}
_USUAL = ("labels", "label", "y", "targets", "target")


def sniff(source: Source) -> str | None:
    """By the first bytes of a .npy file whose values are integers, booleans or texts."""
    if source.is_folder or not source.files:
        return None
    path, blob = source.only()
    if not beginning(blob).startswith(MAGIC):
        return None
    try:
        array = read_array(source.where(path), blob.read())
    except ParseError:
        return None
    return f"a NumPy array of {array.dtype}"


def settle(source: Source, settings: Settings) -> Settings:
    """What the array's rows are, and which array of several is meant.

    Raises SettingNeeded where several readings are possible.
    """
    settled = dict(settings)
    path, blob = source.only()
    where, content = source.where(path), blob.read()
    if content.startswith(ZIP):
        arrays = read_arrays(where, content)
        settled["array"] = _settled_array(where, arrays, settings)
        array = arrays[settled["array"]]
    else:
        array = read_array(where, content)
    given = settings.get("rows")
    if given not in (None, *_ROWS):
        raise SettingNeeded(f"{where}: unknown rows: {given!r}", hint=f"One of {', '.join(_ROWS)}.")
    if array.ndim > 1 and given in (None, "index"):
        raise SettingNeeded(
            f"{where}: the array has {array.shape[1]} columns",
            hint="Set `rows` to multilabel, or to onehot where each row has one 1.",
        )
    settled.setdefault("rows", "index")
    return settled


def _settled_array(where: str, arrays: Mapping[str, Array], settings: Settings) -> str:
    names = [settings[one] for one in ("array", "ids") if one in settings]
    for name in names:
        if name not in arrays:
            raise SettingNeeded(
                f"{where}: no array {name!r} that could hold labels",
                hint=f"There are: {', '.join(arrays) or 'none'}.",
            )
    if "array" in settings:
        return settings["array"]
    others = [name for name in arrays if name not in names]
    usual = [name for name in others if name in _USUAL]
    fitting = usual if len(usual) == 1 else others
    if len(fitting) != 1:
        raise SettingNeeded(
            f"{where}: which array holds the labels?",
            hint=f"Set `array` to one of them: {', '.join(others) or 'none'}.",
        )
    return fitting[0]


def scan(source: Source, settings: Settings) -> IndexScan:
    """The labels in order; raises ParseError."""
    path, blob = source.only()
    where, content = source.where(path), blob.read()
    names = class_names(settings)
    ids: list[str] | None = None
    if content.startswith(ZIP):
        arrays = read_arrays(where, content)
        array = _named(where, arrays, settings.get("array", _USUAL[0]))
        if "ids" in settings:
            ids = _ids(where, _named(where, arrays, settings["ids"]), len(array))
    else:
        array = read_array(where, content)
    rows = settings.get("rows", "index")
    if array.ndim > 1:
        declared, classes = _columns(where, array, rows, names)
    else:
        declared, classes = names, _classes(where, array, names)
    keys = ids if ids is not None else [str(at) for at in range(len(array))]
    samples = [(key, None, one) for key, one in zip(keys, classes, strict=True)]
    documents = {path: _Known(content, array)}
    return IndexScan(NAME, samples, declared, documents)


class _Known:
    """A file as it was, and its array of labels."""

    def __init__(self, content: bytes, array: Array) -> None:
        self.content = content
        self.array = array

    def __repr__(self) -> str:
        return f"{len(self.content)} bytes"


def _named(where: str, arrays: Mapping[str, Array], name: str) -> Array:
    if name not in arrays:
        found = ", ".join(arrays) or "none"
        raise ParseError(where, "", expected=f"an array {name!r}", found=found)
    return arrays[name]


def _texts(where: str, array: Array) -> list[str]:
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


def _refuse_other_characters(where: str, array: Array) -> None:
    """Raise ParseError for numbers that are no characters, which Python cannot even look at."""
    import numpy as np

    codes = np.ascontiguousarray(array).view(array.dtype.byteorder + "u4")
    wrong = np.flatnonzero((codes > sys.maxunicode) | ((codes >= 0xD800) & (codes <= 0xDFFF)))
    if len(wrong):
        place = f"place {int(wrong[0]) * len(array) // len(codes)}"
        found = f"U+{int(codes[wrong[0]]):04X}"
        raise ParseError(where, place, expected="Unicode characters", found=found)


def _ids(where: str, array: Array, count: int) -> list[str]:
    ids = _texts(where, array.ravel())
    if array.ndim != 1 or len(ids) != count:
        raise ParseError(where, "", expected=f"{count} ids, one a label", found=str(len(ids)))
    if len({*ids}) < count:
        again = next(one for at, one in enumerate(ids) if one in ids[:at])
        raise ParseError(where, "", expected="ids that differ", found=f"{again!r} twice")
    return ids


def _classes(where: str, array: Array, names: Sequence[str]) -> list[tuple[str, ...]]:
    texts = _texts(where, array)
    if array.dtype.kind in "US" or not names:
        return [(text,) if text else () for text in texts]
    found: list[tuple[str, ...]] = []
    for at, value in enumerate(array.tolist()):
        if not 0 <= value < len(names):
            expected = f"a class below {len(names)}"
            raise ParseError(where, f"place {at}", expected=expected, found=str(value))
        found.append((names[int(value)],))
    return found


def _columns(
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


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file; raises LossError for classes its type cannot hold, and for gaps among samples."""
    refuse_losses(snapshot, CARRIES, TITLE)
    documents: Mapping[str, _Known] = documents_of(snapshot, NAME)
    classes = classes_of(snapshot)
    ids = list(classes) if "ids" in settings else None
    places = in_places(classes) if ids is None else list(classes.values())
    for path, known in documents.items():
        array = _array(places, known.array, snapshot, settings)
        if not known.content.startswith(ZIP):
            same = _same(array, known.array)
            return {path: known.content if same else array_bytes(array)}
        before = read_arrays(path, known.content)
        given = _arrays(array, ids, settings, before)
        same = all(_same(one, before.get(name)) for name, one in given.items())
        return {path: known.content if same else arrays_bytes(known.content, given)}
    array = _array(places, None, snapshot, settings)
    if "array" not in settings:
        return {"labels.npy": array_bytes(array)}
    return {"labels.npz": arrays_bytes(b"", _arrays(array, ids, settings, {}))}


def _same(one: Array, two: Array | None) -> bool:
    return two is not None and one.shape == two.shape and bool((one == two).all())


def _arrays(
    array: Array, ids: list[str] | None, settings: Settings, before: Mapping[str, Array]
) -> dict[str, Array]:
    """The arrays of labels and ids by name; ids that are as before keep their type."""
    import numpy as np

    if ids is None:
        return {settings["array"]: array}
    old = before.get(settings["ids"])
    if old is not None and _texts("", old) == ids:
        return {settings["array"]: array, settings["ids"]: old}
    return {settings["array"]: array, settings["ids"]: _like(np.array(ids, dtype=str), ids)}


def _like(array: Array, ids: list[str]) -> Array:
    """Ids as numbers where all of them are."""
    import numpy as np

    numbers = [int(one) for one in ids if one.isascii() and one.isdigit() and len(one) < 19]
    return np.array(numbers) if ids and [str(one) for one in numbers] == ids else array


def _array(
    places: Sequence[list[str]], old: Array | None, snapshot: Snapshot, settings: Settings
) -> Array:
    """The labels as an array of the old one's type, or of one that fits."""
    import numpy as np

    names = class_names(settings)
    rows = settings.get("rows", "index")
    if rows != "index":
        return _matrix(places, old, names or snapshot.categories["name"].to_list(), rows)
    if old is not None and old.dtype.kind in "US":
        texts = np.array([_text(at, given) for at, given in enumerate(places)], dtype=str)
        return texts if old.dtype.kind == "U" else np.char.encode(texts, "utf-8")
    given = [name for one in places for name in one]
    if old is None and not names and not all(one.isascii() and one.isdigit() for one in given):
        return np.array([_text(at, one) for at, one in enumerate(places)], dtype=str)
    dtype = np.dtype(np.int64) if old is None else old.dtype
    limit = 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + 1
    if dtype.kind == "b" and not names:
        names = ["False", "True"]
    values = []
    for at, one in enumerate(places):
        name = only_one(at, one)
        negative = name.startswith("-") and not names and dtype.kind == "i"
        number = -numbered(name[1:], names, limit) if negative else numbered(name, names, limit)
        values.append(number)
    return np.array(values, dtype=dtype)


def _text(at: int, names: Sequence[str]) -> str:
    if not names:
        return ""
    name = only_one(at, names)
    if "\0" in name:
        raise LossError(f"category {name!r}: texts in arrays end at NUL")
    return name


def _matrix(
    places: Sequence[list[str]], old: Array | None, names: Sequence[str], rows: str
) -> Array:
    import numpy as np

    if old is not None and old.shape[1] != len(names):
        raise LossError(f"the array has {old.shape[1]} columns, and there are {len(names)} classes")
    matrix = np.zeros((len(places), len(names)), old.dtype if old is not None else np.int64)
    for at, given in enumerate(places):
        if rows == "onehot":
            only_one(at, given)
        for name in given:
            column = numbered(name, names, len(names))
            if matrix[at, column]:
                raise LossError(f"sample {at}: an array cannot say the class {name!r} twice")
            matrix[at, column] = 1
    return np.asfortranarray(matrix) if old is not None and old.flags.fnc else matrix
