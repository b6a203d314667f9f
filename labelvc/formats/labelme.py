"""LabelMe: one JSON file an image, a shape a label; a folder of such files, or a single one.

Rectangles are boxes whichever corners they name; turned ones have the attribute `rotation`, in
degrees clockwise about their centre. What kind of shape it is goes without saying but for those
that share a kind (a line of two points, a single one of `points`), which have an attribute
`shape_type`. The flags of an image are classes: true is present, false is absent. The image
itself, where the file holds it, is compared by its sha256 and stays where it is. `version`, of the
program that wrote the file, is not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any

import msgspec

from labelvc.core.errors import LabelvcError, ParseError
from labelvc.core.progress import counted
from labelvc.core.snapshot import Snapshot, categories_frame, labels_frame, samples_frame
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
from labelvc.formats.json_decode import decode
from labelvc.formats.json_spans import byte_order_mark
from labelvc.formats.labelme_file import page_of
from labelvc.formats.labelme_shapes import Row
from labelvc.formats.labelme_write import columns, with_documents, written
from labelvc.formats.source import Source
from labelvc.formats.splits import Layout, split_folders

NAME = "labelme"
TITLE = "LabelMe JSON (wkentaro)"
CARRIES = Carries(
    kinds=frozenset(
        {"box", "polygon", "mask", "keypoints", "polyline", "ellipse", "class"},
    ),
    labels=frozenset({"attributes", "verdict"}),
    samples=frozenset({"path", "split", "width", "height", "digest", "attributes"}),
    units=frozenset({"pixel"}),
)
SETTINGS = {"keys": KEYS_HELP}

_SUFFIX = ".json"
_SNIFFED = 5


class _Shape(msgspec.Struct):
    label: str


class _Head(msgspec.Struct):
    """What a LabelMe file is known by."""

    shapes: list[_Shape]
    imagePath: str | None  # noqa: N815
    flags: Any = None


def sniff(source: Source) -> str | None:
    """JSON files with `shapes`, each with a `label`, and an `imagePath`."""
    paths = label_paths(source, _SUFFIX, "")
    for path in islice(paths, _SNIFFED):
        content = source.files[path].read()
        if b'"shapes"' not in content:  # large files of other formats are told apart at once
            return None
        try:
            msgspec.json.decode(content[byte_order_mark(content) :], type=_Head)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
    return "JSON with 'shapes' and 'imagePath'" if paths else None


def settle(source: Source, settings: Settings) -> Settings:
    """The settings; keys filled in where two splits hold a file of the same name."""
    return settle_keys(settings, _layout(settings), label_paths(source, _SUFFIX, ""))


def scan(source: Source, settings: Settings) -> LabelmeScan:
    """The label files; opens none. Raises ParseError for a single file that is no .json."""
    if not source.is_folder and not source.only()[0].endswith(_SUFFIX):
        path = source.only()[0]
        raise ParseError(path, "", expected=f"a name that ends with {_SUFFIX}", found=repr(path))
    return LabelmeScan(source, _layout(settings), label_paths(source, _SUFFIX, ""))


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The label files, and what else is in the folder.

    Raises LossError.
    """
    refuse_losses(snapshot, CARRIES, "LabelMe")
    return written(snapshot, documents_of(snapshot, NAME), _layout(settings))


class LabelmeScan(FolderScan):
    """LabelMe files."""

    def comparable(self, other: LabelmeScan, key: str | None) -> bool:
        """Whether paths are read alike."""
        return self.same_layout(other)

    def tally(self) -> Tally:
        """Counts shapes and flags."""
        counts: Counter[str] = Counter()
        for path in counted(self.paths, "counting labels"):
            content = self.source.files[path].read()
            head = decode(self.source.where(path), "", content[byte_order_mark(content) :], _Head)
            counts.update(shape.label for shape in head.shapes)
            flags = head.flags if isinstance(head.flags, dict) else {}
            if all(isinstance(flag, bool) for flag in flags.values()):
                counts.update(flags.keys())
        return Tally(len(self.paths), counts.total(), dict(sorted(counts.items())))

    def read(self, keep: Keep | None = None, key: str | None = None) -> Snapshot:
        """The labels of all files, or of the kept ones."""
        labels, samples, records = list[Row](), list[Row](), list[bytes]()
        paths = {}
        for path in counted(self.kept(keep), "reading label files"):
            name, split = self.layout.place(path)
            page = page_of(self.source.files[path].read(), self.source.where(path))
            samples.append({**page.sample, "sample": name, "split": split})
            labels += [{**row, "sample": name} for row in page.flags]
            places = range(len(records), len(records) + len(page.shapes))
            labels += [
                {**row, "sample": name, "record": place}
                for row, place in zip(page.shapes, places, strict=True)
            ]
            records += page.fragments
            paths[name] = path
        names = named_categories([row["category"] for row in labels])
        snapshot = Snapshot(
            labels_frame(**columns(labels)),
            samples_frame(**columns(samples)),
            categories_frame(names),
            NAME,
            records,
        )
        return snapshot if keep is not None else with_documents(snapshot, self, paths)


def _layout(settings: Settings) -> Layout:
    if settings.get("keys", "stem") not in ("stem", "path"):
        raise LabelvcError(f"keys is {settings['keys']!r}, expected stem or path")
    return Layout(_SUFFIX, "", split_folders({}), whole=settings.get("keys") == "path")
