"""YOLO: one text file an image, one label a line; class list and splits stand elsewhere.

Read in the layouts of Ultralytics (data.yaml, labels/<split>/), Roboflow (<split>/labels/) and
darknet (obj.data, obj.names, train.txt), and as a bare folder of label files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from labelvc.core.errors import LabelvcError, NotFound, SettingNeeded
from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot, categories_frame, samples_frame
from labelvc.core.tally import Tally
from labelvc.formats.base import Carries, Keep, Settings
from labelvc.formats.folder import (
    KEYS_HELP,
    FolderScan,
    documents_of,
    refuse_losses,
    settle_keys,
)
from labelvc.formats.source import Source
from labelvc.formats.splits import IMAGES
from labelvc.formats.yolo_layout import Scheme, scheme_of
from labelvc.formats.yolo_lines import Classes, Lines, Unreadable
from labelvc.formats.yolo_write import written

NAME = "yolo"
TITLE = "YOLO text files (detection, segmentation, pose, oriented boxes)"
SETTINGS = {
    "names": "the class list: a file relative to the set (../data.yaml), or names between commas",
    "task": "detect, segment, pose or obb, where the lines allow several readings",
    "kpt_shape": "for pose: number of keypoints and numbers a keypoint, such as 17,3",
    "keys": KEYS_HELP,
}
CARRIES = Carries(
    kinds=frozenset({"box", "polygon", "keypoints"}),
    labels=frozenset({"confidence"}),
    samples=frozenset({"path", "split"}),
    taxonomy=True,
    units=frozenset({"fraction"}),
)

_SNIFFED = 20
_SETTLED = 50


def sniff(source: Source) -> str | None:
    """Text files whose lines are all a class index and fractions."""
    if not source.is_folder:
        return None
    try:
        scheme = scheme_of(source, {})
    except NotFound:
        raise
    except LabelvcError:  # a class list or kpt_shape that is none
        return None
    files = 0
    for path in islice(scheme.paths, _SNIFFED):
        lines = source.files[path].read().split(b"\n")
        if not all(_is_label(line.split()) for line in lines if line.strip()):
            return None
        files += any(line.strip() for line in lines)
    if not scheme.paths or not (files or scheme.names):
        return None
    beside = f", class list in {scheme.names_path}" if scheme.names_path else ""
    return f"text files with a class index and fractions a line{beside}"


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; keys and task filled in where the files decide them.

    Raises SettingNeeded where all labels have 9 numbers, or look like keypoints of unknown shape.
    """
    scheme = scheme_of(source, settings)
    settled = settle_keys(settings, scheme.layout, scheme.paths)
    if not scheme.task and not scheme.kpt_shape:
        _refuse_ambiguous(source, scheme)
    return settled


