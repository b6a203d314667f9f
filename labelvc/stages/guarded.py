"""A model whose code is a stranger's: what it raises, and what it lacks, is one message each."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labelvc.core.errors import LabelvcError, shorten
from labelvc.stages.interface import Sample
from labelvc.stages.project_code import running

# By these a function that makes a model is told from one that predicts.
_MAKES = ("task", "categories", "seed")
_FAILED = {"fit": "could not be trained", "load_state_dict": "could not take the weights"}


class Guarded:
    """A model, called `spec` in messages; it has the further methods that the model has."""

    def __init__(self, model: Any, spec: str, root: Path) -> None:
        """Raises LabelvcError where it cannot predict."""
        if not callable(getattr(model, "predict", None)):
            raise LabelvcError(
                f"{spec} gives {_kind(model)}, which has no predict(samples)",
                hint="See docs/models.md for what a model is.",
            )
        self._model = model
        self._spec = spec
        self._root = root

    def predict(self, samples: Sequence[Sample]) -> Any:
        """What the model predicts, a generator run to its end. Raises LabelvcError.

        A torch module is told to `eval()` first, so that its dropout does not guess.
        """
        with running(f"{self._spec} could not predict", self._root):
            torch = sys.modules.get("torch")
            if torch is not None and isinstance(self._model, torch.nn.Module):
                self._model.eval()
            found = self._model.predict(samples)
            return list(found) if isinstance(found, Iterator) else found

    def __getattr__(self, name: str) -> Any:
        """Any other method, guarded as well. Raises AttributeError where the model has none."""
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._model, name)
        return self._guarded(name, found) if callable(found) else found

    def _guarded(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        failed = _FAILED.get(name, f"failed in {name}")

        def call(*values: Any, **named: Any) -> Any:
            with running(f"{self._spec} {failed}", self._root):
                return method(*values, **named)

        return call


class _Function:
    """A function `predict(samples)` as a model; the options are its keywords."""

    def __init__(self, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
        self._function = function
        self._options = options

    def predict(self, samples: Sequence[Sample]) -> Any:
        """What the function returns."""
        return self._function(samples, **self._options)


def made(
    found: Any, spec: str, given: Mapping[str, Any], options: Mapping[str, Any], root: Path
) -> Guarded:
    """The model that a class, a function or an object of the project is or makes.

    `given` are the keywords every factory is called with. Raises LabelvcError.
    """
    if not isinstance(found, type) and callable(getattr(found, "predict", None)):
        _refuse_options(spec, options)
        return Guarded(found, spec, root)
    if not callable(found):
        raise LabelvcError(f"{spec} is {shorten(found)}, expected a function or a class")
    if _predicts(found):
        _refuse_unfit(f"{spec} could not predict", found, ("samples",), options)
        return Guarded(_Function(found, options), spec, root)
    _refuse_unfit(f"{spec} could not be made", found, (), {**given, **options})
    with running(f"{spec} could not be made", root):
        model = found(**given, **options)
    return Guarded(model, spec, root)


def _signature(found: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(found)
    except (TypeError, ValueError):  # some built of C have none
        return None


def _predicts(found: Callable[..., Any]) -> bool:
    """Whether a function predicts: it takes something by place that is no keyword of a factory."""
    signature = _signature(found)
    if isinstance(found, type) or signature is None or {*_MAKES} <= {*signature.parameters}:
        return False
    first = next(iter(signature.parameters.values()), None)
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return first is not None and first.kind in by_place and first.name not in _MAKES


def _refuse_unfit(
    failed: str, found: Callable[..., Any], places: Sequence[str], named: Mapping[str, Any]
) -> None:
    """Refuse, before it is called, what cannot be called so."""
    signature = _signature(found)
    if signature is None:
        return
    try:
        signature.bind(*places, **named)
    except TypeError as error:
        called = ", ".join([*places, *(f"{name}=..." for name in named)])
        raise LabelvcError(
            f"{failed}: TypeError: {error}{_defined(found)}", hint=f"It is called with ({called})."
        ) from None


def _refuse_options(spec: str, options: Mapping[str, Any]) -> None:
    if options:
        raise LabelvcError(
            f"{spec} is a model already, and takes no option {shorten(next(iter(options)))}",
            hint="Name its class, or a function that makes it.",
        )


def _defined(found: Callable[..., Any]) -> str:
    try:
        return f" ({inspect.getsourcefile(found)}:{inspect.getsourcelines(found)[1]})"
    except (OSError, TypeError):
        return ""


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
