"""A state dict from a file, without ever running what a stranger put into it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelvc.core.errors import LabelvcError, NotFound, shorten

if TYPE_CHECKING:
    from torch import Tensor

_HINT = "Make one by `torch.save(model.state_dict(), FILE)`."


def read_weights(path: Path) -> Mapping[str, Tensor]:
    """The state dict in a file, on the CPU.

    Raises NotFound, and LabelvcError for what is no state dict or holds more than weights.
    """
    try:
        import torch
    except ImportError:
        raise LabelvcError(
            "weights need torch, which is not installed",
            hint="Install it with `pip install 'labelvc[eval]'`.",
        ) from None
    if not path.is_file():
        raise NotFound(f"there are no weights at {path}", hint="`dvc pull` brings tracked files.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a pickle's age, which we refuse or can read
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch lets whatever a broken file causes pass: UnpicklingError, EOFError, KeyError, ...
        more = "GLOBAL" in str(error) or "Unsupported" in str(error)
        what = "holds code or objects beside weights" if more else "is no file of torch.save"
        raise LabelvcError(f"{path} {what}, and is not read", hint=_HINT) from error
    _check(state, path)
    return state  # type: ignore[no-any-return]


def give(model: Any, spec: str, path: Path) -> None:
    """Have a model take the weights in a file. Raises LabelvcError where they do not fit."""
    if not hasattr(model, "load_state_dict"):
        raise LabelvcError(
            f"{spec} takes no weights: it has no load_state_dict(state)",
            hint=f"Leave out `weights: {path.name}`, or add the method.",
        )
    state = read_weights(path)
    try:
        model.load_state_dict(state)
    except LabelvcError as error:
        raise LabelvcError(f"{path} does not fit: {error.message}", hint=error.hint) from error


def _check(state: Any, path: Path) -> None:
    import torch

    if not isinstance(state, Mapping):
        raise LabelvcError(
            f"{path} holds a {type(state).__name__}, expected a state dict", hint=_HINT
        )
    if not any(isinstance(value, torch.Tensor) for value in state.values()):
        inside = [name for name, value in state.items() if isinstance(value, Mapping)]
        raise LabelvcError(
            f"{path} holds {shorten(list(state))}, expected a state dict: tensors by name",
            hint=f"The weights may be in {shorten(inside[0])}: save that alone."
            if inside
            else _HINT,
        )
