"""The plain layout of an Open Images label set, for snapshots from elsewhere."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from labelvc.core.errors import LossError
from labelvc.core.snapshot import Snapshot, attributes_json
from labelvc.formats.csv_dialect import Dialect
from labelvc.formats.fragments import resolved
from labelvc.formats.openimages_files import (
    BOX,
    CLASS,
    CLASS_HEADER,
    IMAGE,
    MASK,
    MID,
    POINT,
    Part,
)
from labelvc.formats.openimages_rows import image_row, label_row
from labelvc.formats.row_buffer import Rows

_FLAGS = ("IsOccluded", "IsTruncated", "IsGroupOf", "IsDepiction", "IsInside")
HEADERS = {
    BOX: ["ImageID", "Source", "LabelName", "Confidence", "XMin", "XMax", "YMin", "YMax", *_FLAGS],
    CLASS: ["ImageID", "Source", "LabelName", "Confidence"],
    MASK: [
        *("MaskPath", "ImageID", "LabelName", "BoxID", "BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax"),
        *("PredictedIoU", "Clicks"),
    ],
    POINT: [
        *("ImageId", "X", "Y", "Label", "EstimatedYesNo", "Source"),
        *("YesVotes", "NoVotes", "UnsureVotes", "TextLabel"),
    ],
    IMAGE: [
        *("ImageID", "Subset", "OriginalURL", "OriginalLandingURL", "License", "AuthorProfileURL"),
        *("Author", "Title", "OriginalSize", "OriginalMD5", "Thumbnail300KURL", "Rotation"),
    ],
}  # fmt: skip
_FILES = {
    BOX: "annotations-bbox.csv",
    CLASS: "annotations-human-imagelabels.csv",
    MASK: "annotations-object-segmentation.csv",
    POINT: "annotations-point-labels.csv",
}
_HOME = "annotations/"
_CLASSES = "oidv7-class-descriptions.csv"
_IMAGES = "image_ids_and_rotation.csv"
_HIERARCHY = "bbox_labels_600_hierarchy.json"
_EVERYTHING = "/m/0bl9f"
Row = Mapping[str, Any]


def file_name(kind: str, split: str | None) -> str:
    """The usual name of a file of labels."""
    return f"{split}-{_FILES[kind]}" if split else _FILES[kind]


def with_usual_cells(snapshot: Snapshot) -> Snapshot:
    """The snapshot with what the makers' tools expect of a box, where no box says it.

    Flags are unknown then (-1) and the confidence is 1, as that of all boxes people drew.
    """
    boxes = snapshot.labels.filter(kind=BOX)
    is_box = pl.col("kind") == BOX
    labels = snapshot.labels
    if not boxes["confidence"].count():
        sure = pl.when(is_box).then(1.0).otherwise("confidence").alias("confidence")
        labels = labels.with_columns(sure)
    if (
        not boxes["attributes"]
        .fill_null("")
        .str.contains_any([f'"{one}":' for one in _FLAGS])
        .any()
    ):
        unknown = dict.fromkeys(_FLAGS, -1)
        texts = {
            text: attributes_json({**json.loads(text or "{}"), **unknown})
            for text in boxes["attributes"].unique()
        }
        flagged = pl.col("attributes").replace_strict(texts, default=None, return_dtype=pl.String)
        labels = labels.with_columns(
            pl.when(is_box).then(flagged).otherwise("attributes").alias("attributes")
        )
    return replace(snapshot, labels=labels)


def plain_files(snapshot: Snapshot) -> dict[str, bytes]:
    """One file where all labels fit into one, else the files of a folder."""
    mids = _mids(snapshot)
    splits = dict(snapshot.samples.select("sample", "split").iter_rows())
    groups: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for label in resolved(snapshot).iter_rows(named=True):
        if label["sample"] not in splits:
            raise LossError(f"sample {label['sample']!r}: it has labels but is not listed")
        groups[label["kind"], splits[label["sample"]]].append(label)
    files = {
        file_name(kind, split): _labels(kind, split, labels, mids)
        for (kind, split), labels in groups.items()
    }
    if len(files) == 1 and _is_told_by_labels(snapshot):
        return files
    aside = {_IMAGES: _images(snapshot), _CLASSES: _class_list(snapshot, mids)}
    if snapshot.categories["parent"].count():
        aside[_HIERARCHY] = _hierarchy(snapshot, mids)
    return {_HOME + name: content for name, content in (aside | files).items()}


def _is_told_by_labels(snapshot: Snapshot) -> bool:
    """Whether rows of labels alone name every sample and category."""
    categories = snapshot.categories
    return (
        not snapshot.samples["attributes"].count()
        and set(snapshot.samples["sample"]) == set(snapshot.labels["sample"])
        and set(categories["key"]) == set(snapshot.labels["category"])
        and not any(categories[name].count() for name in ("id", "parent", "attributes"))
    )


def _mids(snapshot: Snapshot) -> dict[str, str]:
    """Class ids: native ids that are such, else the names."""
    found = dict(snapshot.categories.select("name", "id").iter_rows())
    ids = [own for own in found.values() if own is not None]
    own = len({*ids}) == len(ids) and all(MID.fullmatch(one) for one in ids)
    return {name: mid if own and mid is not None else name for name, mid in found.items()}


def empty(kind: str, name: str, columns: Sequence[str], split: str | None) -> Part:
    """A file of rows without any."""
    head = ",".join(map(Dialect().spell, columns)).encode() + b"\n"
    return Part(name, name, name, kind, columns, split, Rows.cut_csv(name, head))


def _labels(kind: str, split: str | None, labels: Sequence[Row], mids: Mapping[str, str]) -> bytes:
    part = empty(kind, file_name(kind, split), _columns(kind, labels), split)
    rows = [
        label_row(part, None, {**label, "category": mids.get(label["category"])})
        for label in labels
    ]
    return b"".join([part.rows.head, *rows])


def _columns(kind: str, rows: Sequence[Row]) -> list[str]:
    """The usual columns, and others for further attributes."""
    texts = {row["attributes"] for row in rows if row["attributes"]}
    names = sorted({name for text in texts for name in json.loads(text)})
    return [*HEADERS[kind], *(name for name in names if name not in HEADERS[kind])]


def _images(snapshot: Snapshot) -> bytes:
    images = snapshot.samples.to_dicts()
    part = empty(IMAGE, _IMAGES, _columns(IMAGE, images), None)
    return b"".join([part.rows.head, *(image_row(part, None, image) for image in images)])


def _class_list(snapshot: Snapshot, mids: Mapping[str, str]) -> bytes:
    dialect = Dialect()
    rows = []
    for name, attributes in snapshot.categories.select("name", "attributes").iter_rows():
        display = json.loads(attributes or "{}").get("display", name)
        rows.append(f"{dialect.spell(mids[name])},{dialect.spell(str(display))}\n")
    return "".join([",".join(CLASS_HEADER), "\n", *rows]).encode()


def _hierarchy(snapshot: Snapshot, mids: Mapping[str, str]) -> bytes:
    """The classes as a tree, all of them below the class of everything."""
    below: dict[str | None, list[str]] = defaultdict(list)
    for name, parent in snapshot.categories.select("name", "parent").iter_rows():
        below[parent].append(name)

    def node(name: str, depth: int) -> dict[str, Any]:
        if depth > len(mids):
            raise LossError(f"category {name!r} is among its own ancestors")
        children = [node(child, depth + 1) for child in below[name]]
        said: dict[str, Any] = {"LabelName": mids.get(name, name)}
        return {**said, "Subcategory": children} if children else said

    elsewhere = sorted(parent for parent in below if parent is not None and parent not in mids)
    roots = [node(name, 0) for name in [*below[None], *elsewhere]]
    return json.dumps({"LabelName": _EVERYTHING, "Subcategory": roots}, indent=2).encode() + b"\n"
