"""Rows of a snapshot as COCO's JSON values, fitted into the object that is there."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from labelvc.core.errors import LossError, SchemaError
from labelvc.core.snapshot import BOX, Snapshot, canonical_json
from labelvc.formats import coco_categories, coco_images
from labelvc.formats.coco_labels import KNOWN, counted
from labelvc.formats.json_spans import rewrite

Row = Mapping[str, Any]
Values = dict[str, Any]
# The order of keys where there is no annotation to take it from.
ORDER = ("id", "image_id", "category_id", "caption", "bbox", "area", "segmentation", "iscrowd")
# Keys that columns other than `attributes` fill.
_COLUMNS = KNOWN - {"area", "iscrowd", "num_keypoints"}
_SHAPES = frozenset(("polygon", "mask", "keypoints"))
# Values that mean no more than a missing key.
_EMPTY: dict[str, tuple[Any, ...]] = {
    "bbox": (None, []),
    "segmentation": (None, [], [[]]),
    "keypoints": (None, []),
    "iscrowd": (None, 0),
    "caption": (None,),
    "score": (None,),
    "category_id": (None,),
    "supercategory": (None,),
    "file_name": (None,),
    "width": (None,),
    "height": (None,),
}
_NUMERIC = frozenset(("bbox", "segmentation", "keypoints", "score", "width", "height"))


def refuse_losses(snapshot: Snapshot, kinds: frozenset[str]) -> None:
    """Raises LossError naming everything in the snapshot that COCO has no place for."""
    labels, samples = snapshot.labels, snapshot.samples
    counts = {
        f"labels of kind {kind}": int((labels["kind"] == kind).sum())
        for kind in sorted(set(labels["kind"].drop_nulls().unique()) - kinds)
    }
    shapeless = labels["kind"].is_in(sorted(_SHAPES)) & labels["geometry"].is_null()
    counts["shapes without an outline, a mask or keypoints"] = int(shapeless.sum())
    counts["labels with a verdict other than present"] = int((labels["verdict"] != "present").sum())
    counts["labels in another unit than pixels"] = int((labels["unit"] != "pixel").sum())
    for column in ("start", "end", "annotator"):
        counts[f"labels with {column}"] = labels[column].count()
    for column in ("split", "duration", "text"):
        counts[f"samples with {column}"] = samples[column].count()
    lost = [f"{what} ({count})" for what, count in counts.items() if count]
    if lost:
        raise LossError(f"COCO has no place for: {', '.join(lost)}")


def annotation_values(
    row: Row, image: Callable[[str], Any], category: Callable[[str], Any]
) -> Values:
    """What an annotation says, without its id; `image` and `category` look up native ids."""
    values: Values = {"image_id": _found(image, row, "sample")}
    if row["category"] is not None:
        values["category_id"] = _found(category, row, "category")
    if row["x"] is not None:
        values["bbox"] = [_plain(row[side]) for side in BOX]
    if row["geometry"] is not None:
        values.update(_shapes(msgspec.json.decode(row["geometry"])))
    if row["text"] is not None:
        values["caption"] = row["text"]
    if row["confidence"] is not None:
        values["score"] = row["confidence"]
    if row["attributes"] is None:
        return values
    taken = _COLUMNS if row["category"] is not None else _COLUMNS - {"category_id"}
    return {**values, **_attributes(row, taken)}


def image_values(row: Row, *, new: bool = False) -> Values:
    """What an image says, without its id; a new one is named after its key if it has no path."""
    path = row["sample"] if new and row["path"] is None else row["path"]
    values: Values = {} if path is None else {"file_name": path}
    values.update(
        {side: _plain(row[side]) for side in ("width", "height") if row[side] is not None}
    )
    return {**values, **_attributes(row, coco_images.KEYS)}


def category_values(row: Row, name: str | None = None) -> Values:
    """What a category says, without its id; `name` stands in for the row's."""
    values: Values = {"name": row["name"] if name is None else name}
    if row["parent"] is not None:
        values["supercategory"] = row["parent"]
    return {**values, **_attributes(row, coco_categories.KEYS)}


def completed(values: Values, order: Sequence[str]) -> Values:
    """A new element with the keys in order, and what readers of COCO expect beside them."""
    if "keypoints" in values:
        values = {"num_keypoints": counted(values["keypoints"]), **values}
    if "iscrowd" in order and ("bbox" in values or "segmentation" in values):
        values = {"iscrowd": 0, **values}
    first = {key: values[key] for key in order if key in values}
    return {**first, **values}


def refit(fragment: bytes, values: Values) -> bytes:
    """The object `fragment`, changed only where it does not yet say `values`.

    Its id stays, unless `values` has one.
    """
    before = json.loads(fragment)  # which, other than msgspec, knows Infinity
    values = dict(values)
    if "num_keypoints" in before:
        values.setdefault("num_keypoints", counted(values.get("keypoints")))
    if before.get("iscrowd"):
        values.setdefault("iscrowd", 0)
    changes = {
        key: value
        for key, value in values.items()
        if key not in before or not _same(key, before[key], value)
    }
    gone = [
        key
        for key, value in before.items()
        if key not in values and key != "id" and not _is_empty(key, value)
    ]
    return rewrite(fragment, changes, gone)


def _is_empty(key: str, value: Any) -> bool:
    endless = key == "bbox" and value and not any(map(math.isfinite, value))
    return bool(endless) or value in _EMPTY.get(key, ())


def _same(key: str, one: Any, two: Any) -> bool:
    if key in _NUMERIC:
        return bool(one == two)
    return canonical_json(one) == canonical_json(two)


def _found(look_up: Callable[[str], Any], row: Row, column: str) -> Any:
    try:
        return look_up(row[column])
    except KeyError:
        table = "samples" if column == "sample" else "categories"
        raise SchemaError(f"label {row['key']}: {row[column]!r} is not among {table}") from None


def _attributes(row: Row, taken: frozenset[str]) -> Values:
    """The attributes of a row. Raises LossError where one has the name of a column's key."""
    if row["attributes"] is None:
        return {}
    attributes: Values = msgspec.json.decode(row["attributes"])
    if not taken.isdisjoint(attributes):
        clash = sorted(taken.intersection(attributes))
        what = row.get("sample") or row.get("name")
        raise LossError(f"{what}: COCO has no place for an attribute named {', '.join(clash)}")
    return attributes


def _shapes(geometry: Values) -> Values:
    unknown = sorted(geometry.keys() - _SHAPES)
    if unknown or {"mask", "polygon"} <= geometry.keys():
        raise LossError(f"COCO has no place for a geometry of {', '.join(sorted(geometry))}")
    values: Values = {}
    if "polygon" in geometry:
        values["segmentation"] = [[_plain(v) for v in ring] for ring in geometry["polygon"]]
    if "mask" in geometry:
        values["segmentation"] = geometry["mask"]
    if "keypoints" in geometry:
        values["keypoints"] = [_plain(v) for point in geometry["keypoints"] for v in point]
    return values


def _plain(value: float) -> int | float:
    """A whole number without its fraction, as label files mostly spell them."""
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value
