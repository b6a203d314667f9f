"""From what a model's `predict` returned to predictions, or one message on what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from labelvc.core.errors import LabelvcError, shorten
from labelvc.core.predictions import Predictions
from labelvc.core.snapshot import canonical_json, labels_frame
from labelvc.formats.predictions import classes
from labelvc.stages.interface import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

Row = dict[str, Any]
SUM_TOLERANCE = 1e-3  # that a row of probabilities may be off 1: float32 is summed by many
_SHAPES = ("polygon", "mask", "keypoints")


def collect(
    raw: Any, samples: Sequence[Sample], task: str, categories: Sequence[str]
) -> Predictions:
    """What `predict` said of the samples, one thing for each in their order, as predictions.

    See `labelvc.stages.interface` for what it may say. Raises LabelvcError that names the sample,
    what was expected and what was found.
    """
    if not isinstance(raw, np.ndarray) and _is_tensor(raw):
        raw = raw.detach().cpu().numpy()
    if not isinstance(raw, (Sequence, np.ndarray)) or isinstance(raw, (str, bytes)):
        raise LabelvcError(
            f"the model returned {shorten(raw)}, expected a list with one prediction a sample"
        )
    if len(raw) != len(samples):
        raise LabelvcError(f"the model returned {len(raw)} predictions for {len(samples)} samples")
    keys = pl.Series([sample.key for sample in samples], dtype=pl.String)
    if task.endswith("classification") and task != "token-classification":
        return _classified(raw, keys, categories)
    told = _TOLD.get(task, _shape_rows)
    rows = [
        {"sample": sample.key, **row}
        for sample, one in zip(samples, raw, strict=True)
        for row in told(one, sample)
    ]
    return Predictions(keys, _table(rows), list(categories))


def _table(rows: Sequence[Row]) -> pl.DataFrame:
    names = dict.fromkeys(name for row in rows for name in row)
    return labels_frame(**{name: [row.get(name) for row in rows] for name in names})


def _classified(raw: Any, keys: pl.Series, categories: Sequence[str]) -> Predictions:
    if len(keys) and all(isinstance(one, str) for one in raw):
        kinds = ["class"] * len(keys)
        return Predictions(
            keys, labels_frame(sample=keys, kind=kinds, category=list(raw)), list(categories)
        )
    if len(keys) and all(isinstance(one, Mapping) for one in raw):
        names, array = _from_mappings(raw, keys, categories)
    else:
        names, array = list(categories), _from_rows(raw, keys, categories)
    _check_probabilities(array, keys)
    return Predictions(keys, classes(keys, names, array), names, array)


def _from_mappings(
    raw: Sequence[Mapping[Any, Any]], keys: pl.Series, categories: Sequence[str]
) -> tuple[list[str], NDArray[np.float64]]:
    """Probabilities by category, 0 where left out; categories that only they name come last."""
    names = list(dict.fromkeys([*categories, *(str(name) for one in raw for name in one)]))
    places = {name: at for at, name in enumerate(names)}
    array = np.zeros((len(raw), len(names)))
    for at, one in enumerate(raw):
        for name, value in one.items():
            array[at, places[str(name)]] = _number(value, keys[at], f"the probability of {name!r}")
    return names, array


def _from_rows(raw: Any, keys: pl.Series, categories: Sequence[str]) -> NDArray[np.float64]:
    expected = f"a category's name, probabilities by category, or {len(categories)} probabilities"
    for key, one in zip(keys, raw, strict=True):
        if isinstance(one, (str, Mapping)) or not hasattr(one, "__len__"):
            raise _wrong(key, expected, one)
        if len(one) != len(categories):
            raise LabelvcError(
                f"sample {key!r}: expected {expected}, found {len(one)} numbers "
                f"(categories: {', '.join(categories[:8])}{', ...' if len(categories) > 8 else ''})"
            )
    try:
        array = np.asarray([np.asarray(one) for one in raw] if len(keys) else [], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LabelvcError(f"the model returned what are no probabilities: {error}") from None
    return array.reshape(len(keys), len(categories))


def _check_probabilities(array: NDArray[np.float64], keys: pl.Series) -> None:
    odd = ~((array >= 0) & (array <= 1))  # NaN is neither
    if odd.any():
        row, column = np.argwhere(odd)[0]
        raise _wrong(keys[int(row)], "probabilities from 0 to 1", float(array[row, column]))
    sums = array.sum(axis=1)
    off = np.abs(sums - 1) > SUM_TOLERANCE
    if off.any():
        row = int(np.argmax(off))
        raise LabelvcError(
            f"sample {keys[row]!r}: its probabilities sum to {sums[row]:.6g}, expected 1",
            hint="Scores of a network need a softmax first.",
        )


def _box_rows(said: Any, sample: Sample) -> Iterator[Row]:
    for one in _list(said, sample, "a list of boxes"):
        told = _mapping(one, sample, "category, box and confidence")
        box = told.get("box")
        if box is None or not hasattr(box, "__len__") or len(box) != 4:
            raise _wrong(sample.key, "a box of x, y, width, height", box)
        x, y, width, height = (_number(value, sample.key, "a box's number") for value in box)
        place = {"x": x, "y": y, "width": width, "height": height, "unit": "pixel"}
        yield {"kind": "box", **place, **_named(told, sample)}


def _shape_rows(said: Any, sample: Sample) -> Iterator[Row]:
    for one in _list(said, sample, "a list of shapes"):
        told = _mapping(one, sample, "category, confidence and polygon, mask or keypoints")
        kinds = [kind for kind in _SHAPES if kind in told]
        if len(kinds) != 1:
            raise _wrong(sample.key, "one of polygon, mask, keypoints", sorted(map(str, told)))
        try:
            geometry = canonical_json({kinds[0]: told[kinds[0]]})
        except (LabelvcError, TypeError):
            raise _wrong(sample.key, f"a {kinds[0]} of plain numbers", told[kinds[0]]) from None
        yield {"kind": kinds[0], "geometry": geometry, "unit": "pixel", **_named(told, sample)}


def _span_rows(said: Any, sample: Sample) -> Iterator[Row]:
    for one in _list(said, sample, "a list of (start, end, category)"):
        if isinstance(one, Mapping) or not hasattr(one, "__len__") or len(one) not in (3, 4):
            raise _wrong(sample.key, "(start, end, category), a confidence after it or not", one)
        start, end, category, *rest = one
        bounds = [_number(value, sample.key, "a span's bound") for value in (start, end)]
        if not all(value.is_integer() for value in bounds) or not 0 <= bounds[0] < bounds[1]:
            raise _wrong(sample.key, "whole bounds, the start before the end", (start, end))
        if sample.text is not None and bounds[1] > len(sample.text):
            raise _wrong(
                sample.key, f"spans inside its {len(sample.text)} characters", (start, end)
            )
        told = {"category": category, **({"confidence": rest[0]} if rest else {})}
        yield {"kind": "span", "start": bounds[0], "end": bounds[1], **_named(told, sample)}


def _text_rows(said: Any, sample: Sample) -> Iterator[Row]:
    if not isinstance(said, str):
        raise _wrong(sample.key, "a text", said)
    yield {"kind": "text", "text": said}


_TOLD: dict[str, Callable[[Any, Sample], Iterator[Row]]] = {
    "object-detection": _box_rows,
    "token-classification": _span_rows,
    "automatic-speech-recognition": _text_rows,
}


def _named(told: Mapping[str, Any], sample: Sample) -> Row:
    """The category and, where there is one, the confidence."""
    category = told.get("category")
    if not isinstance(category, str):
        raise _wrong(sample.key, "a category's name", category)
    if (confidence := told.get("confidence")) is None:
        return {"category": category}
    value = _number(confidence, sample.key, "a confidence")
    if not 0 <= value <= 1:
        raise _wrong(sample.key, "a confidence from 0 to 1", value)
    return {"category": category, "confidence": value}


def _number(value: Any, key: str, what: str) -> float:
    is_scalar = getattr(value, "ndim", None) == 0  # of NumPy or torch
    if not (isinstance(value, Real) or is_scalar) or isinstance(value, bool):
        raise _wrong(key, f"{what} as a number", value)
    number = float(value)
    if not math.isfinite(number):
        raise _wrong(key, f"{what} as a finite number", number)
    return number


def _list(said: Any, sample: Sample, expected: str) -> Sequence[Any]:
    if isinstance(said, (str, bytes, Mapping)) or not hasattr(said, "__len__"):
        raise _wrong(sample.key, expected, said)
    return said  # type: ignore[no-any-return]


def _mapping(one: Any, sample: Sample, expected: str) -> Mapping[str, Any]:
    if not isinstance(one, Mapping):
        raise _wrong(sample.key, f"a mapping of {expected}", one)
    return one


def _is_tensor(raw: Any) -> bool:
    return hasattr(raw, "detach") and hasattr(raw, "numpy")


def _wrong(key: str, expected: str, found: Any) -> LabelvcError:
    return LabelvcError(f"sample {key!r}: expected {expected}, found {shorten(found)}")
