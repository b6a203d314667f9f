"""The media and targets of a whole label set as a few NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labelvc.adapters.loading import Loading
from labelvc.adapters.loading_flat import offsets
from labelvc.core.errors import LabelvcError

Arrays = dict[str, NDArray[Any]]


def target_arrays(loading: Loading) -> Arrays:
    """Everything to be learnt, by name; what each name means, docs/frameworks.md says."""
    targets = [loading.read(at)[1] for at in range(len(loading))]
    name = loading.targets.name
    if loading.family == "class":
        codes = np.stack([np.asarray(one) for one in targets]) if targets else np.zeros(0, np.int64)
        several = codes.ndim == 2
        return {name: codes.astype(np.int8) if several else np.where(codes < 0, -1, codes)}
    if loading.family == "text":
        return {name: _objects(targets)}
    counts = np.array([len(one["labels"]) for one in targets], dtype=np.int64)
    joined = {key: np.concatenate([one[key] for one in targets]) for key in targets[0]}
    return {**joined, "offsets": offsets(counts)}


def media_paths(loading: Loading) -> list[str | None]:
    """Where the medium of each sample is or would be; None where nothing says where media are.

    Raises NotFound for a path that leads out of the media folder.
    """
    return [loading.read(at)[0].medium for at in range(len(loading))]


def classes_of(loading: Loading, *, names: bool) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The classes as scikit-learn takes them (y), and which samples have any.

    Names or indexes; where samples have several categories, ones and zeros (samples, categories).
    Raises LabelvcError where the labels are no classes.
    """
    if loading.family != "class":
        raise LabelvcError(
            f"{loading.name} holds no classes of samples, which scikit-learn learns",
            hint="to_numpy() gives labels of any kind as arrays.",
        )
    codes = target_arrays(loading)["label"]
    if codes.ndim == 2:
        there: NDArray[np.bool_] = np.any(codes, axis=1, keepdims=True)[:, 0]
        return codes[there], there
    there = codes >= 0
    known = np.array(loading.categories, dtype=object)
    return known[codes[there]] if names else codes[there], there


def medium_rows(loading: Loading, rows: Sequence[int]) -> Any:
    """The media of some samples as scikit-learn takes them (X).

    Texts as a list, images as pixels (samples, height * width * channels) uint8. Raises
    LabelvcError for sounds, and for images of several sizes.
    """
    if loading.medium == "text":
        return [loading.read(at)[0].medium for at in rows]
    if loading.medium == "audio":
        raise LabelvcError(f"{loading.name} holds sounds, which are no rows of numbers", hint=_HINT)
    first: NDArray[Any] | None = None
    found = []
    for at in rows:
        pixels = loading.read(at)[0].medium
        first = pixels if first is None else first
        if pixels.shape != first.shape:
            raise LabelvcError(
                f"{loading.name} has images of {_size(first)} and, sample"
                f" {loading.samples[at]!r}, of {_size(pixels)}",
                hint=_HINT,
            )
        found.append(pixels.reshape(-1))
    return np.stack(found) if found else np.zeros((0, 0), dtype=np.uint8)


_HINT = "`labelvc preprocess` makes rows of one length: give its folder as `features`."


def _size(pixels: NDArray[Any]) -> str:
    height, width, channels = pixels.shape
    return f"{width} x {height} pixels in {channels} channel{'s' * (channels > 1)}"


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
