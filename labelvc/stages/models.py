"""Models by their name: built-in, of the user's own code, of MLflow, of Keras.

The built-in ones are loaded by name as well, so that torch is imported only where one is used; so
is Keras.
"""

from __future__ import annotations

import importlib
import os
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labelvc.core.errors import LabelvcError, shorten
from labelvc.stages import project_code
from labelvc.stages.guarded import Guarded, made
from labelvc.stages.interface import Model
from labelvc.stages.keras_file import is_keras, keras_file
from labelvc.stages.registered import Registered, check_fixed, is_registered
from labelvc.stages.weights import give

BASELINE = "baseline"
KERAS_MODEL = "labelvc.stages.keras_model:KerasModel"
BASELINES = {
    "image-classification": "labelvc.stages.baselines.images:ImageClassifier",
    "object-detection": "labelvc.stages.baselines.detection:Detector",
    "text-classification": "labelvc.stages.baselines.texts:TextClassifier",
    "token-classification": "labelvc.stages.baselines.tokens:Tagger",
    "audio-classification": "labelvc.stages.baselines.audio:AudioClassifier",
    "automatic-speech-recognition": "labelvc.stages.baselines.speech:Recogniser",
}


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

    Modules are looked for in `root`, the project's folder, first. Besides `predict` the model has
    what the one named has. Raises LabelvcError in one message, with the place in the user's file
    where it is the user's code that fails.
    """
    root = root.absolute()
    given = {"task": task, "categories": list(categories), "seed": seed}
    seed_everything(seed)
    if spec == BASELINE:
        model: Model = _baseline(task)(**given, **options)
    elif is_keras(spec):
        model = Guarded(
            _loaded(KERAS_MODEL, "keras")(
                spec, root, task=task, categories=categories, options=options
            ),
            spec,
            root,
        )
    elif is_registered(spec):
        if options:
            raise LabelvcError(f"{spec} takes no options, found {shorten(next(iter(options)))}")
        model = Guarded(Registered(spec, root), spec, root)
    else:
        found = project_code.load_named(spec, root)
        seed_everything(seed)  # once more, as torch may only now be there
        model = made(found, spec, given, options, root)
    if weights is not None:
        give(model, spec, weights)
    return model


def code_files(spec: str, root: Path) -> list[Path]:
    """The project's files that a model is made of: its module's, and what that imports of them;
    or the file of Keras.

    Raises LabelvcError for what names no model, and for a name in MLflow that may mean another one
    tomorrow.
    """
    if is_keras(spec):
        return [keras_file(spec, root.absolute())]
    if is_registered(spec):
        check_fixed(spec)
    return project_code.code_files(spec, root.absolute())


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch, and make torch choose deterministic algorithms.

    torch is left alone where no model has imported it.
    """
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)
    if (torch := sys.modules.get("torch")) is not None:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what torch asks for on CUDA
        torch.manual_seed(seed % 2**63)
        torch.use_deterministic_algorithms(True)


def _baseline(task: str) -> Any:
    if task not in BASELINES:
        raise LabelvcError(
            f"there is no built-in model for {task}",
            hint="Give predictions (--predictions FILE) or a model of your own (--model).",
        )
    return _loaded(BASELINES[task], "eval")


def _loaded(name: str, extra: str) -> Any:
    """A model's class by `module:name`, which needs what an extra of labelvc installs."""
    module, _, found = name.partition(":")
    try:
        return getattr(importlib.import_module(module), found)
    except ModuleNotFoundError as error:
        raise LabelvcError(
            f"the model needs {error.name}, which is not installed",
            hint=f"Install it with `pip install 'labelvc[{extra}]'`.",
        ) from None
