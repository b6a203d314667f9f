"""What is to be evaluated: params.yaml says it, and the command line first of all."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from labelvc.core.errors import LabelvcError, shorten

BASELINE = "baseline"
_TYPES: dict[str, tuple[type, ...]] = {
    "str | None": (str,),
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool | None": (bool,),
    "Mapping[str, Any]": (dict,),
}


@dataclass(frozen=True)
class Plan:
    """One evaluation: a model, or a file of its predictions, and the samples it is scored on."""

    model: str = BASELINE  # baseline, module:name, models:/name/version
    predictions: str | None = None  # a file of predictions, in place of a model
    name: str | None = None  # how the model is called in scores; default: made from the model
    weights: str | None = None  # a state dict, in place of training
    split: str | None = None  # the split that is scored; default: test, val, or a holdout
    train_set: str | None = None  # the label set to train on, where it is another one
    holdout: float = 0.2  # the share of samples held out of training where there are no splits
    seed: int = 0
    features: bool | None = None  # give the model extracted features; default: baselines only
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def spec(self) -> str:
        """What scores are of: the model, or `predictions` where only those are at hand."""
        return self.model if self.predictions is None else "predictions"

    @property
    def called(self) -> str:
        """The model's name in scores."""
        if self.name is not None:
            return self.name
        if self.predictions is not None:
            return self.predictions.replace("\\", "/").rpartition("/")[2].partition(".")[0]
        return self.model.removeprefix("models:/").replace("/", "-").replace(":", ".")

    @property
    def wants_features(self) -> bool:
        """Whether `preprocess` has to extract features first."""
        if self.predictions is not None:
            return False
        return self.model == BASELINE if self.features is None else self.features

    def told(self) -> dict[str, Any]:
        """The plan as plain values: without what has no bearing on the scores."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["options"] = dict(self.options)
        return {key: value for key, value in values.items() if key != "name" and value is not None}


def parse_plan(params: Mapping[str, Any], where: str, **overrides: Any) -> Plan:
    """The plan that a mapping describes; overrides that are not None count first.

    `where` is how messages name the mapping. Raises LabelvcError for unknown keys and wrong types.
    """
    given = {key: value for key, value in overrides.items() if value is not None}
    if "predictions" in given and "model" not in given:
        given["model"] = BASELINE
    elif "model" in given and "predictions" not in given:
        given["predictions"] = None
    values = {**{k: v for k, v in params.items() if v is not None}, **given}
    known = {one.name: str(one.type) for one in fields(Plan)}
    for key, value in values.items():
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            raise LabelvcError(
                f"{where}: no such parameter: {key}",
                hint=f"Did you mean {close[0]}?" if close else f"Known: {', '.join(known)}.",
            )
        expected = _TYPES[known[key]]
        odd_bool = isinstance(value, bool) and bool not in expected
        if value is not None and (not isinstance(value, expected) or odd_bool):
            raise LabelvcError(
                f"{where}: {key}: expected {expected[0].__name__}, found {shorten(value)}"
            )
    plan = Plan(**values)
    if not 0 < plan.holdout < 1:
        raise LabelvcError(
            f"{where}: holdout: expected a share between 0 and 1, found {plan.holdout}"
        )
    return plan
