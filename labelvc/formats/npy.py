"""NumPy label arrays, `.npy` or `.npz`: a class for each place, as a number or a text.

A sample is a place in the array, or what an array of ids beside it in an `.npz` says there. In an
array of two dimensions a row is a sample and a column a class: 1 where the sample has it. Pickled
objects are refused. Values are kept, and every byte where nothing was edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from labelvc.core.errors import ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.folder import documents_of, refuse_losses
from labelvc.formats.index_labels import (
    NAMES_HELP,
    IndexScan,
    class_names,
    classes_of,
    in_places,
)
from labelvc.formats.npy_file import MAGIC, ZIP, array_bytes, arrays_bytes, read_array, read_arrays
from labelvc.formats.npy_values import read_classes, read_columns, read_ids
from labelvc.formats.npy_write import all_arrays, label_array
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
            ids = read_ids(where, _named(where, arrays, settings["ids"]), len(array))
    else:
        array = read_array(where, content)
    rows = settings.get("rows", "index")
    if array.ndim > 1:
        declared, classes = read_columns(where, array, rows, names)
    else:
        declared, classes = names, read_classes(where, array, names)
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


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The file; raises LossError for classes its type cannot hold, and for gaps among samples."""
    refuse_losses(snapshot, CARRIES, TITLE)
    documents: Mapping[str, _Known] = documents_of(snapshot, NAME)
    classes = classes_of(snapshot)
    ids = list(classes) if "ids" in settings else None
    places = in_places(classes) if ids is None else list(classes.values())
    for path, known in documents.items():
        array = label_array(places, known.array, snapshot, settings)
        if not known.content.startswith(ZIP):
            same = _same(array, known.array)
            return {path: known.content if same else array_bytes(array)}
        before = read_arrays(path, known.content)
        given = all_arrays(array, ids, settings, before)
        same = all(_same(one, before.get(name)) for name, one in given.items())
        return {path: known.content if same else arrays_bytes(known.content, given)}
    array = label_array(places, None, snapshot, settings)
    if "array" not in settings:
        return {"labels.npy": array_bytes(array)}
    return {"labels.npz": arrays_bytes(b"", all_arrays(array, ids, settings, {}))}


def _same(one: Array, two: Array | None) -> bool:
    return two is not None and one.shape == two.shape and bool((one == two).all())
