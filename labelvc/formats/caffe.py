"""Caffe's image lists: `relative/path 3`, a line an image, the last space before the label.

Labels are numbers of classes, from 0, or numbers as such. What classes are called stands elsewhere:
the setting `names` tells. The order of lines is kept, as databases are made in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.class_names import INDEX, ClassNames, entries_of
from labelvc.formats.class_write import new_list
from labelvc.formats.folder import refuse_losses
from labelvc.formats.fragments import resolved
from labelvc.formats.list_files import (
    class_file,
    classes_of,
    read_lists,
    split_by_stem,
    texts,
)
from labelvc.formats.list_rows import PathAndNumber
from labelvc.formats.list_scan import Lists, ListScan
from labelvc.formats.list_write import document_of, written
from labelvc.formats.rows import BOM
from labelvc.formats.source import Source
from labelvc.formats.splits import IMAGES

NAME = "caffe"
TITLE = "Caffe image list: a path and a class number a line"
CARRIES = Carries(
    kinds=frozenset({"class"}),
    samples=frozenset({"path", "split"}),
    taxonomy=True,
)
SETTINGS = {
    "names": "the class names, from number 0: a file relative to the set's folder"
    " (../synset_words.txt), or names between commas"
}
_KIND = PathAndNumber()
_SUFFIXES = "|".join(suffix[1:] for suffix in IMAGES).encode()
_LINE = re.compile(rb"[^\r\n]*[^\s]\.(?:" + _SUFFIXES + rb") -?\d+(?:\.\d+)?\r?\n?", re.IGNORECASE)
_LOOK = 20
_HEAD = 1 << 16


def sniff(source: Source) -> str | None:
    """Lines of an image's path, a space and a number, and nothing else in the folder but media."""
    paths = texts(source, ".txt")
    if not paths or class_file(source) is not None:
        return None
    if source.is_folder and any(path.lower().endswith((".csv", ".json")) for path in source.files):
        return None
    for path in paths:
        head = source.files[path].read()[:_HEAD].removeprefix(BOM)
        lines = [line for line in head.splitlines(keepends=True) if line.strip()][:_LOOK]
        if not lines or not all(_LINE.fullmatch(line) for line in lines):
            return None
    return "lines of an image's path and a number"


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; the list of classes filled in where the folder has one."""
    found = class_file(source)
    if "names" in settings or found is None:
        return dict(settings)
    return {**settings, "names": found}


def scan(source: Source, settings: Settings) -> ListScan:
    """The lines."""
    names = settings.get("names")
    classes = classes_of(source, names, INDEX, "names")
    paths = [path for path in texts(source, ".txt") if path != names]
    if not source.is_folder:
        paths = list(source.files)
    if not paths:
        raise ParseError(source.name, "", expected="a list of images (.txt)", found="none")
    lists = read_lists(source, _KIND, paths, classes, split_by_stem)
    return ListScan(NAME, lists, settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The lists, of edited lines only the label rewritten. Raises LossError."""
    refuse_losses(snapshot, CARRIES, "a list of Caffe")
    if document_of(snapshot) is not None:
        return written(NAME, snapshot, Lists(_KIND, (), (), ClassNames()), settings)
    names = settings.get("names")
    path = names if names and "," not in names else None
    classes = ClassNames(entries_of(snapshot), INDEX, path) if names else ClassNames()
    splits = snapshot.samples["split"].count() > 0
    lists = Lists(_KIND, (), (), classes, is_folder=path is not None or splits)
    return {**written(NAME, snapshot, lists, settings), **new_list(path, classes)}


def for_file(snapshot: Snapshot, name: str | None, settings: Settings) -> Settings:
    """The settings for a new file: classes that are no numbers are named between commas."""
    categories = list(snapshot.categories["name"])
    used = set(resolved(snapshot)["category"].drop_nulls())
    if "names" in settings or not used or all(map(str.isdecimal, used)):
        return settings
    if any("," in one or one != one.strip() for one in categories) or len(categories) < 2:
        return {**settings, "names": "names.txt"}
    return {**settings, "names": ",".join(categories)}
