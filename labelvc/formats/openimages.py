"""Open Images V4 to V7: boxes, image labels, masks and points as CSV files.

Coordinates are fractions of the image; boxes are given as XMin, XMax, YMin, YMax. A row is a label;
its image is the sample. A human's image label of confidence 0 states that the class is absent. A
label set is one such file, or a folder with several of them beside class descriptions, a class
hierarchy and lists of images; the split stands in the files' names or in the list. Of masks the box
and the path are read, not the picture.
"""

from __future__ import annotations

from collections.abc import Mapping

from labelvc.core.errors import ParseError
from labelvc.core.snapshot import Snapshot
from labelvc.formats.base import Carries, Settings
from labelvc.formats.folder import documents_of, refuse_losses
from labelvc.formats.openimages_check import refuse_difference
from labelvc.formats.openimages_files import (
    BOX,
    CLASS,
    IMAGE,
    MASK,
    POINT,
    Classes,
    class_list,
    hierarchy,
    is_class_list,
    kind_of,
    part,
)
from labelvc.formats.openimages_plain import plain_files, with_usual_cells
from labelvc.formats.openimages_scan import NAME, OpenImagesScan
from labelvc.formats.openimages_write import written
from labelvc.formats.source import MemoryBlob, Source

__all__ = ["CARRIES", "NAME", "SETTINGS", "TITLE", "scan", "settle", "sniff", "write"]

TITLE = "Open Images CSV: boxes, image labels, masks, points"
CARRIES = Carries(
    kinds=frozenset({BOX, CLASS, MASK, POINT}),
    labels=frozenset({"id", "verdict", "attributes", "confidence"}),
    samples=frozenset({"split", "attributes"}),
    taxonomy=True,
    units=frozenset({"fraction"}),
)
SETTINGS: Mapping[str, str] = {}


def sniff(source: Source) -> str | None:
    """By the headers of the CSV files."""
    kinds = {
        path: kind
        for path, blob in source.files.items()
        if path.lower().endswith(".csv") and (kind := kind_of(path, blob))
    }
    stated = sorted(path for path, kind in kinds.items() if kind != IMAGE)
    listed = sorted(path for path, kind in kinds.items() if kind == IMAGE)
    if source.is_folder and (stated or listed):
        return f"the header of {(stated or listed)[0]}"
    return "a header of Open Images" if stated else None


def settle(source: Source, settings: Settings) -> Settings:
    """There is nothing to settle."""
    return settings


def scan(source: Source, settings: Settings) -> OpenImagesScan:
    """The files in rows; raises ParseError where there are none, or their quotes are broken."""
    files = {path: blob for path, blob in source.files.items() if not path.startswith("../")}
    kinds = {path: kind_of(path, blob) for path, blob in sorted(files.items())}
    parts = [part(source, path, kind) for path, kind in kinds.items() if kind]
    listed = [one for one in parts if one.kind == IMAGE and source.is_folder]
    stated = [one for one in parts if one.kind != IMAGE]
    if not stated and not listed:
        expected = "a CSV file with ImageID and LabelName in its header"
        raise ParseError(source.name, "", expected=expected, found=", ".join(kinds) or "nothing")
    return OpenImagesScan(source.name, source.is_folder, stated, listed, _classes(source), files)


def _classes(source: Source) -> Classes:
    if not source.is_folder:
        return Classes()
    paths = sorted(source.files)
    lists = [class_list(source, path) for path in paths if is_class_list(path, source.files[path])]
    declared = Classes(lists).displays
    parents: dict[str, str] = {}
    for path in paths:
        told = hierarchy(source, path) if path.lower().endswith(".json") else None
        if told:
            root, found = told
            # the root of the official hierarchy is the class of all things, and no class
            known = {c: p for c, p in found.items() if p != root or root in declared}
            parents = {**known, **parents}
    return Classes(lists, parents)


def write(snapshot: Snapshot, settings: Settings) -> Mapping[str, bytes]:
    """The files, edited rows rewritten in place.

    Raises LossError for pixels as units, outlines of masks, and whatever else has no column.
    """
    refuse_losses(snapshot, CARRIES, "Open Images")
    before: OpenImagesScan | None = next(iter(documents_of(snapshot, NAME).values()), None)
    if before is None:
        snapshot = with_usual_cells(snapshot)
        plain = plain_files(snapshot)
        _refuse_difference(snapshot, Source("Open Images", _blobs(plain), len(plain) > 1))
        return plain
    files, is_same = written(snapshot, before)
    if not is_same:
        blobs = {**before.files, **_blobs(files.written)}
        _refuse_difference(snapshot, Source(before.name, blobs, before.is_folder))
    return files


def _refuse_difference(snapshot: Snapshot, source: Source) -> None:
    refuse_difference(snapshot, scan(source, {}).read(), source.name)


def _blobs(files: Mapping[str, bytes]) -> dict[str, MemoryBlob]:
    return {path: MemoryBlob(content) for path, content in files.items()}
