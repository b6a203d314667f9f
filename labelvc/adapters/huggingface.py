"""A label set at any revision as a `datasets.Dataset` of Hugging Face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from datasets import (
    Audio,
    ClassLabel,
    Dataset,
    DatasetDict,
    DatasetInfo,
    Features,
    Image,
    List,
    NamedSplit,
    Value,
)

from labelvc.adapters.loading import Loading, RepoPath, Split, rows_of
from labelvc.adapters.loading_arrays import Arrays, media_paths, target_arrays
from labelvc.adapters.loading_media import parts_of
from labelvc.adapters.loading_opening import Opened, open_set

Column = tuple[Any, pa.Array]  # its feature and its values
Columns = dict[str, Column]


def dataset(
    repo: RepoPath, set: str, *, rev: str | None = None, split: Split = None, decode: bool = True
) -> Dataset:
    """The samples of a label set; `rev` None is the working tree.

    The columns: `sample` (the key); `image`, `audio` or `text`; of segments of a sound file
    `offset` and `duration` in seconds; and, as the label set teaches it,

    * `label`: a ClassLabel, None where there is none; a list where samples have several;
    * `objects`: lists `bbox` (x, y, width, height in pixels, as COCO has them), `category`
      (ClassLabel, None without one) and `iscrowd`;
    * `spans` or `segments`: lists `start`, `end` (exclusive) and `label`;
    * `transcription`: a text, None where there is none; a list where samples have several.

    With `decode=False` images and sounds are their paths. `info.description` names commit and
    digest. Raises NotFound for an unknown set, revision or split, and LabelvcError where labels of
    several kinds leave open what is meant.
    """
    return _dataset(repo, open_set(repo, set, rev), split, decode=decode)


def dataset_dict(
    repo: RepoPath, set: str, *, rev: str | None = None, decode: bool = True
) -> DatasetDict:
    """The same by split, of the samples that are in one; `train` where the label set has no splits.

    Raises as `dataset` does.
    """
    opened = open_set(repo, set, rev)
    splits = opened.snapshot.samples["split"].drop_nulls().unique(maintain_order=True).to_list()
    chosen: dict[str, Split] = {name: name for name in splits} or {"train": None}
    return DatasetDict(
        {name: _dataset(repo, opened, split, decode=decode) for name, split in chosen.items()}
    )


def _dataset(repo: RepoPath, opened: Opened, split: Split, *, decode: bool) -> Dataset:
    loading = Loading(repo, opened, split, media=False, as_array=True)
    label = ClassLabel(names=loading.categories)
    columns: Columns = {
        "sample": (Value("string"), pa.array(list(loading.samples), pa.string())),
        **_medium(opened, loading, split, decode=decode),
        **_TARGETS[loading.family](target_arrays(loading), label),
    }
    features = Features({name: feature for name, (feature, _) in columns.items()})
    return Dataset.from_dict(
        {name: values for name, (_, values) in columns.items()},
        info=DatasetInfo(description=_told(loading), dataset_name=loading.set, features=features),
        split=NamedSplit(split) if isinstance(split, str) and split.isidentifier() else None,
    )


def _told(loading: Loading) -> str:
    at = f"commit {loading.commit}" if loading.commit else "the working tree"
    return f"Label set {loading.set} of {at}, labels {loading.digest}"


def _medium(opened: Opened, loading: Loading, split: Split, *, decode: bool) -> Columns:
    if loading.medium == "text":
        return {"text": (Value("string"), pa.array(media_paths(loading), pa.string()))}
    files = [None if path is None else {"path": path} for path in media_paths(loading)]
    values = pa.array(files, pa.struct({"bytes": pa.binary(), "path": pa.string()}))
    if loading.medium == "image":
        return {"image": (Image(decode=decode), values)}
    audio: Columns = {"audio": (Audio(decode=decode), values)}
    parts = parts_of(opened, rows_of(opened, split))
    if parts is None:
        return audio
    bounds = {
        name: (Value("float64"), pa.array(numbers, pa.float64(), from_pandas=True))
        for name, numbers in zip(("offset", "duration"), parts.T, strict=True)
    }
    return {**audio, **bounds}


def _classes(arrays: Arrays, label: ClassLabel) -> Columns:
    codes = arrays["label"]
    if codes.ndim == 1:
        return {"label": (label, _codes(codes))}
    at, category = np.nonzero(codes)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=len(codes)))])
    return {"label": (List(label), _lists(category, offsets))}


def _boxes(arrays: Arrays, label: ClassLabel) -> Columns:
    left, top, right, bottom = arrays["boxes"].T
    sides = np.stack([left, top, right - left, bottom - top], axis=1).astype(np.float32)
    boxes = pa.FixedSizeListArray.from_arrays(pa.array(sides.reshape(-1)), 4)
    columns: Columns = {
        "bbox": (List(Value("float32"), length=4), boxes),
        "category": (label, _codes(arrays["labels"])),
        "iscrowd": (Value("int64"), pa.array(arrays["iscrowd"])),
    }
    return {"objects": _together(columns, arrays["offsets"])}


def _intervals(arrays: Arrays, label: ClassLabel) -> Columns:
    name, number = ("spans", "int64") if "spans" in arrays else ("segments", "float32")
    start, end = arrays[name].T
    columns: Columns = {
        "start": (Value(number), pa.array(np.ascontiguousarray(start))),
        "end": (Value(number), pa.array(np.ascontiguousarray(end))),
        "label": (label, _codes(arrays["labels"])),
    }
    return {name: _together(columns, arrays["offsets"])}


def _transcripts(arrays: Arrays, label: ClassLabel) -> Columns:
    texts = arrays["text"].tolist()
    feature: Any = Value("string")
    feature = List(feature) if any(isinstance(one, list) for one in texts) else feature
    kind = pa.list_(pa.string()) if isinstance(feature, List) else pa.string()
    return {"transcription": (feature, pa.array(texts, kind))}


_TARGETS: dict[str, Callable[[Arrays, ClassLabel], Columns]] = {
    "class": _classes,
    "box": _boxes,
    "span": _intervals,
    "segment": _intervals,
    "text": _transcripts,
}


def _codes(codes: Any) -> pa.Array:
    """Indexes of categories, null where there is none."""
    return pa.array(codes, pa.int64(), mask=codes < 0)


def _together(columns: Columns, offsets: Any) -> Column:
    """A struct of lists, as detection data sets have them."""
    feature = {name: List(one) for name, (one, _) in columns.items()}
    lists = [_lists(values, offsets) for _, values in columns.values()]
    return feature, pa.StructArray.from_arrays(lists, names=list(columns))


def _lists(values: Any, offsets: Any) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)
