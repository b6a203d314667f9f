"""Which samples, and which of their labels, a built-in model learns from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from labelvc.core.errors import LabelvcError
from labelvc.stages.interface import Sample

Label = Mapping[str, Any]
Learnable = tuple[Sample, list[Label]]


def learnable(
    samples: Sequence[Sample], feature: str, useful: Callable[[Label], bool]
) -> list[Learnable]:
    """The samples that have the feature, each with its useful labels, of which there may be none.

    A label that says what is absent, or was rejected, is none. Raises LabelvcError where no sample
    is left, or no label.
    """
    found = [
        (sample, [label for label in sample.labels if _present(label) and useful(label)])
        for sample in samples
        if feature in sample.features
    ]
    if not samples:
        raise LabelvcError(
            "there are no samples to train on", hint="Look at which split the model is trained on."
        )
    if not found:
        raise LabelvcError(
            f"none of the {len(samples)} samples to train on has the feature {feature!r}",
            hint="`preprocess` extracts it, and lists in dropped.csv what it could not read.",
        )
    if not any(labels for _, labels in found):
        raise LabelvcError(
            f"none of the {len(found)} samples to train on has a label the model can learn from"
        )
    return found


def _present(label: Label) -> bool:
    return bool(label.get("verdict", "present") == "present")
