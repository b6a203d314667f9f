"""Labels as NumPy arrays, of the type that the array had before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Settings
from labelvc.formats.index_labels import class_names, numbered, only_one
from labelvc.formats.npy_values import read_texts

if TYPE_CHECKING:
    from labelvc.formats.npy_file import Array


def all_arrays(
    array: Array, ids: list[str] | None, settings: Settings, before: Mapping[str, Array]
) -> dict[str, Array]:
    """The arrays of labels and ids by name; ids that are as before keep their type."""
    import numpy as np

    if ids is None:
        return {settings["array"]: array}
    old = before.get(settings["ids"])
    if old is not None and read_texts("", old) == ids:
        return {settings["array"]: array, settings["ids"]: old}
    return {settings["array"]: array, settings["ids"]: _like(np.array(ids, dtype=str), ids)}


def label_array(
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


def _like(array: Array, ids: list[str]) -> Array:
    """Ids as numbers where all of them are."""
    import numpy as np

    numbers = [int(one) for one in ids if one.isascii() and one.isdigit() and len(one) < 19]
    return np.array(numbers) if ids and [str(one) for one in numbers] == ids else array


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
