"""ImageNet (ILSVRC) as its devkit, Kaggle and tools have it: four layouts under one name.

* `folder`: images in folders named by WordNet id, with a list of the ids;
* `solution`: Kaggle's LOC_{train,val}_solution.csv, boxes in pixels;
* `ground-truth`: the devkit's class numbers, a line each, for the validation images in order;
* `list`: a path and class numbers a line, as Datumaro's `imagenet_txt` has it.

The ground truth counts classes from 1 in the devkit's order (ILSVRC2012_ID), lists count from 0 in
the order of their list of classes, and other tools in that of the sorted ids. The setting `ids`
says which; where a list of classes cannot tell them, numbers stay numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from labelvc.core.errors import LabelvcError, ParseError, SettingNeeded
from labelvc.core.snapshot import Snapshot
from labelvc.formats import imagefolder
from labelvc.formats.base import Carries, Scan, Settings
from labelvc.formats.class_names import DEVKIT, INDEX, ClassNames, entries_of
from labelvc.formats.class_write import new_list
from labelvc.formats.folder import refuse_losses
from labelvc.formats.imagenet_folder import WnidScan, is_by_wnid, write_folder
from labelvc.formats.list_files import (
    class_file,
    classes_of,
    read_lists,
    split_by_stem,
    split_by_word,
    texts,
)
from labelvc.formats.list_rows import NumberALine, PathAndNumbers
from labelvc.formats.list_scan import Lists, ListScan, RowKind
from labelvc.formats.list_solution import Solution
from labelvc.formats.list_write import document_of, written
from labelvc.formats.source import Source

NAME = "imagenet"
TITLE = "ImageNet: folders by wnid, LOC solutions, validation ground truth, lists"
CARRIES = Carries(
    kinds=frozenset({"class", "box"}),
    samples=frozenset({"path", "split", "digest"}),
    taxonomy=True,
    units=frozenset({"pixel"}),
)
SETTINGS = {
    "style": "folder, solution, ground-truth or list; told from the files",
    "synsets": "the list of classes: a file relative to the set's folder (../meta.mat,"
    " LOC_synset_mapping.txt), or names between commas",
    "ids": "what class numbers count: devkit (ILSVRC2012_ID, from 1) or index (from 0)",
    "keys": "for folders: stem (default) or path, as for imagefolder",
}
_KINDS: Mapping[str, RowKind] = {
    "solution": Solution(),
    "ground-truth": NumberALine(),
    "list": PathAndNumbers(),
}
_STYLES = ("folder", *_KINDS)
_TRUTH = re.compile(r"(?:.*/)?ILSVRC\w*ground_?truth\w*\.txt", re.IGNORECASE)
_SOLUTION = re.compile(rb"(?:\xef\xbb\xbf)?\"?ImageId\"?,\"?PredictionString\"?\s*", re.IGNORECASE)
_LINE = re.compile(rb"(?:\"[^\"]+\"\S*|[^\s\"]+)(?:[ \t]+\d+)*\s*")
_HEAD = 1 << 16
_LOOK = 20


def sniff(source: Source) -> str | None:
    """By the names and first lines of lists, or folders of wnids with a list of classes."""
    style = _style(source)
    if style == "folder":
        return "images in folders by WordNet id, and a list of classes"
    if style == "list" and not source.is_folder:
        return None  # Caffe's lists look the same
    return f"ImageNet's {style}" if style else None


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; style, list of classes and sort of numbers filled in.

    Raises SettingNeeded where the list of classes lacks the numbers that the labels have.
    """
    settled = dict(settings)
    style = settings.get("style") or _style(source) or ("list" if source.files else "")
    if style not in _STYLES:
        raise LabelvcError(f"{source.name}: style is {style!r}, expected one of {_STYLES}")
    if settings.get("ids", INDEX) not in (DEVKIT, INDEX):
        raise LabelvcError(f"{source.name}: ids is {settings['ids']!r}, expected devkit or index")
    settled["style"] = style
    if "synsets" not in settled and (found := class_file(source)):
        settled["synsets"] = found
    if style in ("ground-truth", "list"):
        settled.setdefault("ids", DEVKIT if style == "ground-truth" else INDEX)
    classes = _classes(source, settled)
    if settled.get("ids") == DEVKIT and classes.entries and not classes.has_numbers:
        raise SettingNeeded(
            f"{source.name}: its classes are numbers of the devkit (ILSVRC2012_ID), and"
            f" {settled['synsets']} does not tell those",
            hint="Set `synsets` to the devkit's meta.mat or a list of lines `id wnid words`; or"
            " `ids: index` if the numbers are places in this list.",
        )
    if style == "folder" and "keys" not in settled:
        settled |= imagefolder.settle(source, {})
    return settled


