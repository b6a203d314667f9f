"""Models by their name: built-in, of the user's own code, of MLflow's registry.

The built-in ones are loaded through the very same path as a user's, so that torch is imported only
where one is used.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import os
import random
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labelvc.core.errors import LabelvcError, shorten
from labelvc.stages.interface import Model, Sample

BASELINE = "baseline"
_BASELINES = {
    "image-classification": "labelvc.stages.baselines.images:ImageClassifier",
    "object-detection": "labelvc.stages.baselines.detection:Detector",
    "text-classification": "labelvc.stages.baselines.texts:TextClassifier",
    "token-classification": "labelvc.stages.baselines.tokens:Tagger",
    "audio-classification": "labelvc.stages.baselines.audio:AudioClassifier",
    "automatic-speech-recognition": "labelvc.stages.baselines.speech:Recogniser",
}
_REGISTRY = ("models:/", "runs:/")
_INSTALL = "pip install 'labelvc[eval]'"
# Where modules of others live, also inside a project.
_FOREIGN = ("site-packages", "dist-packages", ".venv", "venv", ".tox", "node_modules")


def load_model(
    spec: str,
    *,
    task: str,
    categories: Sequence[str],
    seed: int,
    options: Mapping[str, Any],
    weights: Path | None,
    root: Path,
) -> Model:
    """The model that `spec` names (see `labelvc.stages.interface`), with its weights if any.

    Modules are looked for in `root`, the project's folder, first. Raises LabelvcError in one
    message, with the place in the user's file where it is the user's code that fails.
    """
    if spec.startswith(_REGISTRY):
        model: Model = _Logged(spec)
    else:
        made = _named(_baseline(task) if spec == BASELINE else spec, root)
        if inspect.isfunction(made) and not _is_factory(made):
            model = _Function(made)
        else:
            keywords = {"task": task, "categories": list(categories), "seed": seed, **options}
            with users_code(spec, "be made"):
                model = made(**keywords)
            if not callable(getattr(model, "predict", None)):
                raise LabelvcError(
                    f"{spec} made {shorten(model)}, which has no method `predict`",
                    hint="See docs/models.md for what a model is.",
                )
    if weights is not None:
        _restore(model, spec, weights)
    return _Guarded(spec, model)


def code_files(spec: str, root: Path) -> list[Path]:
    """The project's files that a model is made of: its module, and what that imported of them.

    Imports the module. Raises LabelvcError where it cannot be.
    """
    if spec == BASELINE or spec.startswith(_REGISTRY):
        return []
    before = set(sys.modules)
    module = inspect.getmodule(_named(spec, root)) or sys.modules[spec.partition(":")[0]]
    home = root.resolve()
    names = {module.__name__, spec.partition(":")[0], *(set(sys.modules) - before)}
    reached = _reachable(names, home)
    return sorted({file for name in reached if (file := _file(name, home)) is not None})


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch, and make torch choose deterministic algorithms.

    torch is left alone where no model has imported it.
    """
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)
    if (torch := sys.modules.get("torch")) is not None:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what torch asks for on CUDA
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)


@contextmanager
def users_code(spec: str, doing: str) -> Iterator[None]:
    """Turn what code that is not ours raises into one message: what, why, where in its file."""
    try:
        yield
    except LabelvcError:
        raise
    except Exception as error:
        raise LabelvcError(
            f"{spec} could not {doing}: {type(error).__name__}: {_first_line(error)}{_place(error)}"
        ) from error


class _Function:
    """A plain function as a model."""

    def __init__(self, function: Callable[[Sequence[Sample]], Sequence[Any]]) -> None:
        self._function = function

    def predict(self, samples: Sequence[Sample]) -> Sequence[Any]:
        """What the function says."""
        return self._function(samples)


class _Guarded:
    """A model whose failures are told in one message; it has `fit` only where the model has."""

    def __init__(self, spec: str, model: Model) -> None:
        self._spec = spec
        self._model = model
        if callable(getattr(model, "fit", None)):
            self.fit = self._fit

    def predict(self, samples: Sequence[Sample]) -> Sequence[Any]:
        """What the model says. Raises LabelvcError."""
        with users_code(self._spec, "predict"):
            return self._model.predict(samples)

    def _fit(self, samples: Sequence[Sample]) -> None:
        with users_code(self._spec, "be trained"):
            self._model.fit(samples)  # type: ignore[attr-defined]


class _Logged:
    """A model of MLflow's registry or of a run, by its `pyfunc` flavour."""

    def __init__(self, uri: str) -> None:
        try:
            import mlflow
        except ImportError:
            raise LabelvcError(f"{uri} needs MLflow", hint=_INSTALL) from None
        with users_code(uri, "be loaded from MLflow"):
            self._model = mlflow.pyfunc.load_model(uri)

    def predict(self, samples: Sequence[Sample]) -> Sequence[Any]:
        """What it says of a table of samples: sample, path, text, width, height, duration."""
        import pandas as pd

        columns = ("path", "text", "width", "height", "duration")
        table = pd.DataFrame({"sample": [sample.key for sample in samples]})
        for name in columns:
            values = [getattr(sample, name) for sample in samples]
            table[name] = [None if value is None else _plain(value) for value in values]
        said = self._model.predict(table)
        if isinstance(said, pd.DataFrame):
            if said.shape[1] == 1:
                return list(said.iloc[:, 0])
            return said.to_dict("records")
        return list(said) if isinstance(said, pd.Series) else said


