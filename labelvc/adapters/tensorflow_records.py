"""Object detection as TFRecord files, as TensorFlow's object detection tools read them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from PIL import Image

from labelvc.adapters.loading import Loading, RepoPath, Split, rows_of
from labelvc.adapters.loading_files import Files
from labelvc.adapters.loading_opening import Opened, open_set
from labelvc.core.errors import LabelvcError, LossError, RepositoryError, shorten
from labelvc.repo.writing import write_atomic

LABEL_MAP = "label_map.pbtxt"


def write_tfrecords(
    repo: RepoPath,
    set: str,
    path: str | os.PathLike[str],
    *,
    rev: str | None = None,
    split: Split = None,
    shards: int = 1,
) -> list[Path]:
    """Write the boxes of a label set with their images; returns the files, the label map last.

    A record a sample: `tf.train.Example` with `image/encoded` and its kin, and
    `image/object/bbox/{xmin,xmax,ymin,ymax}` as fractions, `class/{text,label}`, `is_crowd`. With
    several `shards` the files are `PATH-00000-of-00004` and so on, samples dealt in turn.
    `label_map.pbtxt` beside them numbers the categories: by their native ids where these are
    numbers from 1, else counted from 1. Files come in place when all are complete.

    Raises what opening the label set raises, NotFound for an image that is not there, LossError
    for boxes without category, and LabelvcError where the label map there is of other categories.
    """
    opened = open_set(repo, set, rev)
    loading = Loading(repo, opened, split, media=True, as_array=False)
    if loading.family != "box":
        raise LabelvcError(
            f"{loading.name} holds no boxes, which is what these TFRecord files are of"
        )
    if shards < 1:
        raise LabelvcError(f"shards: expected a number from 1, found {shorten(shards)}")
    numbers = _numbers(opened, loading)
    target = Path(path).absolute()
    label_map = target.parent / LABEL_MAP
    content = _label_map(loading.categories, numbers)
    _refuse_other(label_map, content)
    files = Files(opened, rows_of(opened, split))
    examples = (_example(loading, files, at, numbers) for at in range(len(loading)))
    try:
        written = _write(target, examples, shards)
    except (OSError, tf.errors.OpError) as error:
        raise RepositoryError(f"{target}: cannot be written: {error}") from error
    write_atomic(label_map, content)
    return [*written, label_map]


def _write(target: Path, examples: Iterator[Any], shards: int) -> list[Path]:
    """Deal the records to the shards, in a scratch folder beside them until all are complete."""
    names = [target.name]
    if shards > 1:
        names = [f"{target.name}-{at:05}-of-{shards:05}" for at in range(shards)]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name[:100]}.", dir=target.parent) as folder:
        scratch = [Path(folder, name) for name in names]
        with contextlib.ExitStack() as stack:
            writers = [stack.enter_context(tf.io.TFRecordWriter(str(one))) for one in scratch]
            for at, example in enumerate(examples):
                writers[at % shards].write(example.SerializeToString())
        for one in scratch:
            os.replace(one, target.parent / one.name)
    return [target.parent / name for name in names]


def _example(loading: Loading, files: Files, at: int, numbers: Sequence[int]) -> Any:
    content = Path(files.there(at)).read_bytes()
    read, target = loading.read(at)
    width, height = read.medium.size
    if (target["labels"] < 0).any():
        raise LossError(
            f"sample {loading.samples[at]!r} of {loading.name} has a box without category, which"
            " these TFRecord files cannot hold"
        )
    left, top, right, bottom = (target["boxes"] / np.array([width, height] * 2)).T
    labels = target["labels"].tolist()
    key = loading.samples[at]
    features = {
        "image/height": _integers([height]),
        "image/width": _integers([width]),
        "image/filename": _bytes([files.named(at)]),
        "image/source_id": _bytes([key]),
        "image/key/sha256": _bytes([hashlib.sha256(content).hexdigest()]),
        "image/encoded": _bytes([content]),
        "image/format": _bytes([_kind(read.medium)]),
        "image/object/bbox/xmin": _floats(left),
        "image/object/bbox/xmax": _floats(right),
        "image/object/bbox/ymin": _floats(top),
        "image/object/bbox/ymax": _floats(bottom),
        "image/object/class/text": _bytes([loading.categories[label] for label in labels]),
        "image/object/class/label": _integers([numbers[label] for label in labels]),
        "image/object/is_crowd": _integers(target["iscrowd"]),
    }
    return tf.train.Example(features=tf.train.Features(feature=features))


def _numbers(opened: Opened, loading: Loading) -> list[int]:
    """The number of each category in the label map."""
    native = dict(opened.snapshot.categories.select("key", "id").iter_rows())
    ids = [native.get(key) or "" for key in loading.keys]
    are_numbers = all(one.isascii() and one.isdigit() and len(one) < 10 for one in ids)
    found = [int(one) for one in ids] if are_numbers else []
    if 0 in found or len({*found}) < len(ids):
        return list(range(1, len(ids) + 1))
    return found


def _label_map(categories: Sequence[str], numbers: Sequence[int]) -> bytes:
    """The label map, a message in protobuf's text form; JSON escapes a text as that does."""
    items = zip(categories, numbers, strict=True)
    return "\n".join(
        f"item {{\n  id: {number}\n  name: {json.dumps(name, ensure_ascii=False)}\n}}\n"
        for name, number in items
    ).encode()


def _refuse_other(label_map: Path, content: bytes) -> None:
    """Records beside it would be read by this label map from now on."""
    with contextlib.suppress(FileNotFoundError):
        if label_map.read_bytes() != content:
            raise LabelvcError(
                f"{label_map} is there already, with other categories",
                hint="Write into another folder, or remove it with the records it belongs to.",
            )


def _kind(image: Image.Image) -> bytes:
    """The format as records name it: jpeg, png, ..."""
    return str(image.format).lower().encode()


def _bytes(values: Sequence[str | bytes]) -> Any:
    encoded = [value.encode() if isinstance(value, str) else value for value in values]
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=encoded))


def _floats(values: NDArray[Any]) -> Any:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values.tolist()))


def _integers(values: Any) -> Any:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[int(one) for one in values]))