def scan(source: Source, settings: Settings) -> Scan:
    """The rows, or for folders the files."""
    classes = _classes(source, settings)
    style = settings["style"]
    if style == "folder":
        return WnidScan(source, classes, whole=settings.get("keys") == "path")
    suffix = ".csv" if style == "solution" else ".txt"
    paths = [path for path in texts(source, suffix) if path != settings.get("synsets")]
    if style == "ground-truth" and source.is_folder:
        paths = [path for path in paths if _TRUTH.fullmatch(path)] or paths
        paths = paths[:1]
    if not source.is_folder:
        paths = list(source.files)
    if not paths:
        raise ParseError(source.name, "", expected=f"a {style} ({suffix})", found="none")
    split_of = split_by_stem if style == "list" else split_by_word
    lists = read_lists(source, _KINDS[style], paths, classes, split_of)
    return ListScan(NAME, lists, settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The files, of edited rows only the changed numbers rewritten. Raises LossError."""
    refuse_losses(snapshot, CARRIES, "ImageNet")
    style = settings.get("style") or _fitting(snapshot)
    if style == "folder":
        return write_folder(snapshot, settings)
    kind, ids = _KINDS[style], settings.get("ids", INDEX)
    if document_of(snapshot) is not None:
        return written(NAME, snapshot, Lists(kind, (), (), ClassNames()), settings)
    path = settings.get("synsets")
    classes = ClassNames(entries_of(snapshot, ids), ids, path) if path else ClassNames(ids=ids)
    is_folder = path is not None or snapshot.samples["split"].count() > 0
    lists = Lists(kind, (), (), classes, is_folder)
    return {**written(NAME, snapshot, lists, settings), **new_list(path, classes)}


def for_file(snapshot: Snapshot, name: str | None, settings: Settings) -> Settings:
    """The settings for a new label set: boxes make a solution, classes a list."""
    style = settings.get("style") or _fitting(snapshot)
    chosen = {**settings, "style": style}
    if style == "list" and "synsets" not in settings:
        chosen["synsets"] = "synsets.txt"
    return chosen


def _fitting(snapshot: Snapshot) -> str:
    return "solution" if (snapshot.labels["kind"] == "box").any() else "list"


def _classes(source: Source, settings: Settings) -> ClassNames:
    ids = settings.get("ids", INDEX)
    return classes_of(source, settings.get("synsets"), ids, "synsets")


def _style(source: Source) -> str | None:
    """The layout that the files have."""
    if not source.files or (not source.is_folder and next(iter(source.files)).endswith(".mat")):
        return None
    for path in texts(source, ".csv"):
        if _SOLUTION.fullmatch(source.files[path].read()[:_HEAD].split(b"\n", 1)[0]):
            return "solution"
    lists = texts(source, ".txt")
    if any(map(_TRUTH.fullmatch, lists)):
        return "ground-truth"
    if class_file(source) and is_by_wnid(source):
        return "folder"
    known = class_file(source) is not None
    if lists and (known or not source.is_folder) and all(_is_list(source, path) for path in lists):
        return "list"
    return None


def _whole_lines(source: Source, path: str) -> bytes:
    head = source.files[path].read()[: _HEAD + 1]
    return head if len(head) <= _HEAD else head.rpartition(b"\n")[0]


def _is_list(source: Source, path: str) -> bool:
    lines = _whole_lines(source, path).splitlines()[:_LOOK]
    lines = [line for line in lines if line.strip()]
    return bool(lines) and all(map(_LINE.fullmatch, lines))
