"""A model that Keras saved as a `.keras` file, for the tasks of classification.

Such a file tells layers by name and holds weights; Keras refuses code in it (`safe_mode`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labelvc.adapters.keras_arrays import fitted, images, padded, texts
from labelvc.adapters.keras_backend import keras
from labelvc.adapters.loading_media import opened_image, pixels
from labelvc.core.errors import LabelvcError, NotFound, shorten
from labelvc.stages.interface import Sample
from labelvc.stages.keras_file import keras_file
from labelvc.stages.project_code import running

_CLASSES = ("image-classification", "text-classification", "audio-classification")
_OPTIONS = ("batch_size", "categories", "own_metrics")
_FEATURES = ("image", "descriptor", "logmel")


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Inputs and, where there are any, answers, made as they are needed."""

    def __init__(
        self,
        inputs: Callable[[Sequence[Sample]], Any],
        samples: Sequence[Sample],
        size: int,
        answers: Any = None,
    ) -> None:
        """`inputs` makes those of some samples."""
        super().__init__()
        self._inputs, self._samples, self._size, self._answers = inputs, samples, size, answers

    def __len__(self) -> int:
        """The number of batches."""
        return -(-len(self._samples) // self._size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """A batch, the last one smaller."""
        part = slice(index * self._size, (index + 1) * self._size)
        media = self._inputs(self._samples[part])
        return (media,) if self._answers is None else (media, self._answers[part])


class KerasModel:
    """A saved model: class probabilities of images, texts, sounds or their features.

    Images come as float32 from 0 to 255, scaled to the size of the model's input.
    """

    def __init__(
        self,
        spec: str,
        root: Path,
        *,
        task: str,
        categories: Sequence[str],
        options: Mapping[str, Any],
    ) -> None:
        """`options`: `categories` in the order of the outputs, `batch_size`, `own_metrics`.

        Raises LabelvcError for another task, for unknown options and for what Keras refuses.
        """
        if task not in _CLASSES:
            raise LabelvcError(
                f"{spec}: a model of Keras is taken as it is for classification only, not for "
                f"{task}",
                hint="Wrap it in a class of your own (`--model module:name`), see docs/models.md.",
            )
        self._spec, self._root, self._path = spec, root, keras_file(spec, root)
        self._task = task
        self.categories = _names(spec, options, categories)
        self._batch_size = _positive(spec, options.get("batch_size", 32))
        self._wants_own = _flag(spec, options.get("own_metrics", True))
        if not self._path.is_file():
            raise NotFound(f"there is no model at {spec}", hint="`dvc pull` brings tracked files.")
        self._model = self._loaded(compiled=False)

    def predict(self, samples: Sequence[Sample]) -> Any:
        """Probabilities: mappings where the outputs are not in the order of the categories."""
        with running(f"{self._spec} could not predict", self._root):
            batches = Batches(self._inputs, samples, self._batch_size)
            rows = np.asarray(self._model.predict(batches, verbose=0), dtype=np.float64)
        if rows.ndim == 2 and rows.shape[1] == 1 and len(self.categories) == 2:
            rows = np.hstack([1 - rows, rows])  # a single output tells the second of two
        if rows.ndim != 2 or rows.shape[1] != len(self.categories):
            raise LabelvcError(
                f"{self._spec} has outputs of shape {rows.shape[1:]}, expected one for each of "
                f"{len(self.categories)} categories",
                hint="`categories` among the options names those of the model, in its order.",
            )
        return [dict(zip(self.categories, row, strict=True)) for row in rows.tolist()]

    def own_metrics(self, samples: Sequence[Sample]) -> Mapping[str, float]:
        """What `model.evaluate` gives, of the loss and metrics that it was compiled with.

        Of samples whose category the model knows; nothing where it was not compiled.
        """
        answers = [_answer(sample) for sample in samples]
        known = [
            (sample, self.categories.index(answer))
            for sample, answer in zip(samples, answers, strict=True)
            if answer in self.categories
        ]
        if not self._wants_own or not known:
            return {}
        model = self._loaded(compiled=True)
        if not getattr(model, "compiled", False) or model.loss is None:
            return {}
        with running(f"{self._spec} could not evaluate", self._root):
            codes = self._codes(model, [code for _, code in known])
            batches = Batches(
                self._inputs, [sample for sample, _ in known], self._batch_size, codes
            )
            found = model.evaluate(batches, verbose=0, return_dict=True)
        numbers = {f"keras_{name}": float(value) for name, value in found.items()}
        return {name: value for name, value in numbers.items() if math.isfinite(value)}

    def _codes(self, model: Any, codes: Sequence[int]) -> Any:
        """Indexes, or ones and zeros, as the loss takes them."""
        loss = model.loss if isinstance(model.loss, str) else getattr(model.loss, "name", "")
        outputs = model.output_shape[-1]
        if "sparse" in str(loss):
            return np.array(codes, dtype=np.int64)
        if outputs == 1:
            return np.array(codes, dtype=np.float32).reshape(-1, 1)
        return np.eye(outputs, dtype=np.float32)[list(codes)]

    def _loaded(self, *, compiled: bool) -> Any:
        with running(f"{self._spec} could not be loaded", self._root):
            return keras.models.load_model(self._path, compile=compiled, safe_mode=True)

    def _inputs(self, samples: Sequence[Sample]) -> Any:
        if samples and samples[0].features:
            return _stacked(self._spec, samples)
        if self._task == "image-classification":
            return self._images(samples)
        if self._task == "text-classification":
            return _texts(samples)
        raise LabelvcError(
            f"{self._spec} is given sounds, which are of no fixed form",
            hint="Set `features: true` in params.yaml, which gives it log-mel frames.",
        )

    def _images(self, samples: Sequence[Sample]) -> Any:
        shape = tuple(self._model.input_shape)
        if len(shape) != 4 or shape[3] not in (1, 3):
            raise LabelvcError(
                f"{self._spec} takes inputs of shape {shape}, expected images: (samples, height, "
                "width, 1 or 3 channels)"
            )
        size = None if None in shape[1:3] else (shape[1], shape[2])
        found = [fitted(pixels(opened_image(_medium(one))), size, shape[3]) for one in samples]
        return images(found, self._spec)


def _names(spec: str, options: Mapping[str, Any], categories: Sequence[str]) -> list[str]:
    for name in options:
        if name not in _OPTIONS:
            raise LabelvcError(
                f"{spec} has no option {shorten(name)}", hint=f"Known: {', '.join(_OPTIONS)}."
            )
    names = options.get("categories", list(categories))
    if isinstance(names, str):  # as the command line gives it
        names = [name.strip() for name in names.split(",")]
    told = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not told or len({*names}) < len(names):
        raise LabelvcError(f"{spec}: categories: expected a list of names, found {shorten(names)}")
    return list(names)


def _positive(spec: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise LabelvcError(f"{spec}: batch_size: expected a number from 1, found {shorten(value)}")
    return value


def _flag(spec: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise LabelvcError(f"{spec}: own_metrics: expected true or false, found {shorten(value)}")
    return value


def _answer(sample: Sample) -> str | None:
    """The category that most of a sample's labels name, of equals the first by name."""
    counts = Counter(one["category"] for one in sample.labels if one.get("category") is not None)
    return min(counts, key=lambda name: (-counts[name], name), default=None)


def _medium(sample: Sample) -> Path:
    if sample.path is None:
        raise NotFound(
            f"the image of sample {shorten(sample.key)} is not here",
            hint="`dvc pull` brings media that are tracked but not here.",
        )
    return sample.path


def _stacked(spec: str, samples: Sequence[Sample]) -> Any:
    """The features that `preprocess` extracted; log-mel frames filled up with zeros."""
    name = next((name for name in _FEATURES if name in samples[0].features), None)
    if name is None:
        raise LabelvcError(
            f"{spec} is given the features {', '.join(samples[0].features)}, expected one of "
            f"{', '.join(_FEATURES)}",
            hint="Leave out `features` in params.yaml: the model is then given the texts.",
        )
    values = [np.asarray(sample.features[name], dtype=np.float32) for sample in samples]
    return padded(values, 0.0) if name == "logmel" else np.stack(values)


def _texts(samples: Sequence[Sample]) -> Any:
    """Texts as a model takes them that cuts them into words itself, which TensorFlow alone can."""
    if keras.backend.backend() != "tensorflow":
        raise LabelvcError(
            f"texts go into a model of Keras on TensorFlow only, and this is Keras on "
            f"{keras.backend.backend()}",
            hint="Set KERAS_BACKEND=tensorflow, or wrap the model in a class of your own.",
        )
    return texts([sample.text or "" for sample in samples])