def _is_factory(function: Callable[..., Any]) -> bool:
    """Whether a function takes what models are made of, and so is no model itself."""
    taken = inspect.signature(function).parameters
    takes_any = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken.values())
    return takes_any or {"task", "categories", "seed"} <= set(taken)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _baseline(task: str) -> str:
    if task not in _BASELINES:
        raise LabelvcError(
            f"there is no built-in model for {task}",
            hint="Give predictions (--predictions FILE) or a model of your own (--model).",
        )
    return _BASELINES[task]


def _named(spec: str, root: Path) -> Any:
    """What stands under `module:name`. Raises LabelvcError."""
    module_name, found, name = spec.partition(":")
    if not found or not module_name or not name.isidentifier():
        raise LabelvcError(
            f"{spec!r} names no model",
            hint="Expected `baseline`, `module:name`, or `models:/name/version`.",
        )
    module = _imported(module_name, root)
    if not hasattr(module, name):
        close = difflib.get_close_matches(name, dir(module), 1)
        hint = f"Did you mean {module_name}:{close[0]}?" if close else None
        raise LabelvcError(f"{module_name} has no {name!r} ({module.__file__})", hint=hint)
    value = getattr(module, name)
    if not callable(value):
        raise LabelvcError(f"{spec} is {shorten(value)}, expected a function or a class")
    return value


def _imported(name: str, root: Path) -> Any:
    place = str(root)
    if place not in sys.path:
        sys.path.insert(0, place)
        importlib.invalidate_caches()
    _forget_namesake(name, root)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name == missing or name.startswith(f"{missing}."):
            raise LabelvcError(
                f"no module {name!r} was found",
                hint=f"It is looked for in {root}, then where Python finds its packages.",
            ) from None
        hint = _INSTALL if name.startswith("labelvc.") else None
        raise LabelvcError(
            f"{name} could not be imported: there is no module {missing!r}{_place(error)}",
            hint=hint,
        ) from error
    except Exception as error:
        told = f"{type(error).__name__}: {_first_line(error)}{_place(error)}"
        raise LabelvcError(f"{name} could not be imported: {told}") from error


def _forget_namesake(name: str, root: Path) -> None:
    """A module of another project that happens to be called like one of this one's."""
    base = name.partition(".")[0]
    is_ours = (root / f"{base}.py").exists() or (root / base).is_dir()
    loaded = getattr(sys.modules.get(base), "__file__", None)
    if is_ours and loaded and not Path(loaded).resolve().is_relative_to(root.resolve()):
        for one in [one for one in sys.modules if one == base or one.startswith(f"{base}.")]:
            del sys.modules[one]


def _restore(model: Model, spec: str, weights: Path) -> None:
    """Give the model the state dict in a file; nothing but tensors is read from it."""
    load = getattr(model, "load_state_dict", None)
    if load is None:
        raise LabelvcError(f"{spec} takes no weights: it has no method `load_state_dict`")
    try:
        import torch
    except ImportError:
        raise LabelvcError("weights need torch", hint=_INSTALL) from None
    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    except OSError as error:
        raise LabelvcError(f"{weights}: {error.strerror or error}") from None
    except Exception as error:  # a stranger's file makes it fail in many ways
        raise LabelvcError(
            f"{weights}: expected a state dict, found what cannot be read as one: "
            f"{_first_line(error)}",
            hint="Save it by `torch.save(model.state_dict(), FILE)`; pickled code is not run.",
        ) from None
    if not isinstance(state, dict):
        raise LabelvcError(f"{weights}: expected a state dict, found {type(state).__name__}")
    try:
        load(state)
    except LabelvcError as error:
        raise LabelvcError(f"{weights}: {error.message}", hint=error.hint) from None
    except Exception as error:
        raise LabelvcError(f"{weights}: it does not fit {spec}: {_first_line(error)}") from error


def _reachable(names: set[str], home: Path) -> set[str]:
    """The project's modules among these, and those of the project that they use."""
    found: set[str] = set()
    waiting = [name for name in names if _file(name, home) is not None]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for value in list(vars(sys.modules[name]).values()):
            used = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None)
            if isinstance(used, str) and used not in found and _file(used, home) is not None:
                waiting.append(used)
    return found


def _file(name: str, home: Path) -> Path | None:
    """The file of a loaded module, where it is one of the project's own."""
    file = getattr(sys.modules.get(name), "__file__", None)
    if not file or not str(file).endswith(".py"):
        return None
    path = Path(file).resolve()
    if not path.is_relative_to(home) or set(path.relative_to(home).parts) & set(_FOREIGN):
        return None
    return path


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else "no message"


def _place(error: BaseException) -> str:
    """Where in the user's own files it happened, as far as that can be told."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({error.filename}:{error.lineno})"
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((own, "<frozen"))
        and not set(Path(frame.filename).parts) & set(_FOREIGN)
        and not frame.filename.startswith(os.path.dirname(os.__file__))
    ]
    return f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