def scan(source: Source, settings: Settings) -> YoloScan:
    """The label files. Opens only class list, data.yaml and split lists."""
    return YoloScan(source, scheme_of(source, settings))


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The whole folder: label files, class list, split lists, and what else was in it.

    Edited numbers get 6 decimals, or as many as they had. Raises LossError.
    """
    refuse_losses(snapshot, CARRIES, "YOLO")
    whole = settings.get("keys") == "path"
    return written(snapshot, documents_of(snapshot, NAME), whole=whole)


class YoloScan(FolderScan):
    """A folder of YOLO label files."""

    def __init__(self, source: Source, scheme: Scheme) -> None:
        super().__init__(source, scheme.layout, scheme.paths)
        self.scheme = scheme

    def comparable(self, other: YoloScan, key: str | None) -> bool:
        """Whether no class index names another class, and lines and paths are read alike."""
        one, two = self.scheme, other.scheme
        if (one.names is None) != (two.names is None) or one.kpt_shape != two.kpt_shape:
            return False
        names, others = one.names or {}, two.names or {}
        same_names = all(names[at] == others[at] for at in names.keys() & others.keys())
        return same_names and self.same_layout(other)

    def tally(self) -> Tally:
        """Counts lines by their first word."""
        counts: Counter[bytes] = Counter()
        for path in counted(self.paths, "counting labels"):
            lines = self.source.files[path].read().splitlines()
            counts.update([words[0] for line in lines if (words := line.split(None, 1))])
        classes = Classes(self.scheme.names)
        per_category = dict.fromkeys((self.scheme.names or {}).values(), 0)
        for token, count in counts.items():
            try:
                name = classes[token]
            except (Unreadable, ValueError):
                self.read()  # says in which line
                raise
            per_category[name] = per_category.get(name, 0) + count
        return Tally(len(self.paths), counts.total(), per_category)

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The labels of all files, or of the kept ones."""
        paths = self.kept(keep)
        lines = Lines(self.scheme)
        places = [self.layout.place(path) for path in paths]
        heads = {}
        places_of = zip(counted(paths, "reading label files"), places, strict=True)
        for path, (sample, _) in places_of:
            where = self.source.where(path)
            if head := lines.add(self.source.files[path].read(), sample, where):
                heads[path] = head
        labels = lines.frame()
        keys = [sample for sample, _ in places]
        samples = samples_frame(
            sample=keys,
            path=[name + at for name, at in zip(keys, self._suffixes(paths), strict=True)],
            split=[split for _, split in places],
        )
        documents: dict[str, Any] = {}
        if keep is None:
            documents = {"heads": heads, "labels": labels, "scheme": self.scheme}
            documents |= {"paths": dict(zip(keys, paths, strict=True)), "rest": self.rest()}
        names = self.scheme.names
        ids = [str(index) for index in names or ()]
        if names is None:  # then classes are those that any of the files names
            names = _seen(lines.classes.values())
            ids = [str(index) for index in names] if keep is None else []
        categories = categories_frame(list(names.values()), id=ids or [None] * len(names))
        return Snapshot(labels, samples, categories, NAME, lines.records, documents)

    def _suffixes(self, paths: Sequence[str]) -> list[str]:
        """The suffixes of the images, where they are part of the label set."""
        files = self.source.files
        whole = len(paths) == len(self.paths)
        if whole and not any(path.lower().endswith(IMAGES) for path in files):
            return [""] * len(paths)
        return [_suffix(files, path) for path in paths]


def _seen(classes: Iterable[str]) -> dict[int, str]:
    return {index: str(index) for index in sorted(int(name) for name in set(classes))}


def _suffix(files: Container[str], path: str) -> str:
    """The suffix of the image beside a label file or in the images folder, if it is there."""
    stem = path.removesuffix(".txt")
    for place in dict.fromkeys((f"/{stem}".replace("/labels/", "/images/", 1)[1:], stem)):
        for suffix in IMAGES:
            if place + suffix in files:
                return suffix
    return ""


def _is_label(words: Sequence[bytes]) -> bool:
    """Whether a line is a class index and numbers that could be fractions."""
    try:
        values = [float(word) for word in words[1:]]
    except ValueError:
        return False
    # visibility is up to 2, and coordinates may leave the image a little
    top = 1.5 if len(words) < 7 else 2.0
    return words[0].isdigit() and len(words) >= 5 and all(-0.5 <= one <= top for one in values)


def _refuse_ambiguous(source: Source, scheme: Scheme) -> None:
    """Raise SettingNeeded if the lines longer than a box's allow several readings.

    Looks at some of the files, and at all only while nothing but the ambiguous turns up.
    """
    some = scheme.paths[:: max(1, len(scheme.paths) // _SETTLED)]
    lines = list(_lines(source, some))
    lengths = {len(words) for words in lines}
    if lengths == {9} and all(len(words) == 9 for words in _lines(source, scheme.paths)):
        raise SettingNeeded(
            f"{source.name}: every label has 9 numbers, which may be an oriented box (task: obb) or"
            " a polygon of four points (task: segment)",
            hint="Set `task: obb` or `task: segment`.",
        )
    length = max(lengths, default=0)
    if len(lengths) == 1 and length > 6 and length % 3 == 2 and all(map(_has_visibility, lines)):
        points = (length - 5) // 3
        raise SettingNeeded(
            f"{source.name}: every label has {length} numbers, which may be a box and {points}"
            f" keypoints (task: pose, kpt_shape: {points},3) or an outline (task: segment)",
            hint="Set `task`, and `kpt_shape` for keypoints.",
        )


def _has_visibility(words: Sequence[bytes]) -> bool:
    """Whether each third number after the box could be a keypoint's visibility."""
    return all(word.rstrip(b"0").rstrip(b".") in (b"", b"1", b"2") for word in words[7::3])


def _lines(source: Source, paths: Sequence[str]) -> Iterator[list[bytes]]:
    for path in paths:
        for line in source.files[path].read().splitlines():
            if words := line.split():
                yield words
