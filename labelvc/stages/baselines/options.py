"""The options of a built-in model, from params.yaml."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from labelvc.core.errors import LabelvcError, shorten


def settled(options: Mapping[str, Any], defaults: Mapping[str, int | float]) -> dict[str, Any]:
    """The options over their defaults, whole numbers where the default is one.

    Raises LabelvcError for an unknown one, and for what is not a number above 0.
    """
    unknown = sorted(set(options) - set(defaults))
    if unknown:
        raise LabelvcError(
            f"the built-in model has no option {shorten(unknown[0])}",
            hint=f"Its options: {', '.join(defaults)}.",
        )
    return {
        name: _whole(name, options.get(name, default))
        if isinstance(default, int)
        else _positive(name, options.get(name, default))
        for name, default in defaults.items()
    }


def _whole(name: str, value: Any) -> int:
    number = _positive(name, value)
    if not number.is_integer():
        raise LabelvcError(
            f"the model's option {name} is {shorten(value)}, expected a whole number"
        )
    return int(number)


def _positive(name: str, value: Any) -> float:
    try:
        # YAML 1.1 reads `1e-3` as text
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < math.inf:
        raise LabelvcError(
            f"the model's option {name} is {shorten(value)}, expected a number above 0"
        )
    return number
