"""A label set at any revision as a `tf.data.Dataset`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from labelvc.adapters.loading import Loading, RepoPath, Split, rows_of
from labelvc.adapters.loading_arrays import Arrays, target_arrays
from labelvc.adapters.loading_files import Files
from labelvc.adapters.loading_opening import Opened, open_set

# What `tf.io.decode_image` reads; further ones Pillow decodes, outside of the graph.
_IN_GRAPH = (".jpg", ".jpeg", ".png", ".gif", ".bmp")


def dataset(
    repo: RepoPath, set: str, *, rev: str | None = None, split: Split = None, media: bool = True
) -> Any:
    """The samples of a label set as a `tf.data.Dataset` of (medium, target).

    `rev` None is the working tree. The medium is an image, uint8 (height, width, 3), decoded in the
    graph where TensorFlow reads its format; a sound, float32 (frames, channels); a text, a string;
    with `media=False` the path of image or sound. The target is

    * classes: the category's index (int64), -1 where there is none; where samples have several,
      float32 (categories,) of ones and zeros;
    * boxes: `boxes` float32 (n, 4) as left, top, right, bottom in pixels, `labels` int64 (n,), -1
      without a category, `iscrowd` int64 (n,); `batch` makes them ragged;
    * spans and time segments alike: `spans` int64 or `segments` float32 in seconds, (n, 2), and
      `labels`;
    * transcripts: a string, empty where there is none; (n,) where samples have several;
    * of sounds always a dict, with what stands above under `label` or `text` beside `rate`.

    The data set has the attributes `categories` (names by index), `samples` (keys), `digest` and
    `commit`; what is made from it by `map`, `batch` and so on has them no longer. Raises NotFound
    for an unknown set, revision or split and for a medium that is not there, and LabelvcError where
    labels of several kinds leave open what the target is or nothing says where media are.
    """
    opened = open_set(repo, set, rev)
    loading = Loading(repo, opened, split, media=media, as_array=True)
    without = Loading(repo, opened, split, media=False, as_array=True)
    targets = tf.data.Dataset.from_tensor_slices(_targets(target_arrays(without)))
    made = _made(loading, without, opened, split, targets, media=media)
    made.categories, made.samples = loading.categories, list(loading.samples)
    made.digest, made.commit = loading.digest, loading.commit
    return made


def _made(
    loading: Loading, without: Loading, opened: Opened, split: Split, targets: Any, *, media: bool
) -> Any:
    if loading.medium == "text" or not media:
        found = [loading.read(at)[0].medium or "" for at in range(len(loading))]
        return tf.data.Dataset.zip((_strings(found), targets))
    files = Files(opened, rows_of(opened, split))
    places = [files.there(at) for at in range(len(loading))]
    if loading.medium == "audio":
        sounds = tf.data.Dataset.from_generator(_all_of(loading), output_signature=_SOUND)
        return tf.data.Dataset.zip((sounds, targets)).map(_with_rate(loading.targets.name))
    if all(files.named(at).lower().endswith(_IN_GRAPH) for at in range(len(loading))):
        images = _strings(places).map(_decoded, num_parallel_calls=tf.data.AUTOTUNE)
    else:
        images = tf.data.Dataset.from_generator(_colours_of(loading), output_signature=_IMAGE)
    return tf.data.Dataset.zip((images, targets))


_IMAGE = tf.TensorSpec((None, None, 3), tf.uint8)
_SOUND = (tf.TensorSpec((None, None), tf.float32), tf.TensorSpec((), tf.int64))


def _strings(values: list[str]) -> Any:
    return tf.data.Dataset.from_tensor_slices(tf.constant(values, tf.string, shape=(len(values),)))


def _decoded(place: Any) -> Any:
    """The pixels as they are stored: labels in pixels count from the stored corner."""
    image = tf.io.decode_image(tf.io.read_file(place), channels=3, expand_animations=False)
    return tf.ensure_shape(image, _IMAGE.shape)


def _colours_of(loading: Loading) -> Callable[[], Iterator[Any]]:
    def images() -> Iterator[Any]:
        for at in range(len(loading)):
            pixels = loading.read(at)[0].medium
            yield np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels

    return images


def _all_of(loading: Loading) -> Callable[[], Iterator[Any]]:
    def sounds() -> Iterator[Any]:
        for at in range(len(loading)):
            read = loading.read(at)[0]
            yield read.medium, read.rate

    return sounds


def _with_rate(name: str) -> Callable[[Any, Any], tuple[Any, dict[str, Any]]]:
    def beside(sound: tuple[Any, Any], target: Any) -> tuple[Any, dict[str, Any]]:
        values, rate = sound
        named = target if isinstance(target, dict) else {name: target}
        return values, {**named, "rate": rate}

    return beside


def _targets(arrays: Arrays) -> Any:
    """The targets of all samples as tensors, a row a sample."""
    if "offsets" in arrays:
        starts = arrays["offsets"]
        return {
            name: tf.RaggedTensor.from_row_splits(values, starts)
            for name, values in arrays.items()
            if name != "offsets"
        }
    ((name, values),) = arrays.items()
    if name == "label":
        return tf.constant(values, tf.float32 if values.ndim == 2 else tf.int64)
    texts = values.tolist()
    if any(isinstance(one, list) for one in texts):
        return tf.ragged.constant([one or [] for one in texts], dtype=tf.string, ragged_rank=1)
    return tf.constant([one or "" for one in texts], tf.string, shape=(len(texts),))
