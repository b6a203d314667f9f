"""Where the lists of a label set and the names of its classes are."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence

from labelvc.core.errors import LabelvcError
from labelvc.formats.class_names import ClassNames, inline_names, read_names
from labelvc.formats.list_scan import Lists, RowKind
from labelvc.formats.rows import without_nul
from labelvc.formats.source import MEDIA, Source

# What lists of classes are called.
CLASS_FILES = (
    "meta.mat",
    "LOC_synset_mapping.txt",
    "map_clsloc.txt",
    "synset_words.txt",
    "synsets.txt",
)
_FILE = re.compile(r".*\.(txt|mat|names)", re.IGNORECASE)
_NO_LIST = re.compile(r"readme.*|license.*|requirements.*", re.IGNORECASE)
_SPLIT = re.compile(r"(?<![a-z])(train|val|validation|test)(?![a-z])", re.IGNORECASE)


def texts(source: Source, suffix: str) -> Sequence[str]:
    """The files with the suffix that may be lists."""
    known = {name.lower() for name in CLASS_FILES}
    return source.once(
        ("lists", suffix),
        lambda: [
            path
            for path in sorted(source.files)
            if path.lower().endswith(suffix)
            and not path.startswith("../")
            and posixpath.basename(path).lower() not in known
            and not _NO_LIST.fullmatch(posixpath.basename(path))
        ],
    )


def class_file(source: Source) -> str | None:
    """The list of classes in a folder, if there is one."""
    if not source.is_folder:
        return None
    found = {posixpath.basename(path): path for path in sorted(source.files, reverse=True)}
    return next((found[name] for name in CLASS_FILES if name in found), None)


def classes_of(source: Source, setting: str | None, ids: str, where: str) -> ClassNames:
    """The classes that a setting names: a file relative to the folder, or names between commas.

    Raises LabelvcError where there is no such file, `where` being the name of the setting.
    """
    if setting is None:
        return ClassNames(ids=ids)
    path = posixpath.normpath(setting)
    if path in source.files:
        return read_names(path, source.where(path), source.files[path], ids)
    if "," in setting or not _FILE.fullmatch(setting):
        return inline_names(setting, ids)
    hint = (
        "Give its path relative to the label set's folder, such as ../synsets.txt."
        if source.is_folder
        else "A label set of one file has none beside it: track the folder that holds both, or give"
        " the names between commas."
    )
    raise LabelvcError(f"{source.name}: no file {setting!r}, which `{where}` names", hint=hint)


def read_lists(
    source: Source,
    kind: RowKind,
    paths: Sequence[str],
    classes: ClassNames,
    split_of: Callable[[str], str | None],
) -> Lists:
    """The lists at these paths, cut into rows. Raises ParseError."""
    files = []
    for path in paths:
        where = source.where(path)
        files.append(kind.cut(path, where, without_nul(source.files[path].read(), where)))
    own = set(paths)
    rest = {
        path: blob
        for path, blob in source.files.items()
        if path not in own and not path.startswith("../")
    }
    splits = [split_of(path) if source.is_folder else None for path in paths]
    return Lists(kind, files, splits, classes, source.is_folder, rest if source.is_folder else {})


def split_by_stem(path: str) -> str:
    """`train.txt` is the split train."""
    return posixpath.splitext(posixpath.basename(path))[0]


def split_by_word(path: str) -> str | None:
    """`LOC_val_solution.csv` is the split val; None where no split is in the name."""
    found = _SPLIT.search(posixpath.basename(path).replace("_", " "))
    return found[1] if found else None


def is_media(path: str) -> bool:
    """Whether a path is that of an image or a sound."""
    return path.lower().endswith(MEDIA)
