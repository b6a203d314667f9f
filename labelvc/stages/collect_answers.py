"""What all predictions are made of: numbers, and the message where something else is found."""

from __future__ import annotations

import math
from typing import Any

from labelvc.core.errors import LabelvcError, shorten

# What 32-bit numbers leave of a 1.
ROUNDING = 1e-6


def refusal(key: str, found: Any, expected: str) -> LabelvcError:
    """The error for a prediction that is none."""
    return LabelvcError(
        f"sample {shorten(key)}: expected {expected}, found {shorten(plain(found))}"
    )


def plain(value: Any) -> Any:
    """A value of NumPy or torch as one of Python; others as they are."""
    return value.tolist() if hasattr(value, "tolist") else value


def is_number(value: Any) -> bool:
    """Whether a plain value is a finite number; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def numbers(value: Any, count: int) -> list[float] | None:
    """So many finite numbers, None where the value is something else."""
    found = plain(value)
    if not isinstance(found, list | tuple) or len(found) != count:
        return None
    found = [plain(one) for one in found]
    return [float(one) for one in found] if all(map(is_number, found)) else None


def confidence(key: str, value: Any) -> float | None:
    """A confidence of 0 to 1, None where the model tells none. Raises LabelvcError."""
    found = plain(value)
    if found is None:
        return None
    if not is_number(found) or not -ROUNDING <= found <= 1 + ROUNDING:
        raise refusal(key, found, "a confidence from 0 to 1")
    return min(max(float(found), 0.0), 1.0)


def category(key: str, value: Any) -> str:
    """A category's name. Raises LabelvcError for anything but text: a number may mean any."""
    if not isinstance(value, str):
        raise refusal(key, value, "the name of a category")
    return str(value)
