"""What a model is to labelvc: the samples it is given, and what it gives back.

A model is named by

* `baseline`: the built-in one of the task;
* `module:name`: a function `predict(samples)`, or a class (or function that returns an object)
  called with `task`, `categories`, `seed` and the options of params.yaml as keywords;
* `net.keras`: a file that Keras saved;
* `models:/name/version`, or `runs:/id/path`: of MLflow. Aliases and `latest` are refused, as a
  score names one model.

`predict(samples)` returns one prediction a sample, in their order:

* classification: a category's name, a mapping from names to probabilities, or a row of
  probabilities in the order of `categories`;
* detection: a list of mappings `category`, `box` (x, y, width, height in pixels of the original
  image, 0-based, from the top left corner) and `confidence`;
* outlines: the same with `polygon`, `mask` or `keypoints` in place of `box` (docs/models.md);
* spans: a list of `(start, end, category)` in the unit of the label set (characters or tokens, end
  exclusive), with a fourth number where there is a confidence;
* transcription: the text.

An object with `fit(samples)` is trained first, one with `load_state_dict` may be given weights. One
with `own_metrics(samples)` has numbers of its own recorded beside the scores, by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Sample:
    """One sample as a model gets it.

    `path` is the media file, None where there is none. `width` and `height` are those of the
    original image in pixels, `duration` is in seconds. `features` are those that `preprocess`
    extracted. `labels` are mappings in the columns of `Snapshot.labels` (those that are not null),
    with category names, as the label file has them (boxes in pixels of the original image, or as
    fractions where `unit` says so); empty in `predict`.
    """

    key: str
    path: Path | None = None
    text: str | None = None
    split: str | None = None
    width: float | None = None
    height: float | None = None
    duration: float | None = None
    features: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    labels: Sequence[Mapping[str, Any]] = ()


class Model(Protocol):
    """An object that predicts.

    `fit(samples)`, `load_state_dict(state)` and `own_metrics(samples)` are optional.
    """

    def predict(self, samples: Sequence[Sample]) -> Sequence[Any]:
        """One prediction a sample."""
