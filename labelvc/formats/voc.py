"""Pascal VOC: one XML file an image, an <object> a label.

Numbers are kept as they are: x = xmin and width = xmax - xmin, unless the setting `coords` says
that they are the devkit's, which counts pixels from 1 and includes the last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import islice

from labelvc.core.errors import LabelvcError, ParseError
from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot, categories_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings, named_categories
from labelvc.formats.folder import (
    KEYS_HELP,
    FolderScan,
    documents_of,
    label_paths,
    refuse_losses,
    settle_keys,
)
from labelvc.formats.source import Source
from labelvc.formats.splits import SPLITS, Layout, SplitList, split_folders
from labelvc.formats.voc_objects import HOME, Annotations, name_of
from labelvc.formats.voc_write import written
from labelvc.formats.xml_tree import parse, to_utf8

NAME = "voc"
TITLE = "Pascal VOC XML"
CARRIES = Carries(
    kinds=frozenset({"box", "class"}),
    labels=frozenset({"attributes"}),
    samples=frozenset({"path", "split", "width", "height", "attributes"}),
    units=frozenset({"pixel"}),
)
SETTINGS = {
    "coords": "zero-based (default): numbers as they are; one-based: pixels counted from 1, the"
    " last one included",
    "keys": KEYS_HELP,
}

_SNIFFED = 5
_LIST = re.compile(r"(?:.*/)?ImageSets/Main/(train|val|trainval|test)\.txt")
_OBJECT = re.compile(rb"<object>\s*<name>([^<&]*)</name>")
_OTHER_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](?!utf-?8[\"'])", re.IGNORECASE)


def sniff(source: Source) -> str | None:
    """XML files with <annotation> around <object>s with <bndbox>es, and none of LabelMe's own."""
    paths = label_paths(source, ".xml", HOME)
    if not paths or not source.is_folder:
        return None
    objects = 0
    for path in islice(paths, _SNIFFED):
        try:
            root = parse(to_utf8(source.files[path].read(), path)[0], path)
        except ParseError:
            return None
        found = root.named("object")
        if root.tag != "annotation" or root.named("imagesize"):
            return None
        if not all(one.named("bndbox") or not one.named("polygon") for one in found):
            return None
        objects += len(found)
        if not (root.named("filename") or root.named("size") or found):
            return None
    return f"XML files with <annotation> and {'<object>' if objects else '<filename>'}"


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; keys filled in where two splits hold a file of the same name."""
    return settle_keys(settings, _layout(source, settings), label_paths(source, ".xml", HOME))


def scan(source: Source, settings: Settings) -> VocScan:
    """The annotation files. Opens only the lists of splits."""
    return VocScan(source, settings)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The whole folder: annotation files, lists of splits, and what else was in it.

    Raises LossError.
    """
    refuse_losses(snapshot, CARRIES, "Pascal VOC")
    plain = Layout(".xml", HOME, split_folders({}), whole=settings.get("keys") == "path")
    return written(snapshot, documents_of(snapshot, NAME), plain, shift=_shift(settings))


class VocScan(FolderScan):
    """A folder of VOC annotation files."""

    def __init__(self, source: Source, settings: Settings) -> None:
        paths = label_paths(source, ".xml", HOME)
        super().__init__(source, _layout(source, settings), paths)
        self.shift = _shift(settings, source.name)

    def comparable(self, other: VocScan, key: str | None) -> bool:
        """Whether coordinates and paths are read alike."""
        return self.shift == other.shift and self.same_layout(other)

    def tally(self) -> Tally:
        """Counts names by a scan of the bytes; files with anything unusual are parsed."""
        counts: Counter[str] = Counter()
        for path in counted(self.paths, "counting labels"):
            content = self.source.files[path].read()
            names = _plain_names(content)
            if names is None:
                where = self.source.where(path)
                root = parse(to_utf8(content, where)[0], where)
                names = [name_of(node, where) for node in root.named("object")]
            counts.update(names)
        categories = {name: counts[name] for name in sorted(counts)}
        return Tally(len(self.paths), counts.total(), categories)

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The labels of all files, or of the kept ones."""
        found = Annotations(self.shift)
        paths = {}
        for path in counted(self.kept(keep), "reading label files"):
            sample, split = self.layout.place(path)
            paths[sample] = path
            found.add(self.source.files[path].read(), sample, split, self.source.where(path))
        labels, samples = found.labels_frame(), found.samples_frame()
        documents = {
            "labels": labels,
            "layout": self.layout,
            "pages": found.pages,
            "paths": paths,
            "rest": self.rest() if keep is None else {},
            "samples": samples,
        }
        return Snapshot(
            labels,
            samples,
            categories_frame(named_categories(labels["category"].to_list())),
            NAME,
            found.records,
            documents if keep is None else {},
        )


def _layout(source: Source, settings: Settings) -> Layout:
    if settings.get("keys", "stem") not in ("stem", "path"):
        raise LabelvcError(f"{source.name}: keys is {settings['keys']!r}, expected stem or path")
    lists = [
        SplitList(path, found[1], source.files[path].read())
        for path in source.files
        if path.endswith(".txt") and (found := _LIST.fullmatch(path))
    ]
    lists.sort(key=lambda one: (SPLITS.index(one.split), one.path))
    whole = settings.get("keys") == "path"
    return Layout(".xml", HOME, split_folders({}), tuple(lists), whole)


def _shift(settings: Settings, where: str = "write") -> int:
    """What to take from xmin to count from 0, and to add to a width to include the last pixel."""
    coords = settings.get("coords", "zero-based")
    if coords not in ("zero-based", "one-based"):
        raise LabelvcError(f"{where}: coords is {coords!r}, expected zero-based or one-based")
    return int(coords == "one-based")


def _plain_names(content: bytes) -> list[str] | None:
    """The names of a file's objects, or None where only a parser can tell them."""
    if b"<!" in content or b"\0" in content or _OTHER_ENCODING.search(content[:200]):
        return None
    names = _OBJECT.findall(content)
    if len(names) != content.count(b"<object"):
        return None
    try:
        return [name.strip().decode() for name in names] if all(map(bytes.strip, names)) else None
    except UnicodeDecodeError:
        return None
